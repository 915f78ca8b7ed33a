"""Facts of made-up customers beyond name and assets: products, days due, village, lunar birthday.

As in people.py everything follows from the person: the same person has the same facts on a day.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from contenthub.customers.holdings import PRODUCTS, joined
from contenthub.customers.people import Person

_VILLAGES = tuple(
    "柳树村 王家庄 石桥村 杨家湾 大槐树村 青山村 河口村 赵家堡 双井村 榆林村 梨园村 白塔村".split()
)
_GRIDS = tuple(f"城区网格{n}" for n in range(1, 7))


def facts_of(person: Person, *, today: date) -> dict[str, Any]:
    """Return the facts of a made-up person, by the fields of a CustomerRow."""
    rng = Random(f"facts {person.phone}")  # noqa: S311  (demo data must repeat, nothing is secret)
    products = joined(_products(rng, person))
    held = products.split()
    is_rural = rng.random() < 0.6
    where = "走村" if is_rural else "厅堂"
    added = today - timedelta(days=rng.randrange(5, 400)) if person.external_userid else None
    spoken = added and added + (today - added) * rng.random()
    return {
        "lunar_birthday": _lunar(rng) if person.age >= 45 and rng.random() < 0.4 else "",
        "products": products,
        "deposit_due_on": _due(rng, today) if {"term", "large_cd"} & set(held) else None,
        "wealth_due_on": _due(rng, today) if "wealth" in held else None,
        "loan_due_on": _due(rng, today) if any(p.endswith("loan") for p in held) else None,
        "is_merchant": "商户" in person.tags or (None if rng.random() < 0.7 else False),
        "grid": rng.choice(_VILLAGES if is_rural else _GRIDS) if rng.random() < 0.85 else "",
        "contacted_on": spoken if rng.random() < 0.7 else None,
        "added_on": added,
        "remark": f"{where}添加 {added}" if added and rng.random() < 0.3 else "",
    }


def _products(rng: Random, person: Person) -> list[str]:
    yuan = person.aum_fen / 100
    chances = {
        "demand": 0.9,
        "debit_card": 0.85,
        "term": 0.65 if yuan >= 20_000 else 0.1,
        "large_cd": 0.3 if yuan >= 200_000 else 0.0,
        "wealth": 0.25 if yuan >= 50_000 and person.risk else 0.0,
        "social_card": 0.6 if person.age >= 60 else 0.2,
        "mobile_bank": 0.75 if person.age < 55 else 0.25,
        "farm_loan": 0.5 if "种养大户" in person.tags else 0.03,
        "business_loan": 0.3 if "商户" in person.tags else 0.0,
        "payment_code": 0.9 if "商户" in person.tags else 0.0,
        "payroll": 1.0 if "代发工资" in person.tags else 0.0,
        "credit_card": 0.2 if 22 <= person.age < 55 else 0.02,
        "etc": 0.4 if "有车" in person.tags else 0.0,
    }
    return [slug for slug in PRODUCTS if rng.random() < chances.get(slug, 0.0)]


def _due(rng: Random, today: date) -> date:
    return today + timedelta(days=rng.randrange(-20, 360))


def _lunar(rng: Random) -> str:
    return f"{rng.randrange(1, 13):02}-{rng.randrange(1, 31):02}"
