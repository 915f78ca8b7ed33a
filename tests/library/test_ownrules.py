"""A bank's own phrases: what they find, and which cannot be looked for at all."""

import re

import pytest

from contenthub.errors import Invalid
from contenthub.library.ownrules import OwnRule, clean_phrases


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


@pytest.mark.parametrize("phrase", ["★★★", "😀😀", "——"])
def test_what_no_text_is_read_for_is_refused(phrase: str) -> None:
    with pytest.raises(Invalid, match="只有标点或图案"):
        clean_phrases(f"好词\n{phrase}")
