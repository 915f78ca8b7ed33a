"""The tree of a tag expression: what a segment stores, checks and counts by.

The JSON of this tree is the stored truth; the text a clerk types (tagexpr.py) is one way to
write it. Money is in fen, ages in whole years by year of birth, topics and stages are slugs.
"""

from calendar import monthrange
from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias, Union

import msgspec
from msgspec import Meta, Struct

from contenthub.customers.behaviour import ACTS, MAX_DAYS, MAX_TIMES
from contenthub.customers.holdings import PRODUCTS
from contenthub.customers.scoring import MAX_SCORE, SCORED
from contenthub.customers.stages import STAGES
from contenthub.errors import Invalid
from contenthub.tenants.topics import TOPICS

MAX_TEXT_CHARS = 8_000
MAX_JSON_CHARS = 200_000
MAX_DEPTH = 50
MAX_TERMS = 200
MAX_NAME_CHARS = 40
#: 100 亿元, under the 40 bit slices that hold AUM in fen (bitmaps.py).
MAX_AUM_FEN = 1_000_000_000_000

MAX_WITHIN_DAYS = 366
#: What `within` may ask of: slug -> the word a clerk reads.
WITHIN: dict[str, str] = {
    "birthday": "生日",
    "solar_birthday": "公历生日",
    "lunar_birthday": "农历生日",
    "due": "到期",
    "deposit_due": "存款到期",
    "wealth_due": "理财到期",
    "loan_due": "贷款到期",
    "contacted": "最近联系",
    "added": "加微",
}
PAST = frozenset({"contacted", "added"})
"""Those of WITHIN that have been; the others are to come."""

Operator: TypeAlias = Literal[">=", "<=", ">", "<", "=", "!="]
#: No control characters and no lone surrogates: neither can be stored or shown.
Name: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1, max_length=MAX_NAME_CHARS, pattern="^[^\\x00-\\x1f\\x7f-\\x9f\ud800-\udfff]+$"
    ),
]
Topic: TypeAlias = Annotated[str, Meta(min_length=1, max_length=20, pattern="^[a-z_]+$")]


class ExpressionInvalid(Invalid):
    """The tag expression cannot be read; the message names the place and the fix."""

    code = "expression_invalid"
    title = "客群条件写得不对，请按提示修改"

    @classmethod
    def at(cls, position: int, message: str) -> "ExpressionInvalid":
        """Return the error for the character at `position`, counted from 1."""
        return cls(fields={"expr": f"第 {max(position, 1)} 个字附近：{message}"})

    @classmethod
    def whole(cls, message: str) -> "ExpressionInvalid":
        """Return the error for the expression as a whole."""
        return cls(fields={"expr": message})


class And(Struct, frozen=True, tag="and", tag_field="kind"):
    """Customers that match every item."""

    items: Annotated[tuple["Node", ...], Meta(min_length=2)]


class Or(Struct, frozen=True, tag="or", tag_field="kind"):
    """Customers that match at least one item."""

    items: Annotated[tuple["Node", ...], Meta(min_length=2)]


class Not(Struct, frozen=True, tag="not", tag_field="kind"):
    """Customers that do not match the item."""

    item: "Node"


class TagIs(Struct, frozen=True, tag="tag", tag_field="kind"):
    """Customers that carry the tag of this name."""

    name: Name


class Refused(Struct, frozen=True, tag="refused", tag_field="kind"):
    """Customers with a refusal of this topic in force."""

    topic: Topic


class Consented(Struct, frozen=True, tag="consented", tag_field="kind"):
    """Customers with a consent for this topic in force."""

    topic: Topic


class Branch(Struct, frozen=True, tag="branch", tag_field="kind"):
    """Customers of the branch (by name or code) and everything under it."""

    name: Name


class Owner(Struct, frozen=True, tag="owner", tag_field="kind"):
    """Customers looked after by the employee with this staff number."""

    no: Name


class HasOwner(Struct, frozen=True, tag="has_owner", tag_field="kind"):
    """Customers looked after by anybody."""


