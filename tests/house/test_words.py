"""Nothing of one machine, and no secret, is written into the repository."""

import re
import subprocess

from tests.house.sources import ROOT, clean

# Built from parts, so that this file does not contain what it forbids.
_HOMES = "|".join(("/ro" + "ot/", "/ho" + "me/[a-z]", "/wo" + "rk/", "/Us" + "ers/[a-z]"))
_MACHINE = re.compile(rf"(?<![\w.~-])(?:{_HOMES})")
_REGISTRY = re.compile(r"https?://[^\s\"')]*(?:index-url|simple/|artifactory|nexus)[^\s\"')]*")
_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}"
    # Random text has digits and capitals; a test's long name has not.
    r"|(?<!\w)ch_(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{43}(?![\w-])"
)
_BINARY = (".jpg", ".png", ".webp", ".woff2", ".ico", ".xlsx", ".zip", ".gz", ".ttf", ".otf")
_VENDORED = "src/contenthub/web/static/vendor/"


def faults_of(name: str, text: str) -> list[str]:
    """Return machine paths, package registries and secrets in one file."""
    found = []
    for what, pattern in (
        ("machine path", _MACHINE),
        ("registry", _REGISTRY),
        ("secret", _SECRET),
    ):
        found += [f"{name}: {what}: {m.group(0)[:40]}" for m in pattern.finditer(text)]
    return found


def test_no_machine_path_registry_or_secret_is_committed() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    names = [n for n in listed if n and not n.endswith(_BINARY) and not n.startswith(_VENDORED)]
    assert len(names) > 50
    faults = []
    for name in names:
        path = ROOT / name
        if path.is_file():
            faults += faults_of(name, path.read_text("utf-8", errors="replace"))
    clean(faults)


def test_the_check_sees_planted_faults() -> None:
    assert faults_of("x", "cd /wo" + "rk/main")
    assert faults_of("x", "cache in /ro" + "ot/.cache")
    assert faults_of("x", "https://pypi.example/" + "simple/")
    assert faults_of("x", "key = ch_" + "aB3" * 14 + "-")
    assert not faults_of("x", "GET /work-days and docs/homework/x")
