"""Idea: hostile HTML in, HTML that is safe to show out; used on write and again on render.

What pasted 公众号 articles need (sections, inline colours, tables, flex rows) is kept;
scripts, remote pictures, htmx attributes, positioned boxes and CSS that fetches are not.
"""

import html as entities
import re
from collections.abc import Mapping
from html.parser import HTMLParser

import nh3

from contenthub.errors import Invalid

ASSET_PREFIXES = ("/assets/",)
TEXT_MAX_CHARS = 50_000
_MAX_CHARS = 500_000
# Building a tree takes time with the square of its depth: 90,000 open <div> took 97 s.
_TAGS_MAX = 4_000

BLOCKS = frozenset(
    "address article aside blockquote caption dd div dl dt figcaption figure footer h1 h2 h3 h4"
    " h5 h6 header hr li ol p pre section table tbody tfoot thead tr ul".split()
)
_INLINE = frozenset(
    "a abbr b bdi br cite code col colgroup del em i img ins mark q rp rt ruby s small span"
    " strike strong sub sup td th u wbr font".split()
)
_TAGS = set(BLOCKS | _INLINE)
_ATTRIBUTES = {
    "*": {"style", "align", "dir", "lang"},
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "valign", "width"},
    "th": {"colspan", "rowspan", "valign", "width", "scope"},
    "table": {"width", "border", "cellspacing", "cellpadding"},
    "col": {"span", "width"},
    "font": {"color", "size"},
    "ol": {"start", "type"},
}
_SIDES = ("", "-top", "-right", "-bottom", "-left")
_STYLES = (
    {f"{box}{side}" for box in ("margin", "padding") for side in _SIDES}
    | {f"border{side}{part}" for side in _SIDES for part in ("", "-width", "-style", "-color")}
    | {f"border-{y}-{x}-radius" for y in ("top", "bottom") for x in ("left", "right")}
    | set(
        "color background-color font-size font-weight font-style font-family line-height"
        " letter-spacing text-align text-indent text-decoration text-decoration-line"
        " text-decoration-color text-decoration-style vertical-align white-space word-break"
        " word-wrap overflow-wrap width height max-width min-width max-height min-height"
        " border-radius border-collapse border-spacing box-sizing box-shadow text-shadow"
        " display flex flex-direction flex-wrap flex-grow flex-shrink flex-basis flex-flow"
        " justify-content align-items align-self align-content gap row-gap column-gap"
        " list-style-type float clear overflow overflow-x overflow-y opacity table-layout"
        " background background-size background-position background-repeat text-transform"
        " text-align-last word-spacing line-break object-fit order aspect-ratio column-count"
        " place-content place-items caption-side empty-cells transform background-image"
        " grid-template-columns grid-template-rows grid-auto-flow grid-column grid-row".split()
    )
)
# A backslash may spell any CSS word; url(), src() and image-set() fetch; attr()/var() read
# elsewhere; what is moved or grown by a transform covers the page around it.
_BAD_STYLE = re.compile(
    r"\\|(?:url|src|var|attr|env|element|paint|cross-fade|translate\w*|scale\w*|matrix\w*"
    r"|perspective)\s*\(|image|expression|@|<|javascript",
    re.I,
)
# A large negative offset would let an article cover the page around it.
_FAR_OUT = re.compile(r"-\s*(?:\d{3,}|\d+(?:vh|vw|em|rem|%))", re.I)
_PROPERTY = re.compile(r"[a-z][a-z-]*")
# What nh3 writes of a function inside another one is cut off after the inner name.
_NESTED = re.compile(r"\([^()]*\(")
_RGB = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)(?:[\s,/]+(\d*\.?\d+)(%?))?\s*\)", re.I)
_MINMAX = re.compile(r"minmax\([^(),]*,([^(),]*)\)", re.I)
_GRADIENTS = re.compile(
    r"\s*(?:(?:repeating-)?(?:linear|radial|conic)-gradient\([^()]*\)[\s,]*)+", re.I
)
# A block as high as the reader's window hides everything else of the page.
_WHOLE_WINDOW = re.compile(r"\d\s*(?:vh|vmin|vmax|[sld]vh)\b", re.I)
PLACE_ALT = "外部图片，请上传"
"""What stands where a pasted page had a picture of its own site, until one is uploaded."""
_PIXEL = re.compile(r'(?:width|height)="[0-3](?:px)?"')
_PLACE = re.compile(r'<img(?![^>]*\bsrc=)[^>]*\balt="' + PLACE_ALT + r'"[^>]*>')
_LOOKS_LIKE_HTML = re.compile(r"<[a-zA-Z/!]|&[a-zA-Z]+;|&#\d+;")
_OPENING = re.compile(r"<[a-zA-Z]")
_IMG = re.compile(r'<img((?:\s+[\w-]+="[^"]*")*)\s*/?>')
_ATTR = re.compile(r'([\w-]+)="([^"]*)"')
# A picture copied from a list of files is the small one.
_THUMB = re.compile(r"^(/assets/[0-9a-fA-F-]{36})/thumb$")