class Aum(Struct, frozen=True, tag="aum", tag_field="kind"):
    """Customers whose assets compare so with `fen`; assets nobody told us count as 0."""

    op: Operator
    fen: Annotated[int, Meta(ge=0, le=MAX_AUM_FEN)]


class Age(Struct, frozen=True, tag="age", tag_field="kind"):
    """Customers whose age by year of birth compares so; an unknown birthday never matches."""

    op: Operator
    years: Annotated[int, Meta(ge=0, le=150)]


class Birthday(Struct, frozen=True, tag="birthday", tag_field="kind"):
    """Customers born on this day of the year, or in this month when `day` is None."""

    month: Annotated[int, Meta(ge=1, le=12)]
    day: Annotated[int, Meta(ge=1, le=31)] | None = None


class Stage(Struct, frozen=True, tag="stage", tag_field="kind"):
    """Customers at this stage (stages.py)."""

    name: Topic


class Did(Struct, frozen=True, tag="did", tag_field="kind"):
    """Customers who did this within the last `days` days, today too, at least `times` times.

    Of any topic when `topic` is None.
    """

    act: Topic
    topic: Topic | None
    days: Annotated[int, Meta(ge=1, le=MAX_DAYS)]
    times: Annotated[int, Meta(ge=1, le=MAX_TIMES)] = 1


class Holds(Struct, frozen=True, tag="holds", tag_field="kind"):
    """Customers that hold this product of the bank."""

    product: Topic


class Grid(Struct, frozen=True, tag="grid", tag_field="kind"):
    """Customers of the village or grid of this name."""

    name: Name


class Merchant(Struct, frozen=True, tag="merchant", tag_field="kind"):
    """Customers that keep a shop; who nobody told us of does not."""


class Within(Struct, frozen=True, tag="within", tag_field="kind"):
    """Customers of whom something of WITHIN lies in the next, or the last, `days` days.

    To come: today and so many days after it. Past: so many days, today the last of them.
    """

    what: Topic
    days: Annotated[int, Meta(ge=1, le=MAX_WITHIN_DAYS)]


class Club(Struct, frozen=True, tag="club", tag_field="kind"):
    """Customers that are members of the club of this name."""

    name: Name


class InSegment(Struct, frozen=True, tag="segment", tag_field="kind"):
    """Customers of the saved segment of this name, as it stands when the expression is read."""

    name: Name


class Score(Struct, frozen=True, tag="score", tag_field="kind"):
    """Customers whose score of need of this topic compares so; who has none has 0."""

    topic: Topic
    op: Operator
    points: Annotated[int, Meta(ge=0, le=MAX_SCORE)]


class Everyone(Struct, frozen=True, tag="everyone", tag_field="kind"):
    """Every customer of the bank."""


Node: TypeAlias = Union[  # noqa: UP007  (msgspec reads the forward references of a Union)
    And,
    Or,
    Not,
    TagIs,
    Refused,
    Consented,
    Branch,
    Owner,
    HasOwner,
    Aum,
    Age,
    Birthday,
    Stage,
    Did,
    Holds,
    Grid,
    Merchant,
    Within,
    Club,
    InSegment,
    Score,
    Everyone,
]

_decoder: msgspec.json.Decoder[Node] = msgspec.json.Decoder(Node)
_encoder = msgspec.json.Encoder(order="deterministic")


class Names(Struct, frozen=True):
    """What an expression speaks of by name, each in order of first appearance."""

    tags: tuple[str, ...]
    topics: tuple[str, ...]
    branches: tuple[str, ...]
    owners: tuple[str, ...]
    grids: tuple[str, ...]
    clubs: tuple[str, ...]
    scores: tuple[str, ...]


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly under `node`."""
    if isinstance(node, And | Or):
        return node.items
    return (node.item,) if isinstance(node, Not) else ()


def leaves(node: Node) -> Iterator[Node]:
    """Yield every condition of the tree from left to right."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        below = children(here)
        if below:
            waiting.extend(reversed(below))
        else:
            yield here


