"""Why a poster cannot be drawn, told before a page would show a broken picture."""

from uuid import UUID
from xml.sax.saxutils import escape

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.posters import actions, editing, fontfiles, queries_plans, rehearsal
from contenthub.posters.models import TemplateRevision
from contenthub.posters.template import parse
from contenthub.storage import Storage
from contenthub.web import poster_work
from contenthub.web.house import House
from contenthub.web.signin import Principal

LINE_CHARS, LINES_MAX = 16, 11
"""What fits on a placeholder of 360 × 640 px at 18 px a character."""


async def undrawable(
    house: House, who: Principal, template_id: UUID, *, employee_id: UUID, layers: dict[str, object]
) -> dict[str, str]:
    """Return form field → why of an employee's preview; empty when it can be drawn.

    It is drawn to find out: the picture the page asks for next comes from the same base.
    """
    try:
        plan = await poster_work.preview_plan(house, who, template_id, employee_id=employee_id)
        await poster_work.draw(house, plan)
    except Invalid as wrong:
        return editing.named(wrong, layers).fields or {"layers": wrong.detail}
    return {}


def placeholder(reason: str) -> bytes:
    """Return a picture of 360 × 640 px, as SVG, that says why a poster cannot be drawn."""
    lines = [reason[start : start + LINE_CHARS] for start in range(0, len(reason), LINE_CHARS)]
    if len(lines) > LINES_MAX:
        lines = [*lines[: LINES_MAX - 1], "…"]
    spans = "".join(
        f'<tspan x="30" dy="{28 if no else 0}">{escape(line)}</tspan>'
        for no, line in enumerate(lines)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="360" height="640" viewBox="0 0 360 640">'
        '<rect width="360" height="640" fill="#f3f4f6"/>'
        '<text x="30" y="230" font-size="22" font-weight="600" fill="#374151" '
        'font-family="sans-serif">这张海报暂时画不出来</text>'
        '<text x="30" y="276" font-size="18" fill="#6b7280" font-family="sans-serif">'
        f"{spans}</text></svg>"
    ).encode()


async def told_of(db: Read, storage: Storage, revision: TemplateRevision) -> str:
    """Return why nobody's poster of a revision can be drawn, or an empty string; no pixels."""
    base = await queries_plans.prepare_base(db, revision)
    await fontfiles.bring(storage, base.fonts)
    return "；".join(rehearsal.text_faults(base.template, base.values).values())


async def starter_fault(db: Read, storage: Storage, code: str, item_id: UUID) -> str:
    """Return why a shipped template cannot show an item's words, or an empty string."""
    bound = await actions.bound_revision(db, item_id)
    design = parse(editing.starter_layers(code))
    base = await queries_plans.design_base(db, design, item_revision_id=bound.id, hashes=[])
    await fontfiles.bring(storage, base.fonts)
    return "；".join(rehearsal.text_faults(design, base.values).values())
