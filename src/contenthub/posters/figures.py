"""Idea: the figures a 战报 may show: counts of one employee's day and of their branch's.

Counts only, of the bank's own people: no customer is on it. A template that shows one is a
战报 template: it is drawn for its employee's own day, and never sent as a poster.
"""

import re
from typing import Any, Final

OWN: dict[str, str] = {
    "result.day": "日期",
    "result.views": "浏览（本人）",
    "result.leads": "留资（本人）",
    "result.signups": "报名（本人）",
    "result.attended": "到场（本人）",
    "result.shares": "分享次数（本人）",
    "result.rank": "支行名次",
}
BEST = 5
TEAM: dict[str, str] = {
    "team.people": "支行人数",
    "team.views": "浏览（支行）",
    "team.leads": "留资（支行）",
    "team.signups": "报名（支行）",
    "team.attended": "到场（支行）",
    "team.shares": "分享次数（支行）",
    **{f"team.best{place}": f"支行第 {place} 名的姓名" for place in range(1, BEST + 1)},
    **{f"team.best{place}_counts": f"支行第 {place} 名的成绩" for place in range(1, BEST + 1)},
}
FIGURES: dict[str, str] = OWN | TEAM
PREFIXES: Final = ("result.", "team.")
SAMPLE: dict[str, str] = {
    **dict.fromkeys(FIGURES, "8888"),
    "result.day": "11 月 24 日 周二",
    "result.rank": "第 18 名",
    **{f"team.best{place}": "欧阳若兰" for place in range(1, BEST + 1)},
    **{
        f"team.best{place}_counts": "浏览 8888 · 留资 888 · 报名 888"
        for place in range(1, BEST + 1)
    },
}
"""What a template is proved and previewed with: as long as any day's."""
NO_POSTER = "是战报模板，只在员工的「战绩」里按本人当天的数字生成，不能当海报分享、群发或批量生成"
PATTERN: Final = r"\{\{\s*(result|team)\."
"""Finds a figure in a template's JSON; PostgreSQL reads it alike."""
_FIGURE = re.compile(PATTERN)


def shows_figures(layers: Any) -> bool:
    """Return whether a template's JSON, or a part of it, shows a figure."""
    if isinstance(layers, str):
        return _FIGURE.search(layers) is not None
    if isinstance(layers, dict):
        return any(
            shows_figures(layers[key]) for key in ("layers", "text", "spans") if key in layers
        )
    return isinstance(layers, list | tuple) and any(shows_figures(one) for one in layers)
