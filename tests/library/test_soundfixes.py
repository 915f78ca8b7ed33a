"""What one press leaves of a text passes the rules; else the sentence goes, or none is offered."""

import re

import pytest
from tests.library.test_lint import FILES, FREE, read_corpus
from tests.lots import ALL, share

from contenthub.library.lint import Hit, lint

LOOSE = re.compile(r"[，、：]\s*[，、：。！？；”）]|[“（]\s*[，。”）]")
BEFORE, BEHIND = "我们在县城有三家网点。", "网点早上八点半开门。"


def found(topic: str, text: str, kind: str = "article") -> list[Hit]:
    """Return the findings on words."""
    return [hit for hit in lint(kind, topic, {}, text) if hit.text]


def pressed(hit: Hit, text: str) -> str | None:
    """Return a text after its finding's fix was pressed, None where none takes words out."""
    fix = hit.fix
    if fix is None or fix["action"] != "replace":
        return None
    assert text[fix["start"] : fix["end"]] == fix["word"]
    assert text.count(fix["word"], 0, fix["start"]) == fix["nth"]
    return text[: fix["start"]] + str(fix["text"]) + text[fix["end"] :]


@pytest.mark.parametrize(
    ("topic", "said", "left"),
    [
        # The word goes where what stays is plain.
        ("loan", "惠农贷零门槛，欢迎咨询。", "惠农贷符合条件即可申请，以审批为准，欢迎咨询。"),
        ("deposit", "利率高，限时抢购，欢迎到店。", "利率高，欢迎到店。"),
        ("loan", "符合条件即可申请，以审批为准，不看征信。", "符合条件即可申请，以审批为准。"),
        # A pitch goes as a whole, also where the rules would not know what is left of it.
        ("loan", "征信花了也能贷，找我就行，三天就有钱用。", ""),
        ("loan", "不看征信，夜里十二点找我也办。", ""),
        ("loan", "只要身份证，当天拿钱，说到做到。", ""),
        ("wealth", "本产品保本，人人都能挣。", ""),
        ("wealth", "理财和存款一样安全，欢迎办理。", ""),
        ("life", "纪念版台历封面用国徽压花，办业务就送。", ""),
        ("wealth", "预期收益稳定，适合长期持有。", ""),
        ("life", "麻烦把验证码念给我，马上领补贴。", ""),
        ("deposit", "秒杀存款产品，手慢无。", ""),
        # Nothing is approved where somebody repays.
        ("card", "信用卡刷爆了没关系，还最低就行，不影响征信。", ""),
    ],
)
def test_a_press_leaves_no_pitch_behind(topic: str, said: str, left: str) -> None:
    text = BEFORE + said + BEHIND
    offered = {pressed(hit, text) for hit in found(topic, text)}
    assert offered == {BEFORE + left + BEHIND}


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("loan", "征信花了也能贷，找我就行"),  # nothing would be left of the field
        ("wealth", "买理财会亏吗？不会，稳赚。欢迎咨询。"),  # an answer without its question
        ("loan", "“不看征信，当天放款。找我就行”。欢迎咨询。"),  # half a quotation
    ],
)
def test_what_would_be_left_in_pieces_is_for_a_person(topic: str, text: str) -> None:
    hits = found(topic, text)
    assert hits
    assert {pressed(hit, text) for hit in hits} == {None}


def test_the_last_of_a_list_takes_the_mark_before_it_along() -> None:
    text = "一、利率见公告；二、无论征信好坏都放款，找我就行。\n欢迎咨询。"
    (hit, *_) = found("loan", text)
    assert pressed(hit, text) == "一、利率见公告。\n欢迎咨询。"


def test_the_second_of_two_like_sentences_is_told_apart() -> None:
    text = "手慢无！欢迎到店。手慢无！"
    assert [hit.fix and hit.fix["nth"] for hit in found("deposit", text)] == [0, 1]


