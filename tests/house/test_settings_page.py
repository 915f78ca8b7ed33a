"""docs/reference/settings.md explains every setting, and only settings that exist."""

import re
from dataclasses import fields

from tests.house.sources import ROOT

from contenthub.settings import Settings

PAGE = ROOT / "docs" / "reference" / "settings.md"


def _explained() -> list[str]:
    return re.findall(r"^\| `([a-z_0-9]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)


def test_every_setting_is_explained_once_and_none_is_invented() -> None:
    assert sorted(_explained()) == sorted(f.name for f in fields(Settings))


def test_the_page_names_the_real_default_of_every_number() -> None:
    text = PAGE.read_text("utf-8")
    wrong = [
        f.name
        for f in fields(Settings)
        if f.type in (int, float) and f"| `{f.name}` | {f.default} |" not in text
    ]
    assert wrong == []
