"""Parts of bench.posters about what cannot be raced: codes read by weak readers, hostile files.

A code is read from every shipped poster, in all its sizes, as made and after what messengers do to
a picture, by two decoders that share nothing (posters/proof.py): ZXing and OpenCV, each at one
look. Hostile files go through the decoder's own process, as uploads do.
"""

import asyncio
import io
import random
from collections.abc import Sequence
from pathlib import Path

from bench.figures import figure, say
from PIL import Image

from contenthub.errors import Invalid
from contenthub.library.decoder import Decoders, Task
from contenthub.posters import editing, proof, splice
from contenthub.posters.starters import known, starters
from contenthub.posters.template import Personal, Template, parse

LINK = "HTTPS://QY.EXAMPLE.CN/S/"
VALUES = {
    "bank.name": "清源农村商业银行股份有限公司",
    "bank.hotline": "0731-96518",
    "item.title": "三年期个人大额存单",
    "item.rate": "2.05%",
    "item.summary": "20 万元起存，可转让，到期自动结息；凭本人身份证到任一网点办理。",
    "item.code": "P-2041-v4",
}
LOOKS = {
    "as_made": (1.0, 0),
    "q60": (1.0, 60),
    "half_q60": (0.5, 60),
    "40_q50": (0.4, 50),
}
"""How much of a poster's side a messenger leaves, and its JPEG quality; 0 for the file itself."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def every_code() -> list[str]:
    """Return the shipped posters that have a code, each in all its sizes."""
    named = [f"{code}.{size}" for code, found in starters().items() for size in found.sizes]
    return [code for code in named if not code.endswith(".cover")]


def shipped(code: str) -> Template:
    """Return a shipped poster as a clerk gets it for content of its topic."""
    found = known(code)
    assert found is not None
    kind = "right" if found.topic == "life" else "product"
    return parse(editing.starter_layers(code, kind=kind, topic=found.topic))


def crowd(count: int) -> list[Personal]:
    """Return employees with links of their own, two of three with a photo."""
    dice = random.Random(3)
    out = io.BytesIO()
    Image.effect_noise((320, 320), 60).convert("RGB").save(out, "JPEG", quality=88)
    return [
        Personal(
            dice.choice("王李张刘陈") + dice.choice(("伟", "秀英", "建国")),
            dice.choice(("", "客户经理")),
            f"138 0000 {number:04d}",
            "城关支行",
            f"{number:04d}",
            out.getvalue() if number % 3 else None,
            LINK + "".join(dice.choices(_ALPHABET, k=12)),
        )
        for number in range(count)
    ]


def unread(codes: Sequence[str], people: Sequence[Personal]) -> tuple[dict[str, int], int]:
    """Return how many codes one of the decoders did not read, by look, and of how many.

    Each decoder sees the whole poster, as a telephone does. Those of a design's first size are
    drawn for everybody, the same in other sizes for a tenth: a sheet of A4 takes a second.
    """
    blind = dict.fromkeys(LOOKS, 0)
    looks = 0
    for code in codes:
        name, _, size = code.partition(".")
        is_first = size == starters()[name].size
        compiled = splice.compile(shipped(code), VALUES, {})
        for person in people if is_first else people[: max(1, len(people) // 10)]:
            poster = Image.open(io.BytesIO(splice.render(compiled, person))).convert("RGB")
            looks += 1
            for look, (share, quality) in LOOKS.items():
                seen = proof.messaged(poster, share=share, quality=quality) if quality else poster
                missed = proof.unread_by(seen, person.qr_text)
                blind[look] += bool(missed)
                if missed:
                    say(f"{code} {look} {person.qr_text}: not read by {missed}")
    return blind, looks


def measure(*, quick: bool) -> None:
    """Print the shares of codes that both decoders read, and what hostile files cost."""
    codes, people = every_code(), crowd(4 if quick else 200)
    say(f"{len(codes)} shipped posters × {len(people)} employees, two decoders, four looks")
    blind, looks = unread(codes, people)
    for name, missed in blind.items():
        detail = {"unread": missed, "n": looks, "posters": len(codes)}
        figure(f"posters.qr_{name}_percent", 100 * (1 - missed / looks), "%", detail=detail)
    asyncio.run(measure_hostile())


async def measure_hostile() -> None:
    """Print what the decoder's process held at most over hostile files, and how often it died."""
    from tests.library.hostile_files import hostile_files, strange_files

    decoders = Decoders(1)
    refused = kept = 0
    out = io.BytesIO()
    Image.new("RGBA", (5000, 5000), (1, 2, 3, 100)).save(out, "PNG", compress_level=1)
    largest = ("the largest picture that is taken", out.getvalue())
    try:
        for _, data in (*hostile_files(), *strange_files(), largest):
            try:
                await decoders.run(Task("picture", thumb=True), data)
                kept += 1
            except Invalid:
                refused += 1
        (pid,) = decoders.pids()
        detail = {"refused": refused, "kept": kept}
        figure("posters.hostile_rss_mb", _peak_mb(pid), "MB", better="lower", detail=detail)
        figure("posters.hostile_crashes", decoders.replaced, "个", better="lower", detail=detail)
    finally:
        decoders.close()


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    (line,) = [one for one in status.splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) / 1024
