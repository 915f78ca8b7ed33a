"""The ten employees that tell most about a design, whoever else there is."""

import msgspec

from contenthub.posters import tryout
from contenthub.posters.layers import TextLayer
from contenthub.posters.looks import Box
from contenthub.posters.template import Personal, Template
from contenthub.posters.tryout import Candidate

PLAIN = Personal("王小明", "客户经理", "138 0000 0000", "营业部", "0001")


def _crowd(count: int = 40, **odd: Personal | bool) -> list[Candidate]:
    crowd = [Candidate(msgspec.structs.replace(PLAIN, no=f"{at:04}")) for at in range(count)]
    for name, person in odd.items():
        crowd[int(name[1:])] = Candidate(person) if isinstance(person, Personal) else crowd[0]
    return crowd


def _template(**over: object) -> Template:
    layer = TextLayer(
        id="name",
        box=Box(20, 20, 300, 60),
        text="{{ employee.name }}",
        size_px=48,
        min_size_px=24,
        **over,  # type: ignore[arg-type]  # a test's own fields
    )
    return Template(640, 640, (layer,))


def test_the_longest_the_rarest_and_the_bare_are_among_the_ten() -> None:
    def one(**over: str) -> Personal:
        return msgspec.structs.replace(PLAIN, **over)

    crowd = _crowd(
        p5=one(name="阿卜杜热合曼·阿卜杜喀迪尔"),
        p9=one(name="王䶮"),
        p17=one(branch="清源农村商业银行城关支行第二营业室"),
        p23=one(phone=""),
        p31=one(name="李四"),
    )
    crowd[28] = crowd[28]._replace(has_photo=False)
    crowd[38] = crowd[38]._replace(order="2026-11-01")
    found = {one.place: one.reasons for one in tryout.tried(_template(), crowd, {})}
    assert len(found) == 10
    assert "名字最长" in found[5]
    assert "名字带间隔号" in found[5]
    assert "有生僻字" in found[9]
    assert "机构名最长" in found[17]
    assert "没有电话" in found[23]
    assert "没有照片" in found[28]
    assert "最新入职" in found[38]
    assert {9, 31} & {at for at, words in found.items() if "名字最短" in words}


def test_who_has_no_poster_comes_first_and_what_shrank_is_told() -> None:
    wide = msgspec.structs.replace(PLAIN, name="买买提·艾合买提")
    gone = msgspec.structs.replace(PLAIN, name="阿卜杜热合曼·阿卜杜喀迪尔·艾合买提江")
    first, *rest = tryout.tried(_template(), _crowd(p3=wide, p30=gone), {})
    assert first.place == 30
    assert "放不下" in first.problem
    assert first.shrunk == ()
    (shrunk,) = [one for one in rest if one.place == 3]
    assert shrunk.problem == ""
    assert "自动缩小到" in shrunk.shrunk[0]
    assert "设的是 48" in shrunk.shrunk[0]


def test_what_an_ellipsis_cuts_is_told() -> None:
    wide = msgspec.structs.replace(PLAIN, name="阿卜杜热合曼·阿卜杜喀迪尔·艾合买提江")
    found = tryout.tried(_template(ellipsis=True), _crowd(p3=wide), {})
    (cut,) = [one for one in found if one.place == 3]
    assert cut.problem == ""
    assert "省略号" in cut.cut[0]


def test_a_small_bank_shows_everybody_and_an_empty_one_nobody() -> None:
    assert [one.place for one in tryout.tried(_template(), _crowd(3), {})] == [0, 1, 2]
    assert tryout.tried(_template(), [], {}) == []


def test_the_worst_come_first_hidden_before_shortened_before_smaller() -> None:
    found = [
        tryout.Tried(0, ()),
        tryout.Tried(1, (), shrunk=("名字小了",), least_share=0.9),
        tryout.Tried(2, (), shrunk=("名字更小",), least_share=0.5),
        tryout.Tried(3, (), cut=("名字短了",)),
        tryout.Tried(4, (), hidden=("名字被盖住",)),
        tryout.Tried(5, (), problem="没有字形"),
        tryout.Tried(6, ()),
    ]
    assert [one.place for one in tryout.worst(found)] == [5, 4, 3, 2, 1, 0, 6]
    assert [one.place for one in tryout.worst(found, most=2)] == [5, 4]