def test_findings_without_number_are_read_in_bounded_steps() -> None:
    text = "不看征信，找我就行。欢迎咨询。" * 100
    hits = found("loan", text)
    assert 40 <= len(hits)
    assert sum(hit.fix is not None for hit in hits) <= 40


@pytest.mark.parametrize("name", [*FILES, *FREE])
def test_what_a_press_leaves_passes_the_rules(name: str) -> None:
    tried, lines = 0, read_corpus(name)
    # Each file begins elsewhere.
    for line in share(lines, 6, begin=len(lines)):
        text = f"{BEFORE}{line.text}。{BEHIND}".replace("。。", "。").replace("！。", "！")
        text = text.replace("？。", "？")
        hits = found(line.topic, text, line.kind)
        for hit in hits:
            after = pressed(hit, text)
            if after is None:
                continue
            tried += 1
            again = found(line.topic, after, line.kind)
            told = said(hits, hit)
            wrong = [
                one
                for one in again
                if (one.rule, one.text if one.fix or one.severity == "block" else "") not in told
            ]
            assert not wrong, (line.text, after)
            assert not LOOSE.search(seam(hit, text, after)), after
            if hit.fix and not hit.fix["after"]:
                assert hit.fix["word"] not in after or text.count(hit.fix["word"]) > 1
    # A share of a small file may have nothing to press.
    is_small = not ALL and len(lines) < 60
    assert tried or is_small or not any(line.label != "ok" for line in lines)


def said(hits: list[Hit], but: Hit) -> set[tuple[str, str]]:
    """Return what the other findings of a text are about, and of which rules they are."""
    others = [one for one in hits if one is not but]
    # A finding around the words that are pressed away holds what stands there afterwards.
    left = but.fix["text"] if but.fix else but.text
    return {
        (one.rule, text)
        for one in others
        for text in (one.text, one.text.replace(but.text, left), "")
    }


def seam(hit: Hit, text: str, after: str) -> str:
    """Return what stands where a fix was pressed; nothing where it stood loose before."""
    assert hit.fix is not None
    at = hit.fix["start"]
    near = after[max(0, at - 2) : at + len(hit.fix["text"]) + 2]
    return near if near not in text else ""


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("为您提供最好的服务，欢迎咨询。", "为您提供服务，欢迎咨询。"),
        ("三年期存单已经上架，利率业内领先。起存1万元。", "三年期存单已经上架。"),
        ("欢迎到网点办理，全市最快，以审批为准。", "欢迎到网点办理，以审批为准。"),
    ],
)
def test_a_superlative_is_left_out_of_its_sentence_or_its_clause_is(text: str, after: str) -> None:
    (hit,) = [one for one in lint("article", "deposit", {}, text) if one.rule == "ABS-02"]
    assert hit.fix is not None
    assert hit.fix["after"] == after


def test_a_superlative_that_is_all_there_is_stays_for_a_person() -> None:
    (hit,) = [
        one
        for one in lint("article", "deposit", {}, "本行是您的首选银行。")
        if one.rule == "ABS-02"
    ]
    assert hit.fix is None


def test_a_sentence_that_breaks_several_rules_is_mended_by_one_press() -> None:
    hits = lint(
        "product",
        "wealth",
        {"risk_level": "R2"},
        "这款理财保本稳赚。欢迎到网点咨询。",
        title="安鑫",
    )
    found = [hit for hit in hits if hit.field == "body" and hit.severity == "block" and hit.text]
    assert len(found) > 1
    assert len({str(hit.fix) for hit in found if hit.fix}) <= 1


def test_a_gift_for_deposits_is_taken_out_not_turned_into_a_word_about_rates() -> None:
    text = "存款满5万元参加抽奖，人人有红包。欢迎到网点咨询。"
    for topic in ("deposit", "insurance"):
        fixes = [hit.fix for hit in lint("article", topic, {}, text) if hit.fix]
        assert fixes
        assert not any("利率" in str(fix.get("after", "")) for fix in fixes)
