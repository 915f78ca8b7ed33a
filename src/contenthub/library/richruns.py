"""Idea: an article as its reader sees it: text in order, and how each character looks.

Where `richtext.plain` gives the words for rules and search, this also says what is bold,
coloured, a heading, a table's cell or a picture, so that two versions can be compared.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from contenthub.library import richtext

Look = tuple[tuple[str, str], ...]
"""Sorted (label, value) pairs; a value may be empty, as for 加粗."""

_TAGS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("b", "strong"), ("加粗", "")),
    **dict.fromkeys(("i", "em"), ("斜体", "")),
    **dict.fromkeys(("u", "ins"), ("下划线", "")),
    **dict.fromkeys(("s", "strike", "del"), ("删除线", "")),
    **{f"h{n}": ("标题", f"{n} 级") for n in range(1, 7)},
    "blockquote": ("引用", ""),
    "code": ("等宽", ""),
    "sub": ("下标", ""),
    "sup": ("上标", ""),
    "th": ("表头", ""),
}
_STYLES = {
    "color": "字色",
    "background-color": "底色",
    "font-size": "字号",
    "font-family": "字体",
    "line-height": "行距",
    "letter-spacing": "字距",
    "text-align": "对齐",
    "text-indent": "首行缩进",
}
_PLAIN_VALUES = {
    "font-weight": re.compile(r"normal|[1-5]00", re.I),
    "font-style": re.compile(r"normal", re.I),
    "text-decoration": re.compile(r"none", re.I),
}
_SWITCHES = {"font-weight": "加粗", "font-style": "斜体"}
_LINES = {"underline": "下划线", "line-through": "删除线"}
_VOID = frozenset({"br", "hr", "img", "col", "wbr"})
_BLOCKS = frozenset(
    "address article aside blockquote caption dd div dl dt figcaption figure footer h1 h2 h3 h4"
    " h5 h6 header hr li ol p pre section table tr ul".split()
)


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text of one look."""

    text: str
    look: Look


def runs(html: str) -> list[Run]:
    """Return an article's text with its looks, lines trimmed, empty lines left out.

    Cells of a row are parted by `｜`, list lines begin with `• ` or their number, a picture
    reads 〔图片：its description〕. Text without markup is one run.
    """
    reader = _Reader()
    reader.feed(richtext.clean(html, places=True) if html.strip() else "")
    reader.close()
    return list(_tidy(reader.parts))


def text_of(found: list[Run]) -> str:
    """Return the text of runs, joined."""
    return "".join(run.text for run in found)


def looks(found: list[Run]) -> list[Look]:
    """Return the look of every character."""
    return [run.look for run in found for _ in run.text]


def change_of_look(before: Look, after: Look) -> str:
    """Return what changed from one look to another in a clerk's words, "" for nothing."""
    old, new = dict(before), dict(after)
    said = []
    for label in sorted(set(old) | set(new)):
        if label not in new:
            said.append(f"取消{label}")
        elif label not in old:
            said.append(f"{label} {new[label]}".strip())
        elif old[label] != new[label]:
            said.append(f"{label} {old[label]} → {new[label]}")
    return "，".join(said)


def _tidy(parts: list[tuple[str, Look]]) -> Iterator[Run]:
    """Yield runs with one space for many, one line break for many, none at either end."""
    kept = _chars(parts)
    start = 0
    for place in range(1, len(kept) + 1):
        if place == len(kept) or kept[place][1] != kept[start][1]:
            yield Run("".join(char for char, _ in kept[start:place]), kept[start][1])
            start = place


def _chars(parts: list[tuple[str, Look]]) -> list[tuple[str, Look]]:
    lines: list[list[tuple[str, Look]]] = [[]]
    for char, look in ((char, look) for text, look in parts for char in text):
        if char == "\n":
            lines.append([])
        elif not char.isspace():
            lines[-1].append((char, look))
        elif lines[-1] and lines[-1][-1][0] != " ":
            lines[-1].append((" ", look))
    kept: list[tuple[str, Look]] = []
    for line in lines:
        if line and line[-1][0] == " ":
            line.pop()
        if line:
            # A line's end looks like nothing.
            kept += [("\n", ()), *line] if kept else line
    return kept


class _Reader(HTMLParser):
    """Collects text and looks; only ever fed what richtext has put in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[tuple[str, Look]] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self._lists: list[int | None] = []
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, a cell or a look."""
        given = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS or tag == "br":
            self._say("\n")
        if tag in ("ol", "ul"):
            start = given.get("start", "1")
            self._lists.append((int(start) if start.isdigit() else 1) if tag == "ol" else None)
        elif tag == "li":
            self._say(self._bullet())
        elif tag == "tr":
            self._cells = 0
        elif tag in ("td", "th"):
            self._say("｜" if self._cells else "")
            self._cells += 1
        elif tag == "img":
            self._say(f"〔图片：{given.get('alt') or '没有说明'}〕")
        if tag not in _VOID:
            self._open.append((tag, self._looked(tag, given)))

    def handle_endtag(self, tag: str) -> None:
        """End a line or a look."""
        if tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        if tag in _BLOCKS:
            self._say("\n")
        while self._open and tag in [name for name, _ in self._open]:
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        """Keep the text; a line break in the source is only a space in HTML."""
        # Between two cells of the source stand blanks that nobody sees.
        if data.strip() or not (self._open and self._open[-1][0] in ("tr", "tbody", "table")):
            self._say(data.replace("\n", " "))

    def _say(self, text: str) -> None:
        if text:
            look = self._open[-1][1] if self._open else {}
            self.parts.append((text, tuple(sorted(look.items()))))

    def _bullet(self) -> str:
        if not self._lists or (no := self._lists[-1]) is None:
            return "• "
        self._lists[-1] = no + 1
        return f"{no}. "

    def _looked(self, tag: str, given: dict[str, str]) -> dict[str, str]:
        look = dict(self._open[-1][1]) if self._open else {}
        if tag in _TAGS:
            look[_TAGS[tag][0]] = _TAGS[tag][1]
        if tag == "a" and given.get("href"):
            look["链接"] = given["href"]
        if given.get("align"):
            look["对齐"] = given["align"].lower()
        for name, value in _declared(given.get("style", "")):
            _take_style(look, name, value)
        return look


def _declared(style: str) -> Iterator[tuple[str, str]]:
    for part in style.split(";"):
        name, _, value = part.partition(":")
        if value.strip():
            yield name.strip().lower(), " ".join(value.split()).lower()


def _take_style(look: dict[str, str], name: str, value: str) -> None:
    if name in _STYLES:
        look[_STYLES[name]] = value
    elif name in _SWITCHES:
        if _PLAIN_VALUES[name].fullmatch(value):
            look.pop(_SWITCHES[name], None)
        else:
            look[_SWITCHES[name]] = ""
    elif name.startswith("text-decoration"):
        for word, label in _LINES.items():
            if word in value:
                look[label] = ""
