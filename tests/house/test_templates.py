"""Templates obey the content security policy and escape what people wrote."""

import re
from pathlib import Path

from tests.house.sources import PACKAGE, clean

TEMPLATES = PACKAGE / "web" / "templates"
_HANDLER = re.compile(r"<[^>{]*\s(on[a-z]+)\s*=", re.IGNORECASE)
_STYLE = re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE)
_HX_ON = re.compile(r"\shx-on[:\w-]*\s*=|\sjs:|javascript:", re.IGNORECASE)
_BARE_BLOCK = re.compile(r"<(script|style)(?![^>]*\b(src|nonce)\s*=)[^>]*>", re.IGNORECASE)
_OUTSIDE = re.compile(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", re.IGNORECASE)
_SAFE = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\s+false")
MAY_BE_SAFE = {"landing/content.html", "landing/page.html", "library/_body.html"}


def faults_of(name: str, text: str) -> list[str]:
    """Return what the policy would block or what would let a visitor's text run."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    found = []
    for what, pattern in (
        ("inline handler", _HANDLER),
        ("style attribute", _STYLE),
        ("script in an attribute", _HX_ON),
        ("script or style without src or nonce", _BARE_BLOCK),
        ("file of another host", _OUTSIDE),
    ):
        found += [f"{name}: {what}: {m.group(0)[:60]}" for m in pattern.finditer(text)]
    if name not in MAY_BE_SAFE:
        found += [f"{name}: unescaped text: {m.group(0)}" for m in _SAFE.finditer(text)]
    return found


def unsafe_forms(name: str, text: str) -> list[str]:
    """Return POST forms without the token that proves they are ours."""
    found = []
    for form in re.findall(r"<form\b.*?</form>", text, re.DOTALL | re.IGNORECASE):
        posts = re.search(r"method\s*=\s*[\"']?post", form, re.IGNORECASE)
        if posts and "hx-post" not in form and "csrf" not in form:
            found.append(f"{name}: a form that posts without csrf()")
    return found


def _templates() -> list[tuple[str, str]]:
    return [
        (path.relative_to(TEMPLATES).as_posix(), path.read_text("utf-8"))
        for path in sorted(Path(TEMPLATES).rglob("*.html"))
    ]


def test_templates_need_nothing_the_policy_forbids() -> None:
    clean([f for name, text in _templates() for f in faults_of(name, text)])


def test_posting_forms_carry_the_token() -> None:
    clean([f for name, text in _templates() for f in unsafe_forms(name, text)])


def test_the_check_sees_planted_faults() -> None:
    for fault in (
        '<a onclick="x()">',
        '<p style="color:red">',
        '<p hx-on:click="x">',
        "<script>x</script>",
        "<style>p{}</style>",
        '<img src="//evil.example/x.png">',
        "{{ body | safe }}",
        "{% autoescape false %}",
    ):
        assert faults_of("x.html", fault), fault
    assert not faults_of("x.html", '<script nonce="{{ csp_nonce }}">x</script>')
    assert not faults_of("x.html", '<a href="/console" data-on="1">')
    assert unsafe_forms("x.html", '<form method="post"></form>')
