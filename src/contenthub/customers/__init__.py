"""Customers, tags, refusals and the audiences made from them."""
