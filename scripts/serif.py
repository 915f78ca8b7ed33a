"""Cut the second shipped typeface, 思源宋体 bold, to what banks write on posters.

    python scripts/serif.py NotoSerifSC_700Bold.ttf OFL.txt

The two files are in the npm package @expo-google-fonts/noto-serif-sc@0.4.3 (700Bold/ and
LICENSE_FONT; OFL-1.1, no reserved name). Kept: GB2312's characters, Latin, marks, column forms;
a character beyond is drawn by Noto Sans CJK, which has all. Users never run this: its output in
src/contenthub/posters/faces is committed.
"""

import pathlib
import shutil
import sys

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from contenthub.library.fontfile import common_marks

FACES = pathlib.Path(__file__).resolve().parent.parent / "src/contenthub/posters/faces"
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


def main(font: str, licence: str) -> None:
    """Write the cut face and its licence."""
    wanted = [*common_marks(), *(code for first, last in RANGES for code in range(first, last + 1))]
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = ["*"]
    options.name_languages = ["*"]
    with TTFont(font, recalcTimestamp=False) as face:
        cutter = Subsetter(options)
        cutter.populate(unicodes=wanted)
        cutter.subset(face)
        FACES.mkdir(exist_ok=True)
        face.save(FACES / "NotoSerifSC-Bold.ttf")
    shutil.copy(licence, FACES / "NotoSerifSC-OFL.txt")


if __name__ == "__main__":
    main(*sys.argv[1:3])
