"""Idea: who asks, a person's browser or a robot; only a person opens (打开) or views (浏览).

Robots, link previewers, prefetches, HEAD and an empty user agent raise no figure
(reliability A3). The in-app browsers of WeChat, WeCom, QQ, Alipay and DingTalk are
people, although WeChat's servers fetch shared pages as well: these may raise `fetches`, but run no
script and so make no view.
"""

import re
from functools import lru_cache

_ROBOT = re.compile(
    r"bot\b|bot[/;_\-)]|crawl|spider|slurp|scrap|preview|prerender|fetch|monitor|uptime|pingdom"
    r"|checker|validator|archiver|transcoder|mediapartners|facebookexternalhit|embedly|whatsapp/"
    r"|wechatshareextension|yisou|sogou web|headless|phantomjs|puppeteer|playwright|selenium"
    r"|lighthouse|pagespeed|curl/|wget|libwww|lwp|httpie|python|aiohttp|httpx|okhttp|java/"
    r"|jakarta|go-http|go/|ruby|perl|php/|guzzle|axios|node|apache-http|winhttp|postman|insomnia"
    r"|nmap|nikto|sqlmap|masscan|zgrab|censys|nuclei|scan",
    re.IGNORECASE,
)
_TELEPHONE = re.compile(r"\bcubot\b", re.IGNORECASE)
"""A maker of telephones whose name looks like a robot's."""
_BROWSER = re.compile(r"mozilla/|opera/|dalvik/|ucweb|micromessenger|nokia|mqqbrowser", re.I)


@lru_cache(maxsize=4096)
def is_person(user_agent: str) -> bool:
    """Return whether a user agent is a browser that a person may sit in front of."""
    if not _BROWSER.search(user_agent):
        return False
    return _ROBOT.search(_TELEPHONE.sub("", user_agent)) is None


def is_looking(method: str, purpose: str) -> bool:
    """Return whether a request shows the page now: no HEAD, no prefetch or preview.

    `purpose` is the value of Sec-Purpose, Purpose or X-Moz.
    """
    return method == "GET" and not any(w in purpose.lower() for w in ("prefetch", "preview"))
