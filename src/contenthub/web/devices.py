"""Idea: the device of a session in words a clerk recognises, from the browser's user agent."""

import re

_SYSTEMS = (
    (re.compile(r"iPhone"), "iPhone"),
    (re.compile(r"iPad"), "iPad"),
    (re.compile(r"HarmonyOS|OpenHarmony"), "鸿蒙"),
    (re.compile(r"Android"), "安卓手机"),
    (re.compile(r"Windows"), "Windows 电脑"),
    (re.compile(r"Macintosh|Mac OS X"), "苹果电脑"),
    (re.compile(r"UOS|Kylin|Linux|X11"), "Linux 电脑"),
)
# In this order: an in-app browser names its engine too, and Edge calls itself Chrome.
_BROWSERS = (
    (re.compile(r"wxwork/", re.I), "企业微信"),
    (re.compile(r"MicroMessenger/", re.I), "微信"),
    (re.compile(r"Edg(e|A|iOS)?/"), "Edge 浏览器"),
    (re.compile(r"360SE|360EE|QihooBrowser"), "360 浏览器"),
    (re.compile(r"QQBrowser/"), "QQ 浏览器"),
    (re.compile(r"Firefox/|FxiOS/"), "火狐浏览器"),
    (re.compile(r"Chrome/|CriOS/"), "Chrome 浏览器"),
    (re.compile(r"Safari/"), "Safari 浏览器"),
)
UNKNOWN = "未知设备或脚本"
_LONGEST_CHARS = 500


def device_words(user_agent: str) -> str:
    """Return `Chrome 浏览器 · Windows 电脑`, as far as the browser tells (it may lie)."""
    told = user_agent[:_LONGEST_CHARS]
    system = next((word for pattern, word in _SYSTEMS if pattern.search(told)), "")
    browser = next((word for pattern, word in _BROWSERS if pattern.search(told)), "")
    return " · ".join(word for word in (browser, system) if word) or UNKNOWN
