"""The shipped look: vendored files as locked, templates within the policy, pages that render."""

import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.faults import Faults
from tests.web.gallery import gallery_context, render, render_source

from contenthub.web.menu import _TABLE
from contenthub.web.pages import STATIC, TEMPLATES, static

ALL_TEMPLATES = sorted(str(p.relative_to(TEMPLATES)) for p in TEMPLATES.rglob("*.html"))
OURS = ("ch.css", "h5.css", "landing.css", "console.js", "h5.js", "landing.js", "landing-own.js")
SPRITE = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "vendor/icons.svg").read_text("utf-8")))


def _lock() -> dict[str, dict]:
    return json.loads((STATIC / "vendor.lock.json").read_text("utf-8"))


def _source(template: str) -> str:
    return (TEMPLATES / template).read_text("utf-8")


def _without_comments(template: str) -> str:
    return re.sub(r"\{#.*?#\}", "", _source(template), flags=re.S)


class _Page(HTMLParser):
    """Collects what the content security policy or a screen reader would stumble over."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if found.get("id"):
            self.ids.append(str(found["id"]))


def _parsed(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    return page


def test_every_vendored_file_is_the_locked_one() -> None:
    vendor = STATIC / "vendor"
    files = _lock()["files"]
    present = {p.relative_to(vendor).as_posix() for p in vendor.rglob("*") if p.is_file()}
    assert present == set(files)
    for name, entry in files.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == entry["sha256"], name


def test_every_vendored_package_comes_with_its_licence() -> None:
    lock = _lock()
    licensed = {e["package"] for n, e in lock["files"].items() if n.startswith("licences/")}
    assert licensed == set(lock["packages"])


def test_the_lock_names_no_address() -> None:
    assert "://" not in (STATIC / "vendor.lock.json").read_text("utf-8")


def test_a_template_keeps_to_the_content_security_policy() -> None:
    faults = Faults()
    for template in ALL_TEMPLATES:
        with faults.of(template):
            _keeps_to_the_policy(template)
    faults.none()


def _keeps_to_the_policy(template: str) -> None:
    text = _without_comments(template)
    assert not re.search(r"""\sstyle\s*=\s*["']""", text), "a style attribute is dropped"
    assert not re.search(r"""\son[a-z]+\s*=\s*["']""", text), "an inline handler never runs"
    assert "hx-on" not in text
    assert "javascript:" not in text
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", text):
        assert 'nonce="{{ csp_nonce }}"' in tag or "src=\"{{ static('" in tag, tag
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", text), "no foreign host"


def test_every_static_file_and_icon_a_template_names_exists() -> None:
    faults = Faults()
    for template in ALL_TEMPLATES:
        with faults.of(template):
            _names_only_what_exists(template)
    faults.none()


def _names_only_what_exists(template: str) -> None:
    text = _without_comments(template)
    for path in re.findall(r"static\('([^']+)'\)", text):
        assert (STATIC / path).is_file(), path
    named = set(re.findall(r"""\bicon(?:_name)?\s*(?:\(|=)\s*["']([a-z0-9-]+)["']""", text))
    missing = named - SPRITE
    assert not missing, f"run scripts/vendor.py to add {missing}"


def test_every_icon_of_the_menu_and_the_gallery_is_in_the_sprite() -> None:
    html = render("console/gallery.html", **gallery_context())
    drawn = set(re.findall(r"icons\.svg\?v=[0-9a-f]+#([a-z0-9-]+)", html))
    assert len(drawn) > 40
    assert drawn | {icon for _, _, _, icon, _ in _TABLE} <= SPRITE


def test_the_gallery_draws_every_public_macro() -> None:
    exported = set(re.findall(r"\{% set ([a-z_]+) = _", _source("ui/macros.html"))) | {"when"}
    # drawn by another macro or another page: the form's parts, those of refusals, the shell's
    inner = {"csrf", "flash", "thead", "segments", "role", "topic", "avatar", "icon", "bar", "menu"}
    gallery = _source("console/gallery.html")
    missing = {name for name in exported - inner if f"ui.{name}(" not in gallery}
    assert not missing


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("console/gallery.html", gallery_context()),
        ("console/login.html", {"next": "/console", "bank_slug": "qingyuan"}),
    ],
)
def test_a_page_has_one_heading_unique_ids_and_labelled_fields(template: str, values: dict) -> None:
    html = render(template, **values)
    page = _parsed(html)
    assert sum(tag == "h1" for tag, _ in page.tags) == 1
    assert len(page.ids) == len(set(page.ids))
    labelled = {a["for"] for tag, a in page.tags if tag == "label" and a.get("for")}
    for tag, attrs in page.tags:
        loose = tag in {"input", "select", "textarea"} and attrs.get("type") not in {
            "hidden",
            "checkbox",
            "radio",
        }
        if loose:
            assert attrs.get("aria-label") or attrs.get("id") in labelled, attrs


