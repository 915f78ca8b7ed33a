"""Idea: mandatory words that a page sets too small or too faint to read."""

import re
from html.parser import HTMLParser

BODY_PX = 16.0
LEAST_PX = 12.0
_LEAST_SHARE = 0.75
_VOID = frozenset({"br", "img", "hr", "col", "source", "input", "wbr"})
_SIZE = re.compile(r"font-size\s*:\s*([\d.]+)\s*(px|pt|em|rem|%)", re.IGNORECASE)
_COLOUR = re.compile(
    r"(?<![-\w])color\s*:\s*(?:#([0-9a-f]{3,6})\b|rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+))",
    re.IGNORECASE,
)
_MANDATORY = re.compile(
    r"风险|非存款|须谨慎|需谨慎|年化|不代表|不等于|不确定|不保证|以审批为准|理性借贷|融资成本|犹豫期"
    r"|免除责任|责任免除|违约金|过往业绩"
)
_PT = 4 / 3
_FAINT = 0.75  # relative luminance above which text on white is under 1.4:1


def faint_texts(html: str) -> list[str]:
    """Return the mandatory texts of a page that stand smaller than its other text, or faint.

    Smaller: under 12 px, or under three quarters of the page's usual size.
    """
    if "font-size" not in html and "color" not in html and "<small" not in html:
        return []
    reader = _Reader()
    reader.feed(html)
    reader.close()
    usual = _usual(reader.runs)
    return [
        text
        for text, size, is_faint in reader.runs
        if _MANDATORY.search(text) and (is_faint or size < max(LEAST_PX, usual * _LEAST_SHARE))
    ]


def _usual(runs: list[tuple[str, float, bool]]) -> float:
    """Return the size most characters have."""
    weight: dict[float, int] = {}
    for text, size, _ in runs:
        weight[size] = weight.get(size, 0) + len(text)
    return max(weight, key=lambda size: weight[size], default=BODY_PX)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[tuple[str, float, bool]] = []
        self._stack: list[tuple[str, float, bool]] = [("", BODY_PX, False)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element with its own size and colour, or those around it."""
        if tag in _VOID:
            return
        _, size, is_faint = self._stack[-1]
        style = str(dict(attrs).get("style") or "")
        if tag == "small":
            size *= 0.8
        if found := _SIZE.search(style):
            size = _px(float(found[1] or 0), found[2].lower(), size)
        if colour := _COLOUR.search(style):
            is_faint = _luminance(colour) > _FAINT
        self._stack.append((tag, size, is_faint))

    def handle_endtag(self, tag: str) -> None:
        """Close the nearest element of that name."""
        for at in range(len(self._stack) - 1, 0, -1):
            if self._stack[at][0] == tag:
                del self._stack[at:]
                return

    def handle_data(self, data: str) -> None:
        """Keep a text with how it is set."""
        if data.strip():
            _, size, is_faint = self._stack[-1]
            self.runs.append((data.strip(), size, is_faint))


def _px(number: float, unit: str, around: float) -> float:
    factors = {"px": 1.0, "pt": _PT, "em": around, "rem": BODY_PX, "%": around / 100}
    return number * factors[unit]


def _luminance(colour: re.Match[str]) -> float:
    if colour[1]:
        digits = colour[1] if len(colour[1]) == 6 else "".join(c * 2 for c in colour[1][:3])
        parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    else:
        parts = [min(255, int(colour[at])) / 255 for at in (2, 3, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
