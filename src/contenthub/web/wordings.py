"""A revision as people read it: its facts, and what changed since another one."""

from typing import Any, TypeAlias

from contenthub.db import Read
from contenthub.library import diff, kinds, queries, queries_outside, queries_rules
from contenthub.library.models import Revision
from contenthub.web.pages import local

SEEN = {
    "live": "线上",
    "recalled": "上次下架的",
    "expired": "上次到期的",
    "superseded": "上次对外的",
}
"""What a clerk calls the wording that customers see, or saw last, by its state."""


Fact: TypeAlias = tuple[str, str, str]
"""A field's name, its label, and what it says."""
SHORT_CHARS = 90
"""What stands beside a poster at a glance; longer texts are folded away."""


def facts_of(revision: Revision) -> list[Fact]:
    """Return (name, label, text) of the filled fields in form order, then the bank's own ones."""
    known = [spec.name for spec in kinds.fields_of(revision.kind, revision.topic)]
    names = [*known, *(name for name in revision.fields if name not in known)]
    found = []
    for name in names:
        value = revision.fields.get(name)
        if value not in (None, "", []):
            spec = kinds.field(revision.kind, revision.topic, name)
            found.append((name, spec.label, kinds.show(spec, value)))
    return found


def compared(revision: Revision) -> tuple[list[Fact], list[Fact]]:
    """Return what a poster of a revision is held against: its short facts, and its long ones."""
    short: list[Fact] = [("title", "标题", revision.title)]
    long: list[Fact] = []
    for name, label, text in facts_of(revision):
        # Rates and prizes by the row are what posters get wrong.
        is_rows = kinds.field(revision.kind, revision.topic, name).type == "table"
        is_short = is_rows or (len(text) <= SHORT_CHARS and "\n" not in text)
        (short if is_short else long).append((name, label, text))
    return short, long


async def changes(
    db: Read, before: Revision | None, after: Revision, *, zone: str
) -> list[diff.FieldDiff]:
    """Return the changed fields between two revisions as their reader sees them."""
    old = None if before is None else await _readable(db, before, zone)
    return diff.diff(old, await _readable(db, after, zone))


async def _readable(db: Read, revision: Revision, zone: str) -> dict[str, Any]:
    fields = dict(revision.fields)
    if revision.cover_asset_id is not None:
        cover = await queries.asset(db, revision.cover_asset_id)
        # The picture itself is shown beside; its content's mark is what can differ.
        fields["cover"] = f"{cover.filename}（{cover.sha256[:8]}）"
    return {
        "kind": revision.kind,
        "topic": revision.topic,
        "title": revision.title,
        "fields": fields,
        "body": revision.body,
        "valid_from": "" if revision.valid_from is None else local(revision.valid_from, zone),
        "valid_until": "" if revision.valid_until is None else local(revision.valid_until, zone),
    }


async def current_hits(db: Read, revision: Revision) -> list[dict[str, Any]]:
    """Return the rule hits of a revision: as submitted, or of a draft as it stands now.

    One that was stopped at its hour shows what stopped it.
    """
    if revision.state != "draft" and not revision.was_stopped:
        return list(revision.hits)
    found = await queries_outside.hits_of(db, revision)
    return [hit.as_dict() for hit in (*found, *await queries_rules.hits_of(db, revision))]


def placed_hits(revision: Revision, hits: list[Any]) -> list[dict[str, Any]]:
    """Return a revision's rule hits, each with the label and the anchor of its place."""
    return placed(revision.kind, revision.topic, hits)


def placed(kind: str, topic: str, hits: list[Any]) -> list[dict[str, Any]]:
    """Return rule hits, each with the label and the form's anchor of its place."""
    labels = places(kind, topic)
    found = []
    for hit in hits:
        place = str(hit.get("field") or hit["where"].split(":")[0])
        own = place.removeprefix("fields.")
        # A picture is described where it stands in the text.
        anchor = "f-body" if place == "alt" else "f-" + place.replace(".", "-")
        found.append({**hit, "place": labels.get(place, own), "anchor": anchor})
    return found


def places(kind: str, topic: str) -> dict[str, str]:
    """Return the label of every place a rule hit may name (`title`, `body`, `fields.NAME`)."""
    words = {
        "title": "标题",
        "body": kinds.KINDS[kind].body_label,
        "script": "分享话术",
        "alt": "图片说明",
    }
    return words | {f"fields.{spec.name}": spec.label for spec in kinds.fields_of(kind, topic)}
