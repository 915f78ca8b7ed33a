"""What a row of a workbook would do, worked out without the database: for a thread of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from contenthub.errors import Invalid
from contenthub.library import (
    actions_labels,
    actions_tokens,
    bodytext,
    itemmerge,
    itempages,
    kinds,
    lint,
    prizes,
    queries_fields,
    queries_item_imports,
    queries_rules,
)
from contenthub.library.fingerprint import wording
from contenthub.library.folding import fold_text
from contenthub.library.itembook import BookRow
from contenthub.library.itemmerge import Said
from contenthub.library.queries_item_imports import LookedUp, Target

OTHER_KIND = "{code} 是{theirs}，这一行在{ours}表里，请移到{theirs}表或改正编号"
IN_REVIEW = "这一条正在审核，没有改动；请等审核结束或撤回后再导入"
NOT_NEWEST = "导出之后这一条又改过（现在是第 {no} 版），没有改动；请重新导出最新内容再改"
NO_LABEL = "标签“{name}”没有贴上：本行的内容标签已满，请先删除不用的"
THEIRS = "{name} 正在写这一条的草稿，没有改动；请从内容库导出（会带出“版本”一列），改好再导入"


@dataclass(slots=True)
class Judged:
    """A row and what it comes to; `columns` are those of the revision to write."""

    row: BookRow
    outcome: str
    target: Target | None = None
    columns: dict[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] | None = None
    has_labels: tuple[str, ...] = ()
    changes: list[str] = field(default_factory=list)
    """Labels of what changes; of a failed row, the names of its wrong columns."""
    message: str = ""
    hits: list[Any] = field(default_factory=list)
    blocks: int = 0
    words: set[str] = field(default_factory=set)
    """Tokens of a new item, all but its code's."""

    @property
    def title(self) -> str:
        """The title a list of rows shows."""
        shown = self.columns.get("title") or self.row.cells.get("title", "")
        return str(shown or (self.target.newest.title if self.target else ""))[:120]


def judge(batch: Sequence[BookRow], found: LookedUp) -> list[Judged]:
    """Return what each row of a batch would do. Takes a few milliseconds a row: use a thread."""
    return [_judge(row, found) for row in batch]


def _judge(row: BookRow, found: LookedUp) -> Judged:
    target = found.targets.get(row.no)
    faults = dict(row.faults)
    if not faults and row.no in found.faults:
        column, why = found.faults[row.no]
        faults[column] = why
    if faults:
        return failed(row, faults, target)
    try:
        return _merged(row, target, found)
    except Invalid as error:
        return failed(row, error.fields or {"": error.detail}, target)


def failed(row: BookRow, faults: Mapping[str, str], target: Target | None = None) -> Judged:
    """Return a row that is not taken, with every reason."""
    names = [name for name in faults if name]
    return Judged(row, "failed", target, changes=names, message="；".join(faults.values()))


def _merged(row: BookRow, target: Target | None, found: LookedUp) -> Judged:
    base, shown = None, {}
    kind = row.kind
    if target is not None:
        item = target.item
        if kind and kind != item.kind:
            theirs, ours = (kinds.KINDS[one].label for one in (item.kind, kind))
            raise Invalid.of("code", OTHER_KIND.format(code=item.code, theirs=theirs, ours=ours))
        kind = item.kind
        has = found.labels.get(item.id, [])
        base = queries_item_imports.wording_of(item, target.newest, labels=has)
        shown = itempages.texts(base, found.zone, files=found.file_names)
    said = itemmerge.said(row.cells, kind, base, shown=shown, named=found.file_ids, zone=found.zone)
    _check_labels(said.labels or ())
    if target is not None and not said.changes:
        return Judged(row, "unchanged", target)
    made = _new(row, said, found) if target is None else _changed(row, target, said, found)
    _allot_labels(made, found)
    return made


