"""Logs: one JSON object a line, an event name and fields, never a whole phone number."""

import json
import logging
import re
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")
tenant: ContextVar[str] = ContextVar("tenant", default="")
actor: ContextVar[str] = ContextVar("actor", default="")
job: ContextVar[str] = ContextVar("job", default="")

_PHONE = re.compile(r"(?<!\d)((?:86)?1[3-9]\d)\d{4}(\d{4})(?!\d)")
_ID_CARD = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")
_TOKEN = re.compile(r"((?:access_token|corpsecret|suite_access_token|code)=)[^&\s\"']+")
_SECRET = re.compile(r"\b(ch_(?:live_)?|whsec_)[A-Za-z0-9_+/=-]{16,}")
_COOKIE = re.compile(r"(?i)(\bsession=|\bbearer +)[A-Za-z0-9._~+/=-]{8,}")
_CARD = re.compile(r"(?<![\d.])([3-6]\d{5})\d{6,9}(\d{4})(?!\d)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x1b]")


def _card(found: re.Match[str]) -> str:
    whole = found[0]
    doubled = sum(sum(divmod(2 * int(d), 10)) for d in whole[-2::-2])
    is_card = (doubled + sum(int(d) for d in whole[-1::-2])) % 10 == 0  # Luhn, ISO/IEC 7812-1
    return f"{found[1]}******{found[2]}" if is_card else whole


def mask(line: str) -> str:
    """Return `line` with phones, identity numbers and tokens hidden, control characters gone."""
    line = _PHONE.sub(r"\1****\2", line)
    line = _ID_CARD.sub(r"\1********\2", line)
    line = _CARD.sub(_card, line)
    line = _COOKIE.sub(r"\1***", _SECRET.sub(r"\1***", line))
    return _CONTROL.sub(" ", _TOKEN.sub(r"\1***", line))


def masked(value: object) -> object:
    """Return `value` with every text and number in it masked, however deep it nests."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {mask(str(key)): masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        shown = mask(str(value))
        return value if shown == str(value) else shown
    return value


class JsonFormatter(logging.Formatter):
    """Format a record as one JSON line with request, bank, actor and job bound."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the JSON line of a record."""
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        bound = {"request_id": request_id, "tenant": tenant, "actor": actor, "job": job}
        entry.update({name: value for name, var in bound.items() if (value := var.get())})
        entry.update(getattr(record, "fields", {}))
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        shown = {name: masked(value) for name, value in entry.items()}
        if "trace" in shown:
            shown["trace"] = "\n".join(mask(t) for t in str(entry["trace"]).splitlines())
        return json.dumps(shown, ensure_ascii=False, default=lambda v: mask(str(v)))


class _OneEvent(logging.Filter):
    """Turns what arq says of a ring that came to nothing into one event without a trace.

    A ring whose worker was killed is found half-done by another; PostgreSQL still holds the
    work, so nobody has to do anything.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; all pass."""
        said = record.getMessage().strip()
        if record.exc_info and record.exc_info[1] is not None:
            said = f"{said}: {record.exc_info[1]!r}"
        record.msg, record.args, record.exc_info = "doorbell.dropped", (), None
        record.fields = {"said": said, "lost": False}
        return True


def configure(level: str = "INFO") -> None:
    """Send this process's logs to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("arq").setLevel("WARNING")
    logging.getLogger("arq.worker").filters[:] = [_OneEvent()]
    logging.getLogger("arq.jobs").filters[:] = [_OneEvent()]
    logging.getLogger("httpx").setLevel("WARNING")
    logging.getLogger("uvicorn.access").setLevel("WARNING")


def event(name: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log `noun.past` with fields; values are masked by the formatter."""
    logging.getLogger("contenthub").log(level, name, extra={"fields": fields})
