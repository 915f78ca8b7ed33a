import pytest

from contenthub.errors import Invalid
from contenthub.library import richtext
from contenthub.library.richtext import clean, plain, remote_images

OWN = "/assets/" + "a" * 64

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='//evil.example/x'>x</a>",
    "<a href='/\\evil.example'>x</a>",
    "<form action=//evil.example><input name=p></form>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<p hx-get=/x hx-trigger=load data-hx-get=/x onclick=x>t</p>",
    "<p style='background:url(//evil.example/x)'>t</p>",
    "<p style='list-style-image:url(//evil.example/x)'>t</p>",
    "<p style='color:red;width:u\\72l(//evil.example)'>t</p>",
    "<p style='position:fixed;top:0;left:0;z-index:9'>t</p>",
    "<p style='margin-top:-9999px'>t</p>",
    "<p style='color:expression(alert(1))'>t</p>",
    "<img src='https://evil.example/pixel.gif'>",
    "<img src='//evil.example/pixel.gif'>",
    "<img src='/assets/../api/v1/logout'>",
    "<img alt='x><script>alert(1)</script>' src='//evil.example'>",
    "<img srcset='//evil.example/x 2x' src=x>",
    "<video src=//evil.example autoplay></video>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<template><script>alert(1)</script></template>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
]
FORBIDDEN = (
    "<script",
    "onerror=",
    "onload=",
    "onclick",
    "hx-",
    "<svg",
    "<math",
    "<iframe",
    "<form",
    "<base",
    "<meta",
    "<link",
    "<video",
    "<img",
    "javascript:",
    'href="data:',
    "evil.example",
    "url(",
    "position:",
    "-9999",
    "expression",
    "srcset",
)


def tags_of(html: str) -> str:
    """Return the markup only: what stands as text between tags is harmless."""
    inside, out = False, ""
    for char in html:
        inside = True if char == "<" else inside
        out += char if inside else ""
        inside = False if char == ">" else inside
    return out


@pytest.mark.parametrize("html", HOSTILE)
def test_hostile_markup_leaves_nothing_that_runs_fetches_or_covers(html: str) -> None:
    cleaned = tags_of(clean(html).replace("&lt;", "")).lower()
    assert [word for word in FORBIDDEN if word in cleaned] == []


@pytest.mark.parametrize("html", [*HOSTILE, f'<p>文字<img src="{OWN}" alt="a>b"></p>'])
def test_cleaning_twice_changes_nothing(html: str) -> None:
    assert clean(clean(html)) == clean(html)


def test_a_pasted_article_keeps_its_styles() -> None:
    article = (
        '<section style="margin:10px 0;padding:12px;border:1px solid #eee;border-radius:8px;'
        'background-color:#f7f7f7;display:flex;text-align:center">'
        '<span style="color:#1d6fd1;font-size:16px;letter-spacing:1px;line-height:1.75">金秋</span>'
        '<table><tbody><tr><td colspan="2" style="width:50%">利率</td></tr></tbody></table>'
        "</section>"
    )
    cleaned = clean(article)
    assert sum(part.count(":") for part in cleaned.split('style="')[1:]) == 12
    assert 'colspan="2"' in cleaned


def test_own_pictures_stay_and_keep_their_alt() -> None:
    cleaned = clean(f'<p><img src="{OWN}" alt="大额存单海报"></p>')
    assert f'src="{OWN}"' in cleaned
    assert 'alt="大额存单海报"' in cleaned


def test_lazy_foreign_pictures_are_listed_and_can_be_rehosted() -> None:
    far = "https://mmbiz.qpic.cn/a/640?wx_fmt=png&x=1"
    pasted = f'<p><img data-src="{far}" src="data:image/gif;base64,AA"></p><p>文</p>'
    assert remote_images(pasted) == [far]
    assert "<img" not in clean(pasted)
    assert f'<img src="{OWN}">' in clean(pasted, rehosted={far: OWN})


def test_rehosting_cannot_bring_in_a_foreign_address() -> None:
    far = "https://a.example/x.png"
    assert "<img" not in clean(f'<img src="{far}">', rehosted={far: "https://b.example/y.png"})


def test_plain_text_becomes_paragraphs_and_comes_back() -> None:
    assert clean("第一行\n\n第二行 < 3 & 4") == "<p>第一行</p><p>第二行 &lt; 3 &amp; 4</p>"
    assert plain(clean("第一行\n\n第二行 < 3 & 4")) == "第一行\n第二行 < 3 & 4"


def test_plain_reads_blocks_as_lines_and_inline_tags_as_nothing() -> None:
    html = "<h3>标题</h3><p>保<b>本</b>&nbsp;x<br>下一行</p><ul><li>甲</li><li>乙</li></ul>"
    assert plain(html) == "标题\n保本 x\n下一行\n甲\n乙"


def test_plain_leaves_scripts_out() -> None:
    assert plain("<p>甲</p><script>乙</script><style>丙</style>") == "甲"


def test_text_that_cannot_be_stored_is_refused() -> None:
    with pytest.raises(Invalid):
        clean("<p>\ud800</p>")
    assert clean("<p>a\x00b</p>") == "<p>ab</p>"


def test_only_our_own_store_is_own() -> None:
    assert richtext.is_own("/assets/abc")
    for address in (
        "/assets/../x",
        "//assets/x",
        "https://x/assets/",
        "/assets/a\\b",
        "/assets/ a",
    ):
        assert not richtext.is_own(address)


@pytest.mark.parametrize(
    "html",
    ["x" * 500_001, "<div>" * 90_000, "<b>" * 20_000 + "x", "<p>" + "好" * 50_001, "好" * 50_001],
    ids=["long", "deep", "many", "text", "plain"],
)
def test_bodies_that_would_hold_the_server_up_are_refused(html: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean(html)
    assert set(refused.value.fields) == {"body"}
