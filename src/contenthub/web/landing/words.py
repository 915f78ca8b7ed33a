"""What a landing page says: the item's own fields, the card of the employee, the notice."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from contenthub.library import bodytext, disclosing, kinds, messagetext, pageparts
from contenthub.library.models import Item, Revision
from contenthub.library.queries_shareable import others_of
from contenthub.sharing import notice, signupform
from contenthub.sharing.actions_places import Outcome
from contenthub.sharing.window import places, signup_closed
from contenthub.tenants.models import Bank
from contenthub.tenants.topics import TOPICS

if TYPE_CHECKING:
    from contenthub.web.landing.targets import Shown

_OWN_PICTURE = re.compile(r'(<img\b[^>]*\bsrc=")/assets/([0-9a-fA-F-]{36})"')
SIGNUPS = {"activity": ("我要报名", "确认报名"), "right": ("我要领取", "登记领取")}
"""Kinds whose page takes a sign-up, with the words of its form."""
_LEAVE = "，感谢关注；您可以在下面留下手机号，有新的机会时由客户经理联系您"
FULL = {"activity": f"名额已满{_LEAVE}", "right": f"现有的份数已经领完{_LEAVE}"}
"""What stands in place of the form while nothing is left."""
TAKEN = {
    "activity": ("报名成功", "活动前{}会与您确认"),
    "right": ("登记成功", "{}会与您联系，告诉您怎样领取"),
}
"""What a visitor reads who has signed up or claimed: done, and what comes next."""
_AGAIN = {
    "updated": ("已更新报名", "活动前{}会与您确认"),
    "known": ("您已报名", "不用重复提交，活动前{}会与您确认"),
}
"""What the sender of a sign-up reads who sends the form once more."""
STATES = {"new": "signed_up", "updated": "updated", "known": "already"}
"""The same as a script reads it."""

NOBODY = {"name": "温馨提示", "full_name": "", "hotline": ""}
"""Stands where a page names its bank, when the address told of none."""
_ASK = "请给您发链接或海报的客户经理打个电话，请他再发一次"
LOST: dict[int, dict[str, Any]] = {
    404: {
        "title": "没有找到这个页面",
        "text": "链接可能没有复制完整，或者已经失效了。",
        "steps": [
            "回到聊天记录，直接点开原来的链接，不要手动输入",
            "如果是扫码打开的，请把二维码放在画面中间再扫一次",
            _ASK,
        ],
    },
    429: {
        "title": "操作太频繁，请稍后再试",
        "text": "刚才打开的次数太多，系统需要歇一歇。",
        "steps": ["请过一分钟再打开", _ASK],
    },
    503: {
        "title": "页面暂时打不开",
        "text": "系统正在维护或比较繁忙，您的信息不受影响。",
        "steps": ["请过几分钟再打开这个链接", "着急的话，请直接给您的客户经理打电话"],
    },
}
"""What a visitor reads whose address leads nowhere, or not now: what is wrong, what to do."""


def taken(kind: str, became: Outcome) -> tuple[str, str]:
    """Return what a visitor reads of a sign-up or claim: what it is now, and what comes next."""
    return TAKEN[kind] if kind == "right" else _AGAIN.get(became, TAKEN[kind])


def page_of(shown: "Shown", *, at: datetime) -> dict[str, Any]:
    """Return the template's values for a live page."""
    revision = shown.revision
    if revision is None:
        raise ValueError("a page that is gone has no words")
    asks = signupform.asked(revision.fields)
    also = [field.label for field in asks]
    return {
        **item_values(revision, bank=shown.bank, code=shown.item.code),
        "item": shown.item,
        "left": shown.left,
        "related": [related_values(*found) for found in shown.related],
        "files_at": partial(_files_at, shown),
        "body_of": partial(
            body_of, values=variables_of(shown, revision.title), pictures=shown.pictures
        ),
        "signup_asks": asks,
        "signup_full": FULL[revision.kind] if shown.left == 0 and revision.kind in FULL else "",
        "signup_most": signupform.most_people(shown.left),
        **{f"signup_{name}": said for name, said in told_of(shown.bank, asked=also).items()},
        "takes_signups": revision.kind in SIGNUPS,
        "signup_title": SIGNUPS.get(revision.kind, ("", ""))[0],
        "signup_button": SIGNUPS.get(revision.kind, ("", ""))[1],
        "has_cover": revision.cover_asset_id is not None,
        "cover_alt": shown.cover_alt,
        **told_of(shown.bank),
        "card": card_of(shown),
        "is_nameless": shown.is_nameless,
        "signup_over": signup_closed(revision.fields, zone=shown.bank.zone, at=at),
    }


