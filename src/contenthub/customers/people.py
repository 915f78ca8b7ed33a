"""Made-up people and branches for demo banks: nobody real, but a county as it looks.

Everything follows from the seed that is passed in, so the same seed gives the same people.
Surnames are weighted roughly as in the household register, in thousandths; given
names, assets and tags depend on age, as they do in a county. The weights are ours, for looks.
"""

import base64
import math
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

_SURNAME_WEIGHTS = (
    "王71 李70 张67 刘51 陈46 杨32 黄23 赵21 吴20 周19 徐15 孙14 马14 朱12 胡12 郭11 何11 林11 "
    "高10 罗10 郑9 梁9 谢8 宋7 唐7 许6 韩6 邓6 冯5 曹5 彭5 曾5 肖5 田4 董4 潘4 袁4 蔡4 蒋4 余4 "
    "于4 杜4 叶4 程4 魏3 苏3 吕3 丁3 任3 卢3 姚3 沈3 钟3 姜3 崔3 谭3 陆3 范3 汪3 廖3 石2 金2 "
    "韦2 贾2 夏2 付2 方2 邹2 熊2 白2 孟2 秦2 邱2 侯2 江2 尹2 薛2 闫2 段2 雷2 龙2 黎2 史2 陶2 "
    "贺2 毛2 郝2 顾2 龚2 邵2 万2 覃2 武2 钱2 戴1 严1 莫1 孔1 向1 常1 汤1 欧阳1 上官1 仇1 单1 "
    "㐂1 查1 解1"
)
_GIVEN = {
    ("male", 0): ("建国志文德永金明福玉长世光家庆", "国军强华民山生明林贵海成才荣富", 15),
    ("female", 0): ("秀桂玉凤淑翠春兰美素金月红", "英兰珍芳云华荣梅香琴莲花贞", 15),
    ("male", 1): ("伟志海建晓国勇永文俊立宏春", "强军勇涛伟平峰波明斌辉刚鹏", 35),
    ("female", 1): ("丽晓春海红艳小建雪慧冬秋", "丽霞敏燕红梅娟萍玲芳琴华", 35),
    ("male", 2): ("子浩宇梓俊一天家嘉泽明思", "轩涵然宇豪睿博阳杰辰航熙", 10),
    ("female", 2): ("子欣梓雨诗佳一思梦若语雅", "涵怡彤萱琪妍婷瑶悦然菲宁", 10),
}
_PHONE_HEADS = tuple(
    "134 135 136 137 138 139 147 150 151 152 157 158 159 178 182 183 187 188 130 131 132 155 156 "
    "166 175 176 185 186 133 153 173 177 180 181 189 199".split()
)
#: Coprime to the size of the number space, so that consecutive numbers never meet and look mixed.
_PHONE_STRIDE = 618_033_989
_PHONE_SPACE = len(_PHONE_HEADS) * 10**8
#: (upper bound in yuan, what banks write)
_BANDS = (
    (10_000, "1万以下"),
    (50_000, "1-5万"),
    (200_000, "5-20万"),
    (500_000, "20-50万"),
    (1_000_000, "50-100万"),
)


class Person(NamedTuple):
    """A made-up customer before a branch and an employee are given to them."""

    name: str
    gender: str
    phone: str
    birthday: date
    age: int
    aum_fen: int
    tags: tuple[str, ...]
    refused: tuple[str, ...]
    external_userid: str
    risk: int
    """Grade of their risk assessment, 1 to 5; 0 for who has none."""


class StaffPerson(NamedTuple):
    """A made-up employee."""

    name: str
    gender: str
    title: str
    phone: str


class DemoBranch(NamedTuple):
    """A branch of a demo bank; the head office has no parent."""

    code: str
    name: str
    parent_code: str


def _weighted() -> tuple[list[str], list[int]]:
    pairs = [(word.rstrip("0123456789"), word) for word in _SURNAME_WEIGHTS.split()]
    weights = [int(word.removeprefix(name)) for name, word in pairs]
    return [name for name, _ in pairs], list(accumulate(weights))


_SURNAMES, _SURNAME_SUMS = _weighted()


def customers(count: int, *, seed: int, year: int) -> Iterator[Person]:
    """Yield `count` made-up customers as of `year`; no two share a phone."""
    rng = Random(f"customers {seed}")  # noqa: S311  (demo data must repeat, nothing is secret)
    grades = Random(f"risk {seed}")  # noqa: S311
    offset = rng.randrange(_PHONE_SPACE)
    for place in range(count):
        age = _age(rng)
        birthday = date(year - age, 1, 1) + timedelta(days=rng.randrange(365))
        gender = "male" if rng.random() < 0.51 else "female"
        yuan = _assets_yuan(rng, age)
        yield Person(
            name=_name(rng, gender, age),
            gender=gender,
            phone=_phone(offset, place),
            birthday=birthday,
            age=age,
            aum_fen=round(yuan * 100),
            tags=tuple(_tags(rng, age, yuan)),
            refused=_refused(rng, age),
            external_userid=_external_userid(rng) if rng.random() < 0.82 else "",
            risk=_risk(grades, age, yuan),
        )


