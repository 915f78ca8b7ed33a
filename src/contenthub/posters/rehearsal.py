"""Idea: draw a template once before review, for the people it must fit; pixels and CPU only.

What would fail for one employee on the day of the push is found here, with the names.
"""

import io
from collections.abc import Iterable, Mapping

import msgspec
import zxingcpp
from PIL import Image

from contenthub.errors import Invalid
from contenthub.posters import layout, splice
from contenthub.posters.layers import DisclosureLayer, QrLayer, TextLayer, filled, variables
from contenthub.posters.paint import static_text
from contenthub.posters.template import Personal, Template, is_personal

NAMED_AT_MOST = 8
"""Employees named in one message; the rest are counted."""
_NEEDED = {"employee.name": "姓名", "employee.no": "工号"}
"""What must not be empty where it is shown: 「工号」 with nothing behind it looks forged."""


def rehearse(
    template: Template,
    people: Iterable[Personal],
    *,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
) -> splice.Compiled:
    """Return the compiled template after it proved drawable for everybody.

    Raises `Invalid`: what the static part refuses; texts that do not fit or have no glyph,
    naming the employees and the fix; a code that an independent reader does not read.
    """
    compiled = splice.compile(template, values, assets)
    texts = _personal_texts(template, values)
    crowd = list(people)
    misfits = [(person, why) for person in crowd if (why := _misfit(person, texts))]
    if misfits:
        raise Invalid.of("employees", _told(misfits))
    if crowd:
        longest = max(crowd, key=lambda person: len(person.name) + len(person.branch))
        _check_code(template, longest, splice.render(compiled, longest))
    return compiled


def text_faults(template: Template, values: Mapping[str, str]) -> dict[str, str]:
    """Return field → why of the texts that are the same on all posters and cannot be drawn."""
    found: dict[str, str] = {}
    for layer in template.layers:
        if isinstance(layer, TextLayer | DisclosureLayer):
            try:
                text = static_text(layer, values)
                if not is_personal(layer) and text.strip():
                    layout.fit(text, layer)
            except Invalid as wrong:
                found.update(wrong.fields)
    return found


def misfit(template: Template, person: Personal, values: Mapping[str, str]) -> str:
    """Return why this person's texts cannot be drawn, or an empty string."""
    return _misfit(person, _personal_texts(template, values))


def _personal_texts(template: Template, values: Mapping[str, str]) -> list[TextLayer]:
    return [
        msgspec.structs.replace(layer, text=static_text(layer, values))
        for layer in template.layers
        if isinstance(layer, TextLayer) and is_personal(layer)
    ]


def _misfit(person: Personal, texts: list[TextLayer]) -> str:
    mine = person.values()
    for layer in texts:
        for name, word in _NEEDED.items():
            if name in variables(layer.text) and not mine[name].strip():
                return f"没有{word}，海报上会留下空白：请在员工资料里补填{word}"
        try:
            if filled(layer.text, mine).strip():
                layout.fit(filled(layer.text, mine), layer)
        except Invalid as wrong:
            return "；".join(wrong.fields.values())
    return ""


def _told(misfits: list[tuple[Personal, str]]) -> str:
    named = "；".join(
        f"{person.name}（工号 {person.no}）：{why}" for person, why in misfits[:NAMED_AT_MOST]
    )
    more = f"；等共 {len(misfits)} 人" if len(misfits) > NAMED_AT_MOST else ""
    return f"这些员工的海报画不出来——{named}{more}。请更正员工资料，或调整对应图层后再提交"


def _check_code(template: Template, person: Personal, jpeg: bytes) -> None:
    for layer in template.layers:
        if not isinstance(layer, QrLayer):
            continue
        box = layer.box
        with Image.open(io.BytesIO(jpeg)) as opened:
            square = opened.convert("L").crop((box.x_px, box.y_px, box.right_px, box.bottom_px))
        read = [found.text for found in zxingcpp.read_barcodes(square)]
        if person.qr_text not in read:
            raise Invalid.of(
                f"layers.{layer.id}.box", f"{layer.called}试扫没有读出来，请把二维码框调大"
            )
