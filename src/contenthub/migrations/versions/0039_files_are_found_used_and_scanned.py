"""Uploaded files have words, uses, a virus scan and a waste basket; large ones come on their own

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_READ = ("revisions", "template_revisions", "kit_version_parts", "assets", "asset_uses")

# What a wording, a design or a version of a kit names: (asset's id, where).
_OF_REVISION = """
select s.cover_asset_id as asset_id, 'cover' as place where s.cover_asset_id is not null
union select m[1]::uuid, 'body' from regexp_matches(lower(s.body), '/assets/(UUID)', 'g') m
union select m[1]::uuid, f.key from jsonb_each_text(s.fields) f,
  regexp_matches(lower(f.value), '(UUID)', 'g') m
""".replace("UUID", _UUID)
_OF_TEMPLATE = """
select a.id as asset_id, 'layers' as place from assets a
where a.tenant_id = s.tenant_id and a.sha256 in (
  select m[1] from regexp_matches(s.layers::text, '"([0-9a-f]{64})"', 'g') m)
"""
_OF_PART = """
select (f.value ->> 'id')::uuid as asset_id, 'kit' as place from jsonb_array_elements(s.assets) f
"""
_SUBJECTS = {
    "revisions": ("revision", "id", _OF_REVISION, "cover_asset_id, body, fields"),
    "template_revisions": ("template", "id", _OF_TEMPLATE, "layers"),
    "kit_version_parts": ("kit", "subject_id", _OF_PART, "assets"),
}

# In the database, so that no way of writing a wording can forget it; the foreign key of
# asset_uses then keeps every file that is named anywhere, whatever a clean-up believes.
NOTE_USES = """
create function note_uses_of_{table}() returns trigger language plpgsql as $$
declare
  s {table}%rowtype;
begin
  if tg_op <> 'INSERT' then
    delete from asset_uses u where u.tenant_id = old.tenant_id and u.subject_kind = '{kind}'
      and u.subject_id = old.{key} and u.version = {old_version};
  end if;
  if tg_op = 'DELETE' then
    return null;
  end if;
  s := new;
  insert into asset_uses (tenant_id, asset_id, subject_kind, subject_id, version, place)
  select s.tenant_id, a.id, '{kind}', s.{key}, {new_version}, named.place
  from ({named}) named join assets a on a.tenant_id = s.tenant_id and a.id = named.asset_id
  on conflict do nothing;
  -- What is used again is no waste.
  update assets a set deleted_at = null where a.tenant_id = s.tenant_id
    and a.deleted_at is not null and a.id in (
      select u.asset_id from asset_uses u where u.tenant_id = s.tenant_id
        and u.subject_kind = '{kind}' and u.subject_id = s.{key});
  return null;
end
$$
"""
_BACKFILL = """
insert into asset_uses (tenant_id, asset_id, subject_kind, subject_id, version, place)
select s.tenant_id, a.id, '{kind}', s.{key}, {version}, named.place
from {table} s cross join lateral ({named}) named
join assets a on a.tenant_id = s.tenant_id and a.id = named.asset_id
on conflict do nothing
"""


def upgrade() -> None:
    """Widen files, note what uses them, and keep uploads that are under way."""
    _widen_assets()
    _make_uses()
    _make_uploads()
    # Thousands of wordings are read once.
    op.execute("set local statement_timeout = '15min'")
    for table in _READ:
        op.execute(f"alter table {table} no force row level security")
    for table, (kind, key, named, columns) in _SUBJECTS.items():
        version = "s.kit_id::text || '/' || s.no" if kind == "kit" else "''"
        words = {"table": table, "kind": kind, "key": key, "named": named}
        old, new = version.replace("s.", "old."), version
        op.execute(NOTE_USES.format(**words, old_version=old, new_version=new))
        op.execute(
            f"create trigger note_uses after insert or delete or update of {columns} "
            f"on {table} for each row execute function note_uses_of_{table}()"
        )
        op.execute(_BACKFILL.format(**words, version=version))
    for table in _READ:
        op.execute(f"alter table {table} force row level security")


def _widen_assets() -> None:
    for name in ("alt_text", "thumb_key", "scan_note"):
        op.add_column("assets", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("assets", sa.Column("scan", sa.Text(), nullable=False, server_default="off"))
    for name in ("scan_after", "deleted_at"):
        op.add_column("assets", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_assets_scan"), "assets", "scan in ('off','waiting','clean','infected')"
    )
    op.create_index("ix_assets_list", "assets", ["tenant_id", "created_at", "id"])
    waiting, gone = sa.text("scan = 'waiting'"), sa.text("deleted_at is not null")
    op.create_index("ix_assets_scan", "assets", ["scan_after"], postgresql_where=waiting)
    op.create_index("ix_assets_gone", "assets", ["deleted_at"], postgresql_where=gone)


def _make_uses() -> None:
    op.create_table(
        "asset_uses",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False, server_default=""),
        sa.Column("place", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "asset_id", "subject_kind", "subject_id", "version", "place"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "asset_id"], ["assets.tenant_id", "assets.id"]),
        sa.CheckConstraint(
            "subject_kind in ('revision','template','kit')", name=op.f("ck_asset_uses_kind")
        ),
    )
    op.create_index(
        "ix_asset_uses_subject", "asset_uses", ["tenant_id", "subject_kind", "subject_id"]
    )
    secure("asset_uses")


def _make_uploads() -> None:
    op.create_table(
        "asset_uploads",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("filename", "alt_text", "mime", "storage_key", "state")
        ),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"]),
        sa.CheckConstraint(
            "state in ('open','done','failed')", name=op.f("ck_asset_uploads_state")
        ),
    )
    left = sa.text("state = 'open'")
    op.create_index("ix_asset_uploads_open", "asset_uploads", ["expires_at"], postgresql_where=left)
    secure("asset_uploads")


def downgrade() -> None:
    """Forget words, uses and scans; the files stay."""
    for table in _SUBJECTS:
        op.execute(f"drop trigger note_uses on {table}")
        op.execute(f"drop function note_uses_of_{table}()")
    op.drop_table("asset_uploads")
    op.drop_table("asset_uses")
    for name in ("ix_assets_gone", "ix_assets_scan", "ix_assets_list"):
        op.drop_index(name, table_name="assets")
    op.drop_constraint(op.f("ck_assets_scan"), "assets")
    for name in ("deleted_at", "scan_after", "scan", "scan_note", "thumb_key", "alt_text"):
        op.drop_column("assets", name)
