"""What the sandbox remembers, in one SQLite file that survives kill -9.

Each change is one transaction, flushed to the disk (synchronous=FULL) before it is answered.
Instants are epoch seconds, given by the caller.
"""

import hashlib
import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contenthub.channels.sandbox import chance, rules
from contenthub.channels.sandbox.options import Options

_SCHEMA = """
CREATE TABLE IF NOT EXISTS corp (corpid TEXT PRIMARY KEY, secret_hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS token (
  token TEXT PRIMARY KEY, corpid TEXT NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS message (
  msgid TEXT PRIMARY KEY, corpid TEXT NOT NULL, sender TEXT NOT NULL, marker TEXT NOT NULL,
  body TEXT NOT NULL, created_at REAL NOT NULL, confirm_at REAL, confirmed_at REAL,
  cancelled_at REAL);
CREATE INDEX IF NOT EXISTS message_by_time ON message (corpid, created_at);
CREATE INDEX IF NOT EXISTS message_waiting ON message (confirm_at)
  WHERE confirmed_at IS NULL AND cancelled_at IS NULL;
CREATE TABLE IF NOT EXISTS recipient (
  msgid TEXT NOT NULL, external_userid TEXT NOT NULL, status INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (msgid, external_userid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reminder (msgid TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS media (
  media_id TEXT PRIMARY KEY, corpid TEXT NOT NULL, kind TEXT NOT NULL, filename TEXT NOT NULL,
  mime TEXT NOT NULL, data BLOB NOT NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS notice (
  id INTEGER PRIMARY KEY, corpid TEXT NOT NULL, userid TEXT NOT NULL, text TEXT NOT NULL,
  body_hash TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS notice_by_hash ON notice (corpid, body_hash, at);
CREATE TABLE IF NOT EXISTS contact_way (
  config_id TEXT PRIMARY KEY, corpid TEXT NOT NULL, userid TEXT NOT NULL, state TEXT NOT NULL,
  created_at REAL NOT NULL);
"""
_MEDIA_LIFE_SECONDS = 3 * 86_400
_TOKEN_REUSE_SECONDS = 60