def clean(
    html: str,
    asset_prefixes: tuple[str, ...] = ASSET_PREFIXES,
    *,
    rehosted: Mapping[str, str] | None = None,
    places: bool = False,
) -> str:
    """Return the HTML that may be stored and shown; plain text becomes paragraphs.

    A picture stays only when its address starts with one of `asset_prefixes`; `rehosted`
    maps remote addresses (also lazy `data-src` ones) to own ones first. With `places` an
    empty picture of the same size and style, without the address, keeps the place of any
    other (counted by `places_left`): drafts have those, pages do not. Raises Invalid
    for over 50,000 characters of text (500,000 with markup), over 4,000 tags, or text that
    cannot be stored.
    """
    if len(html) > _MAX_CHARS:
        raise Invalid.of("body", "正文太长，请把图片单独上传、只粘贴文字和排版")
    if len(_OPENING.findall(html)) > _TAGS_MAX:
        raise Invalid.of(
            "body", f"正文的排版过于复杂（超过 {_TAGS_MAX} 个标签），请清除格式后再粘贴"
        )
    if any("\ud800" <= c <= "\udfff" for c in html):
        raise Invalid.of("body", "正文含有无法保存的特殊字符，请删除后重新粘贴")
    html = html.replace("\x00", "").strip()
    if not _LOOKS_LIKE_HTML.search(html):
        return _within_text_limit(_paragraphs(html))
    loose = _sanitised(html, None)
    own = _IMG.sub(
        lambda tag: (
            _own_picture(tag[1], asset_prefixes, rehosted or {})
            or (_place(tag[1]) if places else "")
        ),
        loose,
    )
    # The second pass is what makes the promise: whatever the step above did is checked again.
    cleaned = _sanitised(own, asset_prefixes).strip()
    return _within_text_limit(cleaned)


def places_left(html: str) -> int:
    """Return how many pictures of a kept draft still wait for an upload."""
    return len(_PLACE.findall(html))


def plain(html: str) -> str:
    """Return the readable text, one line a block; entities resolved, tags gone.

    Markup that `clean` would refuse for its size or depth comes back as it is, as text.
    """
    if not _LOOKS_LIKE_HTML.search(html):
        return html.strip()
    tidied = markup(html)
    if tidied is None:
        return html
    reader = _Reader()
    reader.feed(tidied)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def markup(html: str) -> str | None:
    """Return the markup that `plain` reads the words of, None where it reads plain text."""
    if not _LOOKS_LIKE_HTML.search(html):
        return None
    if len(html) > 2 * _MAX_CHARS or len(_OPENING.findall(html)) > 2 * _TAGS_MAX:
        return None
    return _sanitised(html, ())