def _check_labels(names: Sequence[str]) -> None:
    most = actions_labels.OF_ITEM_MAX
    if len(names) > most:
        raise Invalid.of("labels", f"一条内容最多 {most} 个标签，现在有 {len(names)} 个，请删减")
    for name in names:
        try:
            actions_labels.clean_name(name)
        except Invalid as error:
            raise Invalid.of("labels", f"“{name[:30]}”：{error.fields['name']}") from error


def _allot_labels(made: Judged, found: LookedUp) -> None:
    """Leave out new labels that the bank has no room for, and say so."""
    if made.labels is None:
        return
    full = [
        name
        for name in made.labels
        if not found.earlier.take_label(fold_text(actions_labels.clean_name(name)))
    ]
    made.labels = tuple(name for name in made.labels if name not in full)
    made.message = "；".join(NO_LABEL.format(name=name) for name in full)


def _new(row: BookRow, said: Said, found: LookedUp) -> Judged:
    made = Judged(row, "added", None, _columns(said, found), said.labels)
    facts = made.columns
    made.words = actions_tokens.words("", facts["title"], facts["fields"], body=facts["body"])
    _lint(made, found)
    return made


def _changed(row: BookRow, target: Target, said: Said, found: LookedUp) -> Judged:
    newest = target.newest
    has = tuple(found.labels.get(target.item.id, ()))
    made = Judged(
        row, "changed", target, labels=said.labels, has_labels=has, changes=list(said.changes)
    )
    if not said.is_wording:
        return made
    known = itempages.hash_in(row.cells.get("version", ""))
    if newest.state == "in_review":
        raise Invalid(fields={"": IN_REVIEW})
    if known and not newest.hash.startswith(known):
        raise Invalid.of("version", NOT_NEWEST.format(no=newest.no))
    if not known and newest.state == "draft" and found.by not in newest.editors:
        raise Invalid(fields={"": THEIRS.format(name=target.editor)})
    made.columns = _columns(said, found)
    if made.columns["hash"] == newest.hash:
        made.columns = {}
        made.outcome = "unchanged" if said.labels is None else made.outcome
        return made
    _keep_prizes(made, found)
    _lint(made, found)
    return made


def _keep_prizes(made: Judged, found: LookedUp) -> None:
    """Raise Invalid when a row changes the prizes of an activity that has begun (PRIZE-03)."""
    live = found.published.get(made.target.item.id) if made.target else None
    if live is None:
        return
    begins = made.columns["valid_from"]
    at = max(found.at, begins or found.at)
    if wrong := prizes.changed_in_play(live, made.columns["fields"], zone=found.zone, at=at):
        raise Invalid(fields=wrong)


def _columns(said: Said, found: LookedUp) -> dict[str, Any]:
    """Return the columns of a revision; raises Invalid naming every wrong one."""
    fields = kinds.check(said.kind, said.topic, said.title, said.fields, complete=False)
    if said.valid_from and said.valid_until and said.valid_from >= said.valid_until:
        raise Invalid.of("valid_until", "有效期的结束应晚于开始")
    body = bodytext.kept(said.body)
    fields, cover_id = queries_fields.settle(
        found.named, said.kind, said.topic, fields, cover_id=said.cover_id, body=body
    )
    columns: dict[str, Any] = {
        "kind": said.kind,
        "topic": said.topic,
        "title": kinds.clean_title(said.title),
        "fields": fields,
        "body": body,
        "cover_asset_id": cover_id,
        "valid_from": said.valid_from,
        "valid_until": said.valid_until,
    }
    return {**columns, "hash": wording(**columns)}


def _lint(made: Judged, found: LookedUp) -> None:
    facts = made.columns
    codes = queries_rules.referred(facts["kind"], facts["topic"], facts["fields"])
    hits = lint.lint(
        facts["kind"],
        facts["topic"],
        {**facts["fields"], "title": facts["title"]},
        facts["body"],
        rules=found.rules,
        product=queries_rules.first_of(codes, found.products),
    )
    made.hits = msgspec.to_builtins(hits)
    made.blocks = sum(1 for hit in hits if hit.severity == "block")