def told_of(bank: Bank, *, asked: Sequence[str] = ()) -> dict[str, str]:
    """Return what stands beside a form: the notice, the sentence to tick, the version of both."""
    teller = notice.Teller(bank.name, bank.full_name, bank.hotline)
    return {
        "notice": " ".join(notice.notice(bank.full_name, bank.hotline, asked=asked)),
        "consent": notice.consent(bank.name, asked=asked),
        "told": notice.form_told(teller, asked=asked).version,
    }


def item_values(revision: Revision, *, bank: Bank, code: str) -> dict[str, Any]:
    """Return what the block of a wording shows by itself: for the page and for its preview."""
    kind, topic = revision.kind, revision.topic
    return {
        "bank": bank,
        "revision": revision,
        "kind_label": kinds.KINDS[kind].label,
        "topic_label": TOPICS.get(topic, ""),
        "is_advertised": kind in disclosing.ADVERTISED,
        "parts": pageparts.parts_of(kind, topic, revision.fields),
        "total": places(revision.fields),
        "disclosures": disclosing.page_lines(
            kind, topic, revision.fields, others=others_of(revision)
        ),
        "version": disclosing.version(code, revision.no),
    }


def related_values(label: str, item: Item, revision: Revision | None) -> dict[str, str]:
    """Return the card of an item that another one names."""
    fields = revision.fields if revision is not None else {}
    return {
        "label": label,
        "code": item.code,
        "kind": kinds.KINDS[item.kind].label,
        "title": revision.title if revision is not None else item.title,
        "summary": pageparts.parts_of(item.kind, item.topic, fields).lead,
    }


def _files_at(shown: "Shown", here: str) -> list[dict[str, str]]:
    return [
        {"label": label, "mime": mime, "name": name, "url": f"{here}/assets/{asset_id}"}
        for label, mime, name, asset_id in shown.files
    ]


def card_of(shown: "Shown") -> dict[str, str]:
    """Return the card of who serves: the employee, or the bank while they may not be named.

    The photo comes from the page's own URL.
    """
    employee, branch = shown.employee, shown.branch.name if shown.branch else ""
    if shown.is_nameless:
        hotline = shown.bank.hotline
        return {
            "label": "本行联系方式",
            "name": shown.bank.name,
            "title": f"客服电话 {hotline}" if hotline else "",
            "branch": branch,
            "phone": hotline,
            "photo": "",
        }
    return {
        "label": "您的客户经理",
        "name": employee.name,
        "title": employee.title,
        "branch": branch,
        "phone": employee.phone if employee.state == "active" else "",
        "photo": "photo.jpg" if employee.photo_key else "",
    }


def server_of(shown: "Shown") -> str:
    """Return whom a visitor hears from next: the employee by name, or the bank's own people."""
    return "本行工作人员" if shown.is_nameless else shown.employee.name


def rows_of(revision: Revision) -> list[tuple[str, str]]:
    """Return the filled facts of an item as (label, text), in the order of the page."""
    return pageparts.flat(pageparts.parts_of(revision.kind, revision.topic, revision.fields))


def facts_for_staff(revision: Revision) -> list[tuple[str, str]]:
    """Return what the item says to the bank's own people only, as (label, text)."""
    return [
        (spec.label, kinds.show(spec, revision.fields[spec.name]))
        for spec in kinds.fields_of(revision.kind, revision.topic)
        if spec.place == "off" and spec.type != "asset" and spec.name in revision.fields
    ]


def body_of(
    revision: Revision, code: str, *, values: Mapping[str, str], pictures: Mapping[str, str]
) -> Markup:
    """Return the rich text, cleaned once more, its variables filled with escaped text.

    Its `pictures` are asked for under the code's own URL.
    """
    safe = bodytext.shown(revision.body, values, pictures=pictures)
    own = _OWN_PICTURE.sub(rf'\g<1>/s/{code}/assets/\g<2>"', safe)
    return Markup(own)  # noqa: S704  # cleaned by nh3 in bodytext.shown


def variables_of(shown: "Shown", title: str) -> dict[str, str]:
    """Return what an article's variables stand for on this link's page."""
    card = card_of(shown)
    name, job = card["name"], card["title"]
    if shown.is_nameless:
        name, job = server_of(shown), ""
    return messagetext.values_of(
        bank=shown.bank.name,
        hotline=shown.bank.hotline,
        employee=(name, job, card["branch"], card["phone"]),
        item_title=title,
    )
