"""Idea: one finding of the rules, with its place in the author's own text."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Hit:
    """One finding; `text` is the author's own wording, `start`/`end` its place in `field`.

    `fix` is what one click can do: action replace (start, end, text, and its sentence before and
    after), append (text), fill
    (a missing field's text) or restyle; None when only a person can mend it.
    """

    rule: str
    severity: str
    where: str
    text: str
    advice: str
    source: str
    name: str
    field: str
    start: int
    end: int
    fix: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the hit as JSON-safe data, for the API and the revision's row."""
        return asdict(self)
