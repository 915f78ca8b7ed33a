"""Templates nobody would draw: every kind of layer, every look, one over the other."""

import functools
import io
import random
from typing import Any

import msgspec
from PIL import Image

from contenthub.posters.layers import Box
from contenthub.posters.template import Personal, Template

ASSET = "b" * 64
VALUES = {"bank.name": "清源农商银行", "item.kind": "product"}
LINK = "HTTPS://QY.CN/S/7KD2QM8X1ABC"


@functools.cache
def picture(seed: int = 5, *, alpha: bool = True) -> bytes:
    out = io.BytesIO()
    bands = 4 if alpha else 3
    noise = random.Random(seed).randbytes(24 * 24 * bands)
    Image.frombytes("RGBA" if alpha else "RGB", (24, 24), noise).save(out, "PNG")
    return out.getvalue()


def people() -> list[Personal]:
    photo = picture(9, alpha=False)
    return [
        Personal("王小明", "客户经理", "138 0000 0236", "城关支行", "0236", photo, LINK),
        Personal("欧阳AV若兰", "", "", "河东支行", "7", None, LINK[:-1] + "9"),
    ]


class Dice:
    """Makes one strange template of a seed; the same seed, the same template."""

    def __init__(self, seed: int) -> None:
        self._roll = random.Random(seed)
        self._count = 0

    def template(self) -> Template:
        roll = self._roll
        wide, tall = roll.randint(64, 420), roll.randint(64, 1100)
        canvas = Box(0, 0, wide, tall)
        layers = [self._layer(canvas, depth=0) for _ in range(roll.randint(2, 7))]
        bleed_px = roll.choice([0, 0, 0, 7])
        raw = {
            "width_px": wide,
            "height_px": tall,
            "layers": layers,
            "quality": roll.randint(60, 95),
            "background": self._colour(),
            "bleed_px": bleed_px,
            "dpi": roll.choice([None, None, 300]),
            "schema": 2,
        }
        return drawable(raw)

    def _layer(self, canvas: Box, *, depth: int) -> dict[str, Any]:
        roll = self._roll
        self._count += 1
        kinds = ["text", "text", "photo", "qr", "shape", "gradient", "picture", "logo"]
        kind = roll.choice([*kinds, "group"] if depth < 2 else kinds)
        w_px, h_px = roll.randint(12, canvas.w_px), roll.randint(12, canvas.h_px)
        if kind == "qr":
            w_px = h_px = roll.randint(132, 200)
        box = {
            "x_px": roll.randint(-20, canvas.w_px),
            "y_px": roll.randint(-20, canvas.h_px),
            "w_px": w_px,
            "h_px": h_px,
        }
        made = {"kind": kind, "id": f"l{self._count}", "box": box} | self._looks()
        return made | getattr(self, f"_{kind}")(Box(**box), depth)

    def _looks(self) -> dict[str, Any]:
        roll = self._roll
        looks: dict[str, Any] = {}
        if roll.random() < 0.3:
            looks["rotation_degrees"] = roll.choice([90, -90, 180, roll.uniform(-180, 180)])
        if roll.random() < 0.3:
            looks["opacity"] = roll.random()
        if roll.random() < 0.2:
            form = roll.choice(["ellipse", "rounded", "polygon", "curve"])
            points = [[roll.randint(-10, 90), roll.randint(-10, 90)] for _ in range(4)]
            looks["clip"] = {"form": form, "radius_px": roll.randint(0, 30), "points": points}
        if roll.random() < 0.2:
            looks["shadow"] = {
                "colour": self._colour(),
                "right_px": roll.randint(-30, 30),
                "down_px": roll.randint(-30, 30),
                "blur_px": roll.randint(0, 9),
                "opacity": roll.random(),
            }
        if roll.random() < 0.25:
            looks["show"] = [
                roll.choice(
                    [
                        {"variable": "employee.photo", "test": roll.choice(["filled", "empty"])},
                        {"variable": "employee.branch", "test": "one_of", "values": ["城关支行"]},
                        {"variable": "item.kind", "test": "none_of", "values": ["right"]},
                        {"variable": "employee.title"},
                    ]
                )
            ]
        return looks

    def _colour(self) -> str:
        return f"#{self._roll.randrange(1 << 24):06x}"

    def _text(self, box: Box, depth: int) -> dict[str, Any]:
        roll = self._roll
        words = roll.choice(
            ["{{employee.no}}", "{{ employee.name }}好", "{{bank.name}}", "存，款。"]
        )
        made: dict[str, Any] = {
            "size_px": roll.randint(8, 20),
            "min_size_px": 8,
            "max_lines": 40,
            "ellipsis": True,
            "colour": self._colour(),
            "align": roll.choice(["left", "center", "right", "justify"]),
            "valign": roll.choice(["top", "middle", "bottom"]),
            "hang": roll.random() < 0.3,
            "vertical": roll.random() < 0.25,
        }
        if roll.random() < 0.2:
            made |= {"stroke": self._colour(), "stroke_px": roll.randint(1, 4)}
        if roll.random() < 0.2:
            made["colour_to"] = self._colour()
        if roll.random() < 0.2:
            spans = [{"text": words, "scale": 0.7, "colour": self._colour()}, {"text": "%"}]
            return made | {"spans": spans}
        return made | {"text": words}

    def _photo(self, box: Box, depth: int) -> dict[str, Any]:
        roll = self._roll
        ring_px = roll.choice([0, 0, 4])
        return {"form": roll.choice(["round", "rounded"]), "radius_px": 9, "ring_px": ring_px}

    def _qr(self, box: Box, depth: int) -> dict[str, Any]:
        return {"logo": self._roll.choice([None, None, ASSET])}

    def _shape(self, box: Box, depth: int) -> dict[str, Any]:
        roll = self._roll
        forms = ["rect", "rounded", "ellipse", "line", "polygon", "curve", "rays"]
        return {
            "shape": roll.choice(forms),
            "fill": self._colour(),
            "stroke": roll.choice([None, self._colour()]),
            "stroke_px": roll.randint(1, 9),
            "blur_px": roll.choice([0, 0, 5]),
            "points": [[0, 0], [box.w_px, 5], [9, box.h_px]],
        }

    def _gradient(self, box: Box, depth: int) -> dict[str, Any]:
        roll = self._roll
        stops = [{"at": at, "colour": self._colour(), "opacity": roll.random()} for at in (0, 1)]
        form = roll.choice(["linear", "radial"])
        return {"stops": stops, "form": form, "angle_degrees": roll.randrange(360)}

    def _picture(self, box: Box, depth: int) -> dict[str, Any]:
        roll = self._roll
        crop = {"left": 0.2, "top": 0.1, "width": 0.5, "height": 0.6}
        return {
            "asset": ASSET,
            "fit": roll.choice(["cover", "contain", "stretch"]),
            "radius_px": roll.choice([0, 8]),
            "crop": roll.choice([None, crop]),
        }

    def _logo(self, box: Box, depth: int) -> dict[str, Any]:
        return {}

    def _group(self, box: Box, depth: int) -> dict[str, Any]:
        many = range(self._roll.randint(1, 3))
        return {"layers": [self._layer(box, depth=depth + 1) for _ in many]}


def drawable(raw: dict[str, Any]) -> Template:
    """Return the template of a raw design without asking whether a bank may use it."""
    return msgspec.convert(raw, Template)
