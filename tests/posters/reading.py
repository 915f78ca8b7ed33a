"""How many codes of shipped posters two decoders read, as made and after messengers."""

import io
import random
import sys
from collections.abc import Sequence

import msgspec
from PIL import Image
from tests.posters.strange import picture

from contenthub.posters import editing, proof, splice
from contenthub.posters.starters import known, starters
from contenthub.posters.template import Personal, Template, parse

LINK = "HTTPS://QY.EXAMPLE.CN/S/"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
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
    found = [
        Personal(
            dice.choice("王李张刘陈") + dice.choice(("伟", "秀英", "建国")),
            dice.choice(("", "客户经理")),
            f"138 0000 {number:04d}",
            "城关支行",
            f"{number:04d}",
            picture(9, alpha=False) if number % 3 else None,
            LINK + "".join(dice.choices(ALPHABET, k=12)),
        )
        for number in range(count)
    ]
    # A card's code is as long as a link's: what is read of one is read of the other.
    return [msgspec.structs.replace(one, card_text=one.qr_text) for one in found]


def sample(place: int, crowd: Sequence[Personal], size: str, *, each: int) -> Sequence[Personal]:
    """Return whose codes are looked at on the `place`-th poster, so that all have some turn.

    `each` people, of an A4 sheet a fifth: it is printed, and takes as long as five others.
    """
    count = max(1, each // 5) if size == "a4" else each
    return [crowd[(place * count + no) % len(crowd)] for no in range(min(count, len(crowd)))]


def unread(code: str, people: Sequence[Personal]) -> dict[str, int]:
    """Return how many codes of a shipped poster one of the decoders did not read, by look.

    Each decoder sees the whole poster, as a telephone does.
    """
    blind = dict.fromkeys(LOOKS, 0)
    compiled = splice.compile(shipped(code), VALUES, {})
    for person in people:
        poster = Image.open(io.BytesIO(splice.render(compiled, person))).convert("RGB")
        for look, (share, quality) in LOOKS.items():
            seen = proof.messaged(poster, share=share, quality=quality) if quality else poster
            missed = proof.unread_by(seen, person.qr_text)
            blind[look] += bool(missed)
            if missed:
                print(f"{code} {look} {person.qr_text}: not read by {missed}", file=sys.stderr)
    return blind
