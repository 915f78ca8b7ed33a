"""A user agent in a clerk's words."""

import pytest

from contenthub.web.devices import UNKNOWN, device_words

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"{WINDOWS} Chrome/120.0 Safari/537.36", "Chrome 浏览器 · Windows 电脑"),
        (f"{WINDOWS} Chrome/120.0 Safari/537.36 Edg/120.0", "Edge 浏览器 · Windows 电脑"),
        (f"{IPHONE} Mobile/15E148 wxwork/4.1.0 MicroMessenger/7.0.1", "企业微信 · iPhone"),
        (f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.40", "微信 · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Firefox/120.0", "火狐浏览器 · Linux 电脑"),
        ("curl/8.5.0", UNKNOWN),
        ("", UNKNOWN),
        ("x" * 100_000 + "Windows", UNKNOWN),
        ("<script>alert(1)</script>", UNKNOWN),
    ],
)
def test_the_device_is_named_as_far_as_it_tells(agent: str, words: str) -> None:
    assert device_words(agent) == words
