"""The outside world; knows no bank and no database."""
