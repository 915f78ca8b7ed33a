"""Idea: a template as a plain form: one row a text, a few colours, pictures; and back to layers.

The form sends each value beside what it was when the page was drawn. Only what differs is
written into the layers, so that the form and the JSON below it can be edited side by side.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from contenthub.errors import Invalid
from contenthub.library.disclosing import poster_lines
from contenthub.posters.layers import LAYER_WORDS, variables
from contenthub.posters.looks import PERSONAL_PREFIXES
from contenthub.posters.starters import known, starter, starters
from contenthub.posters.wording import prints

WIDTH_PX, HEIGHT_PX = 1080, 1920
PALETTE = 6
WAS = "was."
_COLOUR_KEYS = ("fill", "stroke", "colour", "colour_to", "ring", "shadow", "background")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_INDEXED = re.compile(r"layers\[(\d+)\]")
_STEP = re.compile(r"layers\[(\d+)\]\.?")
_NAMED = re.compile(r"layers\.([a-z0-9][a-z0-9_-]*)(?:\.(.+))?")
_NUMBERS = ("size_px", "x_px", "y_px", "w_px", "h_px")
PLACES: dict[str, str] = {
    "banner": "标题旁（右上）",
    "logo": "左上角标志",
    "card": "卡片中部",
    "background": "整页背景（最底层）",
}
_BOXES = {
    "banner": (640, 150, 400, 400),
    "logo": (64, 64, 64, 64),
    "card": (112, 1042, 856, 180),
    "background": (0, 0, WIDTH_PX, HEIGHT_PX),
}


_SAYS: dict[str, str] = {
    "deposit": "存款（印有存款保险标识）",
    "loan": "贷款（印有贷款提示）",
    "wealth": "理财（大标题写着理财）",
    "card": "银行卡（大标题写着信用卡）",
    "payment": "支付（大标题写着 ETC）",
}
"""What a shipped template would say that is untrue of another topic."""


@dataclass(frozen=True, slots=True)
class TextRow:
    """A text layer on the form; `group` is own words, content or employee."""

    id: str
    label: str
    text: str
    colour: str
    size_px: int
    group: str


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A picture layer on the form."""

    id: str
    asset: str
    fit: str
    box: dict[str, int]


def starter_for(topic: str) -> str:
    """Return the code of the shipped template that suits a business topic."""
    for code, found in starters().items():
        if found.topic == topic:
            return code
    return "rights-day"


