"""What can be read out of the sandbox's memory: lists for the API, the page and the tests."""

import json
import sqlite3
from typing import Any

from contenthub.channels.sandbox.ledger import Ledger

PAGE = 500


def listed(
    ledger: Ledger, corpid: str, *, start: float, end: float, offset: int, limit: int
) -> list[dict[str, Any]]:
    """Return rows of get_groupmsg_list_v2 made in [start, end).

    As in WeCom, sends made by the API have no creator.
    """
    rows = ledger.db.execute(
        "SELECT msgid, body, created_at FROM message WHERE corpid = ? AND created_at >= ?"
        " AND created_at < ? ORDER BY created_at, msgid LIMIT ? OFFSET ?",
        (corpid, start, end, limit, offset),
    )
    return [
        {
            "msgid": row["msgid"],
            "create_time": str(int(row["created_at"])),
            "create_type": 0,
            **json.loads(row["body"]),
        }
        for row in rows
    ]


def send_list(
    ledger: Ledger, message: sqlite3.Row, *, offset: int, limit: int
) -> list[dict[str, Any]]:
    """Return rows of get_groupmsg_send_result for one send."""
    rows = ledger.db.execute(
        "SELECT external_userid, status FROM recipient WHERE msgid = ?"
        " ORDER BY external_userid LIMIT ? OFFSET ?",
        (message["msgid"], limit, offset),
    )
    found: list[dict[str, Any]] = []
    for row in rows:
        entry = {
            "external_userid": row["external_userid"],
            "userid": message["sender"],
            "status": row["status"],
        }
        if row["status"]:
            entry["send_time"] = int(message["confirmed_at"])
        found.append(entry)
    return found


def messages(
    ledger: Ledger, *, sender: str = "", marker: str = "", limit: int = PAGE, offset: int = 0
) -> list[dict[str, Any]]:
    """Return accepted sends, newest first, with their state and their customers' count."""
    rows = ledger.db.execute(
        "SELECT m.*, count(r.external_userid) AS customer_count,"
        " sum(r.status = 1) AS delivered, sum(r.status = 2) AS not_friend,"
        " sum(r.status = 3) AS capped"
        " FROM message m LEFT JOIN recipient r USING (msgid)"
        " WHERE (? = '' OR m.sender = ?) AND (? = '' OR m.marker = ?)"
        " GROUP BY m.msgid ORDER BY m.created_at DESC, m.msgid LIMIT ? OFFSET ?",
        (sender, sender, marker, marker, limit, offset),
    )
    return [_message(row) for row in rows]


def customers_of(ledger: Ledger, msgid: str) -> list[str]:
    """Return the customers of one accepted send."""
    rows = ledger.db.execute(
        "SELECT external_userid FROM recipient WHERE msgid = ? ORDER BY external_userid", (msgid,)
    )
    return [row["external_userid"] for row in rows]


def notices(ledger: Ledger, *, userid: str = "", limit: int = PAGE) -> list[dict[str, Any]]:
    """Return app messages to employees, newest first."""
    rows = ledger.db.execute(
        "SELECT corpid, userid, text, at FROM notice WHERE (? = '' OR userid = ?)"
        " ORDER BY id DESC LIMIT ?",
        (userid, userid, limit),
    )
    return [dict(row) for row in rows]


def delivery_count(ledger: Ledger, *, corpid: str = "") -> dict[str, int]:
    """Return how many customers were sent to, and how many more than once.

    customers: distinct. sends: rows over all accepted sends. duplicated: customers who are in
    more than one send with the same marker. repeated: sends beyond each customer's first.
    """
    scope = (corpid, corpid)
    row = ledger.db.execute(
        "SELECT count(*) AS sends, count(DISTINCT corpid || char(10) || external_userid)"
        " AS customers FROM recipient JOIN message USING (msgid) WHERE (? = '' OR corpid = ?)",
        scope,
    ).fetchone()
    twice = ledger.db.execute(
        "SELECT count(*) FROM (SELECT 1 FROM recipient JOIN message USING (msgid)"
        " WHERE (? = '' OR corpid = ?)"
        " GROUP BY corpid, marker, external_userid HAVING count(*) > 1)",
        scope,
    ).fetchone()
    states = ledger.db.execute(
        "SELECT sum(status = 1), sum(status = 2), sum(status = 3), sum(status = 0)"
        " FROM recipient JOIN message USING (msgid) WHERE (? = '' OR corpid = ?)",
        scope,
    ).fetchone()
    names = ("delivered", "not_friend", "capped", "unsent")
    return {
        "customers": row["customers"],
        "sends": row["sends"],
        "duplicated": twice[0],
        "repeated": row["sends"] - row["customers"],
        **{name: value or 0 for name, value in zip(names, states, strict=True)},
    }


def media(ledger: Ledger, media_id: str) -> tuple[str, bytes] | None:
    """Return (mime, bytes) of an uploaded file."""
    row = ledger.db.execute(
        "SELECT mime, data FROM media WHERE media_id = ?", (media_id,)
    ).fetchone()
    return (row["mime"], row["data"]) if row else None


def _message(row: sqlite3.Row) -> dict[str, Any]:
    state = "waiting"
    if row["cancelled_at"] is not None:
        state = "cancelled"
    elif row["confirmed_at"] is not None:
        state = "confirmed"
    body = json.loads(row["body"])
    names = ("msgid", "corpid", "sender", "marker", "created_at", "confirm_at", "confirmed_at")
    counts = ("customer_count", "delivered", "not_friend", "capped")
    return {
        **{name: row[name] for name in names},
        **{name: row[name] or 0 for name in counts},
        "cancelled_at": row["cancelled_at"],
        "state": state,
        "text": (body.get("text") or {}).get("content", ""),
        "attachments": body.get("attachments", []),
    }
