"""A workbook that asks the reader to fetch a file of the server, or to unfold itself."""

import zipfile
from pathlib import Path

import pytest
from tests.customers.files import write_xlsx

from contenthub.customers.sheets import open_sheet
from contenthub.workbooks.sheetlimits import SheetInvalid

SECRET = "zhi-you-fu-wu-qi-zhi-dao"


def _with_entity(source: Path, target: Path, doctype: str) -> Path:
    """Copy a workbook with `doctype` before every part and `&x;` in the place of 张三."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if "张三" in text:
                head, close, rest = text.partition("?>")
                text = head + close + doctype + rest.replace("张三", "&x;")
            new.writestr(name, text)
    return target


def _said(path: Path) -> str:
    try:
        return str(list(open_sheet(path, "b.xlsx").rows()))
    except SheetInvalid as refused:
        return str(refused.fields)


@pytest.mark.parametrize("kind", ["file", "lol"])
def test_a_workbooks_entities_are_never_resolved(tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    plain = write_xlsx(tmp_path / "a.xlsx", [["姓名", "手机号"], ["张三", "13800000001"]])
    doctype = {
        "file": f'<!DOCTYPE sst [<!ENTITY x SYSTEM "{secret.as_uri()}">]>',
        "lol": f'<!DOCTYPE sst [<!ENTITY y "{SECRET}"><!ENTITY x "&y;&y;&y;">]>',
    }[kind]
    hostile = _with_entity(plain, tmp_path / "b.xlsx", doctype)
    with zipfile.ZipFile(hostile) as archive:
        assert any(b"&x;" in archive.read(name) for name in archive.namelist())
    assert SECRET not in _said(hostile)
