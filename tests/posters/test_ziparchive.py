"""Archives written in parts open in other people's readers."""

import io
import subprocess
import sys
import zipfile
from datetime import datetime

import pytest

from contenthub.errors import Invalid
from contenthub.posters import ziparchive
from contenthub.posters.ziparchive import Entry

AT = datetime(2026, 11, 26, 10, 30, 8)  # noqa: DTZ001  # a wall clock, as ZIP keeps it


def _archive(*parts: list[tuple[str, bytes]]) -> bytes:
    made = [ziparchive.part(files, at=AT) for files in parts]
    end = ziparchive.directory([(len(data), entries) for data, entries in made], at=AT)
    return b"".join([data for data, _ in made] + [end])


def test_parts_become_one_archive_with_chinese_names() -> None:
    first = [("城关支行/0231-王小明.jpg", b"one"), ("城关支行/0232-李娜.jpg", b"two" * 999)]
    data = _archive(first, [("柳河支行/0300-刘洋.jpg", b"three")])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [*(name for name, _ in first), "柳河支行/0300-刘洋.jpg"]
        assert archive.read("城关支行/0232-李娜.jpg") == b"two" * 999
        assert archive.infolist()[0].date_time == (2026, 11, 26, 10, 30, 8)


def test_an_archive_of_nothing_is_an_archive() -> None:
    with zipfile.ZipFile(io.BytesIO(_archive([]))) as archive:
        assert archive.namelist() == []


def test_another_process_lists_it(tmp_path: object) -> None:
    path = f"{tmp_path}/x.zip"
    with open(path, "wb") as file:
        file.write(_archive([("支行/a.jpg", b"x")]))
    done = subprocess.run(
        [sys.executable, "-m", "zipfile", "-t", path], capture_output=True, text=True, check=True
    )
    assert "Done testing" in done.stdout


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("城关支行", "城关支行"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ('a:b*c?"d"|e', "a_b_c_d_e"),
        ("\x00\x1f", "_"),
        ("...", "_"),
        ("字" * 200, "字" * 80),
    ],
)
def test_names_lead_nowhere_else(text: str, safe: str) -> None:
    assert ziparchive.safe_name(text) == safe


def test_an_archive_over_the_formats_limit_is_refused_with_the_way_out() -> None:
    entry = Entry("a.jpg", 0, 0, 0)
    with pytest.raises(Invalid, match="按支行"):
        ziparchive.directory([(2**32, [entry])], at=AT)
    with pytest.raises(Invalid, match="按支行"):
        ziparchive.directory([(1, [entry] * 65536)], at=AT)
