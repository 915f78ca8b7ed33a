"""`up --demo`: two complete banks in an empty house, written by the same actions as any bank's.

The fill is all or nothing: a mark is set before the first row and taken away by the caller
once the log-ins are kept. A start that meets the mark empties the house and begins again,
because passwords that were never kept cannot be told.
"""

import asyncio
import gc
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from contenthub import cli_demo_people as people
from contenthub import cli_demo_platform as platform
from contenthub.cli_demo_activity import move_activity
from contenthub.cli_demo_cadences import start_cadences
from contenthub.cli_demo_cards import hand_out_cards, hang_choices
from contenthub.cli_demo_changes import rearrange
from contenthub.cli_demo_clubs import open_clubs
from contenthub.cli_demo_consents import write_consents
from contenthub.cli_demo_contacts import write_contacts
from contenthub.cli_demo_content import fill_library, hang_posters
from contenthub.cli_demo_editing import show_writing, try_workbook
from contenthub.cli_demo_files import stock_files
from contenthub.cli_demo_kits import share_kits
from contenthub.cli_demo_lists import add_lists
from contenthub.cli_demo_looks import let_look
from contenthub.cli_demo_pushes import plan_pushes
from contenthub.cli_demo_received import tell_pushes
from contenthub.cli_demo_reviews import review_in_steps
from contenthub.cli_demo_roster import BANKS, HEAD_CODE, DemoBank, branches_of, roster
from contenthub.cli_demo_rules import add_rules
from contenthub.cli_demo_scores import add_scores
from contenthub.cli_demo_shelf import order_library
from contenthub.cli_demo_systems import connect_systems, deliver_events
from contenthub.cli_demo_tagrules import add_tag_rules
from contenthub.cli_demo_visits import tell
from contenthub.cli_operate import Seats
from contenthub.errors import Invalid
from contenthub.settings import Settings
from contenthub.web.house import House, close_house, make_house

Progress = Callable[[str], None]


def seats() -> Seats:
    """Return the first demo bank's branches and employees, whether it exists or not.

    Without the outlet it renamed and the one it merged (cli_demo_changes.py).
    """
    bank = BANKS[0]
    outlets = sorted(b.code for b in branches_of(bank) if b.code[-2:] != HEAD_CODE[-2:])
    changed = {HEAD_CODE, outlets[1], outlets[-1]}
    people = [s for s in roster(bank) if "employee" in s.roles and s.branch_code not in changed]
    return Seats(
        [(b.code, b.name) for b in branches_of(bank) if b.code not in changed],
        {s.staff_no: s.branch_code for s in people},
    )


def fill(
    settings: Settings, progress: Progress, *, mark: Path, banks: Sequence[DemoBank] = BANKS
) -> list[dict[str, Any]]:
    """Fill an empty house with the demo banks; return the generated log-ins.

    `mark` is made before the first row; the caller removes it once the log-ins are kept.

    Raises:
        Invalid: an interrupted fill is to be undone, but there are other banks by now.
    """
    is_interrupted = mark.exists()
    mark.touch()
    gc.freeze()  # the code stays: looking through it again and again only takes time
    return asyncio.run(_fill(settings, progress, banks, is_interrupted=is_interrupted))


async def _fill(
    settings: Settings, progress: Progress, banks: Sequence[DemoBank], *, is_interrupted: bool
) -> list[dict[str, Any]]:
    house = make_house(settings)
    try:
        if is_interrupted:
            progress("上次写入演示银行时中断，清空后重新写入")
            await _empty(house, {bank.slug for bank in banks} | {platform.UNION.slug})
        accounts: list[dict[str, Any]] = []
        for bank in banks:
            accounts += await fill_bank(house, bank, progress, now=datetime.now(UTC))
        if len(banks) > 1:
            progress("省农信联社：两家银行的上级行")
            accounts.append(await platform.open_union(house, banks, now=datetime.now(UTC)))
            accounts += await share_kits(house, platform.UNION.slug, banks, now=datetime.now(UTC))
            accounts += await platform.let_guests_in(house, banks, now=datetime.now(UTC))
        return accounts
    finally:
        await close_house(house)


async def fill_bank(
    house: House, bank: DemoBank, progress: Progress, *, now: datetime
) -> list[dict[str, Any]]:
    """Open one demo bank and let its first two months have happened; return its log-ins."""
    progress(f"{bank.name}：机构和 {bank.people} 位员工")
    scene = await people.open_bank(house, bank, now=now)
    accounts = await people.invite_everybody(scene)
    await people.hang_portraits(scene)
    progress(f"{bank.name}：{bank.customers:,} 位客户")
    await people.welcome_customers(scene)
    progress(f"{bank.name}：内容库和审核")
    shelf = await fill_library(scene)
    progress(f"{bank.name}：海报，为每位员工试画一遍")
    await hang_posters(scene, shelf)
    if bank == BANKS[0]:
        await hang_choices(scene, shelf)
    accounts += await review_in_steps(scene)
    receiver_id = await connect_systems(scene)
    progress(f"{bank.name}：客群和推送")
    await tell_pushes(scene, shelf)
    await plan_pushes(scene, shelf)
    progress(f"{bank.name}：近两周的分享、浏览和线索")
    await tell(scene, shelf)
    await let_look(scene)
    await move_activity(scene, shelf)
    await show_writing(scene, shelf, cover_id=await stock_files(scene))
    await try_workbook(scene)
    await order_library(scene)
    await rearrange(scene)
    await deliver_events(scene, receiver_id)
    await add_rules(scene)
    await start_cadences(scene)
    await hand_out_cards(scene, shelf)
    await write_contacts(scene)
    await write_consents(scene)
    await add_tag_rules(scene)
    await add_lists(scene)
    await add_scores(scene)
    if bank == BANKS[0]:
        await open_clubs(scene, shelf)
    return accounts


async def _empty(house: House, ours: set[str]) -> None:
    """Undo a fill that was interrupted; nothing but demo banks may be in the house."""
    owner = await asyncpg.connect(
        house.settings.owner_database_url.replace("+asyncpg", "", 1), timeout=10
    )
    try:
        banks = {row["slug"]: row["id"] for row in await owner.fetch("select id, slug from banks")}
        if foreign := banks.keys() - ours:
            raise Invalid.of(
                "--demo",
                f"演示数据上次没有写完，而库里已有其他银行（{'、'.join(sorted(foreign))}），"
                "不能自动清空；请换一个空目录运行 up --demo",
            )
        for bank_id in banks.values():
            for key in await house.storage.keys(f"{bank_id}/"):
                await house.storage.delete(key)
        # Every tenant table refers to banks; the inbox does not, nor do people from outside.
        async with owner.transaction():
            # The register of seals lets nobody empty it; these banks were never anybody's.
            await owner.execute("alter table audit_heads disable trigger keep_heads")
            await owner.execute("truncate banks, visit_inbox cascade")
            await owner.execute("alter table audit_heads enable trigger keep_heads")
        outside = [login for login, *_ in platform.OPERATORS]
        await owner.execute("delete from operators where login = any($1)", outside)
    finally:
        await owner.close()
