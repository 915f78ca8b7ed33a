"""What the shipped typefaces keep of their makers' files (sans.py, serif.py)."""

from collections.abc import Sequence

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from contenthub.library.fontfile import common_marks

RANGES = (
    (0x20, 0x17F),
    (0x2010, 0x2060),
    (0x2100, 0x214F),
    (0x2160, 0x217F),
    (0x2190, 0x21FF),
    (0x2460, 0x24FF),
    (0x25A0, 0x26FF),
    (0x3000, 0x303F),
    (0xFE10, 0xFE4F),
    (0xFF00, 0xFFEF),
)


def cut(face: TTFont, *, features: Sequence[str]) -> None:
    """Leave what banks write in an opened face: GB2312, Latin, marks, and `features` of layout."""
    options = Options()
    options.hinting = False
    options.layout_features = list(features)
    options.name_IDs = ["*"]
    options.name_languages = ["*"]
    wanted = [*common_marks(), *(code for first, last in RANGES for code in range(first, last + 1))]
    cutter = Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(face)
