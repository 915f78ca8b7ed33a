"""Everything in the sandbox that looks random, worked out from a seed by hashing."""

import hashlib
from collections.abc import Mapping

FAULTS: Mapping[str, int] = {
    "busy": 35,
    "lost": 20,
    "truncated": 20,
    "crowded": 15,
    "hang": 5,
    "limited": 5,
    "false_busy": 0,
}
"""Kind of fault → its weight among random faults.

busy: -1, nothing done. crowded: 45033. limited: 45009. lost: done, the connection is cut
before the answer. truncated: done, half of the JSON. hang: done, no answer for a long time.
false_busy: done, yet answers -1 (only by script; WeCom's pages do not say that it can happen).
"""
_DIVISOR = float(1 << 64)


def fraction(*parts: object) -> float:
    """Return a number in [0, 1) that depends on nothing but the parts."""
    text = "\n".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / _DIVISOR


def fault_of(seed: int, call_number: int, *, rate: float) -> str | None:
    """Return the kind of fault the n-th call meets, None for most calls."""
    if fraction(seed, "fault", call_number) >= rate:
        return None
    left = fraction(seed, "kind", call_number) * sum(FAULTS.values())
    for kind, weight in FAULTS.items():
        left -= weight
        if left < 0:
            return kind
    raise AssertionError("the weights of FAULTS sum to more than the draw")


def person_status(
    seed: int, external_userid: str, *, not_friend_rate: float, capped_rate: float
) -> int:
    """Return WeCom's send status of a customer: 1 sent, 2 not a friend, 3 capped."""
    draw = fraction(seed, "person", external_userid)
    if draw < not_friend_rate:
        return 2
    return 3 if draw < not_friend_rate + capped_rate else 1


def is_unrelated(seed: int, external_userid: str, *, rate: float) -> bool:
    """Tell whether a customer is refused when the send is accepted."""
    return fraction(seed, "unrelated", external_userid) < rate


def confirm_delay_seconds(seed: int, msgid: str, span: tuple[float, float]) -> float:
    """Return how long the employee takes to confirm a send."""
    return span[0] + (span[1] - span[0]) * fraction(seed, "confirm", msgid)
