"""Posters: ours (compiled once, bands per employee) against what one writes first.

    python -m bench.posters [--quick]

The naive render is plain Pillow: open the background file, draw photo, texts and a QR code of
the package `qrcode`, save. Both draw the same fields at the same places on the same
photo-like 1080x1920 background (1.8 bit/px), JPEG quality 88, 4:2:0. W1 of posters.md: 14 % of
the area is somebody's, codes say URLs of 60 characters (in capitals, as the product's do).
"""

import argparse
import io
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import qrcode
from bench.figures import figure, peak_rss_mb, percentile, race, say
from PIL import Image, ImageChops, ImageDraw, ImageFont

from contenthub.posters import artefact, fonts, qr, splice
from contenthub.posters.layers import Box, PhotoLayer, PictureLayer, QrLayer, TextLayer
from contenthub.posters.template import Personal, Template, check

SIZE = (1080, 1920)
QUALITY = 88
BACKGROUND = "0" * 64
GRAIN = 5
"""Noise that makes a poster of 480 KB (1.9 bit/px), as photographed ones are and posters.md §1."""
PHOTO_PX = 160
"""As in the shipped templates: half of a stored photo, which JPEG decodes to straight away."""
RESIZED_PHOTO_PX = 200
"""A size that must be resampled for each poster; measured beside it, for it costs more."""
LINK = "HTTPS://QY.QINGYUAN-RURAL-BANK.EXAMPLE.COM.CN/S/"
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂华建国志红文玉龙梅"
_BRANCHES = [f"{place}支行" for place in ("城关", "河东", "新店", "大桥", "柳林", "石门", "太平")]


def background() -> Image.Image:
    """Return a smooth scene with grain: what a photographed background costs to encode."""
    dice = random.Random(7)
    image = Image.linear_gradient("L").resize(SIZE).convert("RGB")
    draw = ImageDraw.Draw(image)
    for _ in range(260):
        x, y, radius = dice.randrange(1080), dice.randrange(1920), dice.randrange(20, 220)
        colour = tuple(dice.randrange(256) for _ in range(3))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    grain = Image.merge("RGB", [Image.effect_noise(SIZE, GRAIN)] * 3)
    image = ImageChops.add(image, grain, scale=1, offset=-128)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 1568, 1080, 1920), fill="#ffffff")
    return image


def template(photo_px: int = PHOTO_PX) -> Template:
    """Return the workload's template: one picture, five personal fields in one band."""
    made = Template(
        *SIZE,
        (
            PictureLayer(id="background", box=Box(0, 0, *SIZE), asset=BACKGROUND, fit="stretch"),
            PhotoLayer(id="photo", box=Box(56, 1600, photo_px, photo_px)),
            TextLayer(
                id="name",
                box=Box(288, 1596, 400, 72),
                text="{{ employee.name }}",
                size_px=56,
                weight=700,
            ),
            TextLayer(
                id="phone", box=Box(288, 1680, 400, 60), text="{{ employee.phone }}", size_px=40
            ),
            TextLayer(
                id="branch", box=Box(288, 1744, 400, 60), text="{{ employee.branch }}", size_px=36
            ),
            QrLayer(id="qr", box=Box(720, 1584, 264, 264)),
        ),
        quality=QUALITY,
    )
    check(made)
    return made


def staff(count: int) -> list[Personal]:
    """Return employees with their own names, numbers, photos of 320 px, and links."""
    dice = random.Random(11)
    people = []
    for no in range(count):
        photo = Image.radial_gradient("L").resize((320, 320)).convert("RGB")
        tint = Image.new("RGB", photo.size, tuple(dice.randrange(80, 256) for _ in range(3)))
        out = io.BytesIO()
        ImageChops.multiply(photo, tint).save(out, "JPEG", quality=88)
        name = dice.choice(_SURNAMES) + "".join(dice.sample(_GIVEN, dice.choice((1, 2))))
        code = "".join(dice.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=12))
        people.append(
            Personal(
                name,
                "客户经理",
                f"138 {dice.randrange(10000):04d} {dice.randrange(10000):04d}",
                dice.choice(_BRANCHES),
                f"{no:04d}",
                out.getvalue(),
                LINK + code,
                card_text=LINK.replace("/S/", "/C/") + code,
            )
        )
    return people


def naive_render(path: Path, person: Personal, *, photo_px: int = PHOTO_PX) -> bytes:
    """Return the poster as a competent engineer writes it first, everything per poster."""
    image = Image.open(path).convert("RGB")
    draw = ImageDraw.Draw(image)
    photo = Image.open(io.BytesIO(person.photo or b"")).convert("RGB").resize((photo_px, photo_px))
    mask = Image.new("L", photo.size, 0)
    ImageDraw.Draw(mask).ellipse((0, 0, photo_px - 1, photo_px - 1), fill=255)
    image.paste(photo, (56, 1600), mask)
    for text, size_px, weight, y_px in (
        (person.name, 56, 700, 1596),
        (person.phone, 40, 400, 1680),
        (person.branch, 36, 400, 1744),
    ):
        face = ImageFont.truetype(str(fonts.font_path()), size_px, index=fonts.FACE_INDEX)
        face.set_variation_by_axes([weight])
        draw.text((288, y_px), text, font=face, fill="#202020")
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(person.qr_text)
    image.paste(code.make_image().convert("RGB").resize((264, 264)), (720, 1584))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def naive_png(path: Path, person: Personal) -> bytes:
    """Return the naive poster saved as a PNG, as Pillow does it by itself."""
    out = io.BytesIO()
    Image.open(io.BytesIO(naive_render(path, person))).save(out, "PNG")
    return out.getvalue()


