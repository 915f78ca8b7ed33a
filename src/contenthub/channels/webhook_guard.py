"""Idea: where an event may be sent, and where never (SSRF, reliability A9).

A bank's administrator names the address, so it is hostile: it may lead back into our own
house. One parser reads it, its host is resolved once, every address it has must be allowed,
and the connection goes to that very address (webhook.py): nothing is asked a second time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import idna

from contenthub.errors import Invalid

PORTS = (443, 8443)
URL_CHARS = 1000
# Read whole: what this does not match has no scheme we know, a user, a fragment, a backslash,
# a space or a control character in it.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-fA-F:.]+\]|[^\s\x00-\x20\x7f/?#@:\\\[\]]+)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<rest>[/?][^\s\x00-\x20\x7f#\\]*)?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Public by the register, yet not a receiver anywhere: relays, and a cloud's own metadata.
_NEVER = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments; a cloud keeps its metadata here
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # Azure's host
        "64:ff9b::/96",  # NAT64: an IPv4 address in disguise
        "64:ff9b:1::/48",
        "2002::/16",  # 6to4: the same
        "2001::/32",  # Teredo: the same
        "::/96",  # IPv4-compatible: the same
        "fec0::/10",  # site-local, of before fc00::/7
        "5f00::/16",  # segment routing
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


class UnsafeTarget(Invalid):
    """An event may not be sent to this address."""

    code = "webhook_target"
    title = "这个地址不能接收事件推送"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator allows beyond public https addresses."""

    allow_http: bool = False
    networks: tuple[Network, ...] = ()
    """Inside the bank's own house; any port."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: whom to resolve, and what to ask them."""

    scheme: str
    host: str
    """In lower case, as ASCII; an IPv6 address without brackets."""
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What goes into the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"

    def at(self, address: Address) -> str:
        """Return the URL whose host is `address` itself, so that nothing resolves it again."""
        host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def rules_of(*, allow_http: bool, networks: str) -> Rules:
    """Return the rules of two settings; `networks` are separated by commas.

    Raises:
        Invalid: a network cannot be read.
    """
    try:
        read = tuple(ip_network(word.strip()) for word in networks.split(",") if word.strip())
    except ValueError as error:
        raise Invalid.of(
            "CONTENTHUB_WEBHOOK_ALLOW_NETWORKS", f"应为逗号分隔的网段，如 10.20.0.0/16：{error}"
        ) from error
    return Rules(allow_http, read)


def target_of(url: str, rules: Rules) -> Target:
    """Return a URL taken apart.

    Raises:
        UnsafeTarget: not https, a user in it, a port or a host that is not allowed.
    """
    found = _URL.fullmatch(url) if len(url) <= URL_CHARS else None
    if found is None:
        raise _refused(
            "请填写完整的 https 网址，如 https://crm.example.com/hooks；不能带用户名、# 或空格"
        )
    scheme = found["scheme"].lower()
    if scheme == "http" and not rules.allow_http:
        raise _refused("只能推送到 https 地址，请让接收方启用 HTTPS")
    host = _host(found["host"], is_short_fine=bool(rules.networks))
    port = int(found["port"] or {"http": 80, "https": 443}[scheme])
    # A port beyond the usual is judged with the addresses: only networks of the house have it.
    if not 1 <= port <= 65535 or (port not in PORTS and scheme == "https" and not rules.networks):
        raise _refused("端口只能是 443 或 8443")
    rest = found["rest"] or "/"
    return Target(scheme, host, port, rest if rest.startswith("/") else "/" + rest)


def _host(said: str, *, is_short_fine: bool) -> str:
    if said.startswith("["):
        try:
            return str(IPv6Address(said[1:-1]))
        except ValueError as error:
            raise _refused("方括号里应为 IPv6 地址") from error
    try:
        host = idna.encode(said.rstrip("."), uts46=True).decode().lower()
    except idna.IDNAError:
        host = said.rstrip(".").lower()
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        # "127.1", "0x7f.1", "2130706433": a resolver may read these as an address.
        try:
            return str(IPv4Address(host))
        except ValueError as error:
            raise _refused("IP 地址应写成四段十进制数字") from error
    is_short = len(labels) < 2 and not is_short_fine
    if len(host) > 253 or is_short or not all(_LABEL.fullmatch(one) for one in labels):
        raise _refused("网址里的主机名不正确，应是完整域名")
    return host


def check_url(url: str, rules: Rules) -> Target:
    """Return a URL taken apart, as far as it can be judged without asking for its name.

    Raises:
        UnsafeTarget: as target_of, and an address written out that is not allowed.
    """
    target = target_of(url, rules)
    try:
        ip_address(target.host)
    except ValueError:
        return target
    check_addresses(target, [target.host], rules)
    return target


def check_addresses(target: Target, found: Sequence[str], rules: Rules) -> list[Address]:
    """Return the addresses a host was resolved to, if every one of them is allowed.

    Raises:
        UnsafeTarget: none, or one that leads into a house: a mix is a trick.
    """
    addresses = [ip_address(text.partition("%")[0]) for text in dict.fromkeys(found)]
    if not addresses:
        raise _refused("找不到这个主机名，请核对网址")
    for address in addresses:
        inside = _is_in(address, rules.networks)
        if not inside and not is_public(address):
            raise _refused("这个地址指向内网、本机或保留网段；行内接收方请让运维登记网段后再填")
        usual = PORTS if target.scheme == "https" else (80, *PORTS)
        if not inside and target.port not in usual:
            raise _refused("端口只能是 443 或 8443")
    return addresses


def is_public(address: Address) -> bool:
    """Return whether an address is an ordinary one of the public Internet.

    An IPv6 address that carries an IPv4 address inside is none, whatever is inside.
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None or address.packed[8:12] in _isatap_bytes():
            return False
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not _is_in(address, _NEVER)


def _isatap_bytes() -> tuple[bytes, ...]:
    return tuple(number.to_bytes(4, "big") for number in _ISATAP)


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == one.version and address in one for one in networks)


def _refused(message: str) -> UnsafeTarget:
    return UnsafeTarget(fields={"url": message})