def test_every_posting_form_carries_the_csrf_token() -> None:
    html = render("console/gallery.html", **gallery_context())
    forms = re.findall(r'<form\b[^>]*method="post".*?</form>', html, re.S)
    assert len(forms) > 4
    assert all('name="_csrf_token" value="t0ken"' in form for form in forms)


def test_text_in_macros_is_escaped() -> None:
    html = render_source(
        '{% import "ui/macros.html" as ui with context %}'
        "{{ ui.status(x) }}{{ ui.tag(x) }}{{ ui.field('a', x, x, error=x) }}"
        "{{ ui.confirm(x, x, x, x) }}{{ ui.copy(x) }}{{ ui.facts([(x, x)]) }}"
        "{{ ui.diff([{'label': x, 'segments': [('del', x)]}]) }}{{ ui.toast(x) }}",
        x="""\"'><script>alert(1)</script><i onprobe="1" onprobe='""",
    )
    tags = _parsed(html).tags
    assert len(tags) > 20
    assert not [tag for tag, attrs in tags if tag in {"script", "i"} or "onprobe" in attrs]


def test_a_field_shows_money_in_yuan_and_typed_text_as_typed() -> None:
    source = (
        '{% import "ui/macros.html" as ui with context %}'
        "{{ ui.field('a', '起存', 123450, type='money') }}"
        "{{ ui.field('b', '起存', '12,3x', type='money', errors={'b': '请填数字'}) }}"
    )
    html = render_source(source)
    assert 'value="1234.50"' in html
    assert 'value="12,3x"' in html
    assert 'aria-invalid="true"' in html
    assert "请填数字" in html


def test_a_running_job_asks_again_and_an_ended_one_stops() -> None:
    source = '{% import "ui/macros.html" as ui with context %}{{ ui.progress(job, "/j/1") }}'
    job = {"id": "1", "state": "running", "done": 1, "total": 4}
    assert 'hx-trigger="every 2s"' in render_source(source, job=job)
    assert "hx-trigger" not in render_source(source, job={**job, "state": "failed"})


def test_a_refusal_names_each_wrong_field_for_the_form_to_mark() -> None:
    html = render(
        "ui/_error_fragment.html",
        problem={"title": "填写的内容有误", "detail": "", "status": 422, "request_id": "r1"},
        fields={"fields.rate": "年化利率应是数字"},
    )
    assert 'data-ch-wrong="fields.rate"' in html
    assert "年化利率应是数字" in html


def test_the_landing_page_stays_light_and_carries_its_beacon() -> None:
    html = render_source(
        '{% extends "landing/_shell.html" %}', beacon_url="/s/ABC/beacon", beacon_token="tok"
    )
    assert 'data-beacon-url="/s/ABC/beacon" data-beacon-token="tok"' in html
    assert "bootstrap" not in html
    assert "htmx" not in html
    assert (STATIC / "landing.css").stat().st_size <= 12 * 1024
    assert (STATIC / "landing.js").stat().st_size < 3 * 1024


def test_consent_is_never_ticked_for_the_customer() -> None:
    html = render_source(
        '{% import "landing/macros.html" as p %}'
        "{{ p.lead_form('/s/A/lead', '告知', '同意', values={'phone': '138'}) }}"
        "{{ p.signup_form('/s/A/signup', '告知', '同意') }}"
    )
    boxes = [a for tag, a in _parsed(html).tags if a.get("name") == "consent"]
    assert len(boxes) == 2
    assert all("checked" not in box for box in boxes)


@pytest.mark.parametrize("name", OURS)
def test_our_files_use_only_what_chromium_90_knows(name: str) -> None:
    text = re.sub(r"/\*.*?\*/", "", (STATIC / name).read_text("utf-8"), flags=re.S)
    modern = ["color-mix(", ":has(", "oklch(", "light-dark(", "@container", "@layer", "eval("]
    modern += [".at(", "structuredClone", "Object.hasOwn", "replaceAll(", "requestSubmit", "??="]
    assert [word for word in modern if word in text] == []
    assert "innerHTML" not in text


@pytest.mark.parametrize("name", OURS)
def test_our_files_are_short_enough_to_read(name: str) -> None:
    assert (STATIC / name).read_text("utf-8").count("\n") <= 400


def test_a_static_url_changes_with_the_content() -> None:
    digest = hashlib.sha256((STATIC / "ch.css").read_bytes()).hexdigest()
    assert static("ch.css") == f"/static/ch.css?v={digest[:12]}"
    assert Path(STATIC / "ch.css").is_file()
