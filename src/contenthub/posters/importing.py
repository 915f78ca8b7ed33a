"""Idea: a designer's picture to a poster: the employee's block where it is free, the law's line.

Where nothing happens in the picture is found by how much its pixels differ from their
neighbours; the block brings a ground of its own, so that it can be read wherever it stands.
"""

import io
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from PIL import Image, ImageChops, ImageFilter, ImageStat

from contenthub.posters.colours import CONTRAST_MIN, Colour, contrast
from contenthub.posters.layers import (
    Box,
    Crop,
    DisclosureLayer,
    GroupLayer,
    Layer,
    PictureLayer,
    ShapeLayer,
    TextLayer,
)
from contenthub.posters.scaling import scaled, stretched
from contenthub.posters.sizes import SIZES
from contenthub.posters.starterparts import INK, QR_PX, Design, Person, Tone, employee, mark
from contenthub.posters.template import Template

BLOCK = Box(0, 0, 1016, 376)
"""The employee's block as drawn for a canvas 1080 px wide."""
SIDE_BLOCK = Box(0, 0, 564, 880)
FITS: dict[str, str] = {
    "middle": "保留中间",
    "top": "保留上边（左边）",
    "bottom": "保留下边（右边）",
}
ACCENT = "#1f4e8c"
_PLAIN = "具体内容以网点公告为准"
_MARGIN_PX = 32
_LOOKED_PX = 192
_BOTTOM_BONUS = 0.8
"""A place at the foot, where people look for whom to call, may be a little busier."""
_SIGNED = "{{ bank.name }} · 内容编号 {{ item.code }}"


class Look(NamedTuple):
    """What was seen in a picture: where the block is least in the way, and a colour of its own.

    `share` is the block's place as a share of the free way: down on an upright canvas, to the
    right on a wide one.
    """

    share: float
    accent: str


def best_size(width_px: int, height_px: int) -> str:
    """Return the code of the size whose form is nearest to a picture's; never the name card."""
    form = math.log(width_px / height_px)
    offered = (code for code in SIZES if code != "card")
    return min(offered, key=lambda code: abs(form - math.log(_form(code))))


def _form(code: str) -> float:
    return SIZES[code].width_px / SIZES[code].height_px


def looked_at(data: bytes, size: str, fit: str) -> Look:
    """Return what there is to see in a picture once it is cut to a size."""
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as opened:
        opened.draft("RGB", (_LOOKED_PX * 4, _LOOKED_PX * 4))
        whole = opened.convert("RGB")
    crop = cut_to(*whole.size, size, fit)
    wide, tall = whole.size
    left, top = crop.left * wide, crop.top * tall
    part = whole.resize(
        _small(size), box=(left, top, left + crop.width * wide, top + crop.height * tall)
    )
    return Look(_quietest(part, size), _accent(part))


def _small(size: str) -> tuple[int, int]:
    known = SIZES[size]
    times = _LOOKED_PX / max(known.width_px, known.height_px)
    return max(1, round(known.width_px * times)), max(1, round(known.height_px * times))


def _quietest(part: Image.Image, size: str) -> float:
    """Return the share of the free way at which the block hides the least."""
    grey = part.convert("L").filter(ImageFilter.GaussianBlur(1))
    across = ImageChops.difference(grey, ImageChops.offset(grey, 1, 0))
    busy = ImageChops.add(across, ImageChops.difference(grey, ImageChops.offset(grey, 0, 1)))
    way, place = _way(size, part.size)
    found = []
    for step in range(17):
        share = step / 16
        seen = ImageStat.Stat(busy.crop(place(share))).mean[0] + 0.5
        found.append((seen * (_BOTTOM_BONUS if step == 16 else 1.0), -share))
    return -min(found)[1] if way > 0 else 1.0


def _way(size: str, onto: tuple[int, int]) -> tuple[float, Any]:
    known = SIZES[size]
    free, block = _free(size, rows=1)
    times = (onto[0] / known.width_px, onto[1] / known.height_px)
    is_side = known.width_px > known.height_px
    way_px = free.w_px - block.w_px if is_side else free.h_px - block.h_px

    def place(share: float) -> tuple[int, int, int, int]:
        moved = _placed_block(free, block, share, is_side=is_side)
        wide, tall = times
        left, top = round(moved.x_px * wide), round(moved.y_px * tall)
        return left, top, round(moved.right_px * wide), round(moved.bottom_px * tall)

    return way_px, place


