"""What of a name is refused is no writing; a rare character of a real name is only told."""

import pytest

from contenthub.posters import fonts, names


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("😀王二", "「😀」（U+1F600）"),
        ("王👍🏻", "U+1F44D"),
        ("王❤️", "U+FE0F"),
        ("王\u0301\u0302\u0324", "叠在别的字上"),
        ("王\u0489", "U+0489"),
        ("zalgo\u0301\u0301", "U+0301"),
        ("A\u20dd", "U+20DD"),
        ("王\u202e二", "改变文字方向"),
        ("王\u200b二", "看不见"),
    ],
)
def test_what_no_name_is_written_with_is_refused_with_the_fix(name: str, said: str) -> None:
    assert said in names.flaw(name)
    assert "请删去后重新" in names.flaw(name)


@pytest.mark.parametrize("name", ["王小明", "买买提·阿卜杜热合曼", "José", "Jose\u0301", "𠮷田"])
def test_a_name_that_posters_draw_is_taken_without_a_word(name: str) -> None:
    assert (names.flaw(name), names.warning(name)) == ("", "")


def test_a_name_longer_than_posters_have_room_for_is_kept_and_told() -> None:
    long = "阿卜杜热合曼·" * 4
    assert (names.flaw(long), "大多放不下" in names.warning(long)) == ("", True)


@pytest.mark.parametrize("name", ["王𪚥", "བསོད་ནམས", "ئابدۇ"])
def test_a_real_name_that_the_shipped_face_lacks_is_kept_and_told(name: str) -> None:
    assert fonts.missing_glyphs(name), "else this shows nothing"
    assert names.flaw(name) == ""
    assert "上传一个含有它的字体" in names.warning(name)
