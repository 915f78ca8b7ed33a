"""Idea: one row of a bank's staff list to a clean person, or the reason why not.

An empty cell says nothing: it changes nothing of a person who is here already.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from contenthub.customers.rows import shown
from contenthub.customers.rowvalues import (
    CellInvalid,
    birthday_date,
    cleaned,
    code_word,
    is_nothing,
    person_name,
    phone_number,
    plain_text,
)
from contenthub.posters import names
from contenthub.tenants import access
from contenthub.uploads.headers import guess
from contenthub.uploads.sorts import RowProblem

#: field -> (label, headers banks use for it, best first)
FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "staff_no": ("工号", ("工号", "员工工号", "员工编号", "柜员号", "人员编号", "staffno")),
    "name": ("姓名", ("姓名", "员工姓名", "名字", "name")),
    "branch": (
        "机构",
        ("机构号", "机构", "所属机构", "机构名称", "支行", "所属支行", "网点", "部门", "branch"),
    ),
    "title": ("职务", ("职务", "岗位", "职位", "岗位名称", "title")),
    "phone": ("手机号", ("手机号", "手机", "手机号码", "联系电话", "电话", "phone")),
    "login": ("登录名", ("登录名", "用户名", "账号", "系统账号", "login")),
    "roles": ("角色", ("角色", "系统角色", "权限角色", "roles")),
    "wecom_userid": (
        "企业微信账号",
        ("企业微信账号", "企微账号", "企业微信id", "企微userid", "userid"),
    ),
    "qualification_no": (
        "从业资格编号",
        ("从业资格编号", "资格编号", "资格证号", "从业资格证号", "执业编号", "资格证编号"),
    ),
    "authorised_until": (
        "授权有效期至",
        ("授权有效期至", "授权有效期", "授权到期日", "授权到期", "有效期至", "到期日"),
    ),
}
SYNONYMS = {field: words for field, (_, words) in FIELDS.items()}
FIELD_LABELS = {field: label for field, (label, _) in FIELDS.items()}
LABELS = FIELD_LABELS | {"photo": "照片"}
LABELS_OUT = tuple(label for label, _ in FIELDS.values())
"""The columns of the export, in the order of FIELDS: what goes out can come in again."""
REQUIRED = ("staff_no", "name", "branch")
_ROLES = {word: slug for slug, word in access.ROLES.items()} | {
    "理财经理": "employee",
    "员工": "employee",
    "支行长": "branch_manager",
    "网点负责人": "branch_manager",
    "管理员": "bank_admin",
}
_LATEST_YEAR = 2100


class StaffRow(Struct, frozen=True):
    """A clean row; `facts` holds only what the file says."""

    line: int
    staff_no: str
    branch: str
    facts: dict[str, Any]


def guess_mapping(headers: Sequence[str]) -> dict[str, str]:
    """Return field -> header for every field whose column can be told by its name."""
    return guess(headers, SYNONYMS)


def read_row(
    cells: Sequence[str], columns: Mapping[str, int], *, line: int
) -> StaffRow | RowProblem:
    """Return the row as a person, or the first thing that is wrong with it."""
    facts: dict[str, Any] = {}
    for field, place in columns.items():
        raw = cells[place] if place < len(cells) else ""
        try:
            text = cleaned(raw)
            if not is_nothing(text):
                facts[field] = _READERS[field](text)
        except CellInvalid as wrong:
            return RowProblem(line, field, shown(raw), wrong.detail)
    for field in REQUIRED:
        if field not in facts:
            return RowProblem(line, field, "", f"没有填写{LABELS[field]}，请补上")
    return StaffRow(line, facts.pop("staff_no"), facts.pop("branch"), facts)


def _short(text: str) -> str:
    return plain_text(text, most_chars=60)


def _name(text: str) -> str:
    if why := names.flaw(text):
        raise CellInvalid(why)
    return person_name(text)


def _roles(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text)
    for mark in (";", "/", ",", "|"):
        folded = folded.replace(mark, "、")
    found: list[str] = []
    for word in filter(None, (part.strip() for part in folded.split("、"))):
        slug = word if word in access.ROLES else _ROLES.get(word)
        if slug is None or slug in access.BY_INVITATION:
            known = "、".join(w for s, w in access.ROLES.items() if s not in access.BY_INVITATION)
            raise CellInvalid(f"没有“{word[:20]}”这个角色，请从这些里选：{known}")
        if slug not in found:
            found.append(slug)
    return found


def _last_day(text: str) -> date:
    # The reader of birthdays knows every way banks write a day; this one may lie ahead.
    return birthday_date(text, today=date(_LATEST_YEAR, 12, 31))


_READERS: dict[str, Callable[[str], Any]] = {
    "staff_no": code_word,
    "name": _name,
    "branch": _short,
    "title": _short,
    "phone": phone_number,
    "login": code_word,
    "roles": _roles,
    "wecom_userid": code_word,
    "qualification_no": code_word,
    "authorised_until": _last_day,
}
