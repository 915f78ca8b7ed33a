"""A bank's own phrases: what they find, and which cannot be looked for at all."""

import re
from typing import Any

import pytest

from contenthub.errors import Invalid
from contenthub.library.lint import lint
from contenthub.library.ownrules import OwnRule, clean_phrases, repeated
from contenthub.library.rules import book


def _finds(phrase: str, text: str) -> bool:
    rule = OwnRule("OWN-1", "自定", "block", clean_phrases(phrase), "请改")
    return re.search(rule.pattern(), text) is not None


def test_a_phrase_with_letters_or_digits_is_not_found_inside_others() -> None:
    for phrase, here, not_here in [
        ("0元购", "本周0元购", "本周10元购"),
        ("K歌", "一起k歌", "ok歌单"),
        ("vip", "成为vip客户", "成为svip客户"),
        ("1元…3", "1元抢3件", "1元抢30件"),
    ]:
        assert _finds(phrase, here), phrase
        assert not _finds(phrase, not_here), phrase


def test_a_phrase_is_read_as_texts_are() -> None:
    assert _finds("“官方认证”", "本行官方认证产品")
    assert _finds("A+级", "信用a级客户")


@pytest.mark.parametrize("phrase", ["★★★", "😀😀", "——", "！！！", "。。"])
def test_what_no_text_is_read_for_is_refused(phrase: str) -> None:
    with pytest.raises(Invalid, match="只有标点或图案"):
        clean_phrases(f"好词\n{phrase}")


def _found(phrase: str, text: str) -> set[tuple[str, str]]:
    own = OwnRule("OWN-1", "自定", "review", clean_phrases(phrase), "请改")
    found = lint("article", "loan", {}, f"<p>{text}</p>", title="通知", rules=book((own,)))
    return {(hit.rule, hit.text) for hit in found if hit.field == "body"}


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("0元购", "年货节0元购来了"),
        ("C位", "今年C位出道"),
        ("e贷", "申请e贷很方便"),
        ("K歌", "周末K歌大赛"),
        ("A+级", "评为A+级客户"),
        ("APP下载", "请到柜台APP下载"),
    ],
)
def test_what_may_be_taken_for_a_disguise_is_found_where_it_is_written(
    phrase: str, text: str
) -> None:
    assert ("OWN-1", phrase) in _found(phrase, text)


def test_an_own_phrase_takes_nothing_away_from_the_shipped_rules() -> None:
    text = "农户贷款0利息，放心用"
    shipped = {rule for rule, _ in _found("别的词", text)}
    assert shipped
    assert shipped <= {rule for rule, _ in _found("0利息", text)}


def test_two_rules_of_the_bank_with_one_phrase_make_one_finding() -> None:
    own = tuple(
        OwnRule(f"OWN-{no}", "自定", severity, clean_phrases("金牌窗口"), "请改")
        for no, severity in ((1, "review"), (2, "block"))
    )
    found = lint("article", "life", {}, "本行金牌窗口产品", rules=book(own))
    assert [(hit.rule, hit.text) for hit in found if hit.text] == [("OWN-2", "金牌窗口")]


def test_a_phrase_that_is_read_alike_is_kept_once() -> None:
    assert clean_phrases("开门红\n開門紅\n开 门 红\n存…就送\n存*就送\nＶＩＰ\nvip") == (
        "开门红",
        "存…就送",
        "ＶＩＰ",
    )


def _own(phrases: str, severity: str = "block", code: str = "BANK-09", **more: Any) -> OwnRule:
    return OwnRule(code, "口号", severity, clean_phrases(phrases), "请改", **more)


@pytest.mark.parametrize(
    ("new", "known", "said"),
    [
        (_own("開門紅\n别的"), _own("开门红", code="BANK-02"), "“開門紅”已在本行规则 BANK-02"),
        (_own("开 门 红", topics=("loan",)), _own("开门红"), "不用再加"),
        (_own("ＶＩＰ专享"), _own("vip专享", "review"), "您选的“必须修改”更严；请直接修改"),
        (_own("开门红", "review"), _own("开门红"), "比您选的“请审核人确认”更严"),
        (_own("开门红"), _own("开门红", topics=("loan",)), "请修改 BANK-09 的适用范围"),
        (_own("开门红", is_strict=True), _own("开门红"), "请修改 BANK-09 的适用范围"),
        (_own("开门红", topics=("loan",)), _own("开门红", topics=("deposit",)), ""),
        (_own("开门红", topics=("loan",)), _own("开门红", "review"), ""),
        (_own("开门红", "review"), _own("开门红", topics=("loan",)), ""),
        (_own("开门大吉"), _own("开门红"), ""),
    ],
)
def test_a_phrase_of_another_rule_is_said_unless_it_finds_something_more(
    new: OwnRule, known: OwnRule, said: str
) -> None:
    found = repeated(new, [known])
    assert (said in found) if said else not found
