"""Our application registers routes as Litestar does, whichever order their methods come in."""

from litestar import Litestar, delete, get, post
from litestar.routes import HTTPRoute

from contenthub.web.site import Site


@get("/a")
async def read_a() -> str:
    return "read"


@post("/a")
async def write_a() -> str:
    return "written"


@delete("/a")
async def drop_a() -> None:
    return None


@get(["/b", "/c"])
async def read_b() -> str:
    return "b"


def _table(app: Litestar) -> dict[str, list[tuple[str, str]]]:
    return {
        path: sorted((str(method), handler.handler_name) for method, handler in found.items())
        for path, found in app.route_handler_method_map.items()
    }


def test_every_method_of_every_path_is_kept() -> None:
    handlers = [read_a, read_b, write_a, drop_a]
    ours, theirs = (kind(list(handlers), openapi_config=None) for kind in (Site, Litestar))
    assert _table(ours) == _table(theirs)
    assert {name for _, name in _table(ours)["/a"]} >= {"read_a", "write_a", "drop_a"}
    routes = [route for route in ours.routes if isinstance(route, HTTPRoute)]
    assert {route.path for route in routes} == {"/a", "/b", "/c"}
    [shared] = [route for route in routes if route.path == "/a"]
    assert set(shared.methods) >= {"GET", "POST", "DELETE"}
