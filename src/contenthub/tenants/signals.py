"""Idea: on which channel every web process hears that pages customers see are others now."""

PAGES = "contenthub_items"
"""PostgreSQL's own channel (NOTIFY): no process has to be asked, none can be forgotten.

What is said is the id of an item, or that of a bank whose pages all change.
"""
