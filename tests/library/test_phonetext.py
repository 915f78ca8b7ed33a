"""What a clerk may write in 咨询电话: numbers that can be dialled, with words beside them."""

import pytest

from contenthub.library.phonetext import flaw


@pytest.mark.parametrize(
    "text",
    [
        "96588",
        "95588",
        "12378",
        "0571-96588",
        "0838-5550000",
        "(0870)5123456",
        "010 12345678",
        "０５７１－９６５８８",
        "400-123-4567",
        "800 820 8820",
        "138 0013 8000",
        "+86 13800138000",
        "0870-5123456 转 8001",
        "0870-5123456-801",
        "0870-5123456/5123457",
        "96588、0870-5123456",
        "客服热线：96588（工作日 9:00—17:00）",
        "城关支行 2 楼 0870-5123456",
        "7x24小时 96588",
    ],
)
def test_a_number_that_can_be_dialled_is_taken(text: str) -> None:
    assert flaw(text) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("abc", "没有电话号码"),
        ("请咨询网点", "没有电话号码"),
        ("9:00-17:00", "没有电话号码"),
        ("123", "“123”不是完整的电话号码"),
        ("5123456", "座机要写区号"),
        ("0571-1", "“0571-1”不是完整"),
        ("1380013800", "“1380013800”不是完整"),
        ("400-12-345", "“400-12-345”不是完整"),
        ("96588、0870-51", "“0870-51”不是完整"),
    ],
)
def test_what_cannot_be_dialled_is_named_with_the_fix(text: str, said: str) -> None:
    assert said in flaw(text)