def _within_text_limit(html: str) -> str:
    # Every reader behind (rules, diff, search) counts on this.
    if len(html) > TEXT_MAX_CHARS and len(plain(html)) > TEXT_MAX_CHARS:
        raise Invalid.of("body", f"正文最多 {TEXT_MAX_CHARS} 字，请拆成几篇")
    return html


def _paragraphs(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"<p>{entities.escape(line, quote=False)}</p>" for line in lines if line)


def _sanitised(html: str, prefixes: tuple[str, ...] | None) -> str:
    """Return nh3's output; `prefixes=None` still keeps foreign and lazy picture addresses."""
    attributes = dict(_ATTRIBUTES)
    if prefixes is None:
        attributes["img"] = attributes["img"] | {"data-src"}

    def kept(tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return _safe_style(value)
        if tag == "img" and name == "src" and prefixes is not None:
            return value if is_own(value, prefixes) else None
        if tag == "a" and name == "href" and value.strip().startswith(("//", "/\\", "\\")):
            return None
        return value

    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script", "style", "template", "title", "textarea", "noscript"},
        attributes=attributes,
        attribute_filter=kept,
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "tel", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def is_own(address: str, prefixes: tuple[str, ...] = ASSET_PREFIXES) -> bool:
    """Return whether an address is a picture of our own store, with no way out of it."""
    if not address.startswith(prefixes) or ".." in address or "\\" in address:
        return False
    return re.search(r"[\s\x00-\x1f]", address) is None


def _safe_style(style: str) -> str | None:
    kept = []
    for part in style.split(";"):
        name, _, value = part.partition(":")
        name, value = name.strip().lower(), _flat(value)
        if _is_safe(name, value):
            kept.append(f"{name}:{value}")
    return ";".join(kept) if kept else None


def _is_safe(name: str, value: str) -> bool:
    if not _PROPERTY.fullmatch(name) or _BAD_STYLE.search(value):
        return False
    if name == "background-image" and not _GRADIENTS.fullmatch(value):
        return False
    if name.endswith("height") and name != "line-height" and _WHOLE_WINDOW.search(value):
        return False
    if name == "display" and "none" in value.lower():
        return False
    return not (_NESTED.search(value) or _FAR_OUT.search(value))


def _flat(value: str) -> str:
    """Return a value in which colours and column widths inside a function are plain ones."""
    return _MINMAX.sub(r"\1", _RGB.sub(_hex, value)) if _NESTED.search(value) else value


def _hex(colour: re.Match[str]) -> str:
    parts = [min(int(part), 255) for part in colour.groups()[:3]]
    if colour[4] is not None:
        share = float(colour[4]) / (100 if colour[5] else 1)
        parts.append(round(min(share, 1) * 255))
    return "#" + "".join(f"{part:02x}" for part in parts)


def _source(attributes: str) -> str:
    named = dict(_ATTR.findall(attributes))
    return entities.unescape(named.get("data-src") or named.get("src") or "").strip()


def _own_picture(attributes: str, prefixes: tuple[str, ...], rehosted: Mapping[str, str]) -> str:
    source = _source(attributes)
    source = _THUMB.sub(r"\1", rehosted.get(source, source))
    if not is_own(source, prefixes):
        return ""
    rest = "".join(
        f' {name}="{value}"'
        for name, value in _ATTR.findall(attributes)
        if name not in ("src", "data-src")
    )
    return f'<img src="{entities.escape(source)}"{rest}>'


def _place(attributes: str) -> str:
    if _PIXEL.search(attributes):
        return ""  # a counter of the page it came from
    rest = "".join(
        f' {name}="{value}"'
        for name, value in _ATTR.findall(attributes)
        if name not in ("src", "data-src", "alt")
    )
    return f'<img alt="{PLACE_ALT}"{rest}>'


class _Reader(HTMLParser):
    """Collects text; only ever fed what nh3 has already put in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Start a line for a block, a break or a table cell."""
        if tag in BLOCKS or tag == "br":
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End the line of a block."""
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep the text; a line break in the source is only a space in HTML."""
        self.parts.append(data.replace("\n", " "))
