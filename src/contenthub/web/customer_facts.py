"""What a page shows of a customer's facts: label and words, in the order a clerk asks."""

from datetime import date

from contenthub.customers import bitmaps, holdings, lunar
from contenthub.customers.factvalues import MERCHANT
from contenthub.customers.models import Customer


def products_of(found: Customer) -> str:
    """Return the products a customer holds in words."""
    return "、".join(holdings.product_words(found.products))


def dues_of(found: Customer) -> str:
    """Return what falls due when, soonest first."""
    days = [(getattr(found, f"{kind}_due_on"), word) for kind, word in holdings.DUES.items()]
    return "；".join(f"{word} {on}" for on, word in sorted(d for d in days if d[0]))


def facts_of(found: Customer) -> list[tuple[str, object]]:
    """Return (label, value) of the facts that files and employees tell; empty ones as well."""
    return [
        ("农历生日", lunar.lunar_word(found.lunar_birthday)),
        ("村（网格）", found.grid),
        ("持有产品", products_of(found)),
        ("到期", dues_of(found)),
        ("商户", MERCHANT[found.is_merchant]),
        ("最近联系", found.contacted_on),
        ("加微日期", found.added_on),
    ]


def is_birthday(found: Customer, on: date) -> bool:
    """Return whether a customer's birthday, solar or lunar, is kept on a day."""
    born = found.birthday
    is_solar = born is not None and born.strftime("%m-%d") in bitmaps.solar_days(on)
    # An empty one is among no days.
    return is_solar or found.lunar_birthday in lunar.lunar_days([on])


def cells_of(found: Customer) -> list[object]:
    """Return the facts as cells of an export, in the words an import reads."""
    return [
        lunar.lunar_word(found.lunar_birthday),
        found.grid,
        products_of(found).replace("、", ";"),
        found.deposit_due_on,
        found.wealth_due_on,
        found.loan_due_on,
        MERCHANT[found.is_merchant],
        found.contacted_on,
        found.added_on,
    ]
