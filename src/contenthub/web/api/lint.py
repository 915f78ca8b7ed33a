"""POST /lint: what the rules say of a wording, without saving it."""

from typing import Annotated, Any

import msgspec
from litestar import Router, post
from litestar.params import JSONBody

from contenthub.library import kinds, lint, queries_fields, queries_rules
from contenthub.web.deps import Db
from contenthub.web.signin import May

Kind = Annotated[str, msgspec.Meta(max_length=40, examples=["product"])]
Topic = Annotated[str, msgspec.Meta(max_length=40, examples=["deposit"])]
Body = Annotated[str, msgspec.Meta(max_length=500_000, examples=["<p>到网点办理</p>"])]


class LintBody(msgspec.Struct, forbid_unknown_fields=True):
    """A wording to check; fields as the form or a script sends them, read as saving reads them."""

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
    start: int = 0
    """Where the words begin in the field's readable text; `end` is behind them."""
    end: int = 0
    fix: dict[str, Any] | None = None
    """What one click can do: action replace (start, end, text; the sentence as it
    reads `before` and `after`, an empty `after` when all of it goes; `nth` = how many
    like words stand before), append or fill (text), restyle."""


class LintView(msgspec.Struct):
    """All findings, those that stop an approval first."""

    hits: list[HitView]
    blocks: int
    rule_pack: str


def hit_view(hit: dict[str, Any]) -> HitView:
    """Return what the API shows of a finding as the revision keeps it."""
    words = ("rule", "severity", "where", "text", "advice", "source", "name")
    return HitView(
        **{name: str(hit.get(name, "")) for name in words},
        start=int(hit.get("start") or 0),
        end=int(hit.get("end") or 0),
        fix=hit.get("fix"),
    )


@post(
    "/lint",
    guards=[May("library.view")],
    status_code=200,
    summary="规则检查（不保存）",
    tags=["library"],
)
async def check_wording(data: JSONBody[LintBody], db: Db) -> LintView:
    """Return what the bank's rules find, with what one click can mend."""
    rules = await queries_rules.rules(db)
    fields = kinds.as_kept(data.kind, data.topic, data.fields)
    found = lint.lint(
        data.kind,
        data.topic,
        fields,
        data.body,
        title=data.title,
        script=data.script,
        rules=rules,
        product=await queries_rules.product_of(db, data.kind, data.topic, fields),
    )
    found += await queries_fields.picture_hits(db, data.body)
    hits = [hit_view(hit.as_dict()) for hit in found]
    return LintView(hits, lint.open_blocks(found), rules.version)


HANDLERS = [Router("/api/v1", route_handlers=[check_wording])]
