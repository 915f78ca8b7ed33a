"""Audiences as arithmetic on roaring bitmaps, one chunk of 65,536 customers at a time.

A customer's `no` is dense per bank: `no >> 16` names the chunk, `no & 0xFFFF` the bit in it.
Each bitmap answers one dimension value, written (dim, key):

    ("all", "") ("reachable", "") ("owned", "")           everyone, can be sent to, has an owner
    ("tag", tag id) ("branch", branch id: with its subtree) ("owner", staff id)
    ("club", club id)                                     members (models_clubs.py)
    ("refused", topic) ("consent", topic) ("stage", slug)
    ("birthday", "MM-DD") ("born", "1960")
    ("aum", "0") … ("aum", "39")                          bit slices of the assets in fen
    ("score", "loan:0") … ("score", "loan:6")             bit slices of the score of a topic
    ("risk", "1") … ("risk", "5")                         suited to products up to R1 … R5
    ("did", "YYYY-MM-DD:viewed:loan") …                   did this on that day (behaviour.py)
    ("lunar", "MM-DD") ("holds", slug) ("grid", name) ("merchant", "")
    ("due", "deposit:YYYY-MM-DD") ("contact", "YYYY-MM-DD") ("added", "YYYY-MM-DD")
    ("touched", "YYYY-MM-DD")                             sent to on that day
    ("version", "owner" | "aum")                          whether these changed: no customers

An owner's customers, and who did something on a day or has something due, are few and lie in
every chunk: these keys are kept whole, each as one bitmap of customer numbers in the chunk `WHOLE`.

An age is the calendar year minus the year of birth; a customer whose birthday we do not know
matches no age. Assets we do not know are 0. Source: design/performance.md B.
"""

from calendar import isleap
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

from pyroaring import BitMap

from contenthub.customers.behaviour import Act, act_key, window
from contenthub.customers.holdings import DUES
from contenthub.customers.lunar import lunar_days
from contenthub.customers.scoring import SCORE_SLICES, score_key
from contenthub.customers.slices import SliceOf, bits_read, compare
from contenthub.customers.tagtree import (
    PAST,
    Age,
    And,
    Aum,
    Birthday,
    Branch,
    Club,
    Consented,
    Did,
    Everyone,
    ExpressionInvalid,
    Grid,
    HasOwner,
    Holds,
    Merchant,
    Node,
    Not,
    Operator,
    Or,
    Owner,
    Refused,
    Score,
    Stage,
    TagIs,
    Within,
    leaves,
)
from contenthub.tenants.topics import TOPICS

Key: TypeAlias = tuple[str, str]
#: ("tag" | "branch" | "owner" | "club", name as written) -> id as text.
#: A branch by name or by code.
Resolve: TypeAlias = Mapping[Key, str]

CHUNK_BITS = 16
AUM_SLICES = 40
FIRST_BIRTH_YEAR = 1900
WHOLE = -1
"""The chunk of a key that is not cut into chunks."""
WHOLE_DIMS = frozenset({"owner", "did", "due", "contact", "added"})
VERSIONED = frozenset({"owner", "aum"})
"""Dimensions that processes keep in memory; each has a version (`version_key`)."""
_NOTHING = BitMap()


def version_key(dim: str) -> Key:
    """Return the key that has other bits than before whenever a dimension has changed."""
    return ("version", dim)


def by_chunk(nos: Iterable[int]) -> dict[int, BitMap]:
    """Return the customer numbers as one bitmap of bits per chunk."""
    some = nos if isinstance(nos, BitMap) else BitMap(nos)
    chunks: dict[int, BitMap] = {}
    first, last = (some.min(), some.max()) if some else (0, -1)
    while first <= last:
        first = first >> CHUNK_BITS << CHUNK_BITS
        after = first + (1 << CHUNK_BITS)
        chunks[first >> CHUNK_BITS] = (some & _block(first >> CHUNK_BITS)).shift(-first)
        first = some.next_set_bit(after) if last >= after else after
    return chunks


@lru_cache(maxsize=1_024)
def _block(chunk: int) -> BitMap:
    """Return every number of a chunk; never changed. To make it takes longer than to cut by it."""
    first = chunk << CHUNK_BITS
    return BitMap(range(first, first + (1 << CHUNK_BITS)))


def pieces(dim: str, nos: Iterable[int]) -> dict[int, BitMap]:
    """Return the customer numbers as the bitmaps that a key of `dim` is kept in, by chunk."""
    if dim in WHOLE_DIMS:
        return {WHOLE: BitMap(nos)}
    return by_chunk(nos)


