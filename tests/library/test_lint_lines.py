"""A line break inside a sentence undoes no rule; lists, headings and tables stay apart."""

import pytest

from contenthub.library.lint import Hit, lint


def found(topic: str, body: str) -> list[Hit]:
    """Return what an article of a topic says over a line break."""
    hits = lint("article", topic, {}, body, title="网点小通知")
    return [hit for hit in hits if "\n" in hit.text]


@pytest.mark.parametrize("sign", ["<br>", "</p><p>", "</section><section>", "<br><br>"])
@pytest.mark.parametrize(
    ("topic", "lines", "rule"),
    [
        ("rights", ["邀请3位好友助力", "免费拿走话费30元"], "SHARE-01"),
        ("rights", ["转给三个群", "即可解锁双倍积分"], "SHARE-01"),
        ("deposit", ["不管存多少,国家", "全给兜着,一分都", "不会少"], "GOV-01"),
        ("education", ["有事打我手机13", "81234567", "8"], "PI-03"),
        ("wealth", ["跟着张坤买,躺着", "数钱"], "INV-01"),
    ],
)
def test_a_broken_sentence_is_found_as_one(
    topic: str, lines: list[str], rule: str, sign: str
) -> None:
    whole = "".join(lines) if topic != "rights" else ",".join(lines)
    alone = {hit.rule for hit in lint("article", topic, {}, whole, title="网点小通知")}
    hits = [hit for hit in found(topic, f"<p>{sign.join(lines)}</p>") if hit.severity == "block"]
    assert {hit.rule for hit in hits} & alone, (alone, hits)
    assert rule in alone


@pytest.mark.parametrize(
    "body",
    [
        "<ul><li>转给三个群</li><li>即可解锁双倍积分</li></ul>",
        "<h3>转给三个群</h3><p>即可解锁双倍积分</p>",
        "<table><tr><td>转给三个群</td></tr><tr><td>即可解锁双倍积分</td></tr></table>",
        "<p>1. 转给三个群</p><p>2. 即可解锁双倍积分</p>",
        "<p>转给三个群。</p><p>即可解锁双倍积分</p>",
        "<p>转给三个群</p><p>时间：即可解锁双倍积分</p>",
        "<p>• 转给三个群</p><p>• 即可解锁双倍积分</p>",
    ],
)
def test_points_headings_cells_and_labels_are_read_apart(body: str) -> None:
    assert not found("rights", body)


def test_longer_lines_are_for_a_person_to_weigh() -> None:
    lines = ["今天下午请大家把这篇文章转给三个群", "即可解锁双倍积分,欢迎大家踊跃来参加活动"]
    hits = found("rights", f"<p>{'<br>'.join(lines)}</p>")
    assert hits
    assert all(hit.severity == "review" and "连起来读" in hit.advice for hit in hits)


def test_a_denial_holds_over_the_break() -> None:
    for lines in (["理财非", "存款，产品有风险"], ["我行不向在校", "学生发放互联", "网消费贷款"]):
        for topic in ("wealth", "loan"):
            assert not found(topic, f"<p>{'<br>'.join(lines)}</p>")


def test_a_finding_over_a_break_names_the_words_and_offers_no_click() -> None:
    body = "<p>欢迎。</p><p>转给三个群<br>即可解锁双倍积分</p>"
    (hit,) = (hit for hit in found("rights", body) if hit.rule == "SHARE-01")
    assert (hit.field, hit.fix) == ("body", None)
    assert "欢迎。\n转给三个群\n即可解锁双倍积分"[hit.start : hit.end] == hit.text
