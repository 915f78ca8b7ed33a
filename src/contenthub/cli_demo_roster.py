"""Who works where in the demo banks: worked out from fixed seeds, the same each time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from contenthub.customers.people import DemoBranch, StaffPerson, branch_names, staff_people

HEAD_CODE = "0000"
HAND_LOGIN = "employee1"
"""Who confirms by hand in the demo, so that a task waits for whoever logs in as them."""


@dataclass(frozen=True, slots=True)
class DemoBank:
    """One demo bank and how big it is."""

    no: int
    """1 or 2: which of the starter items it gets."""
    slug: str
    name: str
    full_name: str
    hotline: str
    people: int
    customers: int
    views_a_day: int


BANKS = (
    DemoBank(1, "qingyuan", "清源农商银行", "清源农村商业银行", "96288", 120, 3000, 340),
    DemoBank(2, "liuhe", "柳河农商银行", "柳河农村商业银行", "96388", 40, 500, 130),
)


@dataclass(frozen=True, slots=True)
class Seat:
    """One person of a demo bank; `login` is empty for those who get no password."""

    staff_no: str
    name: str
    gender: str
    title: str
    phone: str
    branch_code: str
    roles: tuple[str, ...]
    login: str = ""
    is_expired: bool = False
    """Their authorisation to market has run out."""

    @property
    def shares(self) -> bool:
        """Whether this person has posters, links and customers."""
        return "employee" in self.roles or "branch_manager" in self.roles


_OFFICE = (
    ("admin", "male", "系统管理员", ("bank_admin",)),
    ("author", "female", "内容运营岗", ("author",)),
    ("reviewer", "female", "消保审核岗", ("reviewer",)),
    ("marketing", "male", "营销主管", ("campaign_manager",)),
    ("auditor", "male", "审计岗", ("auditor",)),
)
_OFFICE_NAMES = {
    1: ("何志强", "李娜", "周敏", "陈立", "孙国平"),
    2: ("郭建军", "苏晴", "方静", "梁栋", "于海"),
}
_FIELD = (
    ("manager", "male", "支行行长", ("branch_manager",)),
    ("employee1", "male", "客户经理", ("employee",)),
    ("employee2", "female", "客户经理", ("employee",)),
    ("employee3", "female", "大堂经理", ("employee",)),
)
_FIELD_NAMES = {
    1: ("赵建华", "王小明", "刘芳", "杨丽"),
    2: ("马永福", "田野", "许静怡", "冯雪"),
}


def branches_of(bank: DemoBank) -> tuple[DemoBranch, ...]:
    """Return the bank's branches, each parent before its children."""
    return branch_names()[bank.name]


def wecom_userid(bank: DemoBank, seat: Seat) -> str:
    """Return a person's userid at the bank's WeCom."""
    return f"{bank.slug}{seat.staff_no}"


def roster(bank: DemoBank) -> list[Seat]:
    """Return everybody of a bank: the office first, then the first branch's known people."""
    numbers = (f"{place:04}" for place in range(1, bank.people + 1))
    codes = [branch.code for branch in branches_of(bank) if branch.code != HEAD_CODE]
    crowd = iter(staff_people(bank.people * 2, seed=bank.no))
    office = _named(_OFFICE, _OFFICE_NAMES[bank.no], [HEAD_CODE] * len(_OFFICE), crowd)
    field = _named(_FIELD, _FIELD_NAMES[bank.no], [codes[0]] * len(_FIELD), crowd)
    known = [*office, *field]
    taken = {seat.name for seat in known}
    rest = _crowd((p for p in crowd if p.name not in taken), codes, has_head={codes[0]})
    seats = [*known, *(next(rest) for _ in range(bank.people - len(known)))]
    return [_numbered(seat, no, bank) for seat, no in zip(seats, numbers, strict=True)]


def _named(
    posts: Sequence[tuple[str, str, str, tuple[str, ...]]],
    names: Sequence[str],
    codes: Sequence[str],
    crowd: Iterator[StaffPerson],
) -> list[Seat]:
    return [
        Seat("", name, gender, title, next(crowd).phone, code, roles, login)
        for (login, gender, title, roles), name, code in zip(posts, names, codes, strict=True)
    ]


def _crowd(
    people: Iterator[StaffPerson], codes: list[str], *, has_head: set[str]
) -> Iterator[Seat]:
    """Yield people branch by branch in turn; the first of each 支行 is its head."""
    for person, code in zip(people, cycle(codes), strict=False):
        heads = code.endswith("00") and code not in has_head
        if heads:
            has_head.add(code)
        title = "支行行长" if heads else person.title.replace("支行行长", "客户经理")
        roles = ("branch_manager",) if heads else ("employee",)
        yield Seat("", person.name, person.gender, title, person.phone, code, roles)


def _numbered(seat: Seat, staff_no: str, bank: DemoBank) -> Seat:
    return Seat(
        staff_no,
        seat.name,
        seat.gender,
        seat.title,
        seat.phone,
        seat.branch_code,
        seat.roles,
        seat.login,
        # The last but one: an employee who must be told why there is no poster for them.
        is_expired=int(staff_no) == bank.people - 1,
    )
