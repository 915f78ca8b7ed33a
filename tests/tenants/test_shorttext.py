"""An id of somebody: one spelling, and only the characters the staff import takes too."""

import pytest

from contenthub.customers.rowvalues import CellInvalid, cleaned, code_word
from contenthub.errors import Invalid
from contenthub.tenants import shorttext


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("", ""),
        ("  ", ""),
        (" qingyuan0007", "qingyuan0007"),
        ("qingyuan0007 ", "qingyuan0007"),
        ("ｑｉｎｇｙｕａｎ0007", "qingyuan0007"),
        ("𝕊", "S"),
        ("Wang.Xiao-Ming_1@qy", "Wang.Xiao-Ming_1@qy"),
        ("a" * 64, "a" * 64),
    ],
)
def test_ids_that_look_alike_are_one(said: str, kept: str) -> None:
    assert shorttext.code("wecom_userid", said) == kept


@pytest.mark.parametrize("said", ["a b", "王小明", "-a", "a/b", "a'b", "ⅷ号", "é", "a" * 65])
def test_anything_else_is_refused_as_the_import_refuses_it(said: str) -> None:
    with pytest.raises(Invalid) as refused:
        shorttext.code("qualification_no", said)
    assert "编号只能是字母、数字和 - _ . @" in refused.value.fields["qualification_no"]
    with pytest.raises(CellInvalid) as in_a_file:
        code_word(cleaned(said))
    assert in_a_file.value.detail == refused.value.fields["qualification_no"]
