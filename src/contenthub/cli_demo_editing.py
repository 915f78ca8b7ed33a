"""The demo banks' writing: a pasted article with a picture to upload, versions to compare."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from contenthub.cli_demo_content import Shelf
from contenthub.cli_demo_people import Scene
from contenthub.library import (
    actions,
    actions_copies,
    actions_item_uploads,
    jobs_items,
    queries,
)
from contenthub.library.actions import Draft
from contenthub.library.itembook import Reading
from contenthub.library.itemdemo import write_items
from contenthub.web.item_workbooks import checked_file, keep

_ROWS = 12

_ANSWER = "我的存款有保险吗"
_PASTED = """
<section style="margin:10px auto;padding:12px 15px;border:1px solid #d9b87c;border-radius:8px;\
background-color:#fffaf0;">
<p style="text-align:center;"><strong><span style="font-size:20px;color:#9c2f22;\
letter-spacing:2px;">卖粮款怎么存</span></strong></p>
<p style="text-indent:2em;line-height:1.75;">秋粮卖了，钱先放哪儿？按什么时候要用来分：</p>
</section>
<table style="border-collapse:collapse;width:100%;"><tbody>
<tr><th style="border:1px solid #bbb;padding:6px;">什么时候用</th>\
<th style="border:1px solid #bbb;padding:6px;">可以看看</th></tr>
<tr><td style="border:1px solid #bbb;padding:6px;">随时</td>\
<td style="border:1px solid #bbb;padding:6px;">活期、通知存款</td></tr>
<tr><td style="border:1px solid #bbb;padding:6px;">明年春耕</td>\
<td style="border:1px solid #bbb;padding:6px;">三个月、半年定期</td></tr>
</tbody></table>
<p style="text-align:center;"><img src="https://pictures.example/field.jpg" width="600" \
style="width:100%;border-radius:6px;"></p>
<p>存款依照《存款保险条例》受存款保险保障。想问清楚，请到{{ employee.branch }}找\
{{ employee.name }}，电话 {{ employee.phone }}。</p>
"""


async def show_writing(scene: Scene, shelf: Shelf, *, cover_id: UUID | None = None) -> None:
    """Leave a pasted article half done, and an answer whose first version was taken up again."""
    author = scene["author"]
    pasted = Draft(
        "article",
        "education",
        "秋收卖粮的钱，怎么存更合适",
        {"summary": "按什么时候要用来分，三句话说明白"},
        _PASTED,
        cover_asset_id=cover_id,
    )
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        await actions.write_item(db, pasted, by=author, at=scene.ago(hours=3))
        answer = shelf.items.get(_ANSWER)
        if answer is None:
            return
        _, newest, _ = await queries.item_wordings(db, answer.id)
        first = (await queries.revisions(db, answer.id))[-1]
        text = newest.fields["answer"] + "大额存单也是存款，同样受保障。"
        longer = Draft(
            newest.kind,
            newest.topic,
            newest.title,
            {**newest.fields, "answer": text},
            newest.body + "<p><strong>看清标识：</strong>网点贴有“存款保险”标识。</p>",
        )
        await actions.write_draft(db, answer.id, longer, by=author, at=scene.ago(hours=2))
        await actions_copies.restore_revision(
            db, answer.id, first.no, by=author, at=scene.ago(hours=1)
        )


async def try_workbook(scene: Scene) -> None:
    """Leave a workbook of items that was tried, a few of its rows wrong, to be confirmed."""
    house, now = scene.house, datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="contenthub-demo-") as folder:
        path = Path(folder) / "网点开门红内容.xlsx"
        write_items(path, count=_ROWS, on=now.date(), seed=4, bad_share=0.2)
        async with checked_file(path, path.name, Reading()) as found:
            upload = await keep(found, house, scene.tenant)
    async with house.database.unit_of_work(scene.tenant) as db:
        job = await actions_item_uploads.start_import(
            db, upload, is_trial=True, is_sent=False, by=scene["author"], at=now
        )
    await jobs_items.import_items(house.database, scene.tenant, job_id=str(job.id))
