"""Phone pages of employees."""
