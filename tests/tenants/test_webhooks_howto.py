"""The receiver's function in docs/howto/webhooks.md accepts what we send and nothing else."""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contenthub.channels.webhook import Letter, signed_headers
from contenthub.tenants import webhookrules

HOWTO = Path(__file__).parents[2] / "docs/howto/webhooks.md"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = json.dumps({"type": "lead.created", "data": {"lead_id": "编号"}}).encode()
Verify = Callable[[str, dict[str, str], bytes], dict[str, Any]]


@pytest.fixture(scope="module")
def verified() -> Verify:
    """Return the function as a reader would copy it from the page."""
    (code,) = re.findall(r"```python\n(.+?)```", HOWTO.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(HOWTO), "exec"), names)  # our own page
    found: Verify = names["verified"]
    return found


def _sent(*secrets: str, at: datetime | None = None) -> dict[str, str]:
    letter = Letter("msg_1", "https://crm.example.com/", BODY, secrets)
    return signed_headers(letter, at or datetime.now(UTC))


def test_what_we_send_is_accepted(verified: Verify) -> None:
    assert verified(SECRET, _sent(SECRET), BODY) == json.loads(BODY)


def test_while_a_secret_changes_either_accepts(verified: Verify) -> None:
    for secret in (SECRET, OTHER):
        assert verified(secret, _sent(SECRET, OTHER), BODY) == json.loads(BODY)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_or_early_request_is_refused(verified: Verify, minutes: int) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    with pytest.raises(ValueError, match="5 分钟"):
        verified(SECRET, _sent(SECRET, at=at), BODY)


def test_a_changed_body_id_or_time_or_another_secret_is_refused(verified: Verify) -> None:
    headers = _sent(SECRET)
    for changed, body, secret in (
        (headers, BODY + b" ", SECRET),
        ({**headers, "webhook-id": "msg_2"}, BODY, SECRET),
        ({**headers, "webhook-timestamp": str(int(time.time()) - 1)}, BODY, SECRET),
        ({**headers, "webhook-signature": "v1a,x v1,"}, BODY, SECRET),
        (headers, BODY, OTHER),
    ):
        with pytest.raises(ValueError, match="签名不对"):
            verified(secret, changed, body)


def test_every_event_and_fact_stands_on_the_page() -> None:
    page = HOWTO.read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|[^|]*\| (.+?) \|$", page, re.MULTILINE))
    said = {event: set(re.findall(r"`(\w+)`", facts)) for event, facts in rows.items()}
    assert said == {name: set(kind.facts) for name, kind in webhookrules.EVENTS.items()}
