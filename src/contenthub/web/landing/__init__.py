"""Public pages of customers."""
