"""Idea: which customers convert best, by age and assets: who looked, who left a number, who bought.

A group of few people is not told apart from others: its figures would be somebody's own.
Source: S3 #63 (哪个阶段的客户画像转化最大).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct
from pyroaring import BitMap

from contenthub.customers.bitmaps import AUM_SLICES
from contenthub.customers.slices import compare

LEAST = 10
"""Fewer who looked than this are shown together with other small groups, or not at all."""
DAYS = (30, 90, 180)
"""How far back a report may look; as long as it is kept who looked."""


class AgeBand(NamedTuple):
    """Years of age, both ends inside; `low` None is who told us no birthday."""

    label: str
    low: int | None
    high: int


class AssetBand(NamedTuple):
    """Assets in yuan from `low` to below `high`; None has no end."""

    label: str
    low: int
    high: int | None


AGES = (
    AgeBand("30 岁以下", 0, 29),
    AgeBand("30–39 岁", 30, 39),
    AgeBand("40–49 岁", 40, 49),
    AgeBand("50–59 岁", 50, 59),
    AgeBand("60–69 岁", 60, 69),
    AgeBand("70 岁及以上", 70, 150),
    AgeBand("年龄不详", None, 0),
)
ASSETS = (
    AssetBand("5 万以下或不详", 0, 50_000),
    AssetBand("5–20 万", 50_000, 200_000),
    AssetBand("20–50 万", 200_000, 500_000),
    AssetBand("50–100 万", 500_000, 1_000_000),
    AssetBand("100 万及以上", 1_000_000, None),
)


class Reached(NamedTuple):
    """Who is counted, and who of them looked, left a number or signed up, did business."""

    everybody: BitMap
    viewed: BitMap
    left: BitMap
    done: BitMap

    def within(self, some: BitMap) -> "Reached":
        """Return the same of some customers only; who came further has come as far as before."""
        done = self.done & some
        left = (self.left & some) | done
        return Reached(self.everybody & some, (self.viewed & some) | left, left, done)


class Group(Struct, frozen=True, kw_only=True):
    """The figures of an age and asset band; None where there are too few people to be told."""

    age: str
    assets: str
    expr: str
    """Who they are, as an expression; empty where none says it."""
    customers: int | None
    viewed: int | None
    left: int | None
    done: int | None

    @property
    def left_bp(self) -> int | None:
        """Of those who looked, how many left a number or signed up, in basis points."""
        return self.left * 10_000 // self.viewed if self.viewed and self.left is not None else None

    @property
    def done_bp(self) -> int | None:
        """Of those who looked, how many did business, in basis points."""
        return self.done * 10_000 // self.viewed if self.viewed and self.done is not None else None


class Analysis(Struct, frozen=True):
    """Every group in the order of the bands, who stand together, and the sum of what is shown."""

    groups: list[Group]
    rest: Group | None
    """The groups that are too small by themselves, together; None when there are none to show."""
    total: Group

    @property
    def best(self) -> list[Group]:
        """The groups that are shown, who did the most business first."""
        shown = [group for group in self.groups if group.done_bp is not None]
        return sorted(shown, key=lambda one: (one.done_bp, one.left_bp, one.viewed), reverse=True)


def analysed(
    reached: Reached, born: Mapping[int, BitMap], slice_of: Callable[[int], BitMap], *, year: int
) -> Analysis:
    """Return the groups; `born` is who was born in a year, `slice_of` the assets' bit slices."""
    ages = dict(_by_age(reached.everybody, born, year))
    assets = dict(_by_assets(reached.everybody, slice_of))
    groups: list[Group] = []
    small: list[BitMap] = []
    shown: list[BitMap] = []
    for age, of_age in ages.items():
        for band, of_band in assets.items():
            some = of_age & of_band
            part = reached.within(some)
            if is_small := len(part.viewed) < LEAST:
                small.append(some)
            else:
                shown.append(some)
            groups.append(_group(part, age.label, band.label, _expr(age, band), is_hidden=is_small))
    rest = None
    together = reached.within(BitMap.union(*small, BitMap()))
    # One small group by itself would be what the whole lacks.
    if sum(bool(some) for some in small) > 1 and len(together.viewed) >= LEAST:
        rest = _group(together, "其他", "人数少的合在一起", "")
        shown += small
    total = _group(reached.within(BitMap.union(*shown, BitMap())), "合计", "", "")
    return Analysis(groups, rest, total)


def _group(part: Reached, age: str, assets: str, expr: str, *, is_hidden: bool = False) -> Group:
    customers, viewed, left, done = map(len, part)
    return Group(
        age=age,
        assets=assets,
        expr=expr,
        customers=None if customers < LEAST and age != "合计" else customers,
        viewed=None if is_hidden else viewed,
        left=None if is_hidden else left,
        done=None if is_hidden else done,
    )


def _by_age(
    everybody: BitMap, born: Mapping[int, BitMap], year: int
) -> Iterable[tuple[AgeBand, BitMap]]:
    known = BitMap.union(*born.values(), BitMap())
    for band in AGES:
        if band.low is None:
            yield band, everybody - known
            continue
        years = range(year - band.high, year - band.low + 1)
        yield band, everybody & BitMap.union(*(born[y] for y in years if y in born), BitMap())


def _by_assets(
    everybody: BitMap, slice_of: Callable[[int], BitMap]
) -> Iterable[tuple[AssetBand, BitMap]]:
    left = everybody
    for band in ASSETS:
        here = left
        if band.high is not None:
            here = compare("<", band.high * 100, slice_of, left, width=AUM_SLICES)
        yield band, here
        left = left - here


def _expr(age: AgeBand, assets: AssetBand) -> str:
    if age.low is None:
        return ""
    parts = [f"年龄 >= {age.low}"] if age.low else []
    parts += [f"年龄 <= {age.high}"] if age.high < AGES[-2].high else []
    parts += [f"资产 >= {assets.low // 10_000}万"] if assets.low else []
    parts += [f"资产 < {assets.high // 10_000}万"] if assets.high is not None else []
    return " 且 ".join(parts)
