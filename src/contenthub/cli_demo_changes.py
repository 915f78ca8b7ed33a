"""What changed in the demo banks lately: outlets moved and merged, one person left, one rests."""

from uuid import UUID

from contenthub.cli_demo_people import Scene
from contenthub.customers import actions_branches as customers
from contenthub.db import Read
from contenthub.scheduler import actions_handover
from contenthub.sharing import actions_handover as sharing
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_branches, actions_staff, queries
from contenthub.tenants.models import Branch, Staff

RENAMED_HOURS, MOVED_HOURS, MERGED_HOURS, LEFT_HOURS, REST_HOURS = 400, 300, 20, 18, 16


async def rearrange(scene: Scene) -> None:
    """Rename, move and merge outlets; let an employee go to a successor; one is on leave.

    It comes after the two weeks of sharing: what they earned shows who keeps it.
    """
    admin = scene["admin"]
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        kept = {"visits_keep_months": 36}
        await tenants.set_settings(db, kept, by=admin, at=scene.ago(hours=MOVED_HOURS))
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        outlets = [b for b in await queries.branches(db) if b.kind == "outlet"]
        renamed, moved, merged = outlets[1], outlets[-2], outlets[-1]
        new_parent = _another_parent(outlets, moved)
        at = scene.ago(hours=RENAMED_HOURS)
        name = renamed.name.replace("网点", "服务点")
        await actions_branches.change_branch(db, renamed.id, facts={"name": name}, by=admin, at=at)
        at = scene.ago(hours=MOVED_HOURS)
        await customers.move_branch(db, moved.id, new_parent, by=admin, at=at)
        at = scene.ago(hours=MERGED_HOURS)
        assert merged.parent_id is not None, "an outlet hangs below a branch"
        await customers.merge_branch(db, merged.id, merged.parent_id, by=admin, at=at)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        leaver, successor, resting = await _three(db, scene)
        at = scene.ago(hours=LEFT_HOURS)
        await actions_handover.resign_staff(db, leaver.id, successor.id, by=admin, at=at)
        # Whoever shares in the demo from here on is not the one who left.
        scene.staff[leaver.login] = await queries.staff(db, leaver.id)
        at = scene.ago(hours=REST_HOURS)
        await actions_staff.change_staff(db, resting.id, facts={"state": "leave"}, by=admin, at=at)


def _another_parent(outlets: list[Branch], moved: Branch) -> UUID:
    found = next(b.parent_id for b in outlets if b.parent_id not in (None, moved.parent_id))
    assert found is not None
    return found


async def _three(db: Read, scene: Scene) -> tuple[Staff, Staff, Staff]:
    """Return who leaves (with a photo and the most links), who takes over, and who is on leave.

    None of them has a log-in: the people a reader signs in as stay as they are.
    """
    crowd = [p for p in scene.sharers() if p.login.isdigit() and "employee" in p.roles]
    links = {p.id: await sharing.links_of(db, p.id) for p in crowd}
    leaver = max(crowd, key=lambda person: (bool(person.photo_key), links[person.id]))
    near = [p for p in crowd if p.branch_id == leaver.branch_id and p.id != leaver.id]
    others = [p for p in crowd if p.id != leaver.id]
    successor = (near or others)[0]
    return leaver, successor, next(p for p in others if p.id != successor.id)
