"""Chromium sees in a spliced poster the very pixels of a plain file of the same picture."""

import base64
import hashlib
import io

import pytest
from playwright.async_api import Browser
from tests.posters.strange import ASSET, VALUES, Dice, people, picture

from contenthub.posters import splice

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PIXELS = """async uri => { const image = new Image(); image.src = uri; await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
  const pen = canvas.getContext('2d'); pen.drawImage(image, 0, 0);
  const {data} = pen.getImageData(0, 0, canvas.width, canvas.height);
  const rgb = new Uint8Array(data.length / 4 * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    rgb[to++] = data[from]; rgb[to++] = data[from + 1]; rgb[to++] = data[from + 2]; }
  return {size: [canvas.width, canvas.height], pixels: btoa(rgb.reduce(
    (text, byte) => text + String.fromCharCode(byte), ''))}; }"""


async def test_chromium_sees_the_pixels_of_a_plain_file(browser: Browser) -> None:
    template, assets = Dice(2).template(), {ASSET: picture()}
    person = people()[0]
    compiled = splice.compile(template, VALUES, assets, png=True)
    whole = splice.compose(template, VALUES, assets, person)
    plain = io.BytesIO()
    whole.save(plain, "JPEG", quality=template.quality, subsampling="4:2:0")
    page = await browser.new_page()
    try:
        seen = {}
        for name, kind, data in (
            ("spliced", "jpeg", splice.render(compiled, person)),
            ("plain", "jpeg", plain.getvalue()),
            ("png", "png", splice.render_png(compiled, person)),
        ):
            uri = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
            told = await page.evaluate(PIXELS, uri)
            assert tuple(told["size"]) == whole.size
            seen[name] = hashlib.sha256(base64.b64decode(told["pixels"])).hexdigest()
    finally:
        await page.close()
    assert seen["spliced"] == seen["plain"]
    assert seen["png"] == hashlib.sha256(whole.tobytes()).hexdigest()
