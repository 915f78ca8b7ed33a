"""Idea: a body as rules read it: its words, those nobody can see, those too small, its links."""

import re
from dataclasses import dataclass, replace
from html import unescape
from html.parser import HTMLParser

from contenthub.library import richtext
from contenthub.library.looks import BODY_PX, Look, looked

LEAST_PX = 12.0
_LEAST_SHARE = 0.75
_MANDATORY = re.compile(
    r"风险|非存款|须谨慎|需谨慎|年化|不代表|不等于|不确定|不保证|以审批为准|理性借贷|融资成本|犹豫期"
    r"|免除责任|责任免除|违约金|过往业绩"
)
_VOID = frozenset({"br", "img", "hr", "col", "source", "input", "wbr"})
_SIGNS = ("style", "<small", "<font", "<su", "href")
_APART = re.compile(r"<(/?)(?:li|h[1-6]|td|th|dt|dd|caption|figcaption)\b[^>]*>")
_SPOKEN = re.compile(r'\s(?:alt|title)="([^"]*)"')
_MARK = "\ue000"
"""A sign of no script, which no text that is kept holds."""
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Page:
    """A body's readable text (that of richtext.plain) and places in it.

    `hidden` are words nobody can see, `weak` mandatory words set too small or too faint,
    `links` the (start, end, address) of links to other sites, `edges` the line breaks beside
    a point of a list, a heading or a table cell.
    """

    text: str
    hidden: tuple[Span, ...] = ()
    weak: tuple[Span, ...] = ()
    links: tuple[tuple[int, int, str], ...] = ()
    edges: frozenset[int] = frozenset()


def page(html: str) -> Page:
    """Return a body as its readers see it; markup is cleaned first, plain text stays as it is.

    Too small: under 12 px, or under three quarters of the page's usual size.
    """
    markup = richtext.markup(html) if html else None
    if markup is None:
        return Page(richtext.plain(html) if html else "")
    if any(sign in markup for sign in _SIGNS):
        reader = _Reader()
        reader.feed(markup)
        reader.close()
        seen = _laid_out(reader.runs)
    else:
        seen = Page(richtext.plain(html))
    return replace(seen, edges=_edges(markup, seen.text)) if _APART.search(markup) else seen


def _edges(markup: str, text: str) -> frozenset[int]:
    marked = _APART.sub(lambda tag: _MARK + tag[0] if tag[1] else tag[0] + _MARK, markup)
    lines = [line for line in richtext.plain(marked).split("\n") if line.strip(_MARK + " ")]
    edges: set[int] = set()
    at = 0
    for line, words in zip(lines, text.split("\n"), strict=False):
        if _MARK in line:
            edges |= {at - 1, at + len(words)}
        at += len(words) + 1
    return frozenset(edges)


def spoken(html: str) -> Page:
    """Return what pictures and links of a body say beside its text: heard, or shown for them."""
    markup = richtext.markup(html) if html else None
    if markup is None or not _SPOKEN.search(markup):
        return Page("")
    said = (unescape(found[1]).strip() for found in _SPOKEN.finditer(markup))
    text = "\n".join(" ".join(one.split()) for one in said if one and one != richtext.PLACE_ALT)
    return Page(text, edges=frozenset(at for at, char in enumerate(text) if char == "\n"))


def _laid_out(runs: list["_Run"]) -> Page:
    text, owners = _tidy(runs)
    usual_px = _usual_px(runs)
    hidden: list[Span] = []
    weak: list[Span] = []
    links: list[tuple[int, int, str]] = []
    for number, low, high in _stretches(owners):
        run = runs[number]
        words = text[low:high]
        if not any(char.isalnum() for char in words):
            continue
        look = run.look
        is_small = look.size_px < max(LEAST_PX, usual_px * _LEAST_SHARE)
        if look.is_hidden:
            hidden.append((low, high))
        elif _MANDATORY.search(words) and (look.is_faint or is_small):
            weak.append((low, high))
        if run.address:
            links.append((low, high, run.address))
    return Page(text, tuple(hidden), tuple(weak), tuple(links))


@dataclass(frozen=True, slots=True)
class _Run:
    text: str
    look: Look
    address: str


def _tidy(runs: list[_Run]) -> tuple[str, list[int]]:
    """Return the text with one space for many and no empty lines, and the run of each character."""
    chars: list[str] = []
    owners: list[int] = []
    pending = ""
    for number, run in enumerate(runs):
        for char in run.text:
            if char == "\n":
                pending = "\n" if chars else ""
            elif char.isspace():
                pending = pending or (" " if chars else "")
            else:
                if pending:
                    chars.append(pending)
                    owners.append(number if pending == " " else -1)
                    pending = ""
                chars.append(char)
                owners.append(number)
    return "".join(chars), owners


def _stretches(owners: list[int]) -> list[tuple[int, int, int]]:
    """Return (run, start, end) of the characters in a row that belong to one run."""
    found: list[tuple[int, int, int]] = []
    start = 0
    for at in range(1, len(owners) + 1):
        if at == len(owners) or owners[at] != owners[start]:
            if owners[start] >= 0:
                found.append((owners[start], start, at))
            start = at
    return found


def _usual_px(runs: list[_Run]) -> float:
    """Return the size most characters have."""
    weight: dict[float, int] = {}
    for run in runs:
        if run.text.strip():
            weight[run.look.size_px] = weight.get(run.look.size_px, 0) + len(run.text.strip())
    return max(weight, key=lambda size: weight[size], default=BODY_PX)


class _Reader(HTMLParser):
    """Collects text with its look; only ever fed what richtext has put in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[_Run] = []
        self._open: list[tuple[str, Look, str]] = [("", Look(), "")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element with its own look, or that around it."""
        if tag in richtext.BLOCKS or tag == "br":
            self._say("\n")
        elif tag in ("td", "th"):
            self._say(" ")
        if tag in _VOID:
            return
        _, look, address = self._open[-1]
        given = {name: value or "" for name, value in attrs}
        href = given.get("href", "").strip()
        if tag == "a" and href.lower().startswith(("http:", "https:")):
            address = href
        self._open.append((tag, looked(look, tag, given), address))

    def handle_endtag(self, tag: str) -> None:
        """Close the nearest element of that name."""
        if tag in richtext.BLOCKS:
            self._say("\n")
        for at in range(len(self._open) - 1, 0, -1):
            if self._open[at][0] == tag:
                del self._open[at:]
                return

    def handle_data(self, data: str) -> None:
        """Keep a text with how it is set; a line break in the source is a space."""
        self._say(data.replace("\n", " "))

    def _say(self, text: str) -> None:
        _, look, address = self._open[-1]
        self.runs.append(_Run(text, look, address))
