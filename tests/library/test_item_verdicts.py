"""A trial says of each row just what the load then does, in whatever batches the rows come."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.library.workbooks import FAQ, imported, work, write_book
from tests.lots import lot
from tests.make import make_item, make_live_item
from tests.personas import Personas, Side

from contenthub.library import (
    actions,
    actions_item_uploads,
    itemclaims,
    jobs_items,
    queries_item_imports,
)
from contenthub.library.models_labels import LABELS_MAX, Label
from contenthub.tenants.models import LongJob

NOW = datetime.now(UTC)
HEADS = (*FAQ, "内容标签")
GAME = {
    "summary": "到网点参加",
    "starts_at": "2020-01-01 12:00",
    "ends_at": "2099-12-31 18:00",
    "place": "文化广场",
    "organiser": "清源农商银行",
    "contact": "96588",
    "draw_rule": "当天 17:00 现场开奖，30 日内兑奖",
    "prizes": "保温杯｜50｜100｜10%｜实物",
}


async def told(people: Personas, side: Side, job: LongJob) -> list[tuple[int, str, list[Any], str]]:
    async with people.house.database.reading(side.tenant) as db:
        rows = await queries_item_imports.rows(db, job.id, limit=1_000)
    return [(row.no, row.outcome, list(row.changes), row.message) for row in rows]


async def both(people: Personas, path: Path) -> tuple[list[Any], list[Any]]:
    """Return the verdicts of the trial and of the load of a workbook."""
    side = people.ours
    job = await imported(people, side, path, trial=True)
    assert job.state == "done", job.message
    tried = await told(people, side, job)
    async with people.house.database.unit_of_work(side.tenant) as db:
        await actions_item_uploads.run_import(db, job.id, is_sent=False, by=side.author, at=NOW)
    loaded = await work(people, side, job)
    assert loaded.state == "done", loaded.message
    return tried, await told(people, side, job)


def _row(chance: random.Random, codes: list[str]) -> tuple[str, ...]:
    """Return a row that may be new, an edit, a swap of titles, a repetition or wrong."""
    titles = [f"标题{no}" for no in range(8)] + ["旧名0", "旧名1", "旧名2"]
    code = chance.choice([*codes, "", "", "", "Q-1004", "Q-1007", "Q-9999", "P-1001"])
    topic = chance.choice(["存款", "存款", "", "存贷款"])
    labels = chance.choice(["", "", "新一", "新二、新三", "新四", "旧1", "一" * 30])
    answer = chance.choice(["答一", "答二", "", "清空"])
    return (code, chance.choice(titles), topic, "", answer, labels)


@pytest.mark.parametrize("step", [2, 1_000])
async def test_trial_and_load_agree_on_generated_rows(
    people: Personas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        codes = []
        for no in range(3):
            live = await make_live_item(
                db,
                side.author,
                side.reviewer,
                kind="faq",
                title=f"旧名{no}",
                fields={"answer": "旧"},
            )
            draft = actions.Draft("faq", "deposit", f"标题{no}", {"answer": "改"})
            await actions.write_draft(db, live.id, draft, by=side.author, at=NOW)
            codes.append(live.code)
        db.add_all(
            Label(tenant_id=side.tenant, name=word, folded=word, created_at=NOW, updated_at=NOW)
            for word in (f"旧{no}" for no in range(LABELS_MAX - 2))
        )
    monkeypatch.setattr(jobs_items, "ROWS_PER_STEP", step)
    seen: set[str] = set()
    for seed in range(lot(2, 3)):
        chance = random.Random(seed)
        rows = [_row(chance, codes) for _ in range(24)]
        path = write_book(tmp_path / f"{step}-{seed}.xlsx", {"咨询": [HEADS, *rows]})
        tried, loaded = await both(people, path)
        assert tried == loaded
        seen |= {outcome for _, outcome, _, _ in loaded}
    assert seen >= {"added", "changed", "failed"}


async def test_prizes_of_a_running_activity_are_refused_by_the_trial_already(
    people: Personas, tmp_path: Path
) -> None:
    side = people.ours
    facts: dict[str, Any] = {"kind": "activity", "topic": "life", "fields": GAME}
    async with people.house.database.unit_of_work(side.tenant) as db:
        game = await make_live_item(db, side.author, side.reviewer, **facts)
        later, _ = await make_item(
            db, side.author, **facts | {"fields": {**GAME, "starts_at": "2099-01-01 12:00"}}
        )
    heads = ("编号", "标题", "奖品", "地点")
    rows = [
        (game.code, "", "保温杯｜50｜1｜0.1%｜实物", ""),
        (later.code, "", "保温杯｜50｜1｜0.1%｜券", ""),
    ]
    tried, loaded = await both(people, write_book(tmp_path / "活动.xlsx", {"活动": [heads, *rows]}))
    assert tried == loaded
    (_, outcome, wrong, message), (_, other, _, _) = loaded
    assert (outcome, wrong, other) == ("failed", ["fields.prizes"], "changed")
    assert "活动已经开始" in message
    moved = [heads, (game.code, "", "", "文化广场东门")]
    _, loaded = await both(people, write_book(tmp_path / "地点.xlsx", {"活动": moved}))
    assert loaded[0][1] == "changed"


def test_labels_are_made_as_long_as_there_is_room() -> None:
    earlier = itemclaims.Claims(labels={"有"}, label_room=1)
    assert [earlier.take_label(name) for name in ("有", "新", "满", "新")] == [
        True,
        True,
        False,
        True,
    ]
