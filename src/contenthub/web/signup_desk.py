"""What the pages of a sign-up share on console and phone: the form that changes its answers."""

from dataclasses import asdict, dataclass
from typing import Any

from contenthub.db import Read
from contenthub.library.itemfields import Field
from contenthub.sharing import actions_amends, queries_signups, signupform
from contenthub.sharing.queries_signups import SignupRow

_INPUTS = {"int": "number", "date": "date"}


@dataclass
class AnswersForm:
    """What the customer says on the phone; what the form does not have stays as it is."""

    branch: str | None = None
    people: str | None = None
    visit_on: str | None = None
    remark: str | None = None

    def said(self) -> dict[str, str]:
        """Return what was sent, by name."""
        return {name: text for name, text in asdict(self).items() if text is not None}


async def changeable(db: Read, row: SignupRow) -> dict[str, Any]:
    """Return what a page of a sign-up shows of what may be changed and undone."""
    fields = row.revision.fields if row.revision else {}
    asks = signupform.askable(fields, row.signup.answers)
    return {
        "asks": [_ask(row, field) for field in asks] if actions_amends.can_be_amended(row) else [],
        "told": await queries_signups.told(db, row),
    }


def _ask(row: SignupRow, field: Field) -> dict[str, Any]:
    limits = {"min": 1, "max": field.max_value} if field.type == "int" else {}
    return {
        "name": field.name,
        "label": field.label,
        "type": _INPUTS.get(field.type, "text"),
        "value": row.signup.answers.get(field.name, ""),
        "help": field.help,
        "attrs": limits or ({"maxlength": field.max_chars} if field.type == "text" else {}),
    }
