"""Filters of one shape share a statement; what they say goes in by parameters."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select

from contenthub.library.itemfilter import Filter
from contenthub.library.models import Item
from contenthub.library.queries_filters import conditions, shape_of, values_of

AT = datetime(2026, 12, 1, tzinfo=UTC)
FILTERS = [
    Filter(),
    Filter(kind="product", topic="loan", author_id=uuid4(), updated_from=AT, updated_before=AT),
    Filter(state="draft", live_only=True, quiet_since=date(2026, 12, 1)),
    Filter(state="live", label_ids=(uuid4(), uuid4())),
    Filter(q="存单"),
    Filter(q="cund", live_only=True),
    Filter(q="X-1234"),
    Filter(state="in_review", validity="expiring", expiring_days=30, at=AT),
    *(Filter(validity=word, at=AT) for word in ("current", "upcoming", "expired")),
]


@pytest.mark.parametrize("wanted", FILTERS)
def test_every_parameter_of_a_shape_has_a_value(wanted: Filter) -> None:
    query = select(Item.id).where(*conditions(shape_of(wanted), "of1_")).compile()
    asked = set(query.params) - {"bank"}
    own = {name for name in asked if name.startswith("of1_")}
    assert own <= set(values_of(wanted, "of1_"))
    assert {query.params[name] for name in own} <= {None}


def test_filters_that_differ_in_words_only_are_of_one_shape() -> None:
    one, other = Filter(kind="product", q="存单"), Filter(kind="faq", q="贷款")
    assert shape_of(one) == shape_of(other)
    assert values_of(one) != values_of(other)
    assert len({shape_of(wanted) for wanted in FILTERS}) == len(FILTERS)


def test_validity_needs_an_instant() -> None:
    with pytest.raises(ValueError, match="instant"):
        shape_of(Filter(validity="current"))
