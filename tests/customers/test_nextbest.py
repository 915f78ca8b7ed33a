from datetime import date, timedelta

from contenthub.customers.nextbest import suggestions

TODAY = date(2026, 11, 26)
ACTS = [
    ("viewed", "loan", TODAY, 3),
    ("left", "wealth", TODAY - timedelta(days=29), 1),
    ("viewed", "card", TODAY - timedelta(days=30), 9),
    ("viewed", "life", TODAY, 9),
]


def test_what_falls_due_comes_first_then_what_they_did_lately() -> None:
    dues = {"deposit": TODAY + timedelta(days=30), "loan": TODAY + timedelta(days=31)}
    found = suggestions(dues, ACTS, refused=(), is_assessed=True, today=TODAY)
    assert [topic for topic, _ in found] == ["deposit", "wealth", "loan"]
    assert "2026-12-26 到期" in found[0][1]
    assert found[2][1] == "近 30 天浏览 3 次"


def test_neither_what_they_refused_nor_what_does_not_suit_them_is_named() -> None:
    dues = {"deposit": TODAY, "wealth": TODAY}
    found = suggestions(dues, ACTS, refused={"deposit"}, is_assessed=False, today=TODAY)
    assert [topic for topic, _ in found] == ["loan"]
    assert suggestions({}, [], refused=(), is_assessed=True, today=TODAY) == []
