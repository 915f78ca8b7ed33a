"""QR codes read back by OpenCV, a reader that shares nothing with the codes' maker."""

import cv2
import numpy as np
import zxingcpp

_DISTANCES = (1.0, 0.75, 0.6, 0.5)
"""OpenCV misses about one random code in 450 at one size; a camera looks more than once."""


def code_on(data: bytes) -> str:
    """Return the text of the QR code on an encoded picture; '' when there is none.

    The few codes that OpenCV reads at no size are left to zxing-cpp, as independent a reader;
    how many each of them reads is measured elsewhere, on whole banks of posters.
    """
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    for scale in _DISTANCES:
        seen = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        text, *_ = cv2.QRCodeDetector().detectAndDecode(seen)
        if text:
            return str(text)
    return "".join(code.text for code in zxingcpp.read_barcodes(grey)[:1])
