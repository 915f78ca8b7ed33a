"""Idea: what an archive of a bank holds, what it leaves out, and how it explains itself."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

SECRET_TABLES = {
    "recovery_codes": "登录恢复码",
    "bank_keys": "数据密钥",
    "idempotency_records": "接口应答缓存",
}
DERIVED_TABLES = {
    "audience_bitmaps": "由客户数据生成的索引，可重新生成",
    "received_sums": "由送达记录生成的汇总，可重新生成",
}
PERSONAL = ("customers", "leads", "signups")
"""Tables whose sealed columns are names and phones; any other sealed column is a secret."""
_SECRET_COLUMNS = {
    ("staff", "password_hash"),
    ("staff", "totp_last_step"),
    ("api_keys", "hash"),
}
README = """contenthub 银行数据导出

manifest.json   导出时间、每个表的行数、每个文件的字节数和 SHA-256
tables/*.jsonl  每个表一个文件，每行一条 JSON（UTF-8）；时间为带时区的 ISO 8601，金额单位为分
objects/        图片、照片、导入文件等原始文件，目录与存储一致

读取示例（Python）：
  import json
  rows = [json.loads(line) for line in open("tables/items.jsonl", encoding="utf-8")]

核对示例（Linux）：
  sha256sum tables/items.jsonl   与 manifest.json 中 files 的值比较

不含：密码、密钥、验证码种子等登录凭据（见 manifest.json 的 left_out）。
"""


def is_left_out(table: str) -> bool:
    """Return whether no row of a table is handed over."""
    return table in SECRET_TABLES or table in DERIVED_TABLES


def hidden(table: str, column: str) -> bool:
    """Return whether a column is a secret, a sealed value, or a keyed index: never handed over."""
    return (
        (table, column) in _SECRET_COLUMNS
        or column.endswith(("_sealed", "_index"))
        or (column == "tenant_id")
    )


def opened(table: str, columns: list[str]) -> list[str]:
    """Return the sealed columns of a table that hold personal data, for a clear archive."""
    return [c for c in columns if c.endswith("_sealed")] if table in PERSONAL else []


def masked(table: str) -> str | None:
    """Return the column that an archive which is not clear masks in this table; None for none."""
    return "phone" if table == "staff" else None


def line(row: Mapping[str, Any]) -> bytes:
    """Return one row as a line of JSON."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def manifest(
    bank: Mapping[str, str],
    *,
    at: datetime,
    is_clear: bool,
    rows: Mapping[str, int],
    files: Mapping[str, Mapping[str, Any]],
) -> bytes:
    """Return the archive's table of contents as JSON."""
    return json.dumps(
        {
            "format": "contenthub-bank/1",
            "bank": dict(bank),
            "exported_at": at.isoformat(),
            "personal_data": "明文" if is_clear else "只含掩码",
            "tables": dict(rows),
            "total_rows": sum(rows.values()),
            "objects": sum(1 for name in files if name.startswith("objects/")),
            "left_out": {**SECRET_TABLES, **DERIVED_TABLES},
            "files": dict(files),
        },
        ensure_ascii=False,
        indent=1,
    ).encode()
