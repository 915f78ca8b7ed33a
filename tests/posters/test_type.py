"""A browser that draws with the shipped typeface sets lines as wide as ours, to half a pixel."""

import base64
import io
from pathlib import Path

import pytest
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from playwright.async_api import async_playwright
from tests.browser.conftest import FLAGS, chromium

from contenthub.posters import fonts
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
SIZES, WEIGHTS = (17, 33, 56, 184), (400, 700)
PAGE = """<!doctype html><meta charset="utf-8"><style>
@font-face{font-family:ours;font-weight:100 900;src:url(data:font/otf;base64,%s)}
span{font-family:ours;white-space:pre;text-autospace:normal;text-spacing-trim:normal;
text-rendering:geometricPrecision;position:absolute}</style><body lang="zh-CN"></body>"""
MEASURE = """async rows => { await document.fonts.load('16px ours');
  return rows.map(([text, size, weight]) => {
    const one = document.createElement('span');
    one.style.fontSize = size + 'px'; one.style.fontWeight = weight; one.textContent = text;
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
    rows = [(text, size, weight) for text in SAMPLES for size in SIZES for weight in WEIGHTS]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = await browser.new_page()
        await page.set_content(PAGE % _face("".join(SAMPLES) + "―"))
        theirs = await page.evaluate(MEASURE, [list(row) for row in rows])
        await browser.close()
    apart = {
        row: (round(width_px(row[0], row[1], weight=row[2]), 2), round(width, 2))
        for row, width in zip(rows, theirs, strict=True)
        if abs(width_px(row[0], row[1], weight=row[2]) - width) > 0.5
    }
    assert apart == {}
