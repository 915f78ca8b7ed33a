"""Addresses of a bank's look: with its version in them, so that browsers keep it for ever."""

from contenthub.tenants import queries_banks
from contenthub.tenants.models import Bank
from contenthub.tenants.queries_banks import Brand


def _brand(bank: object) -> Brand | None:
    if isinstance(bank, Bank):
        return queries_banks.brand_of(bank)
    return bank if isinstance(bank, Brand) and bank.slug else None


def look_url(bank: object) -> str:
    """Return the address of a bank's stylesheet; an empty text for who is no bank."""
    brand = _brand(bank)
    return f"/brand/{brand.slug}/look.css?v={brand.version}" if brand else ""


def logo_url(bank: object) -> str:
    """Return the address of a bank's logo; an empty text when there is none."""
    brand = _brand(bank)
    return f"/brand/{brand.slug}/logo?v={brand.version}" if brand and brand.logo_key else ""
