"""A 战报 is drawn from counts alone; a template that shows one is no poster."""

import msgspec
import pytest
from tests.posters.test_template import raw, text

from contenthub.errors import Invalid
from contenthub.posters import figures, rehearsal, resultsheet, splice
from contenthub.posters.layers import is_personal
from contenthub.posters.template import Personal, check, parse

NAMED = Personal("阿卜杜热合曼·阿卜杜喀迪尔", "高级客户经理", "", "城关支行", "0007")
VALUES = {"bank.name": "清源农村商业银行股份有限公司"}


def test_the_shipped_sheet_fits_the_longest_name_and_the_largest_day() -> None:
    sheet = resultsheet.result_sheet()
    check(sheet)
    assert figures.shows_figures(msgspec.to_builtins(sheet))
    person = msgspec.structs.replace(NAMED, figures=figures.SAMPLE)
    assert rehearsal.misfit(sheet, person, VALUES) == ""
    splice.compose(sheet, VALUES, {}, person)


def test_a_figure_is_personal_and_refused_where_there_is_no_day() -> None:
    template = parse(raw(text(text="浏览 {{ result.views }} / {{ team.views }}")))
    assert all(is_personal(layer) for layer in template.layers)
    with pytest.raises(Invalid) as refused:
        splice.compose(template, VALUES, {}, NAMED)
    assert "战绩" in refused.value.fields["layers.name.text"]


@pytest.mark.parametrize(
    ("layer", "shown"),
    [
        (text(text="{{result.views}}"), True),
        (text(text="", spans=[{"text": "{{ team.best1 }}"}]), True),
        ({"kind": "group", "layers": [text(text="{{ team.leads }}")]}, True),
        (text(text="我的 result.views"), False),
    ],
)
def test_figures_are_found_wherever_they_stand(layer: dict[str, object], shown: bool) -> None:
    assert figures.shows_figures({"layers": [layer]}) is shown
