"""Idea: a wording that people agreed to or refused by 告知文本, its version and its fingerprint."""

import hashlib
import unicodedata

from contenthub.errors import Invalid
from contenthub.tenants.shorttext import HIDDEN

VERSION_MAX_CHARS, WORDING_MAX_CHARS = 60, 5_000
OF_PAGES = "页面告知"
"""How the versions of what the product's own pages say begin; no bank's own may."""
NOT_KEPT = "文本未留存"
"""Stands for the wording of a version that was named before wordings were kept."""


def fingerprint(wording: str) -> str:
    """Return the SHA-256 of a wording in UTF-8, as hex."""
    return hashlib.sha256(wording.encode()).hexdigest()


def page_version(edition: str, wording: str) -> str:
    """Return the version of what a page says: one for each wording, whatever fills it in."""
    return f"{OF_PAGES} {edition}-{fingerprint(wording)[:8]}"


def clean_version(version: str) -> str:
    """Return a bank's own version as it is kept; raises Invalid (`version`)."""
    kept = " ".join(unicodedata.normalize("NFKC", version).split())
    if not kept or len(kept) > VERSION_MAX_CHARS or HIDDEN.search(kept):
        raise Invalid.of(
            "version", f"请填写版本，最多 {VERSION_MAX_CHARS} 字，例如 柜面授权书 2026-12"
        )
    if kept.startswith(OF_PAGES):
        raise Invalid.of("version", f"“{OF_PAGES}”开头的版本由系统留存，请换一个名称")
    return kept


def clean_wording(wording: str) -> str:
    """Return a wording as it is kept, its lines ended alike; raises Invalid (`wording`)."""
    lines = [line.rstrip() for line in wording.replace("\r\n", "\n").split("\n")]
    kept = "\n".join(lines).strip()
    if not kept or len(kept) > WORDING_MAX_CHARS:
        raise Invalid.of(
            "wording", f"请填写客户看到的全文，最多 {WORDING_MAX_CHARS} 字，现在有 {len(kept)} 字"
        )
    if any(HIDDEN.search(line.replace("\t", " ")) for line in lines):
        raise Invalid.of("wording", "全文含看不见的控制字符，请粘贴为纯文本后再保存")
    return kept