def _accent(part: Image.Image) -> str:
    """Return the most vivid of the picture's main colours that is read on white."""
    few = part.resize((48, 48)).quantize(12).convert("RGB")
    best, vividness = ACCENT, 60
    for _, colour in few.getcolors(4096) or []:
        assert isinstance(colour, tuple)
        shade: Colour = (int(colour[0]), int(colour[1]), int(colour[2]))
        vivid = max(shade) - min(shade)
        if vivid > vividness and contrast(shade, (255, 255, 255)) >= CONTRAST_MIN:
            best, vividness = "#{:02x}{:02x}{:02x}".format(*shade), vivid
    return best


def cut_to(width_px: int, height_px: int, size: str, fit: str) -> Crop:
    """Return the part of a picture that fills a size; `fit` (FITS) says which part."""
    known = SIZES[size]
    form = (known.width_px + 2 * known.bleed_px) / (known.height_px + 2 * known.bleed_px)
    kept = {"top": 0.0, "bottom": 1.0}.get(fit, 0.5)
    if width_px / height_px > form:
        width = height_px * form / width_px
        return Crop(left=(1 - width) * kept, width=width)
    height = width_px / form / height_px
    return Crop(top=(1 - height) * kept, height=height)


def imported(asset: str, size: str, *, crop: Crop, look: Look, lines: Sequence[str]) -> Template:
    """Return a poster of a picture: the employee's block on it, the mandatory lines at its foot.

    A link's cover has no block: it is pressed, not scanned.
    """
    known = SIZES[size]
    whole = Box(0, 0, known.width_px, known.height_px)
    said = "；".join(lines) or _PLAIN
    back = PictureLayer(
        id="background",
        box=whole.grown(known.bleed_px),
        asset=asset,
        crop=crop,
        name="导入的背景图",
    )
    layers: list[Layer] = [back, *mark(known.width_px, is_side=known.width_px > known.height_px)]
    if size != "cover":
        layers.append(_block(size, look, rows=_rows(size, said)))
    layers += _foot(size, said)
    return Template(
        known.width_px,
        known.height_px,
        tuple(layers),
        dpi=known.dpi,
        bleed_px=known.bleed_px,
    )


def _free(size: str, *, rows: int) -> tuple[Box, Box]:
    """Return where a size's block may stand, and the block's box, both in px of the canvas."""
    known = SIZES[size]
    drawn = SIDE_BLOCK if known.width_px > known.height_px else BLOCK
    margin_px = _margin_px(size)
    times = known.width_px / 1080 if known.bleed_px else 1.0
    block = Box(0, 0, round(drawn.w_px * times), round(drawn.h_px * times))
    foot_px = _foot_px(size, rows) + margin_px
    top_px = margin_px * 2 if drawn is SIDE_BLOCK else known.height_px // 12
    free = Box(
        margin_px,
        top_px,
        known.width_px - 2 * margin_px,
        known.height_px - top_px - foot_px,
    )
    return free, block


def _placed_block(free: Box, block: Box, share: float, *, is_side: bool) -> Box:
    right_px = round((free.w_px - block.w_px) * (share if is_side else 0.5))
    down_px = round(max(0, free.h_px - block.h_px) * (1.0 if is_side else share))
    # Codes stand on an 8-px grid (posters.md §5).
    return Box(
        (free.x_px + right_px) // 8 * 8, (free.y_px + down_px) // 8 * 8, block.w_px, block.h_px
    )


