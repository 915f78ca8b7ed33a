"""Whose request it is by network address: the one answer for log-ins, limits and keys.

X-Forwarded-For is believed only from the proxies that the operator named in
`CONTENTHUB_TRUSTED_PROXIES`: the server then puts the client's own address into the
connection (cli_serve.py). Nobody else's headers are looked at here, so a forged one
changes nothing.
"""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any


def client_address(scope: Mapping[str, Any]) -> str:
    """Return the client's address of an ASGI scope, or '' when there is none (a Unix socket).

    An IPv4 address that came in IPv6 clothes (::ffff:192.0.2.1) is written as IPv4, so that
    it is the same client either way.
    """
    client = scope.get("client")
    host = str(client[0]) if client else ""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)
