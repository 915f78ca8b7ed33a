"""A card's file as a phone reads it back: names, lines, and nothing broken by folding."""

import base64

import pytest

from contenthub.sharing.vcard import LINE_BYTES, Card, parted, vcard


def read(data: bytes) -> dict[str, str]:
    """Return the properties of a file, unfolded; the name with its parameters is the key."""
    text = data.decode("utf-8")
    assert text.endswith("END:VCARD\r\n")
    whole = text.replace("\r\n ", "")
    return dict(line.split(":", 1) for line in whole.split("\r\n") if line)


def test_a_whole_card_reads_back_with_every_line_short_enough() -> None:
    photo = bytes(range(256)) * 20
    card = Card(
        name="欧阳若兰",
        title="客户经理",
        bank="清源农村商业银行股份有限公司",
        branch="城关支行, 二楼; 理财室",
        phone="18605888905",
        hotline="96288",
        address="清源县人民路 18 号，农贸市场对面三十米，红绿灯路口往北第二家，门口有两棵老槐树",
        url="https://hub.example/c/ABCDEFGH2345",
        photo=photo,
    )
    data = vcard(card)
    assert all(len(line) <= LINE_BYTES for line in data.split(b"\r\n"))
    said = read(data)
    assert said["N"] == "欧阳;若兰;;;"
    assert said["FN"] == "欧阳若兰"
    assert said["ORG"] == "清源农村商业银行股份有限公司;城关支行\\, 二楼\\; 理财室"
    assert said["TEL;TYPE=CELL,VOICE,PREF"] == "18605888905"
    assert said["ADR;TYPE=WORK"] == f";;{card.address};;;;"
    assert base64.b64decode(said["PHOTO;ENCODING=b;TYPE=JPEG"]) == photo


def test_what_is_not_known_is_left_out() -> None:
    said = read(vcard(Card(name="王小明", bank="本行")))
    assert set(said) == {"BEGIN", "VERSION", "N", "FN", "ORG", "END"}


@pytest.mark.parametrize(
    ("name", "family", "given"),
    [
        ("王小明", "王", "小明"),
        ("司马光", "司马", "光"),
        ("欧阳", "欧", "阳"),
        ("阿依古丽·买买提", "", "阿依古丽·买买提"),
        ("𬱖同学", "𬱖", "同学"),
        ("Anna Li", "", "Anna Li"),
    ],
)
def test_names_are_parted_as_people_are_called(name: str, family: str, given: str) -> None:
    assert parted(name) == (family, given)
