"""Tenants in full: organisation history, account security, platform, webhooks, data keys

New columns keep their defaults in the database, so that the release before this one
can go on writing while this one is rolled out.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from contenthub.migrations.policy import grant, secure

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    "branch_changes",
    "handovers",
    "recovery_codes",
    "bank_keys",
    "agency_invitations",
    "platform_visits",
    "member_figures",
    "webhook_endpoints",
    "webhook_events",
    "webhook_deliveries",
)

def upgrade() -> None:
    op.create_table('bank_erasures',
    sa.Column('bank_id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('requested_by', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('proof', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('bank_id', name=op.f('pk_bank_erasures'))
    )
    op.create_table('operators',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('login', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('totp_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('totp_confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('totp_last_step', sa.BigInteger(), nullable=False),
    sa.Column('recovery_hashes', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind in ('platform','agency')", name=op.f('ck_operators_kind')),
    sa.CheckConstraint("state in ('active','disabled')", name=op.f('ck_operators_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operators')),
    sa.UniqueConstraint('login', name=op.f('uq_operators_login'))
    )
    op.create_table('platform_entries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('operator_id', sa.Uuid(), nullable=True),
    sa.Column('operator_name', sa.Text(), nullable=False),
    sa.Column('event', sa.Text(), nullable=False),
    sa.Column('bank_slug', sa.Text(), nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_platform_entries'))
    )
    op.create_table('bank_keys',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('cipher', sa.Text(), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("cipher in ('aes-gcm','sm4-gcm')", name=op.f('ck_bank_keys_cipher')),
    sa.CheckConstraint("state in ('waiting','active','retiring','retired')", name=op.f('ck_bank_keys_state')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_bank_keys_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'no', name=op.f('pk_bank_keys'))
    )
    op.create_table('member_figures',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('member_name', sa.Text(), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_member_figures_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'member_id', 'on', 'name', name=op.f('pk_member_figures'))
    )
    op.create_table('webhook_endpoints',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('events', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('secret_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('old_secret_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('old_secret_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state in ('active','paused','failing')", name=op.f('ck_webhook_endpoints_state')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_webhook_endpoints_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_webhook_endpoints'))
    )
    op.create_table('webhook_events',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('event', sa.Text(), nullable=False),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_webhook_events_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_webhook_events'))
    )
    op.create_index('ix_webhook_events_at', 'webhook_events', ['tenant_id', 'at'], unique=False)
    op.create_table('branch_changes',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('change', sa.Text(), nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=True),
    sa.Column('by_name', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("change in ('opened','moved','renamed','merged','closed','reopened')", name=op.f('ck_branch_changes_change')),
    sa.ForeignKeyConstraint(['tenant_id', 'branch_id'], ['branches.tenant_id', 'branches.id'], name=op.f('fk_branch_changes_tenant_id_branch_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_branch_changes_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_branch_changes'))
    )
    op.create_index('ix_branch_changes_branch', 'branch_changes', ['tenant_id', 'branch_id', 'at'], unique=False)
    op.create_table('webhook_deliveries',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('endpoint_id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('took_ms', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('planned','sending','delivered','failed')", name=op.f('ck_webhook_deliveries_state')),
    sa.ForeignKeyConstraint(['tenant_id', 'endpoint_id'], ['webhook_endpoints.tenant_id', 'webhook_endpoints.id'], name=op.f('fk_webhook_deliveries_tenant_id_endpoint_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'event_id'], ['webhook_events.tenant_id', 'webhook_events.id'], name=op.f('fk_webhook_deliveries_tenant_id_event_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_webhook_deliveries_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_webhook_deliveries'))
    )
    op.create_index('ix_webhook_deliveries_due', 'webhook_deliveries', ['next_at'], unique=False, postgresql_where=sa.text("state in ('planned', 'sending')"))
    op.create_index('ix_webhook_deliveries_endpoint', 'webhook_deliveries', ['tenant_id', 'endpoint_id', 'created_at'], unique=False)
    op.create_table('agency_invitations',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('operator_login', sa.Text(), nullable=False),
    sa.Column('roles', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=True),
    sa.Column('invited_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'invited_by'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_agency_invitations_tenant_id_invited_by')),
    sa.ForeignKeyConstraint(['tenant_id', 'staff_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_agency_invitations_tenant_id_staff_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_agency_invitations_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_agency_invitations'))
    )
    op.create_index('ix_agency_invitations_operator', 'agency_invitations', ['tenant_id', 'operator_login'], unique=False)
    op.create_table('handovers',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('from_id', sa.Uuid(), nullable=False),
    sa.Column('to_id', sa.Uuid(), nullable=False),
    sa.Column('customers', sa.Integer(), nullable=False),
    sa.Column('tasks', sa.Integer(), nullable=False),
    sa.Column('links', sa.Integer(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'from_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_handovers_tenant_id_from_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'to_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_handovers_tenant_id_to_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_handovers_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_handovers'))
    )
    op.create_index('ix_handovers_from', 'handovers', ['tenant_id', 'from_id'], unique=False)
    op.create_table('platform_visits',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('operator_id', sa.Uuid(), nullable=False),
    sa.Column('operator_name', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('granted_by_id', sa.Uuid(), nullable=True),
    sa.Column('granted_by_name', sa.Text(), nullable=False),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('staff_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint('granted_by_id is null or granted_by_id <> operator_id', name=op.f('ck_platform_visits_two')),
    sa.CheckConstraint('minutes between 1 and 60', name=op.f('ck_platform_visits_minutes')),
    sa.ForeignKeyConstraint(['tenant_id', 'staff_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_platform_visits_tenant_id_staff_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_platform_visits_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_platform_visits'))
    )
    op.create_index('ix_platform_visits_at', 'platform_visits', ['tenant_id', 'requested_at'], unique=False)
    op.create_table('recovery_codes',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'staff_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_recovery_codes_tenant_id_staff_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_recovery_codes_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'staff_id', 'hash', name=op.f('pk_recovery_codes'))
    )
    op.add_column('api_keys', sa.Column('scopes', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False))
    op.add_column('api_keys', sa.Column('ip_allow', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False))
    op.add_column('api_keys', sa.Column('per_minute', sa.Integer(), server_default=sa.text("'600'"), nullable=False))
    op.add_column('api_keys', sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('api_keys', sa.Column('last_used_from', sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column('banks', sa.Column('quotas', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False))
    op.add_column('banks', sa.Column('domain', sa.Text(), nullable=True))
    op.add_column('banks', sa.Column('logo_key', sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column('banks', sa.Column('colour_main', sa.Text(), server_default=sa.text("'#1a56b8'"), nullable=False))
    op.add_column('banks', sa.Column('colour_accent', sa.Text(), server_default=sa.text("'#c3272b'"), nullable=False))
    op.add_column('banks', sa.Column('state_reason', sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column('banks', sa.Column('state_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('banks', sa.Column('delete_after_at', sa.DateTime(timezone=True), nullable=True))
    op.create_unique_constraint(op.f('uq_banks_domain'), 'banks', ['domain'])
    op.add_column('branches', sa.Column('state', sa.Text(), server_default=sa.text("'open'"), nullable=False))
    op.add_column('branches', sa.Column('merged_into_id', sa.Uuid(), nullable=True))
    op.add_column('branches', sa.Column('sort_no', sa.Integer(), server_default=sa.text("'0'"), nullable=False))
    # The check of a foreign key reads every bank's rows as their owner.
    op.execute("alter table branches no force row level security")
    op.create_foreign_key(op.f('fk_branches_tenant_id_merged_into_id'), 'branches', 'branches', ['tenant_id', 'merged_into_id'], ['tenant_id', 'id'])
    op.execute("alter table branches force row level security")
    op.add_column('staff', sa.Column('resigned_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('staff', sa.Column('last_login_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('staff', sa.Column('password_set_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('staff', sa.Column('must_change_password', sa.Boolean(), server_default=sa.text("'false'"), nullable=False))
    op.add_column('staff', sa.Column('totp_sealed', sa.LargeBinary(), server_default=sa.text("''"), nullable=False))
    op.add_column('staff', sa.Column('totp_confirmed_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('staff', sa.Column('totp_last_step', sa.BigInteger(), server_default=sa.text("'0'"), nullable=False))
    op.add_column('staff', sa.Column('operator_id', sa.Uuid(), nullable=True))
    op.create_check_constraint(
        "state", "banks", "state in ('active','suspended','deleting','deleted')"
    )
    op.create_check_constraint("state", "branches", "state in ('open','merged','closed')")
    for table in TABLES:
        secure(table)
    # An operator asks for a visit and grants one; the bank itself may end it.
    grant("platform_visits", platform="insert, update")
    grant("agency_invitations", platform="update")
    grant("operators", platform="select, insert, update")
    grant("platform_entries", platform="select, insert")
    grant("bank_erasures", platform="select, insert, update")
    # Written for a parent bank by the worker: sums of a member, never a customer.
    grant("member_figures", platform="insert, update, delete")


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
