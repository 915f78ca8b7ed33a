"""A browser test that read a page before it was there would pass here and fail on a slow machine.

After a press that may load or swap a page, only Playwright's `expect`, a `wait_for…` or one of the
steps that wait may come before a read: none of the reads waits for the page that follows, and
those that wait for an element are content with the one on the page that is left.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

BROWSER = Path(__file__).parents[1] / "browser"
PRESSES = {"click", "dblclick", "tap", "check", "uncheck", "select_option", "set_input_files"}
KEYS = {"press", "type", "down", "up", "move"}
"""Handled at once by the page itself; `evaluate` after them sees what they did."""
WAITS = {"expect", "goto", "reload", "go_back", "until", "submit", "agree", "search"}
READS = {
    *("all", "all_inner_texts", "all_text_contents", "count", "inner_text", "inner_html"),
    *("text_content", "input_value", "get_attribute", "bounding_box", "content"),
    *("is_visible", "is_hidden", "is_enabled", "is_disabled", "is_checked", "is_editable"),
}
LOOKS = {"evaluate", "evaluate_all", "eval_on_selector"}
Event = tuple[str, ast.AST, str]
"""press | key | wait | read | look | call, where, and what of."""
Functions = dict[str, ast.AsyncFunctionDef]


def _name(call: ast.Call) -> str:
    called = call.func
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def _does_wait(name: str) -> bool:
    return name in WAITS or name.startswith(("wait_for", "expect_"))


def _of_call(call: ast.Call) -> Iterator[Event]:
    name = _name(call)
    if _does_wait(name):  # what stands in its arguments is asked again and again
        yield "wait", call, name
        return
    for child in ast.iter_child_nodes(call):
        yield from _events(child)
    kinds = {"press": PRESSES, "key": KEYS, "read": READS, "look": LOOKS}
    yield next((kind for kind, names in kinds.items() if name in names), "call"), call, name


def _events(node: ast.AST) -> Iterator[Event]:
    """Yield what a piece of a test does with its pages, in the order in which it happens."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    if isinstance(node, ast.AsyncWith):
        for statement in node.body:
            yield from _events(statement)
        for item in node.items:
            yield from _events(item.context_expr)
    elif isinstance(node, ast.For | ast.AsyncFor | ast.While):
        inside = [e for child in ast.iter_child_nodes(node) for e in _events(child)]
        yield from [*inside, *inside]
    elif isinstance(node, ast.Call):
        yield from _of_call(node)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _events(child)
        if isinstance(node, ast.Attribute) and node.attr == "url":
            is_page = isinstance(node.value, ast.Name) and node.value.id not in ("heard", "request")
            yield from [("read", node, "url")] if is_page else []


def _followed(function: ast.AsyncFunctionDef, all_of: Functions, begun: str = "") -> Iterator[str]:
    """Yield each read that no wait separates from a press; last of all the press left open."""
    pressed = begun
    for kind, node, name in [e for part in function.body for e in _events(part)]:
        if kind == "wait":
            pressed = ""
        elif kind == "press":
            pressed = "press"
        elif kind == "key":
            pressed = pressed or "key"
        elif (kind == "read" and pressed) or (kind == "look" and pressed == "press"):
            yield f"{getattr(node, 'lineno', 0)}: {name} of a page that may not be there yet"
        elif kind == "call" and name in all_of and name != function.name:
            *found, pressed = _followed(all_of[name], all_of, pressed)
            yield from found
    yield pressed


def faults_of(source: str, helpers: str = "") -> list[str]:
    """Return the reads of a test file that come too early."""
    trees = [ast.parse(text) for text in (helpers, source)]
    functions = {
        node.name: node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef)
    }
    own = {n.name for n in ast.walk(trees[1]) if isinstance(n, ast.AsyncFunctionDef)}
    return sorted(
        {fault for name in own for fault in [*_followed(functions[name], functions)][:-1]}
    )


@pytest.mark.parametrize("path", sorted(BROWSER.glob("*.py")), ids=lambda path: path.stem)
def test_nothing_is_read_between_a_press_and_what_it_leads_to(path: Path) -> None:
    helpers = "\n".join((BROWSER / name).read_text() for name in ("steps.py", "walking.py"))
    assert faults_of(path.read_text(), helpers if path.name != "steps.py" else "") == []


TOO_EARLY = [
    "await page.get_by_role('button').click()\n    await page.locator('b').all_inner_texts()",
    "await page.locator('b').check()\n    assert await page.locator('i').count() == 0",
    "await page.locator('b').tap()\n    assert '/m' in page.url",
    "await page.keyboard.press('a')\n    assert await page.locator('i').is_visible()",
    "await pressed(page)\n    await page.evaluate('1')",
    "await page.locator('b').click()\n    await looked(page)",
    "for _ in range(2):\n        await page.locator('b').count()\n        await pressed(page)",
]
IN_TIME = [
    "await page.locator('b').click()\n    await expect(page.locator('i')).to_be_visible()\n"
    "    await page.locator('i').all_inner_texts()",
    "async with page.expect_event('load'):\n        await page.locator('b').click()\n"
    "    await page.locator('i').count()",
    "await page.keyboard.press('Tab')\n    await page.evaluate('1')",
    "await page.locator('b').click()\n    await until(lambda: page.locator('i').count(), bool)",
]
_STEPS = """
async def pressed(page):
    await page.locator('b').click()

async def looked(page):
    return await page.locator('i').count()
"""


@pytest.mark.parametrize("body", TOO_EARLY)
def test_a_read_that_comes_too_early_is_found(body: str) -> None:
    assert len(faults_of(f"async def test_it(page):\n    {body}\n", _STEPS)) == 1


@pytest.mark.parametrize("body", IN_TIME)
def test_a_read_after_a_wait_is_none(body: str) -> None:
    assert faults_of(f"async def test_it(page):\n    {body}\n", _STEPS) == []
