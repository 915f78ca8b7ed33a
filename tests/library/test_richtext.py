import re
from collections import Counter
from html import unescape
from pathlib import Path

import pytest

from contenthub.errors import Invalid
from contenthub.library import richtext
from contenthub.library.richtext import clean, plain

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
    "<p style='transform:translate(-50vw,0) scale(9)'>t</p>",
    "<p style='background:src(//evil.example/x) red'>t</p>",
    "<p style='background:-webkit-image-set(\"//evil.example/x\" 1x)'>t</p>",
    "<p style='background-image:image-set(\"//evil.example/x\" 1x)'>t</p>",
    "<p style='background-image:linear-gradient(red,blue),url(//evil.example/x)'>t</p>",
    "<p style='back\\67round-image:url(//evil.example/x)'>t</p>",
    "<p style='/**/display:none;/**/position:fixed'>t</p>",
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
    "translate",
    "src(",
    "none",
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


def test_grids_and_gradients_stay_and_a_block_hides_no_whole_window() -> None:
    asked = (
        "display:grid;grid-template-columns:repeat(2, minmax(0,1fr)) 20px;grid-column:1 / 3;"
        "background:linear-gradient(to right,rgba(29,111,209,.5) 0%,rgb(300 0 0),#fff);"
        "background-image:radial-gradient(circle,rgba(0,0,0,20%),red),linear-gradient(red,blue);"
        "min-height:100vh;height:80vmin;line-height:2;width:calc(100% - max(2px, 1em))"
    )
    kept = dict(part.split(":", 1) for part in clean_style(asked).split(";"))
    assert kept == {
        "display": "grid",
        "grid-template-columns": "repeat(2, 1fr) 20px",
        "grid-column": "1 / 3",
        "background": "linear-gradient(to right, #1d6fd180 0%, #ff0000, #fff)",
        "background-image": "radial-gradient(circle, #00000033, red) , linear-gradient(red, blue)",
        "line-height": "2",
    }


def clean_style(style: str) -> str:
    """Return what is kept of a style attribute."""
    return unescape(clean(f'<section style="{style}">字</section>').split('"')[1])


PASTED = (Path(__file__).parent / "pasted" / "wechat_article.html").read_text("utf-8")


def declarations(html: str) -> Counter[str]:
    """Return how often each property is set in style attributes."""
    found: Counter[str] = Counter()
    for style in re.findall(r'style="([^"]*)"', html):
        for part in unescape(style).split(";"):
            name, _, value = part.partition(":")
            found[name.strip()] += bool(value.strip())
    return found


def test_an_article_of_the_usual_editors_keeps_its_layout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    unwanted = re.compile(r"visibility: visible;|display: none;|background-image: url\([^)]*\);")
    asked = declarations(unwanted.sub("", PASTED))
    cleaned = clean(PASTED, places=True)
    kept = declarations(cleaned)
    share = sum((asked & kept).values()) / sum(asked.values())
    with capsys.disabled():
        print(f"\npasted article: {share:.1%} of {sum(asked.values())} allowed declarations kept")
    assert sum(asked.values()) >= 50
    assert share >= 0.95
    assert cleaned.count("<section") == PASTED.count("<section")
    for mark in ('colspan="3"', 'rowspan="2"', "display:flex", "<ol", "<blockquote"):
        assert mark in cleaned


def test_no_foreign_address_survives_a_save() -> None:
    cleaned = clean(PASTED, places=True)
    for part in ("http", "qpic", "weixin", "data:", "src=", "url("):
        assert part not in cleaned
    assert richtext.places_left(cleaned) == 1  # the counter's pixel is no picture
    assert f'alt="{richtext.PLACE_ALT}"' in cleaned
    assert "box-shadow" in cleaned.split("<img", 1)[1].split(">", 1)[0]


def test_a_place_is_kept_while_it_is_written_and_never_shown() -> None:
    once = clean(PASTED, places=True)
    assert clean(once, places=True) == once
    assert "<img" not in clean(once)
    shown = clean(f'<p><img src="{OWN}" alt="{richtext.PLACE_ALT}"></p>', places=True)
    assert richtext.places_left(shown) == 0
    from_editor = '<p><img src="/static/outside.svg?v=1" alt="x" style="width:50%"></p>'
    assert clean(from_editor, places=True) == (
        f'<p><img alt="{richtext.PLACE_ALT}" style="width:50%"></p>'
    )


@pytest.mark.parametrize("html", HOSTILE)
def test_a_place_is_all_that_hostile_pictures_leave(html: str) -> None:
    cleaned = tags_of(clean(html, places=True).replace("&lt;", "")).lower()
    wrong = [word for word in FORBIDDEN if word in cleaned and word != "<img"]
    assert wrong == []
    assert "src=" not in cleaned


def test_own_pictures_stay_and_keep_their_alt() -> None:
    cleaned = clean(f'<p><img src="{OWN}" alt="大额存单海报"></p>')
    assert f'src="{OWN}"' in cleaned
    assert 'alt="大额存单海报"' in cleaned


def test_lazy_foreign_pictures_are_left_out_and_can_be_rehosted() -> None:
    far = "https://mmbiz.qpic.cn/a/640?wx_fmt=png&x=1"
    pasted = f'<p><img data-src="{far}" src="data:image/gif;base64,AA"></p><p>文</p>'
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
