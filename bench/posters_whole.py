"""Parts of bench.posters that need more than two functions: Chromium, a ZIP, many templates.

Chromium is the usual way out: a page with the same fields, its texts and pictures changed for
each employee, and a screenshot as JPEG of the same quality.
"""

import asyncio
import base64
import multiprocessing
import shutil
import time
from pathlib import Path
from typing import Any

import msgspec
from bench import posters_held, posters_zip
from bench.figures import figure, percentile, race, say

from contenthub.posters import artefact, easel, qr, splice, studio
from contenthub.posters.layers import Box, GroupLayer, Layer, PhotoLayer, ShapeLayer, TextLayer
from contenthub.posters.looks import Clip, Rule, Shadow
from contenthub.posters.starters import starters
from contenthub.posters.template import Personal, Template, check

PAGE = """<!doctype html><meta charset="utf-8"><style>body{margin:0;position:relative;
width:1080px;height:1920px;background:url(%s);font-family:"Noto Sans CJK SC"}
body>*{position:absolute;color:#202020}</style><body>
<img id="photo" style="left:56px;top:1600px;width:160px;height:160px;border-radius:50%%">
<div id="name" style="left:288px;top:1596px;font:700 56px 'Noto Sans CJK SC'"></div>
<div id="phone" style="left:288px;top:1680px;font-size:40px"></div>
<div id="branch" style="left:288px;top:1744px;font-size:36px"></div>
<img id="qr" style="left:720px;top:1584px;width:264px;height:264px"></body>"""
CHROMIUMS = ("chromium", "chromium-headless-shell", "chromium-browser")
PREVIEW_PX, PREVIEW_STEPS = 720, 12
"""As wide as the editor asks for; how often somebody moves one text after another."""
BROWSE_SECONDS, LOAD_SECONDS = 3.0, 0.1
"""How soon somebody goes on to the editor, and how soon its page asks once it was answered.

Chromium on these machines took 0.12 to 0.2 seconds to load the page's own files.
"""
FILL = """async fields => { for (const [id, value] of Object.entries(fields)) {
  const one = document.getElementById(id);
  if (one.tagName === 'IMG') { one.src = value; await one.decode(); } else one.textContent = value;
} }"""


def measure(path: Path, people: list[Personal], *, quick: bool) -> None:
    """Print the figures of whole runs over a background file."""
    from bench import posters

    assets = {posters.BACKGROUND: path.read_bytes()}
    compiled = splice.compile(posters.template(), {}, assets)
    measure_general(posters.template(), assets, people, quick=quick)
    measure_previews(people[0], quick=quick)
    measure_chromium(path, compiled, people, quick=quick)
    posters_zip.measure(path, posters.template(), people, quick=quick)
    measure_memory(artefact.to_bytes(compiled), people[0])


def general(plain: Template) -> Template:
    """Return the workload with what only the general model has, in the same band of rows.

    The name leans in a group, the photo is cut and casts a shadow, a seal lies over its edge,
    and the title shows only where there is one.
    """
    photo = PhotoLayer(
        id="photo",
        box=Box(56, 1600, 160, 160),
        clip=Clip("curve", points=((0, 0), (160, 0), (160, 160), (0, 160))),
        shadow=Shadow("#000000", down_px=6, blur_px=4, opacity=0.4),
    )
    seal = ShapeLayer(id="seal", box=Box(180, 1720, 60, 60), shape="ellipse", fill="#c81e28")
    title = TextLayer(
        id="title",
        box=Box(288, 1800, 400, 50),
        text="{{ employee.title }}",
        size_px=30,
        show=(Rule("employee.title"),),
    )
    tag = ShapeLayer(id="tag", box=Box(0, 0, 400, 72), shape="rounded", fill="#ffe9b8", radius_px=9)
    name = plain.layer("name")
    assert isinstance(name, TextLayer)
    inside = msgspec.structs.replace(name, box=Box(0, 0, 400, 72))
    group = GroupLayer(
        id="who", box=Box(288, 1600, 400, 72), layers=(tag, inside), rotation_degrees=-2
    )
    kept = [layer for layer in plain.layers if layer.id not in ("photo", "name")]
    made = msgspec.structs.replace(plain, layers=(kept[0], photo, seal, group, *kept[1:], title))
    check(made)
    return made


def measure_general(
    plain: Template, assets: dict[str, bytes], people: list[Personal], *, quick: bool
) -> None:
    """Print what turned, cut, grouped, overlaid and conditional layers add to a poster."""
    simple = splice.compile(plain, {}, assets)
    rich = splice.compile(general(plain), {}, assets)
    count, times = len(people), 60 if quick else 300
    paces = race(
        {
            "plain": (lambda no: splice.render(simple, people[no % count]), times),
            "rich": (lambda no: splice.render(rich, people[no % count]), times),
        }
    )
    added = paces["rich"].cpu_ms - paces["plain"].cpu_ms
    detail = {"plain_cpu_ms": round(paces["plain"].cpu_ms, 3), "n": paces["rich"].calls}
    figure("posters.general_layers_add_ms", added, "ms", better="lower", detail=detail)


