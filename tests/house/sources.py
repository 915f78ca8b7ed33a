"""The house's own files as parsed trees: what the house tests read."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "contenthub"
ROOMS = (
    "workbooks",
    "channels",
    "tenants",
    "library",
    "customers",
    "sharing",
    "posters",
    "scheduler",
    "kits",
)

Function = ast.FunctionDef | ast.AsyncFunctionDef
ROUTE_DECORATORS = {"get", "post", "put", "patch", "delete", "head", "route"}
COMMAND_DECORATORS = {"command", "group", "option", "argument"}


@dataclass(frozen=True)
class Source:
    """One Python file: where it lies (from src/contenthub) and what it says."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file's syntax tree."""
        return ast.parse(self.text, self.path)

    @property
    def room(self) -> str:
        """The first directory of the path; empty for the kernel's files."""
        return self.path.split("/")[0] if "/" in self.path else ""

    @property
    def name(self) -> str:
        """The file's name without `.py`."""
        return self.path.rsplit("/", 1)[-1].removesuffix(".py")

    @property
    def kind(self) -> str:
        """What the file is in its room: jobs, actions, queries, models, sign or idea."""
        if self.name == "__init__":
            return "sign"
        word = self.name.split("_")[0]
        return word if word in ("jobs", "actions", "queries", "models") else "idea"

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree."""
        return tuple(ast.walk(self.tree))

    def functions(self) -> Iterator[Function]:
        """Every function and method of the file."""
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def imports(self) -> Iterator[tuple[str, int]]:
        """Every imported module (dotted) with its line; `from a import b` gives `a` and `a.b`."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.name, node.lineno
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module, node.lineno
                for alias in node.names:
                    yield f"{node.module}.{alias.name}", node.lineno


@cache
def sources() -> tuple[Source, ...]:
    """Return every Python file of the package except the migrations' frozen versions."""
    # Kept with their trees: a dozen checks walk them, and parsing takes longest.
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE).as_posix()
        if not relative.startswith("migrations/versions/"):
            found.append(Source(relative, path.read_text(encoding="utf-8")))
    return tuple(found)


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` of an attribute chain, or what is known of it."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Call):
        return dotted(node.func)
    return ""


def decorators(function: Function) -> set[str]:
    """Return the last word of each decorator (`@cli.command()` gives `command`)."""
    return {dotted(d).rsplit(".", 1)[-1] for d in function.decorator_list}


def clean(faults: Iterable[str]) -> None:
    """Fail with every fault on its own line."""
    found = list(faults)
    assert not found, "\n  " + "\n  ".join(found)
