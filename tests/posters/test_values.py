"""What a poster says of its item: true, whole, and nothing that is not there."""

from typing import Any

import pytest

from contenthub.posters.values import SUMMARY_MAX_CHARS, static_values


def _values(kind: str = "product", topic: str = "deposit", **fields: Any) -> dict[str, str]:
    return static_values(
        code="P-1-v1",
        title="存款季",
        kind=kind,
        topic=topic,
        fields=fields,
        bank_name="清源农村商业银行",
        hotline="96588",
    )


def test_a_rate_is_shown_as_customers_read_it() -> None:
    assert _values(rate=205)["item.rate"] == "2.05%"


def test_a_range_is_shown_whole() -> None:
    shown = _values(topic="loan", annual_rate=345, annual_rate_max=520)
    assert shown["item.rate"] == "3.45%-5.20%"
    assert _values(topic="loan", annual_rate=345, annual_rate_max=345)["item.rate"] == "3.45%"


@pytest.mark.parametrize(
    ("kind", "topic", "fields"),
    [
        ("product", "wealth", {"benchmark": "2.35%-2.85%"}),
        ("product", "card", {"instalment_rate": 1300}),
        ("right", "life", {"spec": "洗车券"}),
        ("activity", "education", {"place": "文化广场"}),
    ],
)
def test_what_is_no_rate_never_stands_under_the_word(
    kind: str, topic: str, fields: dict[str, Any]
) -> None:
    assert "item.rate" not in _values(kind, topic, **fields)


def test_what_is_not_filled_in_is_left_out_so_that_it_is_refused_by_name() -> None:
    assert "item.summary" not in _values()
    shown = static_values(
        code="", title="x", kind="product", topic="deposit", fields={}, bank_name="b", hotline=" "
    )
    assert set(shown) == {"bank.name", "item.title"}


def test_content_cannot_smuggle_in_a_variable() -> None:
    assert _values(summary="拨打 {{ employee.phone }}")["item.summary"] == "拨打  employee.phone"


def test_a_long_summary_ends_at_a_stop() -> None:
    shown = _values(summary="一二三四五六七八九，" * 12)["item.summary"]
    assert len(shown) <= SUMMARY_MAX_CHARS
    assert shown.endswith("九")
    unbroken = _values(summary="字" * 99)["item.summary"]
    assert unbroken.endswith("…")
    assert len(unbroken) == SUMMARY_MAX_CHARS
