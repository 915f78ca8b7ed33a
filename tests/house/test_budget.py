"""How big and how named a piece may be, and that it says what it gives."""

import ast

from tests.house.sources import (
    COMMAND_DECORATORS,
    ROUTE_DECORATORS,
    Function,
    Source,
    clean,
    decorators,
    sources,
)

FILE_LINES = 400
FUNCTION_LINES = 50
POSITIONAL = 4
"""The session and three more; what comes after is keyword-only."""
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}


def too_long(source: Source) -> list[str]:
    """Return files and functions over the budget."""
    faults = []
    lines = source.text.count("\n") + 1
    if lines > FILE_LINES:
        faults.append(f"{source.path} has {lines} lines (at most {FILE_LINES}): split by noun")
    for function in source.functions():
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > FUNCTION_LINES:
            faults.append(f"{source.path}:{function.lineno} {function.name} has {length} lines")
    return faults


def _positional(function: Function) -> int:
    names = [a.arg for a in [*function.args.posonlyargs, *function.args.args]]
    return len([n for n in names if n not in ("self", "cls")])


def too_many_positional(source: Source) -> list[str]:
    """Return functions with more positional parameters than a reader keeps in mind."""
    by_name = ROUTE_DECORATORS | COMMAND_DECORATORS
    return [
        f"{source.path}:{f.lineno} {f.name} takes {_positional(f)} positional parameters"
        for f in source.functions()
        # A framework calls routes and commands by name, so theirs are not positional.
        if _positional(f) > POSITIONAL and not decorators(f) & by_name
    ]


def forbidden_names(source: Source) -> list[str]:
    """Return files and classes named for a technique instead of a thing."""
    words = set(source.path.removesuffix(".py").replace("/", "_").split("_"))
    faults = [f"{source.path} is named {w}" for w in words & FORBIDDEN_NAMES]
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and node.name.lower().endswith(
            ("manager", "helper", "helpers", "utils", "service", "repository")
        ):
            faults.append(f"{source.path}:{node.lineno} class {node.name}")
    return faults


def undocumented(source: Source) -> list[str]:
    """Return public functions, classes and methods without a docstring."""
    faults: list[str] = []
    _visit(source, source.tree, faults, inside_function=False)
    return faults


def _visit(source: Source, node: ast.AST, faults: list[str], *, inside_function: bool) -> None:
    for child in ast.iter_child_nodes(node):
        is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            hidden = child.name.startswith("_") or inside_function
            if not hidden and ast.get_docstring(child) is None:
                faults.append(f"{source.path}:{child.lineno} {child.name} has no docstring")
            if hidden:
                continue
        _visit(source, child, faults, inside_function=inside_function or is_function)


CHECKS = (too_long, too_many_positional, forbidden_names, undocumented)


def test_files_and_functions_keep_the_budget() -> None:
    clean([fault for source in sources() for fault in too_long(source)])


def test_what_is_passed_by_place_fits_in_the_mind() -> None:
    clean([fault for source in sources() for fault in too_many_positional(source)])


def test_nothing_is_named_for_a_technique() -> None:
    clean([fault for source in sources() for fault in forbidden_names(source)])


def test_everything_public_says_what_the_caller_gets() -> None:
    clean([fault for source in sources() for fault in undocumented(source)])


def test_the_checks_see_planted_faults() -> None:
    long = "def f():\n" + "    x = 1\n" * 51
    assert too_long(Source("tenants/x.py", long))
    assert too_long(Source("tenants/x.py", "x = 1\n" * 401))
    assert too_many_positional(Source("tenants/x.py", "def f(db, a, b, c, d): ..."))
    assert not too_many_positional(Source("tenants/x.py", "def f(db, a, b, c, *, d): ..."))
    assert not too_many_positional(Source("web/x.py", "@get('/')\ndef f(a, b, c, d, e): ..."))
    assert forbidden_names(Source("tenants/utils.py", ""))
    assert forbidden_names(Source("tenants/x.py", "class StaffManager: ..."))
    assert undocumented(Source("tenants/x.py", "class A:\n    'x'\n    def f(self): ..."))
    assert not undocumented(Source("tenants/x.py", "def _f(): ..."))
