"""Idea: a shipped design made an item's own, and a refusal told of the layer it belongs to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from contenthub.errors import Invalid
from contenthub.library.disclosing import poster_lines
from contenthub.posters import starterparts, wording
from contenthub.posters.starters import known, starter, starters
from contenthub.posters.template import structured
from contenthub.posters.wording import prints

WIDTH_PX, HEIGHT_PX = 1080, 1920
_INDEXED = re.compile(r"layers\[(\d+)\]")
_STEP = re.compile(r"layers\[(\d+)\]\.?")
_NAMED = re.compile(r"layers\.([a-z0-9][a-z0-9_-]*)(?:\.(.+))?")
_SAYS: dict[str, str] = {
    "deposit": "存款（印有存款保险标识）",
    "loan": "贷款（印有贷款提示）",
    "wealth": "理财（大标题写着理财）",
    "card": "银行卡（大标题写着信用卡）",
    "payment": "支付（大标题写着 ETC）",
}
"""What a shipped template would say that is untrue of another topic."""


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
    """Return the design with what a kind and topic must say, where it lacks it.

    That is its mandatory texts and, where it advertises, the mark 广告.
    """
    lines = poster_lines(kind, topic, others=others)
    for layer in design["layers"]:
        if layer["kind"] == "disclosure" and not all(prints(_words(layer), one) for one in lines):
            layer["text"] = "；".join(lines)
            layer.pop("spans", None)
    read = structured(dict(design))
    if wording.mark_missing(read, kind):
        made = starterparts.mark(read.width_px, is_side=read.width_px > read.height_px)
        kept = [layer for layer in design["layers"] if layer["id"] not in {one.id for one in made}]
        design["layers"] = [*kept, *msgspec.to_builtins(made)]
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


def _words(layer: Mapping[str, Any]) -> str:
    """Return what a text layer says; of one in several sizes, all of it."""
    spans = layer.get("spans") or []
    return str(layer.get("text") or "".join(str(span.get("text", "")) for span in spans))


def named(wrong: Invalid, design: Mapping[str, Any]) -> Invalid:
    """Return the refusal with layers named by id (as the editor's addresses do), not by number."""
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
