"""What every reader of spreadsheet files keeps to: the limits, and how a bad file is refused."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from contenthub.errors import Invalid

MAX_COLUMNS = 200
MAX_CELL_CHARS = 32_767  # what Excel itself allows in a cell
#: Lines looked at for the header: banks put a title, a date and a blank line above it.
HEADER_SEARCH_ROWS = 10

#: Stands in a cell whose formula nobody computed: what it says is that row's own fault.
NO_RESULT = "=公式没有计算结果"
NO_RESULT_FIX = (
    "是公式，文件里没有它的计算结果；请用 WPS 或 Excel 打开后另存一次，"
    "或把公式“选择性粘贴”为数值，再上传"
)

#: (line in the file counted from 1, cells)
Row: TypeAlias = tuple[int, list[str]]
Opener: TypeAlias = Callable[[], Iterator[Row]]


class SheetInvalid(Invalid):
    """The file as a whole cannot be read (field `file`); the message names the line and the fix."""

    code = "sheet_invalid"
    title = "文件无法读取，请按提示修改后重新上传"

    @classmethod
    def whole(cls, message: str) -> "SheetInvalid":
        """Return the error for the file."""
        return cls(fields={"file": message})

    @classmethod
    def at(cls, line: int, message: str) -> "SheetInvalid":
        """Return the error for one line of the file, counted from 1."""
        return cls(fields={"file": f"第 {line} 行：{message}"})