def _block(size: str, look: Look, *, rows: int) -> GroupLayer:
    known = SIZES[size]
    free, block = _free(size, rows=rows)
    is_side = known.width_px > known.height_px
    box = _placed_block(free, block, look.share, is_side=is_side)
    drawn, person = (SIDE_BLOCK, _UPRIGHT) if is_side else (BLOCK, _ACROSS)
    ground = ShapeLayer(
        id="person-ground",
        box=drawn,
        shape="rounded",
        fill="#ffffff",
        radius_px=36,
        name="员工信息的底",
    )
    tone = Tone(look.accent, "#ffffff", "长按识别，找我办理", _PLAIN)
    inner = [ground, *employee(_bare(tone), person)]
    onto = stretched(Box(0, 0, block.w_px, block.h_px), drawn.w_px, drawn.h_px)
    return GroupLayer(
        id="person",
        box=box,
        name="员工信息（整块可拖动）",
        layers=tuple(scaled(one, onto) for one in inner),
    )


_ACROSS = Person(
    photo=(32, 90, 184, 184),
    name=(244, 24, 400, 84),
    role=(244, 110, 400, 46),
    branch=(244, 160, 400, 76),
    phone=(244, 240, 400, 60),
    invite=(664, 328, 328, 38),
    code=(664, 0, QR_PX, QR_PX),
)
_UPRIGHT = Person(
    photo=(40, 604, 150, 150),
    name=(210, 592, 336, 80),
    role=(210, 673, 336, 40),
    branch=(210, 714, 336, 70),
    phone=(40, 790, 484, 66),
    invite=(40, 544, 484, 46),
    code=(16, 16, 528, 528),
)


def _bare(tone: Tone) -> Design:
    """Return a design of which only the employee's part is used."""
    pair = (INK, "#ffffff")
    return Design(
        ground=(), art=(), background="#ffffff", tone=tone, mark=pair, title="", slogan="",
        inks=pair, sheet=pair, ribbon=pair, ribbon_ink=INK, ink=INK, hotline=INK,
    )  # fmt: skip


def _foot_px(size: str, rows: int) -> int:
    row_px, code_px = _rows_px(size)
    return round(row_px * 1.2 * rows + code_px * 1.45 + row_px * 0.4)


def _margin_px(size: str) -> int:
    """Return how far all stays from the edge: in print the knife may err by the bleed."""
    return max(_MARGIN_PX, 2 * SIZES[size].bleed_px)


def _rows(size: str, said: str) -> int:
    """Return the rows a text takes at its size; what may not break needs some room more."""
    row_px, _ = _rows_px(size)
    return -(-round(len(said) * row_px * 1.1) // (SIZES[size].width_px - 2 * _margin_px(size)))


def _rows_px(size: str) -> tuple[int, int]:
    """Return the size of the mandatory text (2.5 % of the height or more) and of the signature."""
    known = SIZES[size]
    row_px = max(24, -(-(known.height_px + 2 * known.bleed_px) // 40))
    return row_px, max(15, row_px // 2)


def _foot(size: str, said: str) -> list[Layer]:
    """Return the mandatory text in as many rows as it needs, and whose poster it is."""
    known = SIZES[size]
    row_px, code_px = _rows_px(size)
    margin_px = _margin_px(size)
    inner_px = known.width_px - 2 * margin_px
    rows = _rows(size, said)
    tall_px = _foot_px(size, rows)
    top_px = known.height_px - tall_px
    said_px = round(row_px * 1.2 * rows)
    bleed_px = known.bleed_px
    ground = Box(-bleed_px, top_px, known.width_px + 2 * bleed_px, tall_px + bleed_px)
    return [
        ShapeLayer(id="foot", box=ground, shape="rect", fill="#ffffff", name="提示语的底"),
        DisclosureLayer(
            id="disclosure",
            box=Box(margin_px, top_px + row_px // 5, inner_px, said_px),
            text=said,
            size_px=row_px,
            weight=500,
            colour=INK,
            align="center",
            valign="middle",
            max_lines=rows,
            line_height=1.15,
        ),
        TextLayer(
            id="code",
            box=Box(margin_px, top_px + row_px // 5 + said_px, inner_px, round(code_px * 1.45)),
            text=_SIGNED,
            size_px=code_px,
            min_size_px=max(8, code_px // 2),
            colour="#5b6675",
            align="center",
            valign="middle",
        ),
    ]


def as_json(template: Template) -> dict[str, Any]:
    """Return a template as a draft keeps it."""
    found: dict[str, Any] = msgspec.to_builtins(template)
    return found
