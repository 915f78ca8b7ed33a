"""A browser that draws with the shipped typeface sets lines as wide as ours, to half a pixel."""

import base64
import io
import itertools
from hashlib import sha256
from pathlib import Path

import pytest
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from playwright.async_api import async_playwright
from tests.browser.conftest import FLAGS, chromium
from tests.library.fontmaking import made_font

from contenthub.posters import fontfiles, fonts, metrics
from contenthub.posters.layout import width_px

SAMPLES = (
    "清源农村商业银行",
    "三年期年化利率2.05%起存",
    "AVATAR Wo To Yes fi 1,234.56",
    "“稳稳的收益”，给踏实过日子的人。",
    "（存款保险）《条例》：「保护」！",
    "城关支行 · 工号 0236",
    "客服热线0731-96518，7×24小时",
    "ETC办理立减50元（限额）。",
    "买买提·艾合买提——客户经理……",
    "起+起*起/起@起#起&起-1起℃起¥1起$起",
    "VIP客户Ａ起é起Ω起：A起！A",
)
LATIN = ("AVATAR Wo To Yes fi 1,234.56", "HTTPS://A.CN/S/X", "Ta. Ve, P.")
SIZES, WEIGHTS = (17, 33, 56, 184), (400, 700)
PLAIN = [
    text
    for text in SAMPLES
    if "—" not in text
    and not any(metrics.trims(*pair) for pair in itertools.pairwise(text))
    and all(fonts.face_of(mark, fonts.SERIF) == fonts.SERIF for mark in text)
]
"""What the cut serif has. Browsers trim marks by a rule of the font's, which it does not bring; a
dash in Chinese is drawn a full em wide, a browser takes the font's."""
SPARED = ("王𪚥", "𪚥𪚦，A经理", "“𪚦”12𪚥起")
OWN = (
    made_font("王A，12𪚥", advance=830),
    made_font("起𪚥𪚦经理", advance=1170, family="补字体"),
)
"""A bank's two faces with characters that the shipped one lacks, the older first."""
PAGE = """<!doctype html><meta charset="utf-8"><style>
@font-face{font-family:ours;font-weight:100 900;src:url(data:font/otf;base64,%s)}
@font-face{font-family:serif2;src:url(data:font/ttf;base64,%s)}
@font-face{font-family:own1;src:url(data:font/ttf;base64,%s)}
@font-face{font-family:own2;src:url(data:font/ttf;base64,%s)}
.serif2{font-family:serif2!important;font-kerning:none}
.spare{font-family:ours,own1,own2!important}
span{font-family:ours;white-space:pre;text-autospace:normal;text-spacing-trim:normal;
text-rendering:geometricPrecision;position:absolute}</style><body lang="zh-CN"></body>"""
MEASURE = """async rows => {
  await Promise.all([...document.fonts].map(face => face.load()));
  const pen = document.createElement('canvas').getContext('2d');
  pen.textRendering = 'geometricPrecision';
  return rows.map(([text, size, weight, how]) => {
    if (how === 'canvas') {
      pen.font = weight + ' ' + size + 'px ours';
      return pen.measureText(text).width; }
    const one = document.createElement('span');
    one.style.fontSize = size + 'px'; one.style.fontWeight = weight; one.textContent = text;
    one.className = how;
    document.body.append(one);
    return one.getBoundingClientRect().width; }); }"""


def _face(text: str) -> str:
    """The Simplified Chinese face of the shipped file, cut to a text's characters."""
    with TTFont(str(fonts.font_path()), fontNumber=fonts.FACE_INDEX, lazy=True) as face:
        options = Options()
        options.layout_features = ["*"]
        cutter = Subsetter(options)
        cutter.populate(text=text)
        cutter.subset(face)
        out = io.BytesIO()
        face.save(out)
    return base64.b64encode(out.getvalue()).decode()


@pytest.mark.browser
async def test_lines_are_as_wide_as_in_a_browser() -> None:
    path = chromium()
    if path is None or not Path(path).exists():
        pytest.skip("没有找到 chromium；请 apt-get install chromium，或设置 CONTENTHUB_CHROMIUM")
    looks = [(size, weight) for size in SIZES for weight in WEIGHTS]
    rows = [(text, *look, "") for text in SAMPLES for look in looks]
    rows += [(text, size, 700, "serif2") for text in PLAIN for size in SIZES]
    rows += [(text, *look, "spare") for text in SPARED for look in looks]
    # A canvas sets no air between Chinese and Latin: characters one by one, and Latin alone.
    letters = sorted(set("".join(SAMPLES)) - {"—"})
    rows += [(text, 100, weight, "canvas") for text in (*letters, *LATIN) for weight in WEIGHTS]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = await browser.new_page()
        await page.set_content(
            PAGE % (_face("".join((*SAMPLES, *LATIN, *SPARED, "―"))), _serif(), *map(_coded, OWN))
        )
        theirs = await page.evaluate(MEASURE, [list(row) for row in rows])
        await browser.close()
    apart = {
        row: (round(_ours(row), 2), round(width, 2))
        for row, width in zip(rows, theirs, strict=True)
        if abs(_ours(row) - width) > 0.5
    }
    assert apart == {}


def _ours(row: tuple[str, int, int, str]) -> float:
    text, size_px, weight, how = row
    face = {"serif2": fonts.SERIF, "spare": fonts.CHAIN + fonts.CHAIN.join(kept())}.get(how, "")
    return width_px(text, size_px, weight=weight, autospace=how != "canvas", face=face)


def _serif() -> str:
    return _coded(fonts.serif_path().read_bytes())


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def kept() -> list[str]:
    """Return the keys of a bank's two faces, which are on this machine then."""
    keys = [sha256(data).hexdigest() for data in OWN]
    for key, data in zip(keys, OWN, strict=True):
        fontfiles.keep(key, data)
    return keys
