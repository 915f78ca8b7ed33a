"""Callbacks from outside."""
