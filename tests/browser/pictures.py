"""Pictures for the browsers, and what is on pictures that come back."""

import base64
import io

import numpy as np
from PIL import Image, ImageDraw


def cover() -> bytes:
    """Return a 1080×720 PNG as an author might upload."""
    image = Image.new("RGB", (1080, 720), "#f3e3c0")
    draw = ImageDraw.Draw(image)
    draw.ellipse((390, 130, 690, 430), fill="#d4882a")
    draw.rectangle((0, 520, 1080, 720), fill="#7a9a3c")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def inside(address: str | None) -> bytes:
    """Return the picture a `data:` address holds."""
    assert address is not None
    return base64.b64decode(address.partition(",")[2])


def differing_share(first: bytes, second: bytes) -> float:
    """Return the share (0..1) of pixels in which two pictures of one size differ visibly."""
    pair = [np.asarray(Image.open(io.BytesIO(d)).convert("L"), np.int16) for d in (first, second)]
    assert pair[0].shape == pair[1].shape
    return float((np.abs(pair[0] - pair[1]) > 24).mean())
