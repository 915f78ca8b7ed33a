"""Writes of rules: a bank adds its own and makes shipped ones stricter; it never loosens one.

Every change that finds more, or less, has all content read again (actions_rescan.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.library import actions_rescan, kinds, queries_rules
from contenthub.library.itemfields import WrongValue, clean_text
from contenthub.library.models_rules import BankRule, RuleMark
from contenthub.library.ownrules import (
    NAME_MAX_CHARS,
    RULES_MAX,
    SEVERITIES,
    TEXT_MAX_CHARS,
    clean_phrases,
    repeated,
)
from contenthub.library.rules import RULE_PACK_VERSION, Rule, pack
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id
from contenthub.tenants.topics import TOPICS

_FINDS = frozenset({"phrases", "severity", "kinds", "topics", "is_strict"})
"""What a change of which changes what a rule finds."""


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What a person writes of a rule; `phrases` one a line, empty kinds or topics mean all."""

    name: str
    phrases: str
    severity: str = "block"
    advice: str = ""
    source: str = ""
    kinds: Sequence[str] = ()
    topics: Sequence[str] = ()
    is_strict: bool = False
    replacement: str | None = None


async def add_rule(db: Write, draft: RuleDraft, *, by: Staff, at: datetime) -> BankRule:
    """Add a rule of the bank's own and have all content read again.

    Raises:
        Invalid: with every wrong field; another rule in force has one of its phrases already.
        Conflict: the bank has as many as it may.
    """
    columns = _checked(draft)
    count = await db.scalar(
        select(func.count()).select_from(BankRule).where(BankRule.tenant_id == bank_id(db))
    )
    if int(count or 0) >= RULES_MAX:
        raise Conflict(f"本行规则最多 {RULES_MAX} 条，请先停用并合并不再需要的")
    no = await tenants.next_no(db, "rule_code")
    rule = BankRule(
        tenant_id=bank_id(db),
        id=new_id(),
        code=f"BANK-{no:02d}",
        author_id=by.id,
        created_at=at,
        updated_at=at,
        **columns,
    )
    if why := await _repeated(db, rule):
        raise Invalid.of("phrases", why)
    db.add(rule)
    await db.flush()
    tenants.record(db, "rule.added", "rule", rule.id, by=by, at=at, code=rule.code, name=rule.name)
    await actions_rescan.start(db, by=by, at=at)
    return rule


async def change_rule(
    db: Write, rule_id: UUID, draft: RuleDraft, *, by: Staff, at: datetime
) -> BankRule:
    """Change a rule of the bank's own; raises NotFound or Invalid."""
    rule = await queries_rules.bank_rule(db, rule_id, lock=True)
    columns = _checked(draft)
    changed = [name for name, value in columns.items() if getattr(rule, name) != value]
    if not changed:
        return rule
    for name in changed:
        setattr(rule, name, columns[name])
    if rule.is_on and not _FINDS.isdisjoint(changed) and (why := await _repeated(db, rule)):
        raise Invalid.of("phrases", why)
    rule.updated_at = at
    tenants.record(
        db, "rule.changed", "rule", rule.id, by=by, at=at, code=rule.code, fields=changed
    )
    await actions_rescan.start(db, by=by, at=at)
    return rule


async def switch_rule(
    db: Write, rule_id: UUID, *, is_on: bool, by: Staff, at: datetime
) -> BankRule:
    """Put one of the bank's own rules in force, or out of it; what was found stays on record.

    Raises:
        Conflict: another rule in force has one of its phrases by now.
    """
    rule = await queries_rules.bank_rule(db, rule_id, lock=True)
    if rule.is_on != is_on:
        if is_on and (why := await _repeated(db, rule)):
            raise Conflict(f"不能恢复：{why}")
        rule.is_on, rule.updated_at = is_on, at
        if is_on:
            tenants.record(db, "rule.resumed", "rule", rule.id, by=by, at=at, code=rule.code)
        else:
            tenants.record(db, "rule.stopped", "rule", rule.id, by=by, at=at, code=rule.code)
        await actions_rescan.start(db, by=by, at=at)
    return rule