def joined(chunks: Mapping[int, BitMap]) -> BitMap:
    """Return the customer numbers that bitmaps by chunk stand for."""
    parts = (b if c == WHOLE else b.shift(c << CHUNK_BITS) for c, b in chunks.items())
    return BitMap.union(*parts, _NOTHING)


def dims_of(node: Node, *, resolve: Resolve, today: date) -> set[Key]:
    """Return every (dim, key) that `evaluate` will read, to fetch in one query.

    Raises ExpressionInvalid when a tag, branch or owner is not in `resolve`.
    """
    needed: set[Key] = set()
    for leaf in leaves(node):
        if isinstance(leaf, Aum):
            bits = bits_read(leaf.op, leaf.fen, AUM_SLICES)
            needed.update(("aum", str(bit)) for bit in bits)
        else:
            needed.update(_keys(leaf, resolve, today))
    return needed


def evaluate(
    node: Node, chunk: Mapping[Key, BitMap], universe: BitMap, *, resolve: Resolve, today: date
) -> BitMap:
    """Return who of `universe` (one chunk) matches the expression, as a new bitmap.

    A key that is missing from `chunk` means nobody. `today` is the bank's day, for ages and for
    what was done lately. Raises ExpressionInvalid when a tag, branch or owner is not in `resolve`.
    """
    return _Chunk(chunk, resolve, today).within(node, universe)


def cap(touched: Sequence[BitMap], at_most: int) -> BitMap:
    """Return who already reached the cap: in at least `at_most` of the day bitmaps.

    Raises ValueError when `at_most` is below 1.
    """
    if at_most < 1:
        raise ValueError("a cap of less than one send is no cap; do not send at all")
    # reached[k] = those seen on at least k + 1 days so far.
    reached = [BitMap() for _ in range(at_most)]
    for day in touched:
        for level in range(at_most - 1, 0, -1):
            reached[level] |= reached[level - 1] & day
        reached[0] |= day
    return reached[-1]


class _Chunk:
    """One chunk's bitmaps; every node is evaluated within those still in question."""

    def __init__(self, bitmaps: Mapping[Key, BitMap], resolve: Resolve, today: date) -> None:
        self.bitmaps = bitmaps
        self.resolve = resolve
        self.today = today

    def within(self, node: Node, some: BitMap) -> BitMap:
        if isinstance(node, And):
            return self._all(node, some)
        if isinstance(node, Or):
            return BitMap.union(*(self.within(item, some) for item in node.items))
        if isinstance(node, Not):
            return some - self.within(node.item, some)
        if isinstance(node, Aum):
            return compare(node.op, node.fen, self._assets, some, width=AUM_SLICES)
        if isinstance(node, Score):
            points = self._points(node.topic)
            return compare(node.op, node.points, points, some, width=SCORE_SLICES)
        if isinstance(node, Everyone):
            return BitMap(some)
        keys = _keys(node, self.resolve, self.today)
        if isinstance(node, Did) and node.times > 1:
            days = [self.bitmaps[key] for key in keys if key in self.bitmaps]
            return some & cap(days, node.times)
        return some & BitMap.union(*(self.bitmaps.get(key, _NOTHING) for key in keys), _NOTHING)

    def _all(self, node: And, some: BitMap) -> BitMap:
        # Cheap conditions first: each leaves fewer customers for the dear ones behind it.
        left = some
        for item in sorted(node.items, key=_cost):
            left = self.within(item, left)
            if not left:
                break
        return left

    def _assets(self, bit: int) -> BitMap:
        return self.bitmaps.get(("aum", str(bit)), _NOTHING)

    def _points(self, topic: str) -> SliceOf:
        return lambda bit: self.bitmaps.get(score_key(topic, bit), _NOTHING)


def _cost(node: Node) -> int:
    if isinstance(node, Aum):
        return AUM_SLICES
    if isinstance(node, Score):
        return SCORE_SLICES
    if isinstance(node, Age | Birthday | Did | Within):
        return 20
    if isinstance(node, And | Or):
        return sum(_cost(item) for item in node.items)
    return 1 + _cost(node.item) if isinstance(node, Not) else 1


def _keys(leaf: Node, resolve: Resolve, today: date) -> list[Key]:
    return _KEYS[type(leaf)](leaf, resolve, today)


def _looked_up(dim: str, name: str, resolve: Resolve) -> list[Key]:
    found = resolve.get((dim, name))
    if found is None:
        raise unknown(dim, name)
    return [(dim, found)]


