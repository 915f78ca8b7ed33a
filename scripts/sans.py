"""Cut the shipped 思源黑体 to what banks write, for the poster editor's field in the browser.

    python scripts/sans.py

One file with all weights (an axis, as in the file the painter uses), so that words typed on the
canvas are as wide there as on the poster. Its output in src/contenthub/web/static/faces is
committed; a character beyond is shown in the browser's own face while it is typed, and painted
right. Users never run this.
"""

import pathlib

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from contenthub.library.fontfile import common_marks
from contenthub.posters.fonts import FACE_INDEX, font_path

OUT = pathlib.Path(__file__).resolve().parent.parent / "src/contenthub/web/static/faces"
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


def main() -> None:
    """Write the cut face."""
    options = Options()
    options.hinting = False
    options.layout_features = ["kern", "chws", "halt", "vert"]
    options.name_IDs = ["*"]
    options.name_languages = ["*"]
    wanted = [*common_marks(), *(code for first, last in RANGES for code in range(first, last + 1))]
    with TTFont(str(font_path()), fontNumber=FACE_INDEX, recalcTimestamp=False) as face:
        cutter = Subsetter(options)
        cutter.populate(unicodes=wanted)
        cutter.subset(face)
        face.flavor = "woff"
        OUT.mkdir(exist_ok=True)
        face.save(OUT / "noto-sans-sc.woff")


if __name__ == "__main__":
    main()
