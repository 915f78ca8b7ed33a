"""A designer's picture becomes a poster that passes review's checks, its block where it is free."""

import io

import pytest
from PIL import Image, ImageDraw

from contenthub.posters import importing, rehearsal
from contenthub.posters.colours import contrast, rgb
from contenthub.posters.importing import Look
from contenthub.posters.layers import Crop, GroupLayer, QrLayer, walk
from contenthub.posters.sizes import SIZES
from contenthub.posters.template import Personal, parse

OFFERED = [code for code in SIZES if code != "card"]
LINES = ("理财非存款、产品有风险、投资须谨慎", "贷款有风险，请理性借贷、按时还款")
VALUES = {"bank.name": "清源农村商业银行股份有限公司", "item.code": "P-1001-v2"}
PERSON = Personal(
    "阿卜杜热合曼·阿卜杜喀迪尔",
    "高级客户经理",
    "138 0000 0000",
    "清源农村商业银行城关支行营业部",
    "0236",
    None,
    "HTTPS://HUB.QINGYUAN.CN/S/PREVIEW00000",
)


def _picture(wide: int, tall: int, *, quiet: tuple[float, float] = (0, 0)) -> bytes:
    """A picture of stripes; between two shares of its height it is plain."""
    made = Image.new("RGB", (wide, tall), "#0b6e4f")
    pen = ImageDraw.Draw(made)
    for y_px in range(0, tall, 6):
        if not quiet[0] <= y_px / tall <= quiet[1]:
            for x_px in range(0, wide, 8):
                pen.rectangle((x_px, y_px, x_px + 3, y_px + 2), fill="#f2e8cf")
    out = io.BytesIO()
    made.save(out, "JPEG", quality=92)
    return out.getvalue()


@pytest.mark.parametrize("size", OFFERED)
def test_an_import_is_ready_for_review_in_every_size(size: str) -> None:
    known = SIZES[size]
    wide, tall = known.width_px // 3, known.height_px // 3
    data = _picture(wide, tall)
    look = importing.looked_at(data, size, "middle")
    crop = importing.cut_to(wide, tall, size, "middle")
    made = importing.imported("a" * 64, size, crop=crop, look=look, lines=LINES)
    template = parse(importing.as_json(made))
    rehearsal.rehearse(template, [PERSON], values=VALUES, assets={"a" * 64: data})
    codes = [layer for _, layer in walk(template.layers) if isinstance(layer, QrLayer)]
    assert len(codes) == (0 if size == "cover" else 1)


@pytest.mark.parametrize(("quiet", "where"), [((0.02, 0.4), "top"), ((0.6, 1.0), "foot")])
def test_the_block_stands_where_the_picture_is_plain(
    quiet: tuple[float, float], where: str
) -> None:
    look = importing.looked_at(_picture(540, 960, quiet=quiet), "moments", "middle")
    made = importing.imported("a" * 64, "moments", crop=Crop(), look=look, lines=())
    (block,) = [layer for layer in made.layers if isinstance(layer, GroupLayer)]
    assert (block.box.y_px < 500) == (where == "top")
    assert contrast(rgb(look.accent), rgb("#0b6e4f")) < 1.1


def test_a_picture_that_is_busy_everywhere_has_the_block_at_its_foot() -> None:
    assert importing.looked_at(_picture(540, 960), "moments", "middle").share == 1.0


def test_the_mandatory_lines_push_the_block_up_and_are_never_covered() -> None:
    def foot(lines: tuple[str, ...]) -> int:
        look = Look(1.0, importing.ACCENT)
        made = importing.imported("a" * 64, "moments", crop=Crop(), look=look, lines=lines)
        parse(importing.as_json(made))
        (block,) = [layer for layer in made.layers if isinstance(layer, GroupLayer)]
        return block.box.bottom_px

    assert foot(LINES * 2) < foot(LINES) < foot(())


@pytest.mark.parametrize(
    ("form", "size"),
    [
        ((1080, 1920), "moments"),
        ((900, 900), "square"),
        ((1000, 1414), "a4"),
        ((1280, 720), "slide"),
    ],
)
def test_a_picture_goes_to_the_size_of_its_form(form: tuple[int, int], size: str) -> None:
    assert importing.best_size(*form) == size


def test_what_is_cut_away_is_where_a_person_said() -> None:
    kept = {fit: importing.cut_to(1000, 4000, "square", fit) for fit in importing.FITS}
    assert (kept["top"].top, kept["middle"].top, kept["bottom"].top) == (0.0, 0.375, 0.75)
    assert {crop.height for crop in kept.values()} == {0.25}
    assert importing.cut_to(4000, 1000, "square", "bottom").left == 0.75