async def raise_rule(
    db: Write, rule_id: str, *, is_raised: bool, reason: str = "", by: Staff, at: datetime
) -> RuleMark:
    """Make a shipped `review` rule blocking for this bank, or give it back its own severity.

    Raises:
        NotFound: no such rule. Invalid: no reason, or it blocks already: a bank never loosens.
    """
    rule = _shipped(rule_id)
    if rule.severity != "review":
        raise Invalid.of("rule_id", f"“{rule.name}”本来就必须修改，不能再收紧，也不能放宽")
    reason = _text(reason, "reason", "原因")
    if is_raised and not reason:
        raise Invalid.of("reason", "请写明收紧的原因，例如“总行消保部 2026 年 12 月要求”")
    mark = await _mark(db, rule_id)
    if mark.is_raised != is_raised:
        mark.is_raised, mark.reason, mark.raised_by, mark.raised_at = is_raised, reason, by.id, at
        if is_raised:
            tenants.record(
                db, "rule.raised", "rule", None, by=by, at=at, code=rule_id, reason=reason
            )
        else:
            tenants.record(db, "rule.lowered", "rule", None, by=by, at=at, code=rule_id)
        await db.flush()
        await actions_rescan.start(db, by=by, at=at)
    return mark


async def confirm_rule(db: Write, rule_id: str, *, by: Staff, at: datetime) -> RuleMark:
    """Record that a person of the bank has checked a shipped rule against its source.

    It holds for this version of the pack; raises NotFound for an unknown rule.
    """
    rule = _shipped(rule_id)
    mark = await _mark(db, rule_id)
    mark.reviewed_version, mark.reviewed_by, mark.reviewed_at = RULE_PACK_VERSION, by.id, at
    tenants.record(
        db, "rule.confirmed", "rule", None, by=by, at=at, code=rule.id, version=RULE_PACK_VERSION
    )
    return mark


async def _repeated(db: Write, rule: BankRule) -> str:
    """Return which other rule in force has a phrase of this one already, "" when none has."""
    with db.no_autoflush:
        others = [one for one in await queries_rules.bank_rules(db) if one.is_on]
    known = (queries_rules.own_rule(one) for one in others if one.id != rule.id)
    return repeated(queries_rules.own_rule(rule), known)


def _shipped(rule_id: str) -> Rule:
    for rule in pack().rules:
        if rule.id == rule_id:
            return rule
    raise NotFound("规则库里没有这条规则，请从列表里选")


async def _mark(db: Write, rule_id: str) -> RuleMark:
    found = await db.get(RuleMark, (bank_id(db), rule_id), with_for_update=True)
    if found is None:
        found = RuleMark(tenant_id=bank_id(db), rule_id=rule_id, is_raised=False)
        db.add(found)
    return found


def _checked(draft: RuleDraft) -> dict[str, object]:
    """Return the columns of a draft; raises Invalid with every wrong field at once."""
    wrong: dict[str, str] = {}
    columns: dict[str, object] = {"is_strict": draft.is_strict}
    readers: dict[str, Callable[[], object]] = {
        "name": lambda: _named(draft.name),
        "phrases": lambda: list(clean_phrases(draft.phrases)),
        "severity": lambda: _of(draft.severity, SEVERITIES, "severity", what="处理方式"),
        "advice": lambda: _text(draft.advice, "advice", "修改建议") or "按本行规定修改或删除",
        "source": lambda: _text(draft.source, "source", "依据"),
        "kinds": lambda: [_of(one, kinds.KINDS, "kinds", what="内容类型") for one in draft.kinds],
        "topics": lambda: [_of(one, TOPICS, "topics", what="业务类别") for one in draft.topics],
        "replacement": lambda: (
            None if draft.replacement is None else _text(draft.replacement, "replacement", "替换为")
        ),
    }
    for name, read in readers.items():
        try:
            columns[name] = read()
        except Invalid as error:
            wrong.update(error.fields)
    if wrong:
        raise Invalid(fields=wrong)
    return columns


def _named(name: str) -> str:
    cleaned = _text(name, "name", "名称", max_chars=NAME_MAX_CHARS)
    if not cleaned:
        raise Invalid.of("name", "请写规则名称，例如“本行禁用宣传语”")
    return cleaned


def _of(value: str, known: object, field: str, *, what: str) -> str:
    if not isinstance(known, dict) or value not in known:
        raise Invalid.of(field, f"没有“{value[:20]}”这个{what}，请从列表里选")
    return value


def _text(value: str, field: str, what: str, *, max_chars: int = TEXT_MAX_CHARS) -> str:
    try:
        return clean_text(value, max_chars, lines=False) or ""
    except WrongValue as error:
        raise Invalid.of(field, f"“{what}”{error}") from error
