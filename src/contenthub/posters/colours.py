"""Idea: colours as numbers, and how well one is read on another."""

from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]

CONTRAST_MIN = 4.5
"""Of mandatory text against what lies behind it (reliability.md C2; WCAG 2.2 AA)."""


def rgb(colour: str) -> Colour:
    """Return the red, green and blue of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: Colour) -> float:
    """Return a colour's relative luminance, 0 to 1 (WCAG 2.2)."""
    parts = [part / 255 for part in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
