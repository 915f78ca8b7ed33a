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

from facecut import cut
from fontTools.ttLib import TTFont

FACES = pathlib.Path(__file__).resolve().parent.parent / "src/contenthub/posters/faces"


def main(font: str, licence: str) -> None:
    """Write the cut face and its licence."""
    with TTFont(font, recalcTimestamp=False) as face:
        cut(face, features=())
        FACES.mkdir(exist_ok=True)
        face.save(FACES / "NotoSerifSC-Bold.ttf")
    shutil.copy(licence, FACES / "NotoSerifSC-OFL.txt")


if __name__ == "__main__":
    main(*sys.argv[1:3])
