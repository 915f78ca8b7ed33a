"""Who counts as a person. The user agents are public strings of the named products."""

import pytest

from contenthub.sharing.bots import is_looking, is_person

_ANDROID = "Mozilla/5.0 (Linux; Android 13; {}) AppleWebKit/537.36 (KHTML, like Gecko)"
_WEBVIEW = _ANDROID + " Version/4.0 Chrome/111.0.5563.116 Mobile Safari/537.36"
_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148"
)
_WECHAT = " MicroMessenger/8.0.50.2701(0x28003255) WeChat/arm64 Weixin NetType/{} Language/zh_CN"

PEOPLE = [
    *(_WEBVIEW.format(model) + _WECHAT.format(net)
      for model in ("V2055A", "M2012K11AC", "CUBOT X30", "LIO-AN00", "PDSM00")
      for net in ("WIFI", "4G", "5G")),
    _IPHONE + " MicroMessenger/8.0.50(0x1800322b) NetType/WIFI Language/zh_CN",
    _IPHONE + " wxwork/4.1.20 MicroMessenger/7.0.1 Language/zh ColorScheme/Light",
    _WEBVIEW.format("HMA-AL00") + " wxwork/4.1.22 MicroMessenger/7.0.1 NetType/4G Language/zh",
    "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/98.0 "
    "Safari/537.36 WindowsWechat(0x63090a13) XWEB/8519 Flue",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/108 Safari/537.36 wxwork/4.1.20 "
    "(MicroMessenger/6.2) WindowsWechat MailPlugin_Electron",
    _WEBVIEW.format("RMX3560") + " V1_AND_SQ_8.9.80_5000_YYB_D QQ/8.9.80.12440 NetType/WIFI",
    _IPHONE + " QQ/8.9.80.614 V1_IPH_SQ_8.9.80_1_APP_A Pixel/1170",
    _WEBVIEW.format("NOH-AN00") + " MQQBrowser/6.2 TBS/046209 Mobile Safari/537.36",
    _IPHONE + " AliApp(AP/10.5.20.8000) AlipayClient/10.5.20.8000 Language/zh-Hans",
    _WEBVIEW.format("JAD-AL50") + " AliApp(DingTalk/7.0.40) com.alibaba.android.rimet",
    _IPHONE + " DingTalk/7.0.40 Language/zh-Hans-CN",
    _WEBVIEW.format("VOG-AL10") + " Weibo (HUAWEI-VOG-AL10__weibo__13.9.1__android__android10)",
    _IPHONE + " aweme_26.3.0 BytedanceWebview/d8a21c6",
    _WEBVIEW.format("MI 9") + " baiduboxapp/13.40.0.10 (Baidu; P1 10)",
    _ANDROID.format("ANY-AN00") + " Chrome/99.0.4844.88 HuaweiBrowser/13.0.5 Mobile Safari/537.36",
    _ANDROID.format("V2241A") + " Chrome/101.0.4951.74 VivoBrowser/18.5.0.0 Mobile Safari/537.36",
    _ANDROID.format("23013RK75C") + " Chrome/112.0 XiaoMi/MiuiBrowser/17.9 Mobile Safari/537.36",
    _ANDROID.format("PGT-AN10") + " Chrome/114.0 HeyTapBrowser/40.8.6.1 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; U; Android 10; zh-CN; ELE-AL00) AppleWebKit/537.36 Version/4.0 "
    "Chrome/100 UCBrowser/15.5.6.1246 Mobile Safari/537.36",
    _IPHONE + " Version/16.5 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/16.5 Safari/605",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120 Safari/537 Edg/120",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/90.0.4430.212 Safari/537.36",
    "Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0",
    "Mozilla/5.0 (Phone; OpenHarmony 4.1) AppleWebKit/537.36 Chrome/114 ArkWeb/4.1.6 Mobile",
]  # fmt: skip

ROBOTS = [
    "",
    " ",
    "-",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
    "Mozilla/5.0 (compatible; 360Spider/1.0) AppleWebKit/537.36",
    "Mozilla/5.0 (Windows; U; Windows NT 5.1; zh-CN;) Firefox/1.5 YisouSpider/5.0",
    "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 Mobile Safari/537.36 (compatible; "
    "Bytespider; spider-feedback@bytedance.com)",
    "Mozilla/5.0 (Linux; Android 7.0;) AppleWebKit/537.36 (compatible; PetalBot;+https://aspiegel.com)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "Mozilla/5.0 (compatible; MJ12bot/v1.4.8; http://mj12bot.com/)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Twitterbot/1.0",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "WeChatShareExtension/8.0.34.30 CFNetwork/1402.0.8 Darwin/22.2.0",
    "Mozilla/5.0 MicroMessenger WeChatShareExtension/8.0",
    "SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36",
    "Mozilla/5.0 (X11) AppleWebKit/538.1 PhantomJS/2.1.1 Safari/538.1",
    "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
    "Mozilla/5.0 Chrome/98 Safari/537.36 Chrome-Lighthouse",
    "Mozilla/5.0 (compatible; Google-Site-Verification-checker/1.0)",
    "curl/8.4.0",
    "Wget/1.21.3",
    "python-requests/2.31.0",
    "Python/3.11 aiohttp/3.9.1",
    "python-httpx/0.28.1",
    "Go-http-client/1.1",
    "okhttp/4.12.0",
    "Java/17.0.2",
    "Apache-HttpClient/4.5.14 (Java/1.8.0_362)",
    "axios/1.6.2",
    "node-fetch/1.0",
    "PostmanRuntime/7.36.0",
    "Ruby",
    "libwww-perl/6.72",
    "GuzzleHttp/7",
    "Mozilla/5.0 zgrab/0.x",
    "Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)",
    "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)",
    "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
    "Nuclei - Open-source project",
]


@pytest.mark.parametrize("user_agent", PEOPLE)
def test_in_app_browsers_are_people(user_agent: str) -> None:
    assert is_person(user_agent)


@pytest.mark.parametrize("user_agent", ROBOTS)
def test_robots_and_previewers_are_not(user_agent: str) -> None:
    assert not is_person(user_agent)


@pytest.mark.parametrize(
    ("method", "purpose", "looking"),
    [
        ("GET", "", True),
        ("HEAD", "", False),
        ("GET", "prefetch", False),
        ("GET", "prefetch;prerender", False),
        ("GET", "Preview", False),
    ],
)
def test_fetching_ahead_is_not_looking(method: str, purpose: str, looking: bool) -> None:
    assert is_looking(method, purpose) is looking
