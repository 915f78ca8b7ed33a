"""What a customer may want next: strong before weak, and never what may not be named."""

from datetime import date, timedelta

from contenthub.customers import matching
from contenthub.customers.matching import Standing, matches

TODAY = date(2026, 11, 27)
LIMITS = {"loan": 60}


def _topics(one: Standing) -> list[str]:
    return [match.topic for match in matches(one, thresholds=LIMITS, today=TODAY)]


def test_every_reason_is_said_the_strongest_first() -> None:
    one = Standing(
        scores={"loan": 72, "card": 30},
        acts={("loan", "viewed"): 3, ("loan", "left"): 1},
        needs=["贷款意向", "养老"],
        dues={"deposit": TODAY + timedelta(days=4), "loan": TODAY + timedelta(days=40)},
    )
    found = matches(one, thresholds=LIMITS, today=TODAY)
    assert [(match.topic, match.points) for match in found] == [
        ("loan", 72 + 35 + 25),
        ("deposit", 60),
        ("card", 30),
    ]
    assert found[0].reasons == [
        "需求评分 72 分，已达标",
        "近 30 天留资 1 次、浏览 3 次",
        "标签“贷款意向”",
    ]
    assert found[1].reasons == ["存款 2026-12-01 到期"]
    assert found[2].reasons == ["需求评分 30 分"]


def test_what_was_refused_is_never_named_however_strong() -> None:
    strong = {"loan": 100, "deposit": 90}
    assert _topics(Standing(scores=dict(strong))) == ["loan", "deposit"]
    assert _topics(Standing(scores=dict(strong), refused={"loan"})) == ["deposit"]


def test_an_investment_is_for_who_has_an_assessment_that_holds() -> None:
    strong = {"wealth": 90, "fund": 80}
    assert _topics(Standing(scores=dict(strong))) == []
    assessed = Standing(risk_grade=2, scores=dict(strong))
    assert _topics(assessed) == ["wealth", "fund"]
    assert matching.suits(assessed, 2)
    assert not matching.suits(assessed, 3)


def test_nobody_is_offered_a_second_credit_card_or_code() -> None:
    shop = Standing(is_merchant=True, scores={"card": 50})
    assert _topics(shop) == ["card", "payment"]
    assert _topics(Standing(is_merchant=True, products="credit_card payment_code")) == []


def test_what_is_over_or_far_or_weak_bothers_nobody() -> None:
    for due in (TODAY - timedelta(days=1), TODAY + timedelta(days=31), None):
        assert _topics(Standing(dues={"deposit": due})) == []
    assert _topics(Standing(acts={("loan", "viewed"): 3})) == []
    assert _topics(Standing(acts={("loan", "viewed"): 4})) == ["loan"]
    many = matches(Standing(acts={("loan", "viewed"): 99}), thresholds={}, today=TODAY)
    assert many[0].points == matching.MOST_ACT_POINTS
