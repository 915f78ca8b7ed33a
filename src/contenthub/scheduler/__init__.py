"""Pushes: scheduled, reviewed, planned, delivered exactly once."""
