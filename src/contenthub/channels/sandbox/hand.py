"""An employee's hand in the sandbox: confirms a send as a tap in WeCom would."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx


def is_on_this_machine(base_url: str) -> bool:
    """Return whether a URL leads to a loopback address: a sandbox may stand there, WeCom never."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def confirm(http: httpx.AsyncClient, base_url: str, msgid: str, *, userid: str) -> bool:
    """Confirm one send as its employee; return whether it counts as confirmed now.

    False when no sandbox answers. A send that was confirmed before stays confirmed.
    Raises ValueError for a URL that is not on this machine: nobody confirms for a real
    employee.
    """
    if not is_on_this_machine(base_url):
        raise ValueError("only a sandbox on this machine may be confirmed by us")
    try:
        answer = await http.post(
            base_url.rstrip("/") + "/sandbox/confirm", json={"msgid": msgid, "userid": userid}
        )
    except httpx.HTTPError:
        return False
    return answer.status_code in (httpx.codes.OK, httpx.codes.CONFLICT)
