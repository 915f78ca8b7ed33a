"""POST /lint: what the rules say of a wording, without saving it."""

from typing import Annotated, Any

import msgspec
from litestar import Router, post
from litestar.params import JSONBody

from contenthub.library import lint
from contenthub.web.signin import May

Kind = Annotated[str, msgspec.Meta(max_length=40, examples=["product"])]
Topic = Annotated[str, msgspec.Meta(max_length=40, examples=["deposit"])]
Body = Annotated[str, msgspec.Meta(max_length=500_000, examples=["<p>到网点办理</p>"])]


class LintBody(msgspec.Struct, forbid_unknown_fields=True):
    """A wording to check; fields as the form or a script sends them."""

    kind: Kind
    topic: Topic
    fields: dict[str, Any] = {}
    body: Body = ""
    title: Annotated[str, msgspec.Meta(max_length=500)] = ""
    script: Annotated[str, msgspec.Meta(max_length=8192)] = ""


class HitView(msgspec.Struct):
    """One finding; `where` is `name:offset`, or `fields.NAME` when something is missing."""

    rule: str
    severity: str
    where: str
    text: str
    advice: str
    source: str
    name: str = ""


class LintView(msgspec.Struct):
    """All findings, those that stop an approval first."""

    hits: list[HitView]
    blocks: int
    rule_pack: str


def hit_view(hit: dict[str, Any]) -> HitView:
    """Return what the API shows of a finding as the revision keeps it."""
    return HitView(**{name: str(hit.get(name, "")) for name in HitView.__struct_fields__})


@post(
    "/lint",
    guards=[May("library.view")],
    status_code=200,
    summary="规则检查（不保存）",
    tags=["library"],
)
async def check_wording(data: JSONBody[LintBody]) -> LintView:
    """Return what the rule pack finds."""
    found = lint.lint(
        data.kind, data.topic, data.fields, data.body, title=data.title, script=data.script
    )
    hits = [hit_view(hit.as_dict()) for hit in found]
    return LintView(hits, lint.open_blocks(found), lint.RULE_PACK_VERSION)


HANDLERS = [Router("/api/v1", route_handlers=[check_wording])]
