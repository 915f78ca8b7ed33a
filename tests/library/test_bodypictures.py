"""Pictures of a text: which files they name, and what is said of those that cannot be shown."""

import re
from dataclasses import dataclass

import pytest

from contenthub.library import bodypictures, bodytext

ONE, TWO, LOST = (f"0199c8a2-5b1e-7c3d-9f00-00000000000{n}" for n in (1, 2, 3))


@dataclass
class File:
    """A file as the rules of pictures see it."""

    filename: str = "网点.jpg"
    mime: str = "image/jpeg"
    scan: str = "off"
    alt_text: str = ""


def picture(asset_id: str) -> str:
    """Return a picture as it stands in a kept text."""
    return f'<p><img src="/assets/{asset_id}" alt=""></p>'


def test_each_picture_that_cannot_be_shown_is_named_by_its_place() -> None:
    html = bodytext.kept(
        picture(ONE) + picture(LOST) + '<img src="https://a.example/b.png">' + picture(LOST.upper())
    )
    said = bodypictures.fault(html, {ONE: File()})
    assert said.startswith("正文第 2、4 张图片不在本行的素材文件里")
    assert "重新上传或从素材文件选择" in said
    assert bodypictures.fault(html, {ONE: File(), LOST: File()}) == ""
    film = bodypictures.fault(picture(ONE), {ONE: File("柜台.mp4", "video/mp4")})
    assert film.startswith("正文第 1 张图片用的文件“柜台.mp4”不是图片")
    assert "查出病毒" in bodypictures.fault(picture(ONE), {ONE: File(scan="infected")})
    waiting = {ONE: File(scan="waiting")}
    assert bodypictures.fault(picture(ONE), waiting) == ""
    assert "扫描" in bodypictures.fault(picture(ONE), waiting, is_finished=True)


def test_a_page_shows_only_pictures_that_are_there() -> None:
    html = f"<p>前</p>{picture(ONE)}{picture(LOST)}<p>后</p>"
    shown = bodytext.shown(html, {}, pictures={ONE: ""})
    assert f"/assets/{ONE}" in shown
    assert LOST not in shown
    assert "前" in shown
    assert "后" in shown
    assert "〔没有〕" in bodytext.shown(html, {}, pictures={ONE: ""}, lost="〔没有〕")


def test_the_small_picture_of_a_list_becomes_the_whole_one() -> None:
    kept = bodytext.kept(f'<p><img src="/assets/{TWO}/thumb" alt="门口"></p>')
    assert kept == f'<p><img src="/assets/{TWO}" alt="门口"></p>'
    assert bodypictures.named(kept) == {TWO}


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        (f'<img src="/assets/{ONE}" alt="" width="60">', "夜色中的&quot;网点&quot;"),
        (f'<img src="/assets/{ONE.upper()}">', "夜色中的&quot;网点&quot;"),
        (f'<img src="/assets/{ONE}" alt="图片">', "夜色中的&quot;网点&quot;"),
        (f'<img src="/assets/{ONE}" alt="作者写的">', "作者写的"),
        (f'<img src="/assets/{TWO}" alt="">', ""),
    ],
)
def test_a_picture_is_described_as_its_author_or_its_file_says(tag: str, said: str) -> None:
    shown = bodytext.shown(tag, {}, pictures={ONE: '夜色中的"网点"', TWO: ""})
    assert re.findall(r'alt="([^"]*)"', shown) == [said]
    assert ("width" in shown) == ("width" in tag)


def test_pictures_that_say_nothing_are_counted_for_their_author() -> None:
    named = f'<img src="/assets/{TWO}" alt="门口">'
    html = picture(ONE) + named + picture(ONE) + picture(LOST)
    (hit,) = bodypictures.undescribed(html, {ONE: File(), TWO: File()})
    assert (hit.rule, hit.severity, hit.text) == ("ALT-01", "review", "正文第 1、3 张图片")
    assert bodypictures.undescribed(html, {ONE: File(alt_text="大门"), TWO: File()}) == []
