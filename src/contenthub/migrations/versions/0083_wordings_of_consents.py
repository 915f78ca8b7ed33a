"""The wordings that customers agree to and refuse by are kept, and never changed.

Revision ID: 0083
Revises: 0082
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None

# What somebody agreed to stays what it was. It leaves with its bank, and not before.
KEEP_TEXT = """
create function keep_consent_text() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and not exists (
    select 1 from public.banks where id = old.tenant_id and state <> 'deleting'
  ) then
    return old;
  end if;
  raise exception using errcode = 'CH003', message = '告知文本不能修改或删除，请另起一个版本';
end
$$
"""


def upgrade() -> None:
    """Make the table; wordings named before were kept nowhere."""
    op.execute("alter table staff no force row level security")
    op.create_table(
        "consent_texts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "version", name="pk_consent_texts"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_consent_texts_tenant_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "created_by"],
            ["staff.tenant_id", "staff.id"],
            name="fk_consent_texts_tenant_id_created_by",
        ),
        sa.CheckConstraint(
            "sha256 = encode(sha256(convert_to(wording, 'UTF8')), 'hex')",
            name="ck_consent_texts_sha256",
        ),
    )
    op.execute("alter table staff force row level security")
    secure("consent_texts", app="select, insert")
    op.execute(KEEP_TEXT)
    op.execute("revoke all on function keep_consent_text() from public")
    op.execute(
        "create trigger keep_text before update or delete on consent_texts "
        "for each row execute function keep_consent_text()"
    )


def downgrade() -> None:
    """Forget the wordings."""
    op.drop_table("consent_texts")
    op.execute("drop function keep_consent_text()")