class Ledger:
    """The sandbox's memory; `options` may be exchanged while it runs. One thread only."""

    def __init__(self, file: Path, options: Options) -> None:
        self.options = options
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # For our own account alone: it holds the names and messages of a demo, or of a rehearsal.
        file.touch(mode=0o600)
        file.chmod(0o600)
        self.db = sqlite3.connect(file, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        self.db.executescript(f"BEGIN;{_SCHEMA}COMMIT;")  # one wait for the disk
        self.db.create_function("fate", 1, self._fate, deterministic=False)

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def issue_token(self, corpid: str, secret: str, *, at: float) -> tuple[str, int] | None:
        """Return (token, seconds left); None when the corp is known by another secret.

        The first secret of a corp registers it. As WeCom does, a living token is given again.
        """
        digest = hashlib.sha256(secret.encode()).hexdigest()
        with self._change():
            self.db.execute("INSERT OR IGNORE INTO corp VALUES (?, ?)", (corpid, digest))
            kept = self._one("SELECT secret_hash FROM corp WHERE corpid = ?", corpid)
            if kept is None or kept["secret_hash"] != digest:
                return None
            living = self._one(
                "SELECT token, expires_at FROM token WHERE corpid = ? AND expires_at > ?",
                corpid,
                at + min(_TOKEN_REUSE_SECONDS, self.options.token_seconds / 2),
            )
            if living:
                return living["token"], int(living["expires_at"] - at)
            token = uuid.uuid4().hex + uuid.uuid4().hex
            expires_at = at + self.options.token_seconds
            self.db.execute("INSERT INTO token VALUES (?, ?, ?)", (token, corpid, expires_at))
        return token, self.options.token_seconds

    def corp_of(self, token: str, *, at: float) -> str | rules.Refusal:
        """Return the corp a token speaks for, or 40014 / 42001."""
        row = self._one("SELECT corpid, expires_at FROM token WHERE token = ?", token)
        if row is None:
            return rules.Refusal(40014, "invalid access_token")
        if row["expires_at"] <= at:
            return rules.Refusal(42001, "access_token expired")
        return str(row["corpid"])

    def add_contact_way(self, corpid: str, body: Mapping[str, Any], *, at: float) -> str:
        """Return the number of a new 「联系我」 code."""
        config_id = uuid.uuid4().hex
        with self._change():
            self.db.execute(
                "INSERT INTO contact_way VALUES (?, ?, ?, ?, ?)",
                (config_id, corpid, body["user"][0], body.get("state", ""), at),
            )
        return config_id

    def contact_ways(self, corpid: str, *, since: float, until: float) -> list[dict[str, Any]]:
        """Return the 「联系我」 codes of a corp (empty: of all) between two epoch seconds."""
        rows = self.db.execute(
            "SELECT config_id, userid, state FROM contact_way"
            " WHERE ? IN ('', corpid) AND created_at BETWEEN ? AND ? ORDER BY created_at",
            (corpid, since, until),
        )
        return [dict(row) for row in rows]

    def has_contact_way(self, config_id: str) -> bool:
        """Tell whether a 「联系我」 code is there."""
        return self._one("SELECT 1 FROM contact_way WHERE config_id = ?", config_id) is not None

    def del_contact_way(self, corpid: str, config_id: str) -> bool:
        """Delete a corp's 「联系我」 code; tell whether there was one."""
        with self._change():
            gone = self.db.execute(
                "DELETE FROM contact_way WHERE config_id = ? AND corpid = ?", (config_id, corpid)
            )
        return gone.rowcount > 0

    def ticket(self, corpid: str, *, at: float) -> str:
        """Return a corp's page ticket of the hour `at` lies in: worked out, so nothing is kept."""
        facts = f"{self.options.seed}\0{corpid}\0{int(at // 3600)}"
        return "ticket-" + hashlib.sha256(facts.encode()).hexdigest()

    def accept(self, corpid: str, body: Mapping[str, Any], *, at: float) -> tuple[str, list[str]]:
        """Return (msgid, fail_list) of an accepted send; msgid is empty when nobody is left."""
        people = list(dict.fromkeys(body["external_userid"]))
        failed = [one for one in people if self._is_refused(one)]
        taken = [one for one in people if one not in set(failed)] if failed else people
        if not taken:
            return "", failed
        msgid = "msg" + uuid.uuid4().hex
        span = self.options.confirm_seconds
        confirm_at = (
            None
            if span is None or body["sender"] in self.options.by_hand
            else at + chance.confirm_delay_seconds(self.options.seed, msgid, span)
        )
        content = {name: body[name] for name in ("text", "attachments") if name in body}
        with self._change():
            self.db.execute(
                "INSERT INTO message (msgid, corpid, sender, marker, body, created_at, confirm_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    msgid,
                    corpid,
                    body["sender"],
                    rules.marker_of(body),
                    json.dumps(content, ensure_ascii=False),
                    at,
                    confirm_at,
                ),
            )
            self.db.executemany(
                "INSERT INTO recipient (msgid, external_userid) VALUES (?, ?)",
                ((msgid, one) for one in taken),
            )
        return msgid, failed

    def message(self, msgid: str, *, corpid: str | None = None) -> sqlite3.Row | None:
        """Return a send, of this corp when one is named."""
        row = self._one("SELECT * FROM message WHERE msgid = ?", msgid)
        return row if row and corpid in (None, row["corpid"]) else None

    def confirm(self, msgid: str, *, at: float) -> bool:
        """Let the employee confirm a send; False when it is cancelled, confirmed or unknown."""
        with self._change():
            done = self.db.execute(
                "UPDATE message SET confirmed_at = ?"
                " WHERE msgid = ? AND confirmed_at IS NULL AND cancelled_at IS NULL",
                (at, msgid),
            )
            if done.rowcount == 0:
                return False
            self.db.execute(
                "UPDATE recipient SET status = fate(external_userid) WHERE msgid = ?", (msgid,)
            )
        return True

    def settle(self, *, at: float) -> None:
        """Confirm every send whose employee has taken the time they take."""
        due = self.db.execute(
            "SELECT msgid, confirm_at FROM message"
            " WHERE confirm_at <= ? AND confirmed_at IS NULL AND cancelled_at IS NULL",
            (at,),
        ).fetchall()
        for row in due:
            self.confirm(row["msgid"], at=row["confirm_at"])

    def cancel(self, msgid: str, *, at: float) -> None:
        """Cancel a send; a confirmed one stays as it is."""
        with self._change():
            self.db.execute(
                "UPDATE message SET cancelled_at = ? WHERE msgid = ? AND confirmed_at IS NULL"
                " AND cancelled_at IS NULL",
                (at, msgid),
            )

    def remind(self, msgid: str, *, at: float) -> bool:
        """Note a reminder; False when the send had its reminders of the last 24 hours."""
        with self._change():
            row = self._one(
                "SELECT count(*) AS n FROM reminder WHERE msgid = ? AND at > ?", msgid, at - 86_400
            )
            if row is not None and row["n"] >= self.options.remind_limit:
                return False
            self.db.execute("INSERT INTO reminder VALUES (?, ?)", (msgid, at))
        return True

    def keep_media(self, corpid: str, kind: str, *, file: tuple[str, str, bytes], at: float) -> str:
        """Return the media id of stored bytes; `file` is (filename, mime, data)."""
        media_id = "media" + uuid.uuid4().hex
        with self._change():
            self.db.execute(
                "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?)",
                (media_id, corpid, kind, *file, at),
            )
        return media_id

    def has_media(self, corpid: str, kind: str, media_id: str, *, at: float) -> bool:
        """Tell whether a media id is this corp's, of this kind and not older than 3 days."""
        row = self._one(
            "SELECT 1 FROM media WHERE media_id = ? AND corpid = ? AND kind = ? AND created_at > ?",
            media_id,
            corpid,
            kind,
            at - _MEDIA_LIFE_SECONDS,
        )
        return row is not None

    def note(self, corpid: str, body: Mapping[str, Any], *, at: float) -> None:
        """Show an app message to its employees; a repeat within its check interval shows once."""
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        with self._change():
            if body.get("enable_duplicate_check") == 1:
                interval = int(body.get("duplicate_check_interval", 1800))
                if self._one(
                    "SELECT 1 FROM notice WHERE corpid = ? AND body_hash = ? AND at > ?",
                    corpid,
                    digest,
                    at - interval,
                ):
                    return
            self.db.executemany(
                "INSERT INTO notice (corpid, userid, text, body_hash, at) VALUES (?, ?, ?, ?, ?)",
                (
                    (corpid, user, body["text"]["content"], digest, at)
                    for user in rules.people_of(body)
                ),
            )

    @contextmanager
    def _change(self) -> Iterator[None]:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def _one(self, sql: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self.db.execute(sql, values).fetchone()
        return row

    def _is_refused(self, person: str) -> bool:
        options = self.options
        return not rules.is_person(person) or chance.is_unrelated(
            options.seed, person, rate=options.unrelated_rate
        )

    def _fate(self, person: str) -> int:
        options = self.options
        return chance.person_status(
            options.seed,
            person,
            not_friend_rate=options.not_friend_rate,
            capped_rate=options.capped_rate,
        )
