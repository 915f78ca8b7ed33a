import pytest

from contenthub.library.search_tokens import TOKEN_MAX_CHARS, query_tokens, tokens

ITEM = tokens("重庆银行大额存单·三年期（2026）", "P-2041 二十万元起存，可提前支取 VIP卡")


@pytest.mark.parametrize(
    "q",
    [
        "cqyh",
        "存单",
        "dae",
        "CQYHDECD",
        "chongqing",
        "daecundan",
        "cund",
        "yinh",
        "hdec",
        "P-20",
        "204",
        "da e cun dan",
        "大额存单 三年",
        "三年期存单",
        "重慶",
        "ＣＱＹＨ",
        "单",
        "2026",
        "P-2041",
        "p2041",
        "P-2041-v1",
        "P2041v12",
        "Ｐ－2041－ｖ3 存单",
        "P-2041·v2",
        "内容编号：P-2041-v1",
        "2041",
        "提前支取",
        "起存",
        "vip",
        "存\u200b单",
    ],
)
def test_an_item_is_found_the_way_people_type(q: str) -> None:
    asked = query_tokens(q)
    assert asked
    assert all(any(map(one.fits, ITEM)) for one in asked)


@pytest.mark.parametrize(
    "q", ["贷款", "zqyh", "P-2042-v1", "20", "ongqing", "存单 贷款", "!!", "💰", "%", "' or 1=1 --"]
)
def test_other_words_do_not_find_it(q: str) -> None:
    asked = query_tokens(q)
    assert asked
    assert not all(any(map(one.fits, ITEM)) for one in asked)


def test_nothing_asked_is_nothing_to_match() -> None:
    assert query_tokens("  \u200b ") == []


def test_a_long_text_gives_a_bounded_number_of_short_tokens() -> None:
    found = tokens(
        "存" * 5_000, "".join(chr(0x4E00 + i % 9_000) for i in range(50_000)) + "x" * 999
    )
    assert len(found) < 800
    assert max(map(len, found)) <= TOKEN_MAX_CHARS
    assert all(len(one.token) <= TOKEN_MAX_CHARS for one in query_tokens("x" * 10_000))


def test_characters_postgres_refuses_never_become_tokens() -> None:
    found = tokens("存\x00单\ud800", "贷\x00款")
    assert "存单" in found
    assert not any("\x00" in token or "\ud800" in token for token in found)