def starter_layers(
    code: str, *, kind: str = "", topic: str = "", others: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a shipped template as JSON, its mandatory text that of the item's kind and topic.

    `code` is one of `starters()`, with a size behind a full stop for another than its first.
    `others` are the topics that the item offers something of without being of them.
    Raises Invalid for an unknown code (`starter`).
    """
    if known(code) is None:
        shipped = "、".join(starters())
        raise Invalid.of(
            "starter",
            f"没有“{code[:40]}”这个起始模板，可选：{shipped}；"
            "换尺寸在后面加一点和尺寸，例如 deposit-season.square",
        )
    layers: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(starter(code)))
    return with_lines(layers, kind=kind, topic=topic, others=others)


def with_lines(
    design: dict[str, Any], *, kind: str, topic: str, others: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the design, its mandatory texts made those of a kind and topic where they lack one."""
    lines = poster_lines(kind, topic, others=others)
    for layer in design["layers"]:
        if layer["kind"] == "disclosure" and not all(prints(_words(layer), one) for one in lines):
            layer["text"] = "；".join(lines)
            layer.pop("spans", None)
    return design


def unsuitable(code: str, topic: str) -> str:
    """Return why a shipped template would say something untrue of a topic, or nothing."""
    found = known(code)
    if found is not None and found.topic in _SAYS and topic != found.topic:
        return f"“{found.title}”只适用于{_SAYS[found.topic]}"
    return ""


def unsuitable_code(code: str, topic: str) -> str:
    """Return why a code from an address cannot be used: unknown, or untrue of the topic."""
    return "没有这个起始模板" if known(code) is None else unsuitable(code, topic)


def require_suitable(code: str, topic: str) -> None:
    """Do nothing if a shipped template fits the topic; raises Invalid (`starter`) naming those."""
    starter_layers(code)
    why = unsuitable(code, topic)
    if why:
        fitting = "、".join(
            f"{other}（{found.title}）"
            for other, found in starters().items()
            if not unsuitable(other, topic)
        )
        raise Invalid.of("starter", f"{why}，这条内容请改用：{fitting}")


def whole(layers: dict[str, Any] | list[Any]) -> dict[str, Any]:
    """Return a whole template of what a script sent; a bare list stands on a poster's canvas."""
    if isinstance(layers, list):
        return {"width_px": WIDTH_PX, "height_px": HEIGHT_PX, "layers": layers}
    return layers


def text_rows(design: Mapping[str, Any]) -> list[TextRow]:
    """Return the text layers of a design in their order."""
    return [
        TextRow(
            id=str(layer.get("id", "")),
            label=LAYER_WORDS.get(str(layer.get("id")), str(layer.get("id", ""))),
            text=_words(layer),
            colour=str(layer.get("colour", "#202020")),
            size_px=int(layer.get("size_px", 0)),
            group=_group(_words(layer), str(layer.get("kind"))),
        )
        for layer in _layers(design)
        if layer.get("kind") in ("text", "disclosure")
    ]


def _words(layer: Mapping[str, Any]) -> str:
    """Return what a text layer says; of one in several sizes, all of it."""
    spans = layer.get("spans") or []
    return str(layer.get("text") or "".join(str(span.get("text", "")) for span in spans))


def _group(text: str, kind: str) -> str:
    used = variables(text)
    if kind == "disclosure" or not used:
        return "words"
    return "employee" if any(name.startswith(PERSONAL_PREFIXES) for name in used) else "content"


def picture_rows(design: Mapping[str, Any]) -> list[PictureRow]:
    """Return the picture layers of a design in their order."""
    return [
        PictureRow(
            id=str(layer.get("id", "")),
            asset=str(layer.get("asset", "")),
            fit=str(layer.get("fit", "cover")),
            box=dict(layer.get("box", {})),
        )
        for layer in _layers(design)
        if layer.get("kind") == "picture"
    ]


def palette(design: Mapping[str, Any]) -> list[str]:
    """Return the colours that cover most of the poster, in lower case."""
    covered: Counter[str] = Counter()
    for layer in _layers(design):
        if layer.get("kind") in ("shape", "gradient", "photo"):
            used = [found.lower() for found in _COLOUR.findall(json.dumps(layer))]
            for colour in used:
                covered[colour] += _area(layer) // len(used)
    return [colour for colour, _ in covered.most_common(PALETTE)]


def _area(layer: Mapping[str, Any]) -> int:
    box = layer.get("box")
    sides = [box.get(side) for side in ("w_px", "h_px")] if isinstance(box, dict) else []
    area = 1
    for side in sides:
        area *= min(side, HEIGHT_PX) if isinstance(side, int) and side > 0 else 1
    return area


def _layers(design: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = design.get("layers", [])
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def read_json(text: str) -> dict[str, Any]:
    """Return the design that the JSON box of the form holds; raises Invalid (`layers`)."""
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as wrong:
        line = getattr(wrong, "lineno", 0)
        raise Invalid.of("layers", f"图层 JSON 第 {line} 行不完整或写错了，请改正") from wrong
    if not isinstance(found, dict):
        raise Invalid.of("layers", "图层应是一个 JSON 对象，含 width_px、height_px 和 layers")
    return found


def changed(design: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """Return the design with what the form changed; raises Invalid naming the form's field."""
    made: dict[str, Any] = json.loads(json.dumps(design))
    by_id = {str(layer.get("id")): layer for layer in _layers(made)}
    swaps: dict[str, str] = {}
    for name, value in form.items():
        if name.startswith(WAS) or form.get(WAS + name) in (None, value):
            continue
        what, _, rest = name.partition(".")
        if what == "palette":
            swaps["#" + rest] = _colour(name, value)
        elif what == "layers":
            layer_id, _, key = rest.rpartition(".")
            if layer_id in by_id:
                _write(by_id[layer_id], key, value, field=name)
    gone = {name.removeprefix("drop.") for name in form if name.startswith("drop.")}
    if gone:
        made["layers"] = [x for x in made["layers"] if str(x.get("id")) not in gone]
    return _recoloured(made, swaps) if swaps else made


def _write(layer: dict[str, Any], key: str, value: str, *, field: str) -> None:
    if key in _NUMBERS:
        try:
            number = int(value)
        except ValueError as wrong:
            raise Invalid.of(field, "请填写整数像素，例如 48") from wrong
        if key == "size_px":
            least = layer.get("min_size_px")
            layer["size_px"] = number
            if isinstance(least, int) and least > number:
                layer["min_size_px"] = number
        else:
            layer.setdefault("box", {})[key] = number
    elif key == "colour":
        layer["colour"] = _colour(field, value)
        layer["colour_to"] = None
    elif key in ("text", "fit", "asset"):
        if key == "text":
            layer.pop("spans", None)  # words written anew have one size
        layer[key] = value.replace("\r\n", "\n")


def _colour(field: str, value: str) -> str:
    if not _COLOUR.fullmatch(value):
        raise Invalid.of(field, "颜色要写成 #rrggbb，例如 #c81e28")
    return value.lower()


def _recoloured(node: Any, swaps: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_recoloured(one, swaps) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: swaps.get(value.lower(), value)
        if key in _COLOUR_KEYS and isinstance(value, str)
        else _recoloured(value, swaps)
        for key, value in node.items()
    }


def with_picture(
    design: Mapping[str, Any], sha256: str, *, place: str, replaces: str = ""
) -> dict[str, Any]:
    """Return the design with an uploaded picture: in a layer's stead, or at one of PLACES."""
    made: dict[str, Any] = json.loads(json.dumps(design))
    layers = made.setdefault("layers", [])
    for layer in _layers(made):
        if replaces and layer.get("id") == replaces and layer.get("kind") == "picture":
            layer["asset"] = sha256
            return made
    if place not in _BOXES:
        raise Invalid.of("place", f"请选择图片放在哪里：{'、'.join(PLACES.values())}")
    taken = {str(layer.get("id")) for layer in _layers(made)}
    number = next(n for n in range(1, 1000) if f"picture-{n}" not in taken)
    x_px, y_px, w_px, h_px = _BOXES[place]
    added = {
        "kind": "picture",
        "id": f"picture-{number}",
        "box": {"x_px": x_px, "y_px": y_px, "w_px": w_px, "h_px": h_px},
        "asset": sha256,
        "fit": "cover" if place == "background" else "contain",
    }
    layers.insert(_below_people(layers) if place != "background" else _above_sky(layers), added)
    return made


def _above_sky(layers: list[Any]) -> int:
    """Return where a background goes: over the first layer that fills the canvas, if one does."""
    first = layers[0] if layers and isinstance(layers[0], dict) else {}
    return 1 if first.get("kind") == "gradient" else 0


def _below_people(layers: list[Any]) -> int:
    """Return where a picture goes: over the artwork, under the employee's strip."""
    for index, layer in enumerate(layers):
        if isinstance(layer, dict) and layer.get("id") == "strip-shadow":
            return index
    return next(
        (
            index
            for index, layer in enumerate(layers)
            if isinstance(layer, dict) and layer.get("kind") in ("photo", "qr", "disclosure")
        ),
        len(layers),
    )


def named(wrong: Invalid, design: Mapping[str, Any]) -> Invalid:
    """Return the refusal with layers named by id (as the form's fields are), not by number."""
    layers = design.get("layers", [])

    def by_id(found: re.Match[str]) -> str:
        index = int(found[1])
        known = isinstance(layers, list) and index < len(layers)
        layer = layers[index] if known else None
        return f"layers.{layer['id']}" if isinstance(layer, dict) and "id" in layer else found[0]

    fields = {_INDEXED.sub(by_id, name): message for name, message in wrong.fields.items()}
    again = type(wrong)(fields=fields)
    return again


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a design: the layer's id (empty: the canvas), its field, the fix."""

    layer: str
    field: str
    message: str


def located(fields: Mapping[str, str], design: Mapping[str, Any]) -> list[Fault]:
    """Return a refusal's fields as faults of the layers they belong to, those in groups too."""
    return [_located(path, message, design) for path, message in fields.items()]


def _located(path: str, message: str, design: Mapping[str, Any]) -> Fault:
    if found := _NAMED.fullmatch(path):
        return Fault(found[1], found[2] or "", message)
    node: Any = design
    name, rest = "", path
    while step := _STEP.match(rest):
        inner = node.get("layers") if isinstance(node, dict) else None
        index = int(step[1])
        if not isinstance(inner, list) or index >= len(inner):
            break
        node, rest = inner[index], rest[step.end() :]
        name = str(node.get("id", "")) if isinstance(node, dict) else name
    return Fault(name, rest, message)