def names(node: Node) -> Names:
    """Return the names used, so that the caller can look them up and name the unknown ones."""
    found: dict[str, dict[str, None]] = {kind: {} for kind in Names.__struct_fields__}
    for leaf in leaves(node):
        if isinstance(leaf, TagIs):
            found["tags"][leaf.name] = None
        elif isinstance(leaf, Refused | Consented):
            found["topics"][leaf.topic] = None
        elif isinstance(leaf, Did) and leaf.topic is not None:
            found["topics"][leaf.topic] = None
        elif isinstance(leaf, Branch):
            found["branches"][leaf.name] = None
        elif isinstance(leaf, Owner):
            found["owners"][leaf.no] = None
        elif isinstance(leaf, Grid):
            found["grids"][leaf.name] = None
        elif isinstance(leaf, Club):
            found["clubs"][leaf.name] = None
        elif isinstance(leaf, Score):
            found["scores"][leaf.topic] = None
    return Names(**{kind: tuple(seen) for kind, seen in found.items()})


def check_size(node: Node) -> None:
    """Raise ExpressionInvalid when the tree is deeper or wider than a person can mean."""
    terms, level, depth = 0, [node], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ExpressionInvalid.whole(
                f"条件嵌套超过 {MAX_DEPTH} 层，请拆成几个客群，或去掉多余的括号和 not"
            )
        terms += sum(1 for here in level if not children(here))
        if terms > MAX_TERMS:
            raise ExpressionInvalid.whole(
                f"条件超过 {MAX_TERMS} 个，请先用标签规则合并成几个标签再写"
            )
        level = [below for here in level for below in children(here)]


def to_json(node: Node) -> bytes:
    """Return the tree as UTF-8 JSON, the form that is stored."""
    return _encoder.encode(node)


def from_json(data: bytes | str) -> Node:
    """Return the tree stored as JSON.

    Raises ExpressionInvalid when it is no such tree or is over the size limits.
    """
    if len(data) > MAX_JSON_CHARS:
        raise ExpressionInvalid.whole("条件太长，请先用标签规则合并成几个标签再写")
    try:
        node = _decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as wrong:
        raise ExpressionInvalid.whole(
            "保存的客群条件格式不对，请在客群页面重新编辑后保存"
        ) from wrong
    check_size(node)
    for leaf in leaves(node):
        _check_words(leaf)
    return node


def _check_words(leaf: Node) -> None:
    if isinstance(leaf, Refused | Consented) and leaf.topic not in TOPICS:
        raise ExpressionInvalid.whole(f"没有“{leaf.topic}”这个业务类别，请重新选择业务类别")
    if isinstance(leaf, Did) and (leaf.act not in ACTS or leaf.topic not in {None, *TOPICS}):
        raise ExpressionInvalid.whole("行为条件里的行为或业务类别不认识，请重新编辑后保存")
    if isinstance(leaf, Score) and leaf.topic not in SCORED:
        raise ExpressionInvalid.whole(f"“{leaf.topic}”这个业务类别没有评分，请重新选择业务类别")
    if isinstance(leaf, Stage) and leaf.name not in STAGES:
        raise ExpressionInvalid.whole(f"没有“{leaf.name}”这个客户阶段，请重新选择阶段")
    if isinstance(leaf, Holds) and leaf.product not in PRODUCTS:
        raise ExpressionInvalid.whole(f"没有“{leaf.product}”这种产品，请重新选择产品")
    if isinstance(leaf, Within) and leaf.what not in WITHIN:
        raise ExpressionInvalid.whole("日期条件不认识，请重新编辑后保存")
    # 2000 is a leap year: 02-29 is a birthday.
    if isinstance(leaf, Birthday) and (leaf.day or 1) > monthrange(2000, leaf.month)[1]:
        raise ExpressionInvalid.whole(f"{leaf.month} 月没有 {leaf.day} 日，请重新填写生日")
