"""Cut the shipped 思源黑体 to what banks write, for the poster editor's field in the browser.

    python scripts/sans.py

One file with all weights (an axis, as in the file the painter uses), so that words typed on the
canvas are as wide there as on the poster. Its output in src/contenthub/web/static/faces is
committed; a character beyond is shown in the browser's own face while it is typed, and painted
right. Users never run this.
"""

import pathlib

from facecut import cut
from fontTools.ttLib import TTFont

from contenthub.posters.fonts import FACE_INDEX, font_path

OUT = pathlib.Path(__file__).resolve().parent.parent / "src/contenthub/web/static/faces"


def main() -> None:
    """Write the cut face."""
    with TTFont(str(font_path()), fontNumber=FACE_INDEX, recalcTimestamp=False) as face:
        cut(face, features=("kern", "chws", "halt", "vert"))
        face.flavor = "woff"
        OUT.mkdir(exist_ok=True)
        face.save(OUT / "noto-sans-sc.woff")


if __name__ == "__main__":
    main()
