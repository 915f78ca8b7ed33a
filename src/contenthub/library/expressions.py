"""Idea: expressions that are compiled when a text first needs them; most of a pack's never are."""

import re
from functools import cached_property


class Expression:
    """A regular expression as it is written, and compiled by its first use."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression to search with; raises re.error for one that is none."""
        return re.compile(self.pattern)

    def is_in(self, text: str) -> bool:
        """Return whether a text has a place that it matches."""
        return self.compiled.search(text) is not None
