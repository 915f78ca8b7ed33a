"""告知文本 as both the page and the API show them: each wording with what names it."""

from dataclasses import dataclass

from contenthub.customers import queries_texts
from contenthub.customers.models_texts import ConsentText
from contenthub.db import Read
from contenthub.sharing import queries_texts as left
from contenthub.tenants import queries as tenants


@dataclass(frozen=True, slots=True)
class KeptText:
    """A wording, who added it ('' for one of our pages), and where it is named."""

    text: ConsentText
    by: str
    wishes: int
    """Consents and refusals that stand."""
    forms: int
    """Leads and sign-ups."""


async def kept_texts(db: Read) -> list[KeptText]:
    """Return every wording of the bank, its own first."""
    found = await queries_texts.texts(db)
    who = await tenants.staff_names(db, {one.created_by for one in found if one.created_by})
    wishes, forms = await queries_texts.uses(db), await left.uses(db)
    return [
        KeptText(
            one,
            who.get(one.created_by, "") if one.created_by else "",
            wishes.get(one.version, 0),
            forms.get(one.version, 0),
        )
        for one in found
    ]
