"""An owner's customers are kept as one bitmap, not one for every 65,536 customers of the bank.

Revision ID: 0061
Revises: 0060
"""

from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op
from pyroaring import BitMap

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_BANKS = "select id from banks"
_READ = """
select key, chunk, bm from audience_bitmaps
where tenant_id = :t and dim = 'owner' order by key, chunk
"""
_DROP = "delete from audience_bitmaps where tenant_id = :t and dim = 'owner'"
_PUT = """
insert into audience_bitmaps (tenant_id, dim, key, chunk, bm) values (:t, 'owner', :key, :chunk, :bm)
"""


def upgrade() -> None:
    """Join the chunks of every owner."""
    _again(lambda parts: {-1: BitMap.union(*(b.shift(c << 16) for c, b in parts), BitMap())})


def downgrade() -> None:
    """Cut them again."""
    _again(lambda parts: _cut(parts[0][1]))


def _again(change: Any) -> None:
    db = op.get_bind()
    op.execute("alter table audience_bitmaps no force row level security")
    for (tenant,) in db.execute(sa.text(_BANKS)).all():
        rows = db.execute(sa.text(_READ), {"t": tenant}).all()
        db.execute(sa.text(_DROP), {"t": tenant})
        for key, some in groupby(rows, key=lambda row: row.key):
            parts = [(row.chunk, BitMap.deserialize(row.bm)) for row in some]
            for chunk, bits in change(parts).items():
                facts = {"t": tenant, "key": key, "chunk": chunk, "bm": bits.serialize()}
                db.execute(sa.text(_PUT), facts)
    op.execute("alter table audience_bitmaps force row level security")


def _cut(nos: BitMap) -> dict[int, BitMap]:
    chunks = {no >> 16 for no in nos}
    return {c: (nos & BitMap(range(c << 16, (c + 1) << 16))).shift(-(c << 16)) for c in chunks}
