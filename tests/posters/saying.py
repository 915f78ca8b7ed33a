"""What is wrong with a poster of some texts, set as layers of a design that is otherwise sound."""

from typing import Any

from tests.posters import said_demo, said_promises, said_terms
from tests.posters.said import CONTENTS, Content

from contenthub.library import itemfields, richtext
from contenthub.library.kinds import field
from contenthub.posters import editing, wording
from contenthub.posters.template import Template, parse
from contenthub.posters.values import static_values


def text_layer(name: str, text: str, *, x_px: int, y_px: int, w_px: int) -> dict[str, Any]:
    """Return a text layer as the editor keeps one."""
    box = {"x_px": x_px, "y_px": y_px, "w_px": w_px, "h_px": 60}
    return {
        "kind": "text",
        "id": name,
        "text": text,
        "size_px": 40,
        "max_lines": 4,
        "box": box,
    }


def layers_of(text: str) -> list[dict[str, Any]]:
    """Return a text's pieces as layers: `/` parts a row, `\\` a column."""
    if "\\" in text:
        return [
            text_layer(f"part-{no}", piece, x_px=100, y_px=500 + 62 * no, w_px=800)
            for no, piece in enumerate(text.split("\\"))
        ]
    pieces = text.split("/")
    return [
        text_layer(f"part-{no}", piece, x_px=60 + 240 * no, y_px=500, w_px=230)
        for no, piece in enumerate(pieces)
    ]


def said_of(content: Content) -> list[str]:
    """Return all that a content says, as queries_wording.said_of does."""
    shown = (
        itemfields.show(field(content.kind, content.topic, name), value)
        for name, value in content.fields.items()
    )
    return [content.title, *shown, richtext.plain(content.body)]


def poster(name: str, text: str) -> tuple[Template, wording.Shown]:
    """Return a poster of a content that says a text, and what it is held against."""
    demo = said_demo.CONTENTS | said_promises.CONTENTS | said_terms.CONTENTS
    content = (CONTENTS | demo)[name]
    design = editing.starter_layers("rights-day", kind=content.kind, topic=content.topic)
    kept = [one for one in design["layers"] if one["kind"] == "disclosure"]
    for no, words in enumerate(("{{ bank.name }} {{ item.code }}", "广告")):
        kept.append(text_layer(f"kept-{no}", words, x_px=100, y_px=1300 + 200 * no, w_px=300))
    values = static_values(
        code="P-1",
        title=content.title,
        kind=content.kind,
        topic=content.topic,
        fields=content.fields,
        bank_name="清源农商银行",
        hotline="96518",
    )
    shown = wording.Shown(
        title=content.title,
        kind=content.kind,
        topic=content.topic,
        fields=content.fields,
        said=said_of(content),
        values=values,
    )
    return parse(design | {"layers": [*kept, *layers_of(text)]}), shown


def refused(name: str, text: str) -> dict[str, str]:
    """Return what stands in the way of a poster of a content that says a text."""
    template, shown = poster(name, text)
    return wording.faults(template, **shown)
