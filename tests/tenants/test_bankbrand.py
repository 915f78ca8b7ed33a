"""A bank's look: colours that can be read, and nothing in them but colours."""

import pytest

from contenthub.errors import Invalid
from contenthub.tenants import bankbrand


@pytest.mark.parametrize(("colour", "ratio"), [("#ffffff", 1.0), ("#000000", 21.0)])
def test_contrast_runs_from_1_to_21(colour: str, ratio: float) -> None:
    assert bankbrand.contrast(colour) == pytest.approx(ratio)


def test_contrast_is_what_the_standard_says() -> None:
    # #767676 is the lightest grey on which white text passes; #777777 is the first that fails.
    assert bankbrand.contrast("#767676") >= bankbrand.CONTRAST_MIN > bankbrand.contrast("#777777")


def test_a_colour_too_light_for_white_text_is_refused_with_its_ratio() -> None:
    with pytest.raises(Invalid) as refused:
        bankbrand.checked({"colour_main": "#777777"})
    assert "4.4" in refused.value.fields["colour_main"]
    assert "深一些" in refused.value.fields["colour_main"]


@pytest.mark.parametrize(
    "colour", ["red", "#fff", "#12345g", "#0b3d91;}body{display:none", "＃0b3d91", "#0b3d91\n}"]
)
def test_nothing_but_a_colour_gets_into_the_stylesheet(colour: str) -> None:
    with pytest.raises(Invalid):
        bankbrand.checked({"colour_main": colour})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "行" * 21),
        ("name", "a\x00b"),
        ("hotline", "call me"),
        ("domain", "https://hub.example.com"),
        ("domain", "hub.example.com:8080"),
        ("domain", "localhost"),
        ("slug", "other"),
    ],
)
def test_a_wrong_fact_is_refused_by_its_field(field: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        bankbrand.checked({field: value})
    assert list(refused.value.fields) == [field]


def test_facts_are_kept_trimmed_and_the_domain_in_lower_case() -> None:
    said = {"name": " 清源农商银行 ", "domain": "Hub.QingYuan.example.", "colour_main": "#0B3D91"}
    assert bankbrand.checked(said) == {
        "name": "清源农商银行",
        "domain": "hub.qingyuan.example",
        "colour_main": "#0b3d91",
    }


def test_the_stylesheet_carries_both_colours_and_another_look_another_version() -> None:
    css = bankbrand.stylesheet("#0b3d91", "#c3272b")
    assert "--ch-brand:#0b3d91" in css
    assert "--accent:#c3272b" in css
    assert bankbrand.version("#0b3d91", "#c3272b") != bankbrand.version("#0b3d92", "#c3272b")