def measure_previews(person: Personal, *, quick: bool) -> None:
    """Print how long the editor waits for the server's picture, first and after each step."""
    asyncio.run(_previews(person, quick=quick))


async def _previews(person: Personal, *, quick: bool) -> None:
    """Ask the web process's own painter, which has only just started, as its pages do."""
    from tests.posters import reading

    waits, opened = [], []
    studio.awake()  # the page before the editor's
    await asyncio.sleep(BROWSE_SECONDS)
    for code in list(starters())[: 2 if quick else None]:
        design = reading.shipped(code)
        studio.paint_ahead(design, values=reading.VALUES, assets={}, personal=person)
        await asyncio.sleep(LOAD_SECONDS)
        opened.append(await _preview_ms(design, person))
        names = [layer.id for layer in design.layers if isinstance(layer, TextLayer)]
        for step in range(1, 1 + PREVIEW_STEPS):
            moved = names[step * len(names) // (PREVIEW_STEPS + 1)]
            design = msgspec.structs.replace(
                design, layers=tuple(_moved(one, moved) for one in design.layers)
            )
            waits.append(await _preview_ms(design, person))
    detail = {
        "p50_ms": round(percentile(waits, 0.5), 1),
        "designs": len(opened),
        "n": len(waits),
    }
    figure("posters.preview_p95_ms", percentile(waits, 0.95), "ms", better="lower", detail=detail)
    first = {"p50_ms": round(percentile(opened, 0.5), 1), "n": len(opened)}
    figure(
        "posters.first_preview_p95_ms", percentile(opened, 0.95), "ms", better="lower", detail=first
    )


def _moved(layer: Layer, name: str) -> Layer:
    if layer.id != name:
        return layer
    box = msgspec.structs.replace(layer.box, y_px=layer.box.y_px + 4)
    return msgspec.structs.replace(layer, box=box)


async def _preview_ms(design: Template, person: Personal) -> float:
    from tests.posters import reading

    start = time.perf_counter()
    await studio.preview(
        design, values=reading.VALUES, assets={}, personal=person, width_px=PREVIEW_PX
    )
    return (time.perf_counter() - start) * 1000


def measure_chromium(
    path: Path, compiled: splice.Compiled, people: list[Personal], *, quick: bool
) -> None:
    """Print how many times more CPU a headless Chromium takes, its page reused (all processes).

    Ours draws a whole bank, from the first glyph on: what was drawn before is other sizes'.
    Chromium's page is open by then, and draws some of the bank's posters.
    """
    program = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if program is None:
        say(f"none of {', '.join(CHROMIUMS)} here: posters.jpeg_vs_chromium is left out")
        return
    from playwright.sync_api import sync_playwright

    background = _uri(path.read_bytes(), "jpeg")
    fields = [
        {
            "name": person.name,
            "phone": person.phone,
            "branch": person.branch,
            "photo": _uri(person.photo or b"", "jpeg"),
            "qr": _uri(qr.png(person.qr_text, 264), "png"),
        }
        for person in people[: 8 if quick else 60]
    ]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1080, "height": 1920})
        page.set_content(PAGE % background)
        before, wall = _children_cpu_seconds(), time.perf_counter()
        for one in fields:
            page.evaluate(FILL, one)
            page.screenshot(type="jpeg", quality=88)
        wall = time.perf_counter() - wall
        theirs = (_children_cpu_seconds() - before) / len(fields) * 1000
        browser.close()
    bank = 200 if quick else 2000
    cpu = time.process_time()
    for number in range(bank):
        splice.render(compiled, people[number % len(people)])
    ours = (time.process_time() - cpu) / bank * 1000
    detail = {
        "ours_cpu_ms": round(ours, 3),
        "chromium_cpu_ms": round(theirs, 1),
        "chromium_wall_ms": round(wall / len(fields) * 1000, 1),
        "n": len(fields),
        "ours_n": bank,
    }
    figure("posters.jpeg_vs_chromium", theirs / ours, "x", detail=detail)


def _uri(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _children_cpu_seconds() -> float:
    """Return the CPU time of all processes below this one, dead ones not counted."""
    ticks, parents = {}, {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(entry.parent.name)
        parents[pid], ticks[pid] = int(after[1]), int(after[11]) + int(after[12])
    mine = multiprocessing.current_process().pid
    total = 0
    for pid in ticks:
        above = pid
        while above in parents and above != mine:
            above = parents[above]
        total += ticks[pid] if above == mine and pid != mine else 0
    return total / 100


def measure_memory(stored: bytes, person: Personal) -> None:
    """Print what a painting process holds with 64 templates, and how long it waits for one."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=posters_held.hold_many, args=(theirs, stored, person))
    child.start()
    held, waits = ours.recv()
    child.join()
    detail: dict[str, Any] = {"templates": easel.TEMPLATES, "artefact_kb": len(stored) // 1024}
    figure("posters.painter_64_templates_mb", held, "MB", better="lower", detail=detail)
    detail = {"p50_ms": round(percentile(waits, 0.5), 3), "n": len(waits)}
    figure(
        "posters.painter_warm_p95_ms", percentile(waits, 0.95), "ms", better="lower", detail=detail
    )
