"""Idea: the work of a painting process: it keeps compiled templates, and holds bounded memory.

Run in children only (studio.py, pool.py). What is refused comes back as a `Refusal`: an error
would lose its fields on the way to the parent.
"""

import contextlib
import io
import multiprocessing
import os
import resource
import signal
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from PIL import Image

from contenthub.errors import Invalid
from contenthub.posters import (
    artefact,
    breaking,
    fonts,
    layout,
    proof,
    rehearsal,
    sketching,
    splice,
)
from contenthub.posters.template import Personal, Template

Made = TypeVar("Made")
Key = TypeVar("Key")
Kept = TypeVar("Kept")

MEMORY_BYTES = 2 * 1024**3
TEMPLATES = 64
"""Artefacts a process keeps, packed: half a MB each; opening one takes half a millisecond."""
PNG_TEMPLATES = 4
"""Of those for PNG: their static rows are several MB."""
OPEN_TEMPLATES = 8
"""Of all these, how many stay opened: two MB each."""
THUMBNAIL_MIN_PX, THUMBNAIL_MAX_PX = 120, 1080
_KINDS: dict[str, type[Invalid]] = {
    one.code: one for one in (Invalid, layout.GlyphMissing, layout.TextDoesNotFit)
}
_kept: OrderedDict[str, bytes] = OrderedDict()
_kept_png: OrderedDict[str, bytes] = OrderedDict()
_open: OrderedDict[tuple[str, bool], splice.Compiled] = OrderedDict()


class Refusal(NamedTuple):
    """Why something cannot be drawn, as data; `error` makes it an error again."""

    code: str
    fields: dict[str, str]

    def error(self) -> Invalid:
        """Return the error that was raised in the child."""
        return _KINDS.get(self.code, Invalid)(fields=self.fields)


def confine() -> None:
    """Bound this process's memory, and let it end with its parent; called once at its start."""
    # Ctrl-C reaches the whole group; the parent decides when a child ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(ValueError, OSError):
        # Not the address space: each size of a typeface maps its whole file anew (31 MB), which
        # costs addresses and no memory. Linux counts what is private and written here.
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A killed parent closes no pipe that its children also hold: they would wait for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def load() -> None:
    """Load what every first picture waits for: the typefaces' tables, the words of Chinese."""
    fonts.code_points()
    fonts.widths(fonts.SERIF)
    breaking.inside_words("农商银行")


def compile_base(
    template: Template, values: Mapping[str, str], assets: Mapping[str, bytes], png: bool
) -> bytes | Refusal:
    """Return the artefact of a template's static part."""
    return _refused_or(lambda: artefact.to_bytes(splice.compile(template, values, assets, png=png)))


def _refused_or(act: Callable[[], Made]) -> Made | Refusal:
    """Return what the work gives, or why it was refused; too little memory is a refusal too."""
    try:
        return act()
    except Invalid as wrong:
        return Refusal(wrong.code, wrong.fields)
    except MemoryError:
        return Refusal("invalid", {"layers": "图层太多或图片太大，画不下，请减少图层或缩小图片"})


def draw(
    name: str,
    personal: Personal,
    *,
    png: bool = False,
    width_px: int = 0,
    stored: bytes | None = None,
) -> bytes | Refusal | None:
    """Return one poster of a kept template, or None where it must be handed in as `stored`.

    With `width_px` it is a small JPEG of that width. None also means a stale or damaged one.
    """
    compiled = _opened(name, png, stored)
    if compiled is None:
        return None
    render = splice.render_png if png else splice.render
    drawn = _refused_or(lambda: render(compiled, personal))
    return shrunk(drawn, width_px) if width_px and isinstance(drawn, bytes) else drawn


def _opened(name: str, png: bool, stored: bytes | None) -> splice.Compiled | None:
    """Return a template this process keeps, or was just handed; None for none or a stale one."""
    compiled = _open.get((name, png))
    kept = _kept_png if png else _kept
    if compiled is None:
        packed = kept.get(name) or stored
        if packed is None:
            return None
        try:
            compiled = artefact.from_bytes(packed)
        except artefact.StaleArtefact:
            return None
        _keep(kept, name, packed, most=PNG_TEMPLATES if png else TEMPLATES)
    _keep(_open, (name, png), compiled, most=OPEN_TEMPLATES)
    if name in kept:
        kept.move_to_end(name)
    return compiled


def _keep(kept: OrderedDict[Key, Kept], name: Key, one: Kept, *, most: int) -> None:
    """Put one among the kept as the newest; the oldest goes where they are too many."""
    kept[name] = one
    kept.move_to_end(name)
    while len(kept) > most:
        kept.popitem(last=False)


def shrunk(jpeg: bytes, width_px: int) -> bytes:
    """Return a JPEG of about a width, for lists and previews."""
    width_px = max(THUMBNAIL_MIN_PX, min(width_px, THUMBNAIL_MAX_PX))
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as opened:
        height_px = max(1, round(opened.height * width_px / opened.width))
        opened.draft("RGB", (width_px, height_px))
        small = opened.resize((width_px, height_px), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=84)
    return out.getvalue()


def rehearse(
    template: Template,
    crowd: Sequence[Personal],
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
    *,
    leave_out: bool = False,
) -> Refusal | None:
    """Draw a template once before review (rehearsal.py); return why it may not go there."""
    return _refused_or(
        lambda: rehearsal.rehearse(
            template, crowd, values=values, assets=assets, leave_out=leave_out
        )
    )


def hidden_texts(
    template: Template,
    people: Sequence[Personal],
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
) -> list[tuple[str, ...]] | Refusal:
    """Return which of each person's texts their drawn poster does not show (rehearsal.py)."""
    return _refused_or(
        lambda: rehearsal.hidden_texts(template, people, values=values, assets=assets)
    )


def read_code(picture: bytes) -> str | Refusal:
    """Return the text of the one QR code on a picture from outside."""
    return _refused_or(lambda: proof.code_on(picture))


def sketch(
    template: Template,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
    personal: Personal,
    *,
    wanted: Sequence[str],
) -> dict[str, sketching.Sprite | dict[str, str]] | Refusal:
    """Return the wanted layers of a design alone, or why each cannot be drawn (sketching.py)."""
    return _refused_or(
        lambda: sketching.sprites(template, wanted, values=values, assets=assets, personal=personal)
    )


def preview(
    template: Template,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
    personal: Personal,
    *,
    width_px: int,
) -> bytes | Refusal:
    """Return a design as it will be for one person, as a JPEG of a width; nothing is kept."""
    return _refused_or(
        lambda: sketching.preview(
            template, values=values, assets=assets, personal=personal, width_px=width_px
        )
    )


def prove(
    template: Template,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
    personal: Personal,
) -> dict[str, str] | Refusal:
    """Return field → fix of what only the drawn pixels of a design show."""
    return _refused_or(
        lambda: sketching.proven(template, values=values, assets=assets, personal=personal)
    )
