"""The demo bank's lists: a model's result on loans, and who came to a village roadshow."""

import csv
import hashlib
import tempfile
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from contenthub.cli_demo_people import Scene
from contenthub.customers import actions_lists, jobs_lists, listrows, queries, queries_lists
from contenthub.customers.models import Customer
from contenthub.customers.sheets import open_sheet
from contenthub.web.uploads import Checked, keep

_PEOPLE = 120


async def add_lists(scene: Scene) -> None:
    """Load both lists as a marketer does, so that scores and conditions see them."""
    async with scene.house.database.reading(scene.tenant) as db:
        rows = await db.scalars(select(Customer).order_by(Customer.no).limit(_PEOPLE))
        phones = [queries.clear(db, one)[1] for one in rows]
    day = (scene.now - timedelta(days=6)).date()
    model = [(phone, "贷款", 20 + place * 37 % 76) for place, phone in enumerate(phones[::2])]
    came = [(phone, "存款", day) for phone in phones[1::5]]
    await _load(
        scene,
        listrows.SCORES,
        ("零售贷款模型.csv", ("手机号", "业务类别", "得分"), model),
        {"source": "零售贷款模型", "half_life_days": "60"},
    )
    await _load(
        scene,
        listrows.ACTS,
        ("河东村路演签到.csv", ("手机号", "业务类别", "活动日期"), came),
        {"source": "河东村路演", "act": "roadshow"},
    )


async def _load(
    scene: Scene,
    kind: str,
    sheet: tuple[str, Sequence[str], Iterable[Sequence[object]]],
    wish: dict[str, str],
) -> None:
    name, headers, rows = sheet
    by = scene["marketing"]
    with tempfile.TemporaryDirectory(prefix="contenthub-demo-") as folder:
        path = Path(folder) / "list.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([headers, *rows])
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        found = Checked(path, name, digest, open_sheet(path, name))
        async with scene.house.database.reading(scene.tenant) as db:
            mapping, _ = await queries_lists.defaults_for(db, kind, found.sheet.headers)
        kept = await keep(found, scene.house, scene.tenant, mapping)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        actions_lists.start_list(db, kind, kept, (mapping, wish), by=by, at=scene.now)
        await db.flush()
        await actions_lists.confirm_list(
            db, kept.job_id, mapping, wish, dry_run=False, by=by, at=scene.now
        )
    job_id = str(kept.job_id)
    await jobs_lists.import_list(scene.house.database, scene.tenant, job_id=job_id)
    await jobs_lists.drop_list(scene.house.database, scene.tenant, job_id=job_id)
