"""Reads about accounts' safety: whose names make bad passwords, who lacks one-time codes."""

from contenthub.db import Read
from contenthub.tenants import passwords, queries


async def words_of(db: Read, *, login: str, name: str = "", phone: str = "") -> list[str]:
    """Return the words that no password of this person of the bank may be made of."""
    bank = await queries.bank(db)
    return passwords.own_words(
        slug=bank.slug,
        bank=(bank.name, bank.full_name, bank.hotline),
        person=(login, name, phone),
    )
