"""A made-up context that shows every macro; used by tests and by hand for screenshots."""

from datetime import UTC, datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import jinja2

from contenthub.web.pages import environment

NOW = datetime(2026, 11, 24, 2, 12, tzinfo=UTC)
BANK = SimpleNamespace(
    name="清源农商银行",
    full_name="清源农村商业银行股份有限公司",
    zone="Asia/Shanghai",
    hotline="96588",
)
ME = SimpleNamespace(name="周敏", roles=["reviewer", "employee"])
STATES = (
    "draft in_review approved returned live superseded expired recalled scheduled running paused "
    "finished cancelled failed planned claimed sending submitted confirmed delivered skipped "
    "unknown new assigned contacted won lost staff.active leave resigned job.running done open "
    "block warn info"
)


def _state(word: str) -> tuple[str, str]:
    kind, _, state = word.rpartition(".")
    return kind, state


def context() -> dict[str, Any]:
    """Return what pages.context gives, for a page at 10:12 on 24 November 2026."""
    nav = (
        (
            "内容",
            (
                ("工作台", "/console", "layout-dashboard", "", False),
                ("内容库", "/console/library", "books", "", True),
                ("审核中心", "/console/reviews", "clipboard-check", "6", False),
            ),
        ),
        ("触达", (("推送计划", "/console/pushes", "send", "", False),)),
    )
    return {
        "csrf_token": "t0ken",
        "csp_nonce": "n0nce",
        "me": ME,
        "bank": BANK,
        "nav": nav,
        "now": NOW,
        "path": "/console/library",
        "is_fragment": False,
    }


def gallery_context() -> dict[str, Any]:
    """Return the context of console/gallery.html."""
    rows = [
        (
            "deposit",
            "金秋存款季·大额存单三年期",
            "P-2041·存款·v4",
            "in_review",
            "2026-12-31",
            1284,
            41,
        ),
        (
            "loan",
            "惠农快贷（整村授信专享）",
            "P-1987·贷款",
            "approved",
            "2027-03-31",
            None,
            None,
        ),
        ("card", "乡情信用卡·加油满减", "P-2033·信用卡·v3", "live", "2026-11-30", 2907, 88),
        ("wealth", "丰收稳健 90 天（R2）", "P-2019·理财·v1", "returned", "—", None, None),
        ("life", "社保卡换发·上门预约", "P-1876·生活服务·v2", "recalled", "长期", 3342, 155),
    ]
    leaf = {"name": "访客 7", "role": "visitor", "views": 1, "leads": None, "signups": 1}
    middle = {
        "name": "李*芳",
        "role": "customer",
        "views": 31,
        "leads": 2,
        "children": [leaf, leaf],
    }
    root = {
        "name": "王小明",
        "role": "employee",
        "views": 326,
        "href": "#",
        "children": [middle, leaf],
    }
    return {
        **context(),
        "errors": {
            "annual_rate": "年化利率应在 0 到 24% 之间",
            "title": "标题还没有填写",
        },
        "flashes": [("ok", "已提交审核，审核员会收到提醒")],
        "tiles": [
            {"label": "待我审核", "value": 6, "href": "#", "hint": "最早 3 小时前"},
            {"label": "本周浏览", "value": 12840},
            {"label": "新增留资", "value": 326, "tone": "ok", "hint": "比上周多 12%"},
            {"label": "7 天内到期", "value": 4, "tone": "warn"},
        ],
        "items": rows,
        "states": [_state(word) for word in STATES.split()],
        "chain_nodes": [root],
        "days": [
            {
                "day": 24 + n,
                "weekday": "周二",
                "on": n == 0,
                "off": n == 4,
                "note": "首推" if not n else "",
            }
            for n in range(7)
        ],
        "hits": [
            {
                "severity": "block",
                "text": "命中禁用词「保本」",
                "where": "fields.body",
                "advice": "改为「本息按存款保险条例受保护」",
                "source": "行内宣传规则 3.2",
            },
            {"severity": "warn", "text": "海报未见「存款保险」标识", "where": ""},
        ],
        "diff_rows": [
            {"label": "年化利率", "segments": [("del", "2.15%"), ("ins", "2.05%")]},
            {
                "label": "卖点文案",
                "segments": [("same", "限额发售，"), ("del", "先到先得"), ("ins", "保本稳健")],
            },
            {
                "label": "适用客群",
                "before": [("same", "银发")],
                "after": [("same", "银发"), ("ins", "、代发工资")],
            },
        ],
    }


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    return environment()


def render(template: str, **values: Any) -> str:
    """Return a template rendered by the house's own environment."""
    return _environment().get_template(template).render({**context(), **values})


def render_source(source: str, **values: Any) -> str:
    """Return template text rendered by the house's own environment."""
    return _environment().from_string(source).render({**context(), **values})
