"""Idea: what an API key may be used for, from where, how often and until when."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from contenthub.errors import Forbidden, Invalid
from contenthub.tenants import access

PREFIX = "ch_live_"
"""How a key begins; keys of before (`ch_…`) go on working, since only their hash is kept."""
NETWORKS_MAX = 50
PER_MINUTE, PER_MINUTE_MAX = 1200, 60_000
OVERLAP = timedelta(hours=24)
"""After a rotation the old secret goes on for this long, so that scripts can change over."""
USE_NOTED_EVERY = timedelta(minutes=1)
HINT_HEAD, HINT_TAIL = len(PREFIX) + 3, 4


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """The limits of one key; the defaults limit nothing but the rate."""

    scopes: tuple[str, ...] = ()
    """Permissions of its owner's that it may use; empty: all of them."""
    ip_allow: tuple[str, ...] = ()
    """Networks (CIDR) it may be used from; empty: any."""
    per_minute: int = PER_MINUTE
    expires_at: datetime | None = None


class ElsewhereThanAllowed(Forbidden):
    """A key came from an address that is not on its list."""

    code = "key_address"
    title = "这个接口密钥不能从当前地址使用"


def checked(terms: KeyTerms, roles: Iterable[str], *, lender: Collection[str] = ()) -> KeyTerms:
    """Return `terms` with networks written out and scopes in order.

    `roles` are the owner's; `lender` is what the key that makes this one may do itself
    (empty: it is a person): a key gives no more than it has.

    Raises:
        Invalid: names each wrong field with its fix.
    """
    wrong: dict[str, str] = {}
    granted = access.permissions(roles)
    if lender:
        granted &= set(lender)
        if not terms.scopes:
            wrong["scopes"] = "当前密钥只有部分权限，新密钥请写明不超出它的权限范围"
    if unknown := [scope for scope in terms.scopes if scope not in granted]:
        wrong["scopes"] = (
            f"使用人没有这些权限：{'、'.join(unknown)[:120]}；请从使用人自己的权限里选"
        )
    if not 1 <= terms.per_minute <= PER_MINUTE_MAX:
        wrong["per_minute"] = f"每分钟次数应在 1 到 {PER_MINUTE_MAX} 之间"
    try:
        networks = read_networks(terms.ip_allow)
    except Invalid as error:
        networks, wrong = (), {**wrong, **error.fields}
    if wrong:
        raise Invalid(fields=wrong)
    return KeyTerms(tuple(sorted(set(terms.scopes))), networks, terms.per_minute, terms.expires_at)


def read_networks(words: Iterable[str]) -> tuple[str, ...]:
    """Return addresses and networks as CIDR, each once; raises Invalid (`ip_allow`)."""
    found: dict[str, None] = {}
    for word in words:
        text = word.strip()
        if text:
            found[str(_network(text))] = None
    if len(found) > NETWORKS_MAX:
        raise Invalid.of("ip_allow", f"最多写 {NETWORKS_MAX} 个地址或网段")
    return tuple(found)


def split_networks(text: str) -> tuple[str, ...]:
    """Return what somebody wrote in one field: separated by lines, commas or spaces."""
    return tuple(word for word in re.split(r"[\s,，;；、]+", text) if word)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        found = ip_network(text, strict=False)
    except ValueError as error:
        raise Invalid.of(
            "ip_allow", f"“{text[:50]}”不是 IP 地址或网段；请写成 203.0.113.7 或 10.20.0.0/16"
        ) from error
    mapped = getattr(found.network_address, "ipv4_mapped", None)
    if mapped is not None and found.prefixlen >= 96:  # ::ffff:10.0.0.0/104 says 10.0.0.0/8
        return IPv4Network((mapped, found.prefixlen - 96))
    return found


def admits(networks: Sequence[str], address: str) -> bool:
    """Return whether a key with these networks may be used from `address`.

    An address that cannot be read is admitted only where every address is.
    """
    if not networks:
        return True
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in ip_network(network) for network in networks)


def hint_of(clear: str) -> str:
    """Return how a key begins and ends: enough to know it again, too little to use it."""
    return clear[:HINT_HEAD] + "…" + clear[-HINT_TAIL:]


def ends_after_rotation(expires_at: datetime | None, at: datetime) -> datetime:
    """Return when the old secret of a key that is rotated at `at` ends."""
    overlap = at + OVERLAP
    return overlap if expires_at is None else min(expires_at, overlap)


def is_use_due(last_used_at: datetime | None, at: datetime) -> bool:
    """Return whether a use at `at` is far enough from the last one noted to be noted too."""
    return last_used_at is None or at - last_used_at >= USE_NOTED_EVERY