def naive_qr(text: str) -> bytes:
    """Return a 430 px code by the package `qrcode`, as its README shows."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    out = io.BytesIO()
    code.make_image().resize((430, 430)).save(out, "PNG")
    return out.getvalue()


def main() -> None:
    """Print the figures of `posters.`; `--quick` for a smoke test."""
    # Not above: the children of a batch read this module again, as a worker's do its own.
    from bench import posters_codes, posters_whole

    parser = argparse.ArgumentParser(description="posters against naive Pillow")
    parser.add_argument("--quick", action="store_true", help="fewer posters, within a minute")
    quick = parser.parse_args().quick
    people = staff(60 if quick else 500)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "background.jpg"
        background().save(path, "JPEG", quality=92)
        measure(path, people, times=1 if quick else 6)
        posters_whole.measure(path, people, quick=quick)
    posters_codes.measure(quick=quick)


def measure(path: Path, people: list[Personal], *, times: int) -> None:
    """Race the renders on one background and print each figure."""
    assets = {BACKGROUND: path.read_bytes()}
    compiled = splice.compile(template(), {}, assets)
    for_png = splice.compile(template(), {}, assets, png=True)
    resized = splice.compile(template(RESIZED_PHOTO_PX), {}, assets)
    whole = Image.open(io.BytesIO(splice.render(compiled, people[0])))
    whole.load()
    count = len(people)

    def full(_: int) -> None:
        whole.save(io.BytesIO(), "JPEG", quality=QUALITY)

    say(f"{count} employees, background {path.stat().st_size // 1024} KiB")
    paces = race(
        {
            "ours": (lambda no: splice.render(compiled, people[no % count]), 60 * times),
            "naive": (lambda no: naive_render(path, people[no % count]), 10 * times),
            "resized": (lambda no: splice.render(resized, people[no % count]), 60 * times),
            "naive_resized": (
                lambda no: naive_render(path, people[no % count], photo_px=RESIZED_PHOTO_PX),
                10 * times,
            ),
            "full": (full, 20 * times),
            "png": (lambda no: splice.render_png(for_png, people[no % count]), 10 * times),
            "naive_png": (lambda no: naive_png(path, people[no % count]), max(1, times // 2)),
            "qr": (lambda no: qr.png(people[no % count].qr_text), 100 * times),
            "qrcode": (lambda no: naive_qr(people[no % count].qr_text), 10 * times),
        }
    )
    for name, ours, theirs in (
        ("posters.jpeg_vs_naive", "ours", "naive"),
        ("posters.jpeg_vs_naive_resized_photo", "resized", "naive_resized"),
        ("posters.jpeg_vs_full_encode", "ours", "full"),
        ("posters.png_vs_naive", "png", "naive_png"),
        ("posters.qr_vs_qrcode", "qr", "qrcode"),
    ):
        mine, other = paces[ours], paces[theirs]
        detail = {
            "ours_cpu_ms": round(mine.cpu_ms, 3),
            "baseline_cpu_ms": round(other.cpu_ms, 3),
            "ours_wall_ms": round(mine.wall_ms, 3),
            "baseline_wall_ms": round(other.wall_ms, 3),
            "n": mine.calls,
            "baseline_n": other.calls,
            "peak_rss_mb": round(peak_rss_mb()),
        }
        figure(name, other.cpu_ms / mine.cpu_ms, "x", detail=detail)
    measure_waits(compiled, people, assets)


def measure_waits(
    compiled: splice.Compiled, people: list[Personal], assets: dict[str, bytes]
) -> None:
    """Print how long one poster takes: warm, from its stored artefact, and compiled anew."""
    stored = artefact.to_bytes(compiled)
    waits_of(
        "posters.warm_p95_ms", [wall_ms(lambda p=p: splice.render(compiled, p)) for p in people]
    )
    waits_of(
        "posters.stored_p95_ms",
        [wall_ms(lambda p=p: splice.render(artefact.from_bytes(stored), p)) for p in people[:60]],
    )
    waits_of(
        "posters.cold_p95_ms",
        [
            wall_ms(lambda p=p: splice.render(splice.compile(template(), {}, assets), p))
            for p in people[:40]
        ],
    )


def wall_ms(act: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def waits_of(name: str, waits: list[float]) -> None:
    """Print the 95th percentile of waiting times."""
    detail = {"p50_ms": round(percentile(waits, 0.5), 3), "n": len(waits)}
    figure(name, percentile(waits, 0.95), "ms", better="lower", detail=detail)


if __name__ == "__main__":
    main()
