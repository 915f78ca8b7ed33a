"""What typefaces are called in lists: never two alike."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contenthub.posters import facenames

T0 = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(eq=True, unsafe_hash=True)
class Sent:
    sha256: str
    family: str = "品牌体"
    style: str = "Regular"
    weight: int = 400
    filename: str = "brand.ttf"
    created_at: datetime = T0


REGULAR, BOLD = Sent("a" * 64), Sent("b" * 64, style="Bold", weight=700)
NEWER = Sent("c" * 64, filename="brand-v2.ttf", created_at=T0 + timedelta(days=9))
SLANTED = Sent("d" * 64, style="Italic")


def test_the_weights_of_a_family_share_its_name() -> None:
    assert set(facenames.families([REGULAR, BOLD]).values()) == {"品牌体"}
    assert facenames.full_names([REGULAR, BOLD])["b" * 64] == "品牌体 Bold"


def test_of_two_files_of_one_name_the_newest_has_it_and_the_older_says_which_it_is() -> None:
    named = facenames.families([REGULAR, NEWER, BOLD])
    assert named["c" * 64] == named["b" * 64] == "品牌体"
    assert named["a" * 64] == "品牌体（旧文件 brand.ttf，编号 aaaaaa）"
    full = facenames.full_names([REGULAR, NEWER])
    assert len(set(full.values())) == 2
    assert facenames.older([REGULAR, NEWER, BOLD]) == {"a" * 64: NEWER}


def test_two_styles_of_one_weight_are_told_by_their_styles() -> None:
    named = facenames.families([REGULAR, SLANTED])
    assert sorted(named.values()) == ["品牌体 Italic", "品牌体 Regular"]


def test_a_bank_s_own_file_is_never_called_like_a_shipped_face() -> None:
    mine = Sent("e" * 64, family="思源黑体", style="")
    (name,) = facenames.families([mine], {"思源黑体"}).values()
    assert name == "思源黑体（brand.ttf，编号 eeeeee）"


def test_no_two_names_of_one_weight_are_alike_whatever_is_sent() -> None:
    crowd = [REGULAR, NEWER, SLANTED, Sent("f" * 64, family="品牌体 Regular", style="")]
    crowd.append(Sent("0" * 64, created_at=T0))
    named = facenames.families(crowd)
    assert len({(named[one.sha256], one.weight) for one in crowd}) == len(crowd)
