"""Pages of marketing staff."""