def unknown(dim: str, name: str) -> ExpressionInvalid:
    """Return the error for a tag, branch, owner, club… of the expression that the bank has not."""
    what, where = {
        "tag": ("标签", "标签管理页"),
        "branch": ("机构", "机构管理页"),
        "owner": ("工号", "员工管理页"),
        "grid": ("村或网格", "客户列表"),
        "club": ("俱乐部", "俱乐部页"),
        "segment": ("客群", "客群试算页"),
    }[dim]
    hint = ""
    if dim == "tag" and any(word in name[1:-1] for word in "且或"):
        hint = "；“且”“或”的前后请留空格"
    return ExpressionInvalid.whole(f"没有名为“{name}”的{what}，请到{where}核对名称{hint}")


def _age_keys(leaf: Age, year: int) -> list[Key]:
    compare = _AGES[leaf.op]
    return [
        ("born", str(born))
        for born in range(FIRST_BIRTH_YEAR, year + 1)
        if compare(year - born, leaf.years)
    ]


def _did_keys(leaf: Did, today: date) -> list[Key]:
    topics = TOPICS if leaf.topic is None else [leaf.topic]
    return [
        act_key(Act(leaf.act, topic, on), time)
        for on in window(today, leaf.days)
        for topic in topics
        for time in range(1, leaf.times + 1)
    ]


def _birthday_keys(leaf: Birthday) -> list[Key]:
    days = range(1, 32) if leaf.day is None else [leaf.day]
    return [("birthday", f"{leaf.month:02}-{day:02}") for day in days]


def _within_keys(leaf: Within, today: date) -> list[Key]:
    if leaf.what in PAST:
        dim = {"contacted": "contact", "added": "added"}[leaf.what]
        return [(dim, str(on)) for on in window(today, leaf.days)]
    days = [today + timedelta(days=n) for n in range(leaf.days + 1)]
    if leaf.what.endswith("due"):
        kinds = DUES if leaf.what == "due" else [leaf.what.removesuffix("_due")]
        return [("due", f"{kind}:{on}") for kind in kinds for on in days]
    keys: set[Key] = set()
    if leaf.what != "lunar_birthday":
        keys |= {("birthday", day) for on in days for day in solar_days(on)}
    if leaf.what != "solar_birthday":
        keys |= {("lunar", day) for day in lunar_days(days)}
    return sorted(keys)


def solar_days(on: date) -> list[str]:
    """Return the birthdays kept on a day: who is born on a leap day keeps the day before it."""
    here = on.strftime("%m-%d")
    return [here, "02-29"] if here == "02-28" and not isleap(on.year) else [here]


_AGES: dict[Operator, Callable[[int, int], bool]] = {
    ">=": int.__ge__,
    "<=": int.__le__,
    ">": int.__gt__,
    "<": int.__lt__,
    "=": int.__eq__,
    "!=": int.__ne__,
}
_KEYS: dict[type, Callable[[Any, Resolve, date], list[Key]]] = {
    TagIs: lambda leaf, resolve, today: _looked_up("tag", leaf.name, resolve),
    Branch: lambda leaf, resolve, today: _looked_up("branch", leaf.name, resolve),
    Owner: lambda leaf, resolve, today: _looked_up("owner", leaf.no, resolve),
    Club: lambda leaf, resolve, today: _looked_up("club", leaf.name, resolve),
    Refused: lambda leaf, resolve, today: [("refused", leaf.topic)],
    Consented: lambda leaf, resolve, today: [("consent", leaf.topic)],
    Stage: lambda leaf, resolve, today: [("stage", leaf.name)],
    HasOwner: lambda leaf, resolve, today: [("owned", "")],
    Everyone: lambda leaf, resolve, today: [],  # the universe itself, nothing to fetch
    Age: lambda leaf, resolve, today: _age_keys(leaf, today.year),
    Birthday: lambda leaf, resolve, today: _birthday_keys(leaf),
    Did: lambda leaf, resolve, today: _did_keys(leaf, today),
    Holds: lambda leaf, resolve, today: [("holds", leaf.product)],
    Grid: lambda leaf, resolve, today: _looked_up("grid", leaf.name, resolve),
    Merchant: lambda leaf, resolve, today: [("merchant", "")],
    Within: lambda leaf, resolve, today: _within_keys(leaf, today),
    Score: lambda leaf, resolve, today: [
        score_key(leaf.topic, bit) for bit in bits_read(leaf.op, leaf.points, SCORE_SLICES)
    ],
}
