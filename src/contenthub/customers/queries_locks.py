"""Who changes tags of many customers, and who works on some, keep out of each other's way.

To lock ten thousand customers row by row writes to each one's page, several megabytes of WAL.
So who changes many locks no row but the tags of the bank, alone (`alone`); who locks rows of
customers and changes their tags shares that lock first (`share`), and does not wait for others
who do. Always before any row and before the index, so that nobody waits in a ring.
"""

from sqlalchemy import text

from contenthub.db import Read, Write
from contenthub.tenants.sealing import bank_id

_ALONE = text("select pg_advisory_xact_lock(hashtextextended('tags of ' || :bank, 0))")
_SHARE = text("select pg_advisory_xact_lock_shared(hashtextextended('tags of ' || :bank, 0))")
_FILE = text("select pg_advisory_xact_lock(hashtextextended(:bank, 0))")


async def one_file(db: Write) -> None:
    """Keep every other batch of a file of the bank waiting until this transaction ends."""
    await db.execute(_FILE, {"bank": f"customers {bank_id(db)}"})


async def alone(db: Write) -> None:
    """Keep everybody else from the tags of the bank's customers until this transaction ends."""
    await db.execute(_ALONE, {"bank": str(bank_id(db))})


async def share(db: Read) -> None:
    """Keep changes of many customers' tags waiting until this transaction ends."""
    await db.execute(_SHARE, {"bank": str(bank_id(db))})
