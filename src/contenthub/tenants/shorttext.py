"""Idea: what a name or title in one line may hold: nothing that hides or turns the writing."""

import re
import unicodedata

from contenthub.errors import Invalid

# Controls and line ends, marks without width, marks that turn the direction, private
# characters, and letters that are drawn as nothing. U+200D stays where it joins pictures.
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e"
    "\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ue000-\uf8ff\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]|(?<![\u203c-\u3299\ufe0f\U0001f000-\U0001faff])\u200d"
)
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NO_TURN = dict.fromkeys(map(ord, _TURNING))
_LINES = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
LABELS = {
    "name": "名称",
    "full_name": "全称",
    "title": "标题或职务",
    "label": "名称",
    "code": "编号",
    "staff_no": "工号",
    "qualification_no": "资格证号",
    "wecom_userid": "企业微信账号",
}
"""Every field of one line, by the last part of its place in an API body or a form."""


CODE_MOST_CHARS = 64
CODE_RULE = f"编号只能是字母、数字和 - _ . @，最多 {CODE_MOST_CHARS} 位，请核对"
_CODE = re.compile(rf"[A-Za-z0-9][\w\-.@]{{0,{CODE_MOST_CHARS - 1}}}", flags=re.ASCII)


def is_code(text: str) -> bool:
    """Return whether a text can stand as a number or id of somebody: the rule of every door."""
    return _CODE.fullmatch(text) is not None


def code(place: str, text: str) -> str:
    """Return an id as it is kept: in NFKC, without outer blanks; "" stays "".

    Two ids that look alike (full-width letters, a blank at the end) become one.

    Raises:
        Invalid: field `place`; other characters than CODE_RULE names, or too many.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain and not is_code(plain):
        raise Invalid.of(place, CODE_RULE)
    return plain


def unturned(text: str) -> str:
    """Return a text of any length without the marks that turn the direction of writing."""
    return text.translate(_NO_TURN)


def flaw(text: str) -> str:
    """Return what is wrong with a text of one line and how to mend it; "" when all is well."""
    found = HIDDEN.search(text)
    if found is None:
        return ""
    char = found[0]
    if char in _LINES:
        what = "含有换行"
    elif char in _TURNING:
        what = f"含有改变文字方向的字符（U+{ord(char):04X}）"
    else:
        what = f"含有看不见的控制字符（U+{ord(char):04X}）"
    return f"{what}，请删去后重新输入"


def refuse_hidden(place: str, text: str) -> None:
    """Raise Invalid (field `place`) when a field of one line holds a hidden character."""
    label = LABELS.get(place.rpartition(".")[2])
    if label and (why := flaw(text)):
        raise Invalid.of(place, f"{label}（{place}）{why}")
