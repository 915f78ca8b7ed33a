"""Idea: telephone numbers for customers: what a clerk may write in 咨询电话 and 商户电话.

Several numbers, what each is for and when it is answered may stand beside them; what may not is a
number nobody can dial.
"""

import re
import unicodedata

HINT = "请写能拨通的号码，例如 96588、400-123-4567、0870-5123456 转 8001；座机要写区号"
_NUMBER = re.compile(
    r"(?:(?:\+|00)?86)?1[3-9][0-9]{9}"
    r"|0[0-9]{2,3}(?:[2-9][0-9]{6,7}|9[56][0-9]{3,4})"
    r"|[48]00[0-9]{7}"
    r"|9[56][0-9]{3,6}"
    r"|1[02][0-9]{3}"
)
_LOCAL = re.compile(r"[2-9][0-9]{6,7}")
_SHORT = 3
"""Fewer digits are no number: 2 号楼, 3 楼大厅."""
_EXTENSION = re.compile(r"(?:转(?:接)?|分机|ext\.?|x|#|(?<=[0-9])-(?=[0-9]{1,5}$))[0-9]{1,6}$")
_HOURS = re.compile(
    r"[0-9]{1,2}(?:[:点时][0-9]{0,2})分?(?:[-—–~至到]+[0-9]{1,2}(?:[:点时][0-9]{0,2})分?)?"
    r"|7[x×*]24|24小时|[0-9]{1,2}月[0-9]{1,2}日?"
)
_ENDS = re.compile(r"[、,;/|\n]|或者?|和")
_RUN = re.compile(
    r"[+(]?[0-9](?:[-()+. ]*[0-9])*(?:[-(, ]*(?:转接?|分机|ext\.?|x|#)[- ]*[0-9]{1,6})?"
)


def flaw(text: str) -> str:
    """Return what is wrong with a text of telephone numbers, "" when each can be dialled."""
    said = _HOURS.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    found = [run[0] for part in _ENDS.split(said) for run in _RUN.finditer(part)]
    runs = [run for run in found if len(re.sub(r"[^0-9]", "", run)) >= _SHORT]
    if not runs:
        return f"里没有电话号码，{HINT}"
    # 0870-5123456/5123457: the second is dialled as the first is.
    has_area = any(run.strip("(").startswith("0") for run in runs)
    wrong = next((run for run in runs if not _is_number(run, has_area=has_area)), None)
    return f"里的“{wrong.strip()[:20]}”不是完整的电话号码，{HINT}" if wrong else ""


def _is_number(run: str, *, has_area: bool) -> bool:
    bare = re.sub(r"[()+. ]", "", run)
    whole = bare.replace("-", "")
    if _NUMBER.fullmatch(whole) or (has_area and _LOCAL.fullmatch(whole)):
        return True
    cut = _EXTENSION.search(bare)
    return cut is not None and bool(_NUMBER.fullmatch(bare[: cut.start()].replace("-", "")))
