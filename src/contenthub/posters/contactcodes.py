"""Idea: codes of a poster that lead to the employee instead of the content.

They open the e-card, or add the employee in WeCom 「联系我」. Our engine draws what WeCom's own
picture says, so that it is as sharp as every other code.
"""

from contenthub.posters.layers import CodeKind, QrLayer, walk
from contenthub.posters.template import Template

SAMPLE = "https://work.weixin.qq.com/ca/cawcde0123456789abcdef"
"""As long as those WeCom makes; drawn while a template is not in use yet. It leads nowhere."""
CHANNEL = "poster"


def shows_contact(template: Template) -> bool:
    """Return whether a code of a template is the employee's 「联系我」."""
    return _shows(template, "contact")


def shows_card(template: Template) -> bool:
    """Return whether a code of a template opens the employee's e-card."""
    return _shows(template, "card")


def _shows(template: Template, code: CodeKind) -> bool:
    return any(
        isinstance(layer, QrLayer) and layer.code == code for _, layer in walk(template.layers)
    )
