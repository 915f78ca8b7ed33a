import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contenthub.channels.sandbox.multipart import file_of


@given(data=st.binary(max_size=300), name=st.sampled_from(["a.png", "产品说明.pdf"]))
def test_what_httpx_writes_comes_back_byte_for_byte(data: bytes, name: str) -> None:
    request = httpx.Request("POST", "http://x", files={"media": (name, data, "image/png")})
    raw = request.read()
    part = file_of(request.headers["content-type"], raw, field="media")
    assert part is not None
    assert (part.filename, part.mime, part.data) == (name, "image/png", data)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b'--b\r\nname="media"'),
        ("multipart/form-data; boundary=b", b'--b\r\nx: name="other"\r\n\r\ndata\r\n--b--'),
    ],
)
def test_a_body_without_the_file_gives_none(kind: str, raw: bytes) -> None:
    assert file_of(kind, raw, field="media") is None
