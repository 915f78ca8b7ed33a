"""Shipped posters of all sizes are sound, lawful, and fit the longest names a bank has."""

import functools
import io
import os
import random

import pytest
from PIL import Image
from tests.posters.strange import picture

from contenthub.errors import Invalid
from contenthub.posters import editing, proof, qr, rehearsal, splice
from contenthub.posters.layers import QrLayer, walk
from contenthub.posters.sizes import SIZES
from contenthub.posters.starters import known, starter, starters
from contenthub.posters.template import Personal, Template, parse, sheet
from contenthub.posters.wording import require_lawful

CODES = list(starters())
PEOPLE = int(os.environ.get("QR_PEOPLE", "20"))
"""Employees whose codes are looked at, on every template: 200 take ten minutes."""
LINK = "HTTPS://QY.EXAMPLE.CN/S/"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
VALUES = {
    "bank.name": "清源农村商业银行股份有限公司",
    "bank.hotline": "0731-96518",
    "item.title": "三年期个人大额存单",
    "item.rate": "2.05%",
    "item.summary": "20 万元起存，可转让，到期自动结息；凭本人身份证到任一网点办理。",
    "item.code": "P-2041-v4",
}
LONGEST = Personal(
    "阿卜杜热合曼·阿卜杜喀迪尔·买买提吐尔逊·艾合买提",
    "高级财富管理客户经理",
    "138 0000 0236",
    "乌鲁木齐经济技术开发区头屯河区支行营业部",
    "023600112",
    None,
    LINK + "7KD2QM8X1ABC",
)


LONG_LINK = f"HTTPS://{'A' * 64}.CN/S/7KD2QM8X1ABC"
"""Of the longest address a house may have (settings.py)."""


def filled(code: str) -> Template:
    found = known(code)
    assert found is not None
    kind = "right" if found.topic == "life" else "product"
    template = parse(editing.starter_layers(code, kind=kind, topic=found.topic))
    require_lawful(template, title="标题", kind=kind, topic=found.topic, fields={})
    return template


@pytest.mark.parametrize("size", list(SIZES))
def test_shipped_posters_are_lawful_in_every_size_and_fit_the_longest_name(size: str) -> None:
    canvas = SIZES[size]
    codes = [f"{code}.{size}" for code, found in starters().items() if size in found.sizes]
    assert codes
    for code in codes:
        template = filled(code)
        assert (template.width_px, template.height_px) == (canvas.width_px, canvas.height_px)
        assert (template.bleed_px, template.dpi) == (canvas.bleed_px, canvas.dpi)
        assert rehearsal.misfit(template, LONGEST, VALUES) == "", code
        assert rehearsal.text_faults(template, VALUES) == {}, code
        for _, layer in walk(template.layers):
            if isinstance(layer, QrLayer):
                assert qr.module_px(LONG_LINK, layer.box.h_px) >= (8 if canvas.dpi is None else 7)


def test_one_design_comes_in_five_sizes_and_what_is_not_shipped_is_told_apart() -> None:
    assert starters()["lecture"].sizes == ("moments", "square", "cover", "a4", "slide")
    assert starter("lecture") == starter("lecture.moments") != starter("lecture.square")
    for code in ("lecture.card", "name-card.a4", "nothing", "lecture."):
        assert (known(code) is None) == (code != "lecture.")
    with pytest.raises(Invalid, match=r"deposit-season\.square"):
        editing.starter_layers("lecture.card")


def test_what_a_shipped_poster_says_of_a_product_is_not_said_of_other_topics() -> None:
    assert "理财" in editing.unsuitable("wealth.square", "deposit")
    assert editing.unsuitable("rights-day", "deposit") == ""


@functools.cache
def _crowd(count: int) -> list[Personal]:
    dice = random.Random(3)
    return [
        Personal(
            dice.choice("王李张刘陈") + dice.choice(("伟", "秀英", "建国")),
            dice.choice(("", "客户经理")),
            f"138 0000 {number:04d}",
            "城关支行",
            f"{number:04d}",
            picture(9, alpha=False) if number % 3 else None,
            LINK + "".join(dice.choices(ALPHABET, k=12)),
        )
        for number in range(count)
    ]


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
def test_codes_are_read_by_two_decoders_as_made_and_after_messengers() -> None:
    """The figures that are asked of all shipped templates × 200 employees, on QR_PEOPLE."""
    people = _crowd(PEOPLE)
    blind = {"as made": 0, "q60": 0, "half, q60": 0, "40 %, q50": 0}
    looks = 0
    for code in CODES:
        template = filled(code)
        rehearsal.rehearse(template, [*people, LONGEST], values=VALUES, assets={})
        compiled = splice.compile(template, VALUES, {})
        (box,) = [one.box for _, one in walk(sheet(template).layers) if isinstance(one, QrLayer)]
        for person in people:
            poster = Image.open(io.BytesIO(splice.render(compiled, person)))
            part = poster.crop(
                (box.x_px - 16, box.y_px - 16, box.right_px + 16, box.bottom_px + 16)
            )
            looks += 1
            for name, share, quality in (
                ("as made", 1.0, 0),
                ("q60", 1.0, 60),
                ("half, q60", 0.5, 60),
                ("40 %, q50", 0.4, 50),
            ):
                seen = proof.messaged(part, share=share, quality=quality) if quality else part
                blind[name] += bool(proof.unread_by(seen, person.qr_text))
    print({name: f"{1 - missed / looks:.4f}" for name, missed in blind.items()})
    assert blind["as made"] == 0
    assert max(blind["q60"], blind["half, q60"]) <= looks * 0.01
    assert blind["40 %, q50"] <= looks * 0.05
