"""Planted leaks between banks: each is one small change of the source that a test must catch.

`make mutants` applies them one at a time to a copy of the tree (design/reliability.md T11).
"""
