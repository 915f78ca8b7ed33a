"""What a list of customers is asked for: one spelling for pages, bulk changes, exports, views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from litestar.datastructures import MultiDict

from contenthub.customers import tagexpr, tagtext
from contenthub.customers.holdings import PRODUCTS
from contenthub.customers.queries_found import Filter
from contenthub.customers.stages import STAGES
from contenthub.customers.tagtree import (
    MAX_NAME_CHARS,
    And,
    Grid,
    Holds,
    Merchant,
    Node,
    Not,
    Within,
)
from contenthub.errors import Invalid

HERE = "/console/customers"
NAMES = (
    *("q", "tag_id", "without_tag_id", "owner", "owned", "branch_id", "stage"),
    *("product", "due", "idle", "birthday", "merchant", "grid", "expr"),
)
"""The parameters of a URL, in the order in which it names them."""
Q_CHARS, TAGS_MOST = 60, 10
EXPR_CHARS = 500
DUE = {"7": "7 天内到期", "30": "30 天内到期", "90": "90 天内到期"}
IDLE = {"30": "30 天没联系", "90": "90 天没联系", "180": "180 天没联系"}
BIRTHDAY = {"1": "今明两天生日", "7": "7 天内生日", "30": "30 天内生日"}
MERCHANT = {"yes": "是商户", "no": "不是商户或没有填"}
CHOICES: dict[str, tuple[Mapping[str, str], str]] = {
    "product": (PRODUCTS, "没有这种产品，请重新选择"),
    "due": (DUE, "请选择几天内到期"),
    "idle": (IDLE, "请选择多少天没有联系"),
    "birthday": (BIRTHDAY, "请选择几天内生日"),
    "merchant": (MERCHANT, "请选择是不是商户"),
}
"""Parameter → what may stand in it, and the fix for anything else."""
OWNED = {"yes": "有客户经理", "no": "没有客户经理"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list was asked for, as a URL says it; empty values do not filter."""

    q: str = ""
    tag_id: tuple[str, ...] = ()
    without_tag_id: tuple[str, ...] = ()
    owner: str = ""
    owned: str = ""
    branch_id: str = ""
    stage: str = ""
    product: str = ""
    due: str = ""
    """Within how many days something of theirs falls due."""
    idle: str = ""
    """For how many days nobody spoke with them."""
    birthday: str = ""
    merchant: str = ""
    grid: str = ""
    expr: str = ""
    """A condition in the words of audiences."""

    @classmethod
    def read(cls, params: MultiDict[Any]) -> "Asked":
        """Return the filter of a URL; raises Invalid naming what is wrong."""
        return cls.checked({n: [str(v) for v in params.getall(n, [])] for n in NAMES})

    @classmethod
    def of_text(cls, query: str) -> "Asked":
        """Return the filter of a URL's text; raises Invalid naming what is wrong."""
        return cls.checked(parse_qs(query.lstrip("?"), max_num_fields=60))

    @classmethod
    def checked(cls, said: Mapping[str, Sequence[str]]) -> "Asked":
        """Return the filter of named values; raises Invalid naming what is wrong."""
        kept: dict[str, Any] = {}
        for name in NAMES:
            most = EXPR_CHARS if name == "expr" else Q_CHARS
            words = [word.strip()[:most] for word in said.get(name, ()) if word.strip()]
            if not words:
                continue
            if name.endswith("tag_id"):
                kept[name] = tuple(dict.fromkeys(str(_id(word, name)) for word in words))
                if len(kept[name]) > TAGS_MOST:
                    raise Invalid.of(name, f"一次最多按 {TAGS_MOST} 个标签筛选")
            else:
                kept[name] = words[-1]
        asked = cls(**kept)
        if asked.stage and asked.stage not in STAGES:
            raise Invalid.of("stage", f"阶段应是 {'、'.join(STAGES.values())} 之一，请重新选择")
        if asked.owned and asked.owned not in OWNED:
            raise Invalid.of("owned", "请选择有或没有客户经理")
        if asked.branch_id:
            _id(asked.branch_id, "branch_id")
        for name, (known, fix) in CHOICES.items():
            if (value := getattr(asked, name)) and value not in known:
                raise Invalid.of(name, fix)
        asked.condition()
        return asked

    def condition(self) -> Node | None:
        """Return what is asked of facts, and the condition, as one; raises Invalid (`expr`)."""
        nodes: list[Node] = []
        if self.product:
            nodes.append(Holds(self.product))
        if self.due:
            nodes.append(Within("due", int(self.due)))
        if self.idle:
            nodes.append(Not(Within("contacted", int(self.idle))))
        if self.birthday:
            nodes.append(Within("birthday", int(self.birthday)))
        if self.merchant:
            nodes.append(Merchant() if self.merchant == "yes" else Not(Merchant()))
        if self.grid:
            nodes.append(Grid(self.grid[:MAX_NAME_CHARS]))
        if self.expr:
            nodes.append(tagexpr.parse(self.expr))
        return And(tuple(nodes)) if len(nodes) > 1 else next(iter(nodes), None)

    def filter(self) -> Filter:
        """Return the customers it means."""
        return Filter(
            q=self.q,
            tag_ids=tuple(UUID(one) for one in self.tag_id),
            without_tag_ids=tuple(UUID(one) for one in self.without_tag_id),
            owner=self.owner,
            is_owned={"yes": True, "no": False}.get(self.owned),
            branch_id=UUID(self.branch_id) if self.branch_id else None,
            stage=self.stage,
            condition=self.condition(),
        )

    def query(self) -> str:
        """Return the filter as the query of a URL, always in the same spelling."""
        said = {name: getattr(self, name) for name in NAMES}
        return urlencode({name: value for name, value in said.items() if value}, doseq=True)

    def words(self, tags: Mapping[str, str], branches: Mapping[str, str]) -> str:
        """Return the filter in a clerk's words; names by id as text."""
        parts = [f"有“{tags.get(one, '已删除的标签')}”" for one in self.tag_id]
        parts += [f"没有“{tags.get(one, '已删除的标签')}”" for one in self.without_tag_id]
        parts += [f"客户经理 {self.owner}"] if self.owner else []
        parts += [OWNED[self.owned]] if self.owned else []
        parts += [branches.get(self.branch_id, "已撤销的机构")] if self.branch_id else []
        parts += [STAGES[self.stage]] if self.stage else []
        parts += [PRODUCTS[self.product]] if self.product else []
        for name in ("due", "idle", "birthday", "merchant"):
            parts += [CHOICES[name][0][value]] if (value := getattr(self, name)) else []
        parts += [f"村（网格）{self.grid}"] if self.grid else []
        parts += [tagtext.said(tagexpr.parse(self.expr))] if self.expr else []
        # Whom somebody looked for by name or phone is not written down.
        parts += ["按姓名、手机号或客户号查找"] if self.q else []
        return "，".join(parts) or "全部客户"


def _id(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid.of(name, "筛选条件不正确，请重新选择") from None
