"""Idea: the states of what passes review, as one table that drives buttons and refusals.

Revisions (`review.py`), pushes and cadences each bring their own table.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from contenthub.errors import Conflict

Who = Literal["author", "other", "anyone", "system"]


class OwnWork(Conflict):
    """Somebody who wrote or submitted it tried to approve or return it."""

    code = "own_work"
    title = "不能审核自己写过或提交的内容，请由另一位同事审核"


class NotInReview(Conflict):
    """Approve, return or withdraw came for something that is not waiting for review."""

    code = "not_in_review"
    title = "这一版不在待审核状态，可能已被处理或撤回，请刷新后再看"


class NotAuthor(Conflict):
    """Somebody who neither wrote nor submitted it tried to withdraw a submission."""

    code = "not_author"
    title = "只有编写或提交的人可以撤回；需要停下时请退回并写明原因"


@dataclass(frozen=True, slots=True)
class Step:
    """Where an action leads: next state, permission needed, whose hand, and the audit event."""

    state: str
    permission: str
    who: Who
    event: str = ""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The states of one kind of thing; `noun` and the words name it in refusals."""

    noun: str
    states: Mapping[str, str]
    actions: Mapping[str, str]
    table: Mapping[tuple[str, str], Step]
    wrong: type[Conflict]
    """What is raised for an action that a state does not have."""

    def step(self, state: str, action: str) -> Step:
        """Return the table's line for an action; raises NotInReview or `wrong`."""
        found = self.table.get((state, action))
        if found is None:
            if action in ("approve", "return", "withdraw"):
                raise NotInReview
            what, now = self.actions.get(action, action), self.states.get(state, state)
            raise self.wrong(f"{self.noun}现在是“{now}”，不能{what}，请刷新后再试")
        return found

    def decide(
        self, state: str, action: str, *, authors: Collection[UUID], actor_id: UUID | None
    ) -> str:
        """Return the state after `action`; `actor_id=None` is the system itself.

        `authors` is everybody who wrote or submitted it. Permissions are the caller's guard;
        the one needed is `step(state, action).permission`.

        Raises OwnWork, NotInReview, NotAuthor or `wrong`.
        """
        found = self.step(state, action)
        if found.who == "other" and (actor_id is None or actor_id in authors):
            raise OwnWork
        if found.who == "author" and actor_id not in authors:
            raise NotAuthor
        if found.who == "system" and actor_id is not None:
            now = self.states[state]
            raise self.wrong(f"{self.noun}现在是“{now}”，请先撤回或退回，再{self.actions[action]}")
        return found.state

    def allowed(
        self,
        state: str,
        *,
        authors: Collection[UUID],
        actor_id: UUID,
        may: Callable[[str], bool],
    ) -> list[str]:
        """Return the actions whose buttons `actor_id` may press now, in the table's order.

        `may` answers for a permission; actions of the system have no button.
        """
        buttons = []
        for (at_state, action), found in self.table.items():
            mine = found.who == "anyone" or (found.who == "author") == (actor_id in authors)
            if at_state == state and found.who != "system" and mine and may(found.permission):
                buttons.append(action)
        return buttons
