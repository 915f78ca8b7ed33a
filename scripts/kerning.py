"""Write src/contenthub/posters/kerning.json: how near the shipped face sets pairs of ASCII.

    python scripts/kerning.py

The shaper (Raqm) reads it from the font's GPOS table; a Pillow without Raqm could not, and texts
would be as wide as on no other machine. Units are thousandths of an em, one number a weight.
"""

import json
from pathlib import Path

from contenthub.posters import fonts, metrics

TARGET = Path(__file__).parents[1] / "src/contenthub/posters/kerning.json"
MARKS = [chr(code) for code in range(33, 127)]


def main() -> None:
    """Measure every pair at every weight and write those that are not zero."""
    pairs: dict[str, list[float]] = {}
    for place, weight in enumerate(fonts.WEIGHTS):
        face = fonts.font(metrics.UNITS, weight)
        alone = {mark: face.getlength(mark) for mark in MARKS}
        for left in MARKS:
            for right in MARKS:
                kern = round(face.getlength(left + right) - alone[left] - alone[right], 1)
                if kern:
                    pairs.setdefault(left + right, [0.0] * len(fonts.WEIGHTS))[place] = kern
    lines = ",\n".join(f"{json.dumps(pair)}: {json.dumps(kerns)}" for pair, kerns in pairs.items())
    TARGET.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
