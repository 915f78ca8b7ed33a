from contenthub.library.richruns import change_of_look, looks, runs, text_of


def test_tables_lists_and_pictures_read_as_lines() -> None:
    html = (
        "<h2>利率表</h2><table>\n<tr> <th>期限</th> <th>利率</th></tr>"
        "<tr><td>三年</td><td>2.05%</td></tr></table>"
        "<ol start='3'><li>带身份证</li><li>到网点</li></ol><ul><li>甲</li></ul>"
        '<p><img src="/assets/0199c8a2-5b1e-7c3d-9f00-000000000001" alt="海报"></p>'
    )
    assert text_of(runs(html)).split("\n") == [
        "利率表",
        "期限｜利率",
        "三年｜2.05%",
        "3. 带身份证",
        "4. 到网点",
        "• 甲",
        "〔图片：海报〕",
    ]


def test_looks_nest_and_end_with_their_tag() -> None:
    found = runs('<p>甲<b>乙<span style="color:red;font-weight:normal">丙</span></b>丁</p>')
    assert [(run.text, dict(run.look)) for run in found] == [
        ("甲", {}),
        ("乙", {"加粗": ""}),
        ("丙", {"字色": "red"}),
        ("丁", {}),
    ]


def test_every_character_has_its_look() -> None:
    found = runs('<section style="text-align:center"><h1>标  题</h1><p>正文<br>次行</p></section>')
    assert text_of(found) == "标 题\n正文\n次行"
    assert len(looks(found)) == len(text_of(found))


def test_plain_text_and_nothing_are_read_too() -> None:
    assert text_of(runs("第一行\n第二行")) == "第一行\n第二行"
    assert runs("") == []


def test_what_changed_of_a_look_is_said_in_words() -> None:
    one = (("加粗", ""), ("字号", "14px"))
    two = (("字号", "16px"), ("链接", "https://a.example/"))
    assert change_of_look(one, two) == "取消加粗，字号 14px → 16px，链接 https://a.example/"
    assert change_of_look(one, one) == ""
