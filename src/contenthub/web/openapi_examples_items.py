"""Examples of imports of items: fields that say more than their type.

By schema name; a field that is not named here is put together as everywhere else.
"""

from typing import Any

FIELDS: dict[str, dict[str, Any]] = {
    "ItemImportView": {
        "filename": "存款产品.xlsx",
        "stage": "load",
        "state": "done",
        "done": 40,
        "total": 40,
        "submit": False,
        "skipped": ["汇总"],
        "added": 31,
        "changed": 4,
        "unchanged": 3,
        "failed": 2,
        "blocked": 1,
        "sent": 0,
        "undone": 0,
        "kept": 0,
        "message": "导入完成，都是草稿：新增 31 条，修改 4 条，3 条没有变化；2 条有误没有导入",
        "errors_url": "/api/v1/items/imports/0199c8a2-5b1e-7c3d-9f00-000000000001/errors.xlsx",
        "rows_until": "2027-02-24T02:00:00Z",
        "is_repeat": False,
    },
    "SheetColumnView": {
        "header": "产品名称",
        "name": "title",
        "is_guess": True,
        "sample": "惠农存单",
    },
    "SheetView": {
        "name": "产品（存款）",
        "kind": "product",
        "rows": 40,
        "unknown": [["年化利律", "年化利率"]],
        "topic": "deposit",
    },
    "SkippedSheetView": {
        "name": "汇总",
        "why": "看不出是哪一类内容：工作表名和表头都没有写明",
    },
    "RowView": {
        "no": 5,
        "sheet": "产品（存款）",
        "line": 8,
        "outcome": "failed",
        "item_id": None,
        "code": "",
        "title": "三年期大额存单",
        "message": "“年化利率”请填写百分数，最多两位小数，例如 2.05",
        "changes": ["年化利率"],
        "blocks": 0,
        "is_sent": False,
    },
}
