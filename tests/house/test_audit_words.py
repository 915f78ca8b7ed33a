"""Every event, subject and detail the code records has a name a clerk reads."""

import ast
from collections.abc import Iterator

from tests.house.sources import PACKAGE

from contenthub.web import audit_words

COMPUTED = {
    "event": {"import.tried", "import.finished"},
    "f'{kind}.revealed'": {"customer.revealed", "lead.revealed"},
    "f'review.{state}'": {"review.approved", "review.returned"},
}


def _records() -> Iterator[ast.Call]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) >= 4:
                name = ast.unparse(node.func).rsplit(".", 1)[-1]
                if name == "record":
                    yield node


def _words(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    return COMPUTED[ast.unparse(node)]


def test_every_recorded_event_has_a_label_and_no_label_is_left_over() -> None:
    recorded = set().union(*(_words(call.args[1]) for call in _records()))
    assert recorded == set(audit_words.EVENTS)


def test_every_recorded_subject_and_detail_has_a_label() -> None:
    calls = list(_records())
    kinds = {str(call.args[2].value) for call in calls if isinstance(call.args[2], ast.Constant)}
    details = {key.arg for call in calls for key in call.keywords if key.arg}
    assert kinds - set(audit_words.KINDS) == set()
    assert details - {"by", "at"} - set(audit_words.FIELDS) == set()
