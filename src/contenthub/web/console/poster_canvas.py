"""What the drag editor asks while somebody draws: layers as painted, the true picture, faults."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect

from contenthub.errors import NotFound
from contenthub.library import queries as library
from contenthub.library import queries_assets
from contenthub.posters import facenames, fonts, upgrades
from contenthub.posters.editing import Fault
from contenthub.posters.faults import RULE_VARIABLES, VARIABLES
from contenthub.posters.layers import LAYER_WORDS
from contenthub.posters.models_fonts import PosterFont
from contenthub.posters.sizes import SIZES
from contenthub.web import poster_drafting
from contenthub.web.deps import Db, TheHouse
from contenthub.web.pages import STATIC, static
from contenthub.web.poster_drafting import CanvasView, Drawing, PreviewView, ReadingView
from contenthub.web.signin import May, principal_of

HERE = "/console/posters/canvas"
TABS = (("fields", "属性"), ("texts", "文字"), ("truth", "实际效果"), ("tryout", "10 位员工"))


class Face(NamedTuple):
    """A typeface as the editor offers it: one of a family's weights; 0 is every weight."""

    key: str
    family: str
    weight: int


FACES = (Face(fonts.SANS, "思源黑体", 0), Face(fonts.SERIF, "思源宋体", 700))


def _faces(own: Iterable[PosterFont]) -> list[Face]:
    """Return all faces; no two of one weight are called alike."""
    own = list(own)
    called = facenames.families(own, {face.family for face in FACES})
    return [*FACES, *(Face(one.sha256, called[one.sha256], one.weight) for one in own)]


@cache
def modules() -> dict[str, str]:
    """Return the address of each of the editor's modules with its content's hash.

    Modules name each other without it, and every file of ours is kept by browsers for ever.
    """
    names = sorted(path.name for path in STATIC.glob("poster-*.js"))
    return {f"/static/{name}": static(name) for name in names}


def told(
    *,
    design: Mapping[str, Any],
    title: str,
    item_id: UUID,
    template_id: UUID | None,
    hash: str,
    employee_id: UUID,
    own_fonts: Sequence[PosterFont],
    bank_colours: Sequence[str],
) -> dict[str, Any]:
    """Return what the editor's element starts from, as JSON."""
    return {
        "url": HERE,
        "design": upgrades.upgraded(dict(design)),
        "title": title,
        "item_id": str(item_id),
        "template_id": str(template_id) if template_id else None,
        "hash": hash,
        "employee_id": str(employee_id),
        "sizes": [{"code": code, **size._asdict()} for code, size in SIZES.items()],
        "variables": list(VARIABLES.items()),
        "rule_variables": list(RULE_VARIABLES.items()),
        "names": LAYER_WORDS,
        "fonts": [face._asdict() for face in _faces(own_fonts)],
        "spare_fonts": [
            face.sha256 for face in sorted(own_fonts, key=lambda one: (one.created_at, one.id))
        ],
        "bank_colours": bank_colours,
        "face_url": static("faces/noto-sans-sc.woff"),
    }


class CheckView(msgspec.Struct):
    """What stands in the way of a submission; nothing when the design may go to review."""

    faults: list[Fault]


@post(HERE, guards=[May("posters.write")], status_code=200, include_in_schema=False)
async def show_layers(
    request: Request[Any, Any, Any], data: JSONBody[Drawing], house: TheHouse
) -> CanvasView:
    """Return the wanted layers of the design as painted, and its faults."""
    return await poster_drafting.canvas(house, principal_of(request), data)


@post(f"{HERE}/preview", guards=[May("posters.write")], status_code=200, include_in_schema=False)
async def show_poster(
    request: Request[Any, Any, Any], data: JSONBody[Drawing], house: TheHouse
) -> PreviewView:
    """Return the design as it will be for one employee."""
    return await poster_drafting.preview(house, principal_of(request), data)


@post(f"{HERE}/reading", guards=[May("posters.write")], status_code=200, include_in_schema=False)
async def read_design(
    request: Request[Any, Any, Any], data: JSONBody[Drawing], house: TheHouse
) -> ReadingView:
    """Return what a submission would say of the design's texts and of one drawn poster."""
    return await poster_drafting.reading(house, principal_of(request), data)


@post(f"{HERE}/check", guards=[May("posters.write")], status_code=200, include_in_schema=False)
async def check_design(
    request: Request[Any, Any, Any], data: JSONBody[Drawing], house: TheHouse
) -> CheckView:
    """Return what a submission would be refused for."""
    return CheckView(await poster_drafting.checked(house, principal_of(request), data))


@get(f"{HERE}/pictures/{{sha256:str}}", guards=[May("posters.write")], include_in_schema=False)
async def show_picture(sha256: FromPath[str], db: Db) -> Redirect:
    """Lead on to the bank's file that a design names by its content."""
    found = await library.asset_by_sha256(db, sha256)
    if found is None:
        raise NotFound("没有找到这张图片，请重新选择")
    return Redirect(f"/assets/{found.id}")


class PictureView(msgspec.Struct):
    """How a design names one of the bank's pictures."""

    sha256: str


@get(f"{HERE}/assets/{{asset_id:uuid}}", guards=[May("posters.write")], include_in_schema=False)
async def name_picture(asset_id: FromPath[UUID], db: Db) -> PictureView:
    """Return the name that a design gives a file; refuses what is no picture or not ready."""
    found = await library.asset(db, asset_id)
    return PictureView((await queries_assets.picture(db, found.id)).sha256)


HANDLERS = [show_picture, name_picture, show_layers, show_poster, read_design, check_design]
