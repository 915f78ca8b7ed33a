"""今日任务: an employee's first page; and, for branch managers, who has not done theirs."""

from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import Template

from contenthub.library import disclosing
from contenthub.posters import queries as posters
from contenthub.scheduler import queries_gone, queries_tasks
from contenthub.tenants import access, queries_staff
from contenthub.tenants import queries as tenants
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Staff
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.h5 import today, words
from contenthub.web.pages import is_fragment, page
from contenthub.web.signin import May

TEAM_PEOPLE = 1000


def leads_a_team(person: Staff) -> bool:
    """Return whether a person looks after others' tasks: their reports reach beyond themselves."""
    return access.may(person.roles, "reports.view") and access.scope(person.roles) != "own"


def team_tabs(person: Staff, here: str) -> list[tuple[str, str, bool]]:
    """Return the switch between my own day and my branch's; nothing for those without a team."""
    if not leads_a_team(person):
        return []
    tabs = (("我的任务", "/m"), ("支行进度", "/m/team"))
    return [(label, href, href == here) for label, href in tabs]


@get("/m", guards=[May("tasks.view")], include_in_schema=False)
async def home_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    p: FromQuery[int] = 0,
    s: FromQuery[int] = 0,
) -> Template:
    """Show today; `p` turns to another poster of the main push, `s` to another script."""
    open_now = await today.todo(db, me, bank, at=now)
    pushes = [task for task in open_now.tasks if task.kind == "push"]
    main = await today.hero(db, pushes[0], me, bank, at=now) if pushes else None
    day = bank_day(bank, now)
    branch = await queries_staff.branch(db, me.branch_id)
    hour = now.astimezone(ZoneInfo(bank.zone)).hour
    answer = page(
        request,
        "h5/home.html",
        hello=f"{words.greeting(hour)}，{me.name}",
        sub=f"{branch.name} · {words.day_word(day)}",
        tabs=team_tabs(me, "/m"),
        balance=await today.balance(db, me, bank, at=now),
        todo=open_now,
        notices=await queries_gone.open_notices(db, me.id),
        others=[task for task in open_now.tasks if not main or task.id != main.task.id],
        figures=await today.figures(db, me, bank, at=now),
        main=main,
        turned={"p": p, "s": s},
        due=today.due_word(main.task, bank, on=day) if main else "",
        on=day,
        poster_url=words.poster_url,
        with_link=words.with_link,
        with_foot=disclosing.with_foot,
        without_link=words.without_link,
    )
    if is_fragment(request) and not (main and main.is_watched):
        # The page asked what came of a confirmation, and it is over: show the whole day anew.
        answer.headers["HX-Refresh"] = "true"
    return answer


@get("/m/team", guards=[May("reports.view")], include_in_schema=False)
async def team_page(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank, now: Now
) -> Template:
    """Show who of the person's branch, and of the outlets below it, has not done today's tasks."""
    day = bank_day(bank, now)
    inside = tenants.subtree(await tenants.branches(db), me.branch_id)
    people = await posters.sharers(db, branch_ids=inside, limit=TEAM_PEOPLE)
    ids = [each.id for each in people]
    progress = await queries_tasks.progress(db, ids, on=day)
    titles = await queries_tasks.open_titles(db, ids, on=day)
    rows = [(each, *progress.get(each.id, (0, 0)), titles.get(each.id, "")) for each in people]
    late = [row for row in rows if row[1] < row[2]]
    branch = await queries_staff.branch(db, me.branch_id)
    return page(
        request,
        "h5/team.html",
        branch=branch,
        day=words.day_word(day),
        tabs=team_tabs(me, "/m/team"),
        late=sorted(late, key=lambda row: (row[1] / row[2], row[0].staff_no)),
        done=[row for row in rows if row[2] and row[1] == row[2]],
        free=[row for row in rows if not row[2]],
    )


HANDLERS = [home_page, team_page]
