"""The demo banks' e-cards and own shares, and a poster whose background the employee changes."""

import asyncio
import io
from typing import Any
from uuid import UUID

from PIL import Image, ImageDraw

from contenthub.cli_demo_content import DEPOSIT, LOAN, RIGHT, Shelf, approve_poster
from contenthub.cli_demo_people import Scene
from contenthub.library import actions_assets, disclosing, intake
from contenthub.library.models import Item
from contenthub.posters import actions as posters
from contenthub.posters import actions_choices, editing, importing
from contenthub.posters.actions_batch import Wish, start_batch
from contenthub.posters.jobs import new_code
from contenthub.sharing import actions as sharing
from contenthub.sharing import actions_cards, actions_own
from contenthub.tenants import actions_branches
from contenthub.tenants import queries as tenants

TITLE = "存款季·换个背景"
DESIGNED = "整村授信·设计公司定稿"
SIZE_PX = (1080, 1920)
SKIES = (("#a3161c", "#e2572f"), ("#0f4c81", "#2a9d8f"), ("#1b4332", "#74a12e"))
CARDS, SHARERS = 3, 8
_STREETS = ("人民路", "农贸街", "河东路", "书院街", "新建路", "柳林路", "团结街", "振兴路")


async def hand_out_cards(scene: Scene, shelf: Shelf) -> None:
    """Give branches addresses, some employees chosen cards, and today's sharers their counts."""
    items = [shelf.items[title] for title in (DEPOSIT, LOAN, RIGHT)]
    at = scene.ago(hours=3)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        places = [each for each in await tenants.branches(db) if each.state == "open"]
        for no, branch in enumerate(places):
            street = _STREETS[no % len(_STREETS)]
            facts = {"address": f"{scene.bank.name[:2]}县{street} {12 + 6 * no} 号"}
            await actions_branches.change_branch(
                db, branch.id, facts=facts, by=scene["admin"], at=at
            )
        for person in scene.sharers()[:CARDS]:
            await actions_cards.write_card(
                db,
                [items[0].id, items[2].id],
                shows_phone=True,
                by=person,
                at=at,
                new_code=new_code,
            )
        for no, person in enumerate(scene.sharers()[:SHARERS]):
            link = await sharing.make_link(
                db, items[0], employee=person, channel="poster", at=at, code=new_code()
            )
            for _ in range(1 + no % 3):
                await actions_own.note_share(db, link, by=person, at=at)


async def hang_choices(scene: Scene, shelf: Shelf) -> None:
    """Approve a poster of the deposit whose background employees may change."""
    author, at = scene["author"], scene.ago(days=5)
    hashes = []
    for no, sky in enumerate(SKIES):
        picture = await asyncio.to_thread(_backdrop, *sky)
        stored = await actions_assets.store_picture(
            scene.house.storage,
            scene.tenant,
            picture,
            filename=f"海报背景{no + 1}.jpg",
            alt_text="海报背景",
        )
        async with scene.house.database.unit_of_work(scene.tenant) as db:
            hashes.append((await actions_assets.keep_asset(db, stored, by=author, at=at)).sha256)
    item = shelf.items[DEPOSIT]
    layers = editing.starter_layers("deposit-season", kind=item.kind, topic=item.topic)
    draft = posters.TemplateDraft(TITLE, item.id, _with_backdrops(layers, hashes))
    template_id = await approve_poster(scene, draft, at)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        for no, person in enumerate(scene.sharers()[1:4]):
            chosen, when = 1 + no % 2, scene.ago(days=4)
            await actions_choices.choose(db, template_id, chosen, by=person, at=when)
    await _import_design(scene, shelf.items[LOAN], hashes[2])
    await _order_batch(scene, template_id)


async def _import_design(scene: Scene, item: Item, asset: str) -> None:
    """Let the author begin a poster from a designer's picture: a draft to go on with."""
    design = importing.imported(
        asset,
        "moments",
        crop=importing.cut_to(*SIZE_PX, "moments", "middle"),
        look=importing.Look(1.0, SKIES[2][0]),
        lines=disclosing.poster_lines(item.kind, item.topic),
    )
    draft = posters.TemplateDraft(DESIGNED, item.id, importing.as_json(design))
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        await posters.write_template(db, draft, by=scene["author"], at=scene.ago(days=1))


async def _order_batch(scene: Scene, template_id: UUID) -> None:
    """Let a branch's manager order everybody's poster: the first worker makes the ZIP."""
    wish = Wish(scene["manager"].branch_id)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        await start_batch(db, template_id, wish, by=scene["manager"], at=scene.ago(hours=2))


def _with_backdrops(layers: dict[str, Any], hashes: list[str]) -> dict[str, Any]:
    """Return a shipped template with pictures in place of what fills its whole canvas."""
    whole = {"x_px": 0, "y_px": 0, "w_px": SIZE_PX[0], "h_px": SIZE_PX[1]}
    back = {
        "kind": "picture",
        "id": "back",
        "box": whole,
        "asset": hashes[0],
        "choices": hashes[1:],
    }
    kept = [one for one in layers["layers"] if one["box"]["h_px"] < SIZE_PX[1]]
    return layers | {"layers": [back | {"choices": hashes[1:]}, *kept]}


def _backdrop(top: str, foot: str) -> intake.Picture:
    """Return a sky of two colours with hills, drawn and not photographed."""
    sky = Image.linear_gradient("L").resize(SIZE_PX)
    drawn = Image.composite(Image.new("RGB", SIZE_PX, foot), Image.new("RGB", SIZE_PX, top), sky)
    draw = ImageDraw.Draw(drawn, "RGBA")
    for left, high, tint in ((-300, 1180, 26), (180, 1240, 34), (-120, 1320, 44)):
        draw.ellipse((left, high, left + 1300, high + 900), fill=(255, 255, 255, tint))
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=90)
    return intake.accept_picture(out.getvalue(), thumb=True)
