"""Page tokens."""

from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from tests.make import NOW

from contenthub.errors import Invalid
from contenthub.sharing.tokens import instant, microseconds, read_token, token

LINK, OTHER_LINK = uuid4().bytes, uuid4().bytes
VISIT = uuid4()
WECHAT = "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50"


def sign(data: bytes) -> bytes:
    return sha256(b"key" + data).digest()[:16]


def made() -> str:
    return token(VISIT.bytes, microseconds(NOW), link_id=LINK, browser=WECHAT, sign=sign)


def test_a_token_says_which_visit_and_when() -> None:
    page = read_token(made(), link_id=LINK, browser=WECHAT, sign=sign, now=NOW)
    assert (page.visit_id, page.at) == (VISIT, NOW)


def test_instants_survive_to_the_microsecond() -> None:
    at = NOW + timedelta(microseconds=999_999)
    assert instant(microseconds(at)) == at


@pytest.mark.parametrize(
    ("link", "browser", "age"),
    [
        (OTHER_LINK, WECHAT, timedelta(0)),
        (LINK, "curl/8", timedelta(0)),
        (LINK, WECHAT, timedelta(hours=24, seconds=1)),
        (LINK, WECHAT, timedelta(minutes=-3)),
    ],
    # Random link ids must not name the tests: every worker collects the same names.
    ids=["other link", "other browser", "too old", "from the future"],
)
def test_a_token_of_another_page_is_refused(link: bytes, browser: str, age: timedelta) -> None:
    with pytest.raises(Invalid, match="过期"):
        read_token(made(), link_id=link, browser=browser, sign=sign, now=NOW + age)


def test_any_changed_character_breaks_the_token() -> None:
    good = made()
    for n in range(len(good) - 1):  # the last one carries two bits that decode away
        bad = good[:n] + ("A" if good[n] != "A" else "B") + good[n + 1 :]
        with pytest.raises(Invalid):
            read_token(bad, link_id=LINK, browser=WECHAT, sign=sign, now=NOW)


@pytest.mark.parametrize("junk", ["", "x", "é" * 54, "=" * 54, "A" * 5000])
def test_junk_is_refused_and_nothing_else_happens(junk: str) -> None:
    with pytest.raises(Invalid):
        read_token(junk, link_id=LINK, browser=WECHAT, sign=sign, now=NOW)