def _risk(rng: Random, age: int, yuan: float) -> int:
    # Who has more is assessed more often; the old are careful.
    if rng.random() > (0.75 if yuan >= 50_000 else 0.4):
        return 0
    return rng.choices((1, 2, 3, 4, 5), (40, 35, 18, 5, 2) if age >= 60 else (15, 35, 32, 13, 5))[0]


def staff_people(count: int, *, seed: int) -> list[StaffPerson]:
    """Return `count` made-up employees, no two with the same name or phone while names last."""
    rng = Random(f"staff {seed}")  # noqa: S311  (demo data must repeat, nothing is secret)
    offset = rng.randrange(_PHONE_SPACE)
    seen: set[str] = set()
    people: list[StaffPerson] = []
    for place in range(count):
        gender = "male" if rng.random() < 0.45 else "female"
        names = (_name(rng, gender, rng.randrange(23, 56)) for _ in range(20))
        name = next((name for name in names if name not in seen), f"员工{place + 1}")
        seen.add(name)
        title = "支行行长" if place % 15 == 0 else rng.choice(_TITLES)
        people.append(StaffPerson(name, gender, title, _phone(offset, place)))
    return people


_TITLES = ("客户经理", "客户经理", "客户经理", "大堂经理", "综合柜员", "信贷员")
_TOWNS = {
    "清源农商银行": "城关 东街 河湾 石桥 青山 白塔 双河 龙泉 大营 柳林",
    "柳河农商银行": "城东 北关 安口 圣水 罗通山 亨通 孤山子 向阳",
}


def branch_names() -> dict[str, tuple[DemoBranch, ...]]:
    """Return demo bank -> its tree: head office 总行, branches 支行, outlets 网点 under each."""
    return {bank: tuple(_branches(towns.split())) for bank, towns in _TOWNS.items()}


def _branches(towns: list[str]) -> Iterator[DemoBranch]:
    yield DemoBranch("0000", "总行", "")
    for place, town in enumerate(towns, start=1):
        code = f"{place:02}00"
        yield DemoBranch(code, f"{town}支行", "0000")
        yield DemoBranch(f"{place:02}01", f"{town}中街网点", code)
        if place % 2:
            yield DemoBranch(f"{place:02}02", f"{town}集镇网点", code)


def band_of(aum_fen: int) -> str:
    """Return the asset band a bank's report would show for the amount."""
    yuan = aum_fen / 100
    return next((band for upper, band in _BANDS if yuan < upper), "100万以上")


def _age(rng: Random) -> int:
    # The young have left the county: the middle of its customers is about fifty.
    return min(92, max(18, round(rng.triangular(18, 92, 52))))


def _name(rng: Random, gender: str, age: int) -> str:
    surname = rng.choices(_SURNAMES, cum_weights=_SURNAME_SUMS)[0]
    first, second, single_percent = _GIVEN[gender, 0 if age >= 55 else 1 if age >= 30 else 2]
    last = second[int(rng.random() * len(second))]
    if rng.random() * 100 < single_percent:
        return surname + last
    return surname + first[int(rng.random() * len(first))] + last


def _phone(offset: int, place: int) -> str:
    head, rest = divmod((offset + place * _PHONE_STRIDE) % _PHONE_SPACE, 10**8)
    return f"{_PHONE_HEADS[head]}{rest:08}"


def _assets_yuan(rng: Random, age: int) -> float:
    if rng.random() < 0.04:
        return 0.0
    middle = 42_000 if age >= 60 else 26_000 if age >= 40 else 9_000
    return min(round(math.exp(rng.gauss(math.log(middle), 1.35)), 2), 50_000_000.0)


def _tags(rng: Random, age: int, yuan: float) -> Iterator[str]:
    chances = (
        ("银发", 0.92 if age >= 60 else 0.0),
        ("代发工资", 0.38 if age >= 60 else 0.34 if age >= 22 else 0.05),
        ("商户", (0.24 if yuan >= 100_000 else 0.09) if 25 <= age < 65 else 0.01),
        ("种养大户", (0.16 if yuan >= 50_000 else 0.06) if 35 <= age < 70 else 0.01),
        ("亲子", 0.52 if 27 <= age < 46 else 0.02),
        ("有车", (0.45 if yuan >= 50_000 else 0.2) if 23 <= age < 60 else 0.02),
        ("外出务工", (0.1 if yuan >= 100_000 else 0.27) if age < 55 else 0.03),
        ("新市民", 0.16 if 20 <= age < 42 else 0.02),
    )
    return (tag for tag, chance in chances if rng.random() < chance)


_OFTEN_REFUSED = ("理财", "保险", "基金", "贷款", "信用卡")


def _refused(rng: Random, age: int) -> tuple[str, ...]:
    if rng.random() > (0.16 if age >= 60 else 0.09):
        return ()
    # The old refuse what they were once sold: wealth products and insurance stand first.
    most = 3 if age >= 60 else 5
    return tuple(rng.sample(_OFTEN_REFUSED[:most], 1 + (rng.random() < 0.25)))


def _external_userid(rng: Random) -> str:
    return "wm" + base64.urlsafe_b64encode(rng.randbytes(24))[:30].decode()
