"""GET /kinds: the kinds of items and the fields each has, as forms and spreadsheets use them."""

from typing import Annotated

import msgspec
from litestar import Router, get
from litestar.params import FromQuery

from contenthub.errors import Invalid
from contenthub.library import kinds
from contenthub.tenants.banksettings import effective
from contenthub.tenants.topics import TOPICS
from contenthub.web.deps import OurBank, keep_answer
from contenthub.web.signin import May


class Choice(msgspec.Struct):
    """A value that is kept, and the words it is shown as; either may be sent."""

    value: Annotated[str, msgspec.Meta(examples=["R2"])]
    label: Annotated[str, msgspec.Meta(examples=["R2 中低风险"])]


class ColumnView(msgspec.Struct, kw_only=True):
    """A column of a table field."""

    name: Annotated[str, msgspec.Meta(examples=["fee_fen"])]
    label: Annotated[str, msgspec.Meta(examples=["上门费"])]
    type: Annotated[str, msgspec.Meta(examples=["money_fen"])]
    is_required: bool
    choices: list[Choice]


class FieldView(msgspec.Struct, kw_only=True):
    """One field: what it is called, how a value is written, and where a customer reads it.

    `type` is text, longtext, message (with variables), rich, rate_bp, odds_ppm, money_fen,
    date, datetime, int, choice, list, asset, item or table; `place` is `off` for what only the
    bank's own people see.
    """

    name: Annotated[str, msgspec.Meta(examples=["rate"])]
    label: Annotated[str, msgspec.Meta(examples=["年化利率"])]
    type: Annotated[str, msgspec.Meta(examples=["rate_bp"])]
    is_required: bool
    is_local: Annotated[bool, msgspec.Meta(examples=[True])]
    """Each bank fills it in itself: a kit carries no value of it, and asks for it on adoption."""
    max_chars: Annotated[int, msgspec.Meta(examples=[200])]
    min_value: Annotated[int, msgspec.Meta(examples=[0])]
    """The least number that is taken, in the unit it is kept in."""
    max_value: Annotated[int | None, msgspec.Meta(examples=[2400])]
    help: Annotated[str, msgspec.Meta(examples=["百分数，例如 2.05"])]
    topics: list[str]
    choices: list[Choice]
    columns: list[ColumnView]
    place: Annotated[str, msgspec.Meta(examples=["key"])]
    mimes: Annotated[list[str], msgspec.Meta(examples=[["image/"]])]
    item_kinds: Annotated[list[str], msgspec.Meta(examples=[["product"]])]


class KindView(msgspec.Struct, kw_only=True):
    """One kind with its fields in form order; an empty `topics` of a field means every topic."""

    kind: Annotated[str, msgspec.Meta(examples=["product"])]
    label: Annotated[str, msgspec.Meta(examples=["产品"])]
    body_label: Annotated[str, msgspec.Meta(examples=["产品详情"])]
    code_prefix: Annotated[str, msgspec.Meta(examples=["P"])]
    fields: list[FieldView]


class KindList(msgspec.Struct):
    """All kinds on one page."""

    items: list[KindView]
    next_cursor: str | None


def _choices(spec: kinds.Field) -> list[Choice]:
    return [Choice(value, label) for value, label in spec.choices]


def field_view(spec: kinds.Field) -> FieldView:
    """Return what the API says of a declared field."""
    return FieldView(
        name=spec.name,
        label=spec.label,
        type=spec.type,
        is_required=spec.required,
        is_local=spec.is_local,
        max_chars=spec.max_chars,
        min_value=spec.min_value,
        max_value=spec.max_value,
        help=spec.help,
        topics=[topic for topic in TOPICS if topic in spec.topics],
        choices=_choices(spec),
        columns=[
            ColumnView(
                name=cell.name,
                label=cell.label,
                type=cell.type,
                is_required=cell.required,
                choices=_choices(cell),
            )
            for cell in spec.cells
        ],
        place=spec.place,
        mimes=list(spec.mimes) if spec.type == "asset" else [],
        item_kinds=list(spec.item_kinds),
    )


@get("/kinds", guards=[May("library.view")], summary="内容类型与要素", tags=["library"])
async def list_kinds(bank: OurBank, topic: FromQuery[str] = "") -> KindList:
    """Return every kind and its fields, of one topic if asked; what the bank has not switched on
    is left out.
    """
    if topic and topic not in TOPICS:
        raise Invalid.of("topic", f"业务类别应是 {'、'.join(TOPICS)} 之一")
    held = effective(bank.settings)
    views = [
        KindView(
            kind=kind.slug,
            label=kind.label,
            body_label=kind.body_label,
            code_prefix=kind.code_prefix,
            fields=[
                field_view(spec)
                for spec in (kinds.fields_of(kind.slug, topic) if topic else kind.fields)
                if not spec.setting or held[spec.setting]
            ],
        )
        for kind in kinds.KINDS.values()
    ]
    return KindList(views, None)


HANDLERS = [Router("/api/v1", route_handlers=[list_kinds], after_request=keep_answer)]
