from collections import Counter
from datetime import date

import pytest

from contenthub.library import kinds, messagetext, richtext
from contenthub.library.lint import lint, open_blocks
from contenthub.library.starter_items import StarterItem, starter_items

ON = date(2026, 11, 26)
ITEMS = [(bank_no, item) for bank_no in (1, 2) for item in starter_items(bank_no, on=ON)]


@pytest.mark.parametrize("bank_no", [1, 2])
def test_each_demo_bank_gets_every_library_filled(bank_no: int) -> None:
    items = starter_items(bank_no, on=ON)
    counts = Counter(item["kind"] for item in items)
    wanted = {"product": 4, "right": 2, "faq": 4, "activity": 2, "article": 2, "script": 3}
    assert all(counts[kind] >= number for kind, number in wanted.items())
    assert len({item["title"] for item in items}) == len(items)
    topics = {item["topic"] for item in items if item["kind"] == "product"}
    assert {"deposit", "loan", "card", "wealth"} <= topics


@pytest.mark.parametrize(("bank_no", "item"), ITEMS, ids=lambda value: str(value)[:12])
def test_a_starter_item_is_complete_and_free_of_hits(bank_no: int, item: StarterItem) -> None:
    kind, topic = item["kind"], item["topic"]
    fields = kinds.check(kind, topic, item["title"], item["fields"])
    body = richtext.clean(item["body"])
    messagetext.check_text(item["script"])
    found = lint(kind, topic, fields, body, title=item["title"], script=item["script"])
    assert open_blocks(found) == 0
    assert found == []


def test_days_count_from_the_day_of_seeding() -> None:
    (talk,) = [item for item in starter_items(1, on=ON) if item["title"].startswith("金融知识进村")]
    assert talk["fields"]["starts_at"] == "2026-12-10 09:00"
