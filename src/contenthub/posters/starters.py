"""Idea: the posters a bank finds on its first day, each for every size it needs.

Every word on them is either a variable of approved content or harmless for any bank; rates,
terms and rights come from the item. On the upright ones the employee's strip lies in one band
of block rows, so that a poster costs a sixth of the image (see splice.py).
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

from contenthub.posters import starters_activities as activities
from contenthub.posters import starters_people as people
from contenthub.posters import starters_products as products
from contenthub.posters import starters_seasons as seasons
from contenthub.posters.starterframes import FRAMES
from contenthub.posters.starterparts import Design
from contenthub.posters.template import Template


class Starter(NamedTuple):
    """A shipped poster: its title, topic (业务类别), season, and the sizes it comes in.

    `season` says when or for what a clerk looks for it (SEASONS).
    """

    title: str
    topic: str
    season: str
    sizes: tuple[str, ...]

    @property
    def size(self) -> str:
        """Return the size it has unless another is asked for."""
        return self.sizes[0]


SEASONS: dict[str, str] = {
    "always": "常年",
    "spring": "春节·开门红",
    "autumn": "中秋·国庆",
    "activity": "活动",
    "education": "宣教",
    "people": "员工",
}
_ALL = tuple(FRAMES)
_DESIGNS: dict[str, tuple[Starter, Callable[[], Design]]] = {
    "deposit-season": (Starter("存款季", "deposit", "spring", _ALL), products.deposit_season),
    "farm-loan": (Starter("惠农贷", "loan", "always", _ALL), products.farm_loan),
    "rights-day": (Starter("权益日", "life", "always", _ALL), seasons.rights_day),
    "wealth": (Starter("稳健理财", "wealth", "always", _ALL), products.wealth),
    "card": (Starter("信用卡", "card", "always", _ALL), products.card),
    "etc": (Starter("ETC 办理", "payment", "always", _ALL), products.etc),
    "anti-fraud": (Starter("反诈宣传", "life", "education", _ALL), seasons.anti_fraud),
    "spring-festival": (Starter("春节", "life", "spring", _ALL), seasons.spring_festival),
    "mid-autumn": (Starter("中秋", "life", "autumn", _ALL), seasons.mid_autumn),
    "activity": (Starter("活动报名", "life", "activity", _ALL), activities.activity),
    "lecture": (Starter("公益讲座", "life", "activity", _ALL), activities.lecture),
    "family": (Starter("亲子活动", "life", "activity", _ALL), activities.family),
    "salon": (Starter("厅堂沙龙", "life", "activity", _ALL), activities.salon),
    "village": (Starter("惠农下乡", "life", "activity", _ALL), activities.village),
}
_WHOLE: dict[str, tuple[Starter, Callable[[], Template]]] = {
    "name-card": (Starter("名片", "life", "people", ("card",)), people.name_card),
    "good-news": (Starter("战报·喜报", "life", "people", ("moments",)), people.good_news),
}


@functools.cache
def starters() -> dict[str, Starter]:
    """Return the shipped posters by code; `code.size` is one of them in another of its sizes."""
    return {code: found for code, (found, _) in (_DESIGNS | _WHOLE).items()}


def known(code: str) -> Starter | None:
    """Return what is said of a shipped poster, in whatever size; None for what is not shipped."""
    name, _, size = code.partition(".")
    found = starters().get(name)
    return found if found is None or not size or size in found.sizes else None


@functools.cache
def starter(code: str) -> Template:
    """Return a shipped poster, `code` or `code.size`; KeyError for what is not shipped."""
    found = known(code)
    if found is None:
        raise KeyError(code)
    name, _, size = code.partition(".")
    if name in _WHOLE:
        return _WHOLE[name][1]()
    return FRAMES[size or found.size](_DESIGNS[name][1]())
