"""Every event, subject and detail the code records has a name a clerk reads."""

import ast
from collections.abc import Iterator

from tests.house.sources import sources

from contenthub.web import audit_events, audit_words

COMPUTED = {
    "event": {"import.tried", "import.finished"},
    "f'{kind}.revealed'": {"customer.revealed", "lead.revealed", "signup.revealed"},
    "f'review.{state}'": {"review.approved", "review.returned"},
}


def _records() -> Iterator[ast.Call]:
    """Yield every `record(db, event, kind, id)` and the platform's `tell(db, event, bank)`."""
    least = {"record": 4, "tell": 3}  # webhooks' own tell takes two by place
    for source in sources():
        for node in source.nodes:
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).rsplit(".", 1)[-1]
                if name in least and len(node.args) >= least[name]:
                    yield node


def _kind(call: ast.Call) -> ast.expr:
    """Return what a call names as the kind of its subject."""
    named = [k.value for k in call.keywords if k.arg == "subject"]
    return named[0].elts[0] if named and isinstance(named[0], ast.Tuple) else call.args[2]


def _words(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    return COMPUTED[ast.unparse(node)]


def test_every_recorded_event_has_a_label_and_no_label_is_left_over() -> None:
    recorded = set().union(*(_words(call.args[1]) for call in _records()))
    assert recorded == set(audit_events.EVENTS)


def test_every_recorded_subject_and_detail_has_a_label() -> None:
    calls = list(_records())
    kinds = {str(k.value) for k in map(_kind, calls) if isinstance(k, ast.Constant)}
    details = {key.arg for call in calls for key in call.keywords if key.arg}
    assert kinds - set(audit_words.KINDS) == set()
    assert details - {"by", "at", "subject"} - set(audit_words.FIELDS) == set()
