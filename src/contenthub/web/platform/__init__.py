"""The platform's own console: operators log in here, and into no bank without being let in."""
