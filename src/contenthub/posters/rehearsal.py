"""Idea: draw a template once before review, for the people it must fit; pixels and CPU only.

What would fail for one employee on the day of the push is found here, with the names.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from PIL import Image

from contenthub.errors import Invalid
from contenthub.posters import choosing, contactcodes, layout, legible, proof, splice
from contenthub.posters.layers import (
    DisclosureLayer,
    GroupLayer,
    Layer,
    TextLayer,
    Writing,
    is_personal,
    said,
    variables,
    walk,
)
from contenthub.posters.looks import Rule
from contenthub.posters.paint import Sources, known_values, static_text
from contenthub.posters.template import Personal, Template

SOMEBODY = Personal(
    name="王小明",
    title="客户经理",
    phone="138 0000 0000",
    branch="营业部",
    no="0001",
    qr_text="HTTPS://A.CN/S/X",
    card_text="HTTPS://A.CN/C/X",
    contact_text=contactcodes.SAMPLE,
)
"""Who is drawn where a bank has nobody yet."""
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
    leave_out: bool = False,
) -> None:
    """Do nothing for a template that proved drawable for everybody.

    With `leave_out` those whose own texts cannot be drawn go without it, if others do not.

    Raises `Invalid`: what the static part refuses; texts that do not fit or have no glyph,
    naming the employees and the fix; a mandatory text too faint or small as drawn; a code that
    one of two independent readers does not read, as made or after a messenger (proof.py); all
    this with every background that an employee may choose.
    """
    texts = _personal_texts(template, values)
    crowd = list(people)
    misfits = [(person, why) for person in crowd if (why := _misfit(person, texts, values))]
    if misfits and not (leave_out and len(misfits) < len(crowd)):
        raise Invalid.of("employees", _told(misfits))
    left = {id(person) for person, _ in misfits}
    crowd = [person for person in crowd if id(person) not in left]
    for background in range(choosing.backgrounds(template)):
        try:
            design = choosing.chosen(template, background)
            _prove(design, crowd, values=values, assets=assets)
        except Invalid as wrong:
            if not background:
                raise
            fields = {
                name: f"换上可选的第 {background} 张背景后：{why}"
                for name, why in wrong.fields.items()
            }
            raise Invalid(fields=fields) from wrong


def _prove(
    template: Template,
    crowd: list[Personal],
    *,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
) -> None:
    """Measure one poster, that of the longest name; raises `Invalid` naming layer and fix."""
    longest = max(crowd, key=lambda person: len(person.name) + len(person.branch), default=SOMEBODY)
    poster = splice.compose(template, values, assets, longest)
    wrong = proof.faults(template, poster, Sources(values, assets, longest))
    if wrong:
        raise Invalid(fields=wrong)


def hidden_texts(
    template: Template,
    people: Iterable[Personal],
    *,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
) -> list[tuple[str, ...]]:
    """Return, for each of some people, which of their own texts their drawn poster does not show.

    Raises `Invalid` for what nobody's poster can be drawn with.
    """
    compiled = splice.compile(template, values, assets)
    found = []
    for person in people:
        with Image.open(io.BytesIO(splice.render(compiled, person))) as drawn:
            poster = drawn.convert("RGB")
        faults = legible.faults(template, poster, Sources(values, assets, person))
        found.append(tuple(faults.values()))
    return found


def text_faults(template: Template, values: Mapping[str, str]) -> dict[str, str]:
    """Return field → why of the texts that are the same on all posters and cannot be drawn."""
    found: dict[str, str] = {}
    for _, layer in walk(template.layers):
        if isinstance(layer, TextLayer | DisclosureLayer):
            try:
                filled = static_text(layer, values)
                if not is_personal(layer) and filled.words.strip():
                    layout.fit(filled.text, filled)
            except Invalid as wrong:
                found.update(wrong.fields)
    return found


def misfit(template: Template, person: Personal, values: Mapping[str, str]) -> str:
    """Return why this person's texts cannot be drawn, or an empty string."""
    return _misfit(person, _personal_texts(template, values), values)


class _Text(NamedTuple):
    """A personal text with its static words filled in, and the rules under which it shows."""

    layer: TextLayer
    rules: tuple[Rule, ...]


def _personal_texts(template: Template, values: Mapping[str, str]) -> list[_Text]:
    return list(_texts_of(template.layers, values, ()))


def _texts_of(
    layers: Iterable[Layer], values: Mapping[str, str], rules: tuple[Rule, ...]
) -> Iterator[_Text]:
    for layer in layers:
        own = rules + layer.show
        if isinstance(layer, GroupLayer):
            yield from _texts_of(layer.layers, values, own)
        elif isinstance(layer, TextLayer) and is_personal(layer):
            filled = static_text(layer, values)
            if isinstance(filled, TextLayer):
                yield _Text(filled, own)


def _misfit(person: Personal, texts: list[_Text], values: Mapping[str, str]) -> str:
    mine = person.values()
    for layer in _shown(person, texts, values):
        for name, word in _NEEDED.items():
            if name in variables(layer.words) and not mine[name].strip():
                return f"没有{word}，海报上会留下空白：请在员工资料里补填{word}"
        try:
            filled = said(layer, mine)
            if filled.words.strip():
                layout.fit(filled.text, filled)
        except Invalid as wrong:
            return "；".join(wrong.fields.values())
    return ""


def _shown(
    person: Personal, texts: Iterable[_Text], values: Mapping[str, str]
) -> Iterator[TextLayer]:
    known = known_values(Sources(values, personal=person))
    return (layer for layer, rules in texts if all(rule.holds(known) for rule in rules))


def personal_texts(
    template: Template, person: Personal, values: Mapping[str, str]
) -> Iterator[Writing]:
    """Yield the texts that one person's poster shows and others' say otherwise, filled in.

    Raises Invalid naming a variable of the item or bank that has no value.
    """
    for layer in _shown(person, _personal_texts(template, values), values):
        filled = said(layer, person.values())
        if filled.words.strip():
            yield filled


def _told(misfits: list[tuple[Personal, str]]) -> str:
    named = "；".join(
        f"{person.name}（工号 {person.no}）：{why}" for person, why in misfits[:NAMED_AT_MOST]
    )
    more = f"；等共 {len(misfits)} 人" if len(misfits) > NAMED_AT_MOST else ""
    return (
        f"这些员工的海报画不出来——{named}{more}。请更正员工资料，或调整对应图层后再提交；"
        "也可以在“员工海报”页先不给他们出，直接提交"
    )
