"""The first schema of every room

Revision ID: 0001
Revises: 
"""

from alembic import op

from contenthub.migrations.policy import APP, PLATFORM, grant, secure
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('banks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('full_name', sa.Text(), nullable=False),
    sa.Column('hotline', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('settings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['banks.id'], name=op.f('fk_banks_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_banks')),
    sa.UniqueConstraint('slug', name=op.f('uq_banks_slug'))
    )
    op.create_table('visit_inbox',
    sa.Column('id', sa.BigInteger(), autoincrement=True, nullable=False),
    sa.Column('packed', sa.LargeBinary(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_inbox'))
    )
    op.create_table('assets',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('mime', sa.Text(), nullable=False),
    sa.Column('width_px', sa.Integer(), nullable=False),
    sa.Column('height_px', sa.Integer(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('storage_key', sa.Text(), nullable=False),
    sa.Column('filename', sa.Text(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_assets_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_assets')),
    sa.UniqueConstraint('tenant_id', 'sha256', name=op.f('uq_assets_tenant_id_sha256'))
    )
    op.create_table('audience_bitmaps',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('dim', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('chunk', sa.Integer(), nullable=False),
    sa.Column('bm', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_audience_bitmaps_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'dim', 'key', 'chunk', name=op.f('pk_audience_bitmaps'))
    )
    op.create_table('audit_entries',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_name', sa.Text(), nullable=False),
    sa.Column('event', sa.Text(), nullable=False),
    sa.Column('subject_kind', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_audit_entries_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_audit_entries'))
    )
    op.create_index('ix_audit_entries_subject', 'audit_entries', ['tenant_id', 'subject_id'], unique=False)
    op.create_table('audit_seals',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('no', sa.Integer(), nullable=False),
    sa.Column('last_id', sa.Uuid(), nullable=False),
    sa.Column('entries', sa.Integer(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_audit_seals_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'no', name=op.f('pk_audit_seals'))
    )
    op.create_table('branches',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'parent_id'], ['branches.tenant_id', 'branches.id'], name=op.f('fk_branches_tenant_id_parent_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_branches_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_branches')),
    sa.UniqueConstraint('tenant_id', 'code', name=op.f('uq_branches_tenant_id_code'))
    )
    op.create_table('counters',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('last_no', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_counters_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'name', name=op.f('pk_counters'))
    )
    op.create_table('deliveries',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('push_id', sa.Uuid(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('customer_no', sa.Integer(), nullable=False),
    sa.Column('employee_id', sa.Uuid(), nullable=True),
    sa.Column('send_job_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state in ('planned','claimed','sending','submitted','confirmed','delivered','skipped','failed','unknown')", name=op.f('ck_deliveries_state')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_deliveries_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'push_id', 'step', 'customer_no', name=op.f('pk_deliveries'))
    )
    op.create_index('ix_deliveries_customer', 'deliveries', ['tenant_id', 'customer_no'], unique=False)
    op.create_index('ix_deliveries_job', 'deliveries', ['tenant_id', 'send_job_id'], unique=False)
    op.create_index('ix_deliveries_state', 'deliveries', ['tenant_id', 'push_id', 'state'], unique=False)
    op.create_table('directory_entries',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('bank_id', sa.Uuid(), nullable=False),
    sa.Column('target_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['bank_id'], ['banks.id'], name=op.f('fk_directory_entries_bank_id')),
    sa.PrimaryKeyConstraint('kind', 'name', name=op.f('pk_directory_entries'))
    )
    op.create_index(op.f('ix_directory_entries_bank_id'), 'directory_entries', ['bank_id'], unique=False)
    op.create_table('employee_days',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('employee_id', sa.Uuid(), nullable=False),
    sa.Column('day_on', sa.Date(), nullable=False),
    sa.Column('fetches', sa.BigInteger(), nullable=False),
    sa.Column('views', sa.BigInteger(), nullable=False),
    sa.Column('leads', sa.BigInteger(), nullable=False),
    sa.Column('signups', sa.BigInteger(), nullable=False),
    sa.Column('shares', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_employee_days_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'employee_id', 'day_on', name=op.f('pk_employee_days'))
    )
    op.create_table('idempotency_records',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('request_hash', sa.Text(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_idempotency_records_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'key', name=op.f('pk_idempotency_records'))
    )
    op.create_table('item_days',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('employee_id', sa.Uuid(), nullable=False),
    sa.Column('day_on', sa.Date(), nullable=False),
    sa.Column('fetches', sa.BigInteger(), nullable=False),
    sa.Column('views', sa.BigInteger(), nullable=False),
    sa.Column('leads', sa.BigInteger(), nullable=False),
    sa.Column('signups', sa.BigInteger(), nullable=False),
    sa.Column('shares', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_item_days_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'item_id', 'employee_id', 'day_on', name=op.f('pk_item_days'))
    )
    op.create_index('ix_item_days_on', 'item_days', ['tenant_id', 'day_on'], unique=False)
    op.create_table('long_jobs',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('params', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('result', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('errors_key', sa.Text(), nullable=False),
    sa.Column('result_key', sa.Text(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('queued','running','done','failed','cancelled')", name=op.f('ck_long_jobs_state')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_long_jobs_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_long_jobs'))
    )
    op.create_index('ix_long_jobs_state', 'long_jobs', ['tenant_id', 'state', 'created_at'], unique=False)
    op.create_table('segments',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('expr', sa.Text(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_segments_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_segments')),
    sa.UniqueConstraint('tenant_id', 'name', name=op.f('uq_segments_tenant_id_name'))
    )
    op.create_table('tag_groups',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('dimension', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_tag_groups_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_tag_groups')),
    sa.UniqueConstraint('tenant_id', 'name', name=op.f('uq_tag_groups_tenant_id_name'))
    )
    op.create_table('visitors',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('first_link_id', sa.Uuid(), nullable=False),
    sa.Column('first_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_visitors_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_visitors'))
    )
    op.create_table('visits',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('link_id', sa.Uuid(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('employee_id', sa.Uuid(), nullable=False),
    sa.Column('visitor_id', sa.Uuid(), nullable=True),
    sa.Column('dwell_ms', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind in ('fetch','view')", name=op.f('ck_visits_kind')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_visits_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'at', 'id', 'kind', name=op.f('pk_visits')),
    postgresql_partition_by='RANGE (at)'
    )
    op.create_table('wecom_apps',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('corpid', sa.Text(), nullable=False),
    sa.Column('agentid', sa.Integer(), nullable=False),
    sa.Column('secret_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('base_url', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_wecom_apps_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_wecom_apps'))
    )
    op.create_table('staff',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('staff_no', sa.Text(), nullable=False),
    sa.Column('login', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('wecom_userid', sa.Text(), nullable=False),
    sa.Column('roles', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('photo_key', sa.Text(), nullable=False),
    sa.Column('qualification_no', sa.Text(), nullable=False),
    sa.Column('authorised_until', sa.Date(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('successor_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state in ('active','leave','resigned','disabled')", name=op.f('ck_staff_state')),
    sa.ForeignKeyConstraint(['tenant_id', 'branch_id'], ['branches.tenant_id', 'branches.id'], name=op.f('fk_staff_tenant_id_branch_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'successor_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_staff_tenant_id_successor_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_staff_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_staff')),
    sa.UniqueConstraint('tenant_id', 'login', name=op.f('uq_staff_tenant_id_login')),
    sa.UniqueConstraint('tenant_id', 'staff_no', name=op.f('uq_staff_tenant_id_staff_no'))
    )
    op.create_index('ix_staff_branch', 'staff', ['tenant_id', 'branch_id'], unique=False)
    op.create_table('tags',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'group_id'], ['tag_groups.tenant_id', 'tag_groups.id'], name=op.f('fk_tags_tenant_id_group_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_tags_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_tags')),
    sa.UniqueConstraint('tenant_id', 'name', name=op.f('uq_tags_tenant_id_name'))
    )
    op.create_table('api_keys',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('hint', sa.Text(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'staff_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_api_keys_tenant_id_staff_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_api_keys_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_api_keys'))
    )
    op.create_table('customers',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('name_masked', sa.Text(), nullable=False),
    sa.Column('name_index', sa.LargeBinary(), nullable=False),
    sa.Column('phone_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('phone_masked', sa.Text(), nullable=False),
    sa.Column('phone_index', sa.LargeBinary(), nullable=False),
    sa.Column('gender', sa.Text(), nullable=False),
    sa.Column('birthday', sa.Date(), nullable=True),
    sa.Column('aum_fen', sa.BigInteger(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('external_userid', sa.Text(), nullable=False),
    sa.Column('crm_no', sa.Text(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'branch_id'], ['branches.tenant_id', 'branches.id'], name=op.f('fk_customers_tenant_id_branch_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'owner_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_customers_tenant_id_owner_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_customers_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'no', name=op.f('pk_customers')),
    sa.UniqueConstraint('tenant_id', 'id', name=op.f('uq_customers_tenant_id_id')),
    sa.UniqueConstraint('tenant_id', 'phone_index', name=op.f('uq_customers_tenant_id_phone_index'))
    )
    op.create_index('ix_customers_name', 'customers', ['tenant_id', 'name_index'], unique=False)
    op.create_index('ix_customers_owner', 'customers', ['tenant_id', 'owner_id'], unique=False)
    op.create_table('items',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('working_revision_id', sa.Uuid(), nullable=True),
    sa.Column('live_revision_id', sa.Uuid(), nullable=True),
    sa.Column('recall_reason', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'author_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_items_tenant_id_author_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_items_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_items')),
    sa.UniqueConstraint('tenant_id', 'code', name=op.f('uq_items_tenant_id_code'))
    )
    op.create_index('ix_items_list', 'items', ['tenant_id', 'kind', 'updated_at'], unique=False)
    op.create_table('reviews',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject_kind', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('subject_hash', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('reviewer_id', sa.Uuid(), nullable=True),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('waiting','approved','returned','withdrawn') and (state not in ('approved','returned') or reviewer_id is not null)", name=op.f('ck_reviews_state')),
    sa.CheckConstraint('reviewer_id is null or reviewer_id <> author_id', name=op.f('ck_reviews_four_eyes')),
    sa.ForeignKeyConstraint(['tenant_id', 'author_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_reviews_tenant_id_author_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'reviewer_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_reviews_tenant_id_reviewer_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_reviews_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_reviews'))
    )
    op.create_index('ix_reviews_inbox', 'reviews', ['tenant_id', 'state', 'created_at'], unique=False)
    op.create_index('uq_reviews_waiting', 'reviews', ['tenant_id', 'subject_id'], unique=True, postgresql_where=sa.text("state = 'waiting'"))
    op.create_table('tasks',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('employee_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('customers', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('open','done','cancelled')", name=op.f('ck_tasks_state')),
    sa.ForeignKeyConstraint(['tenant_id', 'employee_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_tasks_tenant_id_employee_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_tasks_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_tasks'))
    )
    op.create_index('ix_tasks_employee', 'tasks', ['tenant_id', 'employee_id', 'due_on'], unique=False)
    op.create_index('uq_tasks_source', 'tasks', ['tenant_id', 'kind', 'source_id', 'step', 'employee_id'], unique=True)
    op.create_table('consents',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('customer_no', sa.Integer(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('text_version', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'customer_no'], ['customers.tenant_id', 'customers.no'], name=op.f('fk_consents_tenant_id_customer_no')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_consents_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'customer_no', 'topic', name=op.f('pk_consents'))
    )
    op.create_table('customer_tags',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('tag_id', sa.Uuid(), nullable=False),
    sa.Column('customer_no', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('tagged_by', sa.Uuid(), nullable=True),
    sa.Column('tagged_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'customer_no'], ['customers.tenant_id', 'customers.no'], name=op.f('fk_customer_tags_tenant_id_customer_no')),
    sa.ForeignKeyConstraint(['tenant_id', 'tag_id'], ['tags.tenant_id', 'tags.id'], name=op.f('fk_customer_tags_tenant_id_tag_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_customer_tags_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'tag_id', 'customer_no', name=op.f('pk_customer_tags'))
    )
    op.create_index('ix_customer_tags_customer', 'customer_tags', ['tenant_id', 'customer_no'], unique=False)
    op.create_table('item_tokens',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('token', sa.Text(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'item_id'], ['items.tenant_id', 'items.id'], name=op.f('fk_item_tokens_tenant_id_item_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_item_tokens_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'token', 'item_id', name=op.f('pk_item_tokens'))
    )
    op.create_table('links',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('employee_id', sa.Uuid(), nullable=False),
    sa.Column('visitor_id', sa.Uuid(), nullable=True),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('root_id', sa.Uuid(), nullable=False),
    sa.Column('path', sa.ARRAY(sa.Uuid()), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('push_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'employee_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_links_tenant_id_employee_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'item_id'], ['items.tenant_id', 'items.id'], name=op.f('fk_links_tenant_id_item_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'parent_id'], ['links.tenant_id', 'links.id'], name=op.f('fk_links_tenant_id_parent_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_links_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_links')),
    sa.UniqueConstraint('tenant_id', 'code', name=op.f('uq_links_tenant_id_code'))
    )
    op.create_index('ix_links_parent', 'links', ['tenant_id', 'parent_id'], unique=False)
    op.create_index('ix_links_root', 'links', ['tenant_id', 'root_id'], unique=False)
    op.create_index('uq_links_employee', 'links', ['tenant_id', 'item_id', 'employee_id', 'channel', 'push_id', 'parent_id', 'visitor_id'], unique=True, postgresql_nulls_not_distinct=True)
    op.create_table('poster_templates',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('working_revision_id', sa.Uuid(), nullable=True),
    sa.Column('live_revision_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'author_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_poster_templates_tenant_id_author_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'item_id'], ['items.tenant_id', 'items.id'], name=op.f('fk_poster_templates_tenant_id_item_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_poster_templates_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_poster_templates')),
    sa.UniqueConstraint('tenant_id', 'code', name=op.f('uq_poster_templates_tenant_id_code'))
    )
    op.create_table('refusals',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('customer_no', sa.Integer(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('text_version', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'customer_no'], ['customers.tenant_id', 'customers.no'], name=op.f('fk_refusals_tenant_id_customer_no')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_refusals_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'customer_no', 'topic', name=op.f('pk_refusals'))
    )
    op.create_index('ix_refusals_until', 'refusals', ['tenant_id', 'until_on'], unique=False)
    op.create_table('revisions',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('no', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('fields', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('cover_asset_id', sa.Uuid(), nullable=True),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=True),
    sa.Column('valid_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.Column('hits', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('rule_pack', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('live_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('draft','in_review','approved','returned','live','superseded','expired','recalled','withdrawn')", name=op.f('ck_revisions_state')),
    sa.ForeignKeyConstraint(['tenant_id', 'author_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_revisions_tenant_id_author_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'item_id'], ['items.tenant_id', 'items.id'], name=op.f('fk_revisions_tenant_id_item_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_revisions_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_revisions')),
    sa.UniqueConstraint('tenant_id', 'item_id', 'no', name=op.f('uq_revisions_tenant_id_item_id_no'))
    )
    op.create_table('leads',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('link_id', sa.Uuid(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('employee_id', sa.Uuid(), nullable=False),
    sa.Column('visitor_id', sa.Uuid(), nullable=True),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('name_masked', sa.Text(), nullable=False),
    sa.Column('phone_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('phone_masked', sa.Text(), nullable=False),
    sa.Column('phone_index', sa.LargeBinary(), nullable=False),
    sa.Column('consent_version', sa.Text(), nullable=False),
    sa.Column('consent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state in ('new','assigned','contacted','won','lost')", name=op.f('ck_leads_state')),
    sa.ForeignKeyConstraint(['tenant_id', 'employee_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_leads_tenant_id_employee_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'item_id'], ['items.tenant_id', 'items.id'], name=op.f('fk_leads_tenant_id_item_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'link_id'], ['links.tenant_id', 'links.id'], name=op.f('fk_leads_tenant_id_link_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_leads_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_leads')),
    sa.UniqueConstraint('tenant_id', 'item_id', 'phone_index', name=op.f('uq_leads_tenant_id_item_id_phone_index'))
    )
    op.create_index('ix_leads_employee', 'leads', ['tenant_id', 'employee_id', 'created_at'], unique=False)
    op.create_table('link_stats',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('link_id', sa.Uuid(), nullable=False),
    sa.Column('fetches', sa.BigInteger(), nullable=False),
    sa.Column('views', sa.BigInteger(), nullable=False),
    sa.Column('leads', sa.BigInteger(), nullable=False),
    sa.Column('signups', sa.BigInteger(), nullable=False),
    sa.Column('shares', sa.BigInteger(), nullable=False),
    sa.Column('sub_views', sa.BigInteger(), nullable=False),
    sa.Column('sub_leads', sa.BigInteger(), nullable=False),
    sa.Column('sub_signups', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'link_id'], ['links.tenant_id', 'links.id'], name=op.f('fk_link_stats_tenant_id_link_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_link_stats_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'link_id', name=op.f('pk_link_stats'))
    )
    op.create_table('pushes',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('revision_id', sa.Uuid(), nullable=False),
    sa.Column('template_id', sa.Uuid(), nullable=True),
    sa.Column('template_revision_id', sa.Uuid(), nullable=True),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('expr', sa.Text(), nullable=False),
    sa.Column('schedule', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('fire_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('paused_reason', sa.Text(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('draft','in_review','returned','scheduled','running','paused','finished','cancelled','failed')", name=op.f('ck_pushes_state')),
    sa.ForeignKeyConstraint(['tenant_id', 'author_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_pushes_tenant_id_author_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'item_id'], ['items.tenant_id', 'items.id'], name=op.f('fk_pushes_tenant_id_item_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'revision_id'], ['revisions.tenant_id', 'revisions.id'], name=op.f('fk_pushes_tenant_id_revision_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'template_id'], ['poster_templates.tenant_id', 'poster_templates.id'], name=op.f('fk_pushes_tenant_id_template_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_pushes_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_pushes'))
    )
    op.create_index('ix_pushes_due', 'pushes', ['fire_at'], unique=False, postgresql_where=sa.text("state in ('scheduled', 'running')"))
    op.create_index('ix_pushes_list', 'pushes', ['tenant_id', 'state', 'updated_at'], unique=False)
    op.create_table('signups',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('link_id', sa.Uuid(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('employee_id', sa.Uuid(), nullable=False),
    sa.Column('visitor_id', sa.Uuid(), nullable=True),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('name_masked', sa.Text(), nullable=False),
    sa.Column('phone_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('phone_masked', sa.Text(), nullable=False),
    sa.Column('phone_index', sa.LargeBinary(), nullable=False),
    sa.Column('consent_version', sa.Text(), nullable=False),
    sa.Column('consent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'employee_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_signups_tenant_id_employee_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'item_id'], ['items.tenant_id', 'items.id'], name=op.f('fk_signups_tenant_id_item_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'link_id'], ['links.tenant_id', 'links.id'], name=op.f('fk_signups_tenant_id_link_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_signups_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_signups')),
    sa.UniqueConstraint('tenant_id', 'item_id', 'phone_index', name=op.f('uq_signups_tenant_id_item_id_phone_index'))
    )
    op.create_index('ix_signups_employee', 'signups', ['tenant_id', 'employee_id', 'created_at'], unique=False)
    op.create_table('template_revisions',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('template_id', sa.Uuid(), nullable=False),
    sa.Column('item_revision_id', sa.Uuid(), nullable=False),
    sa.Column('no', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('layers', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('live_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('draft','in_review','approved','returned','live','superseded','expired','recalled','withdrawn')", name=op.f('ck_template_revisions_state')),
    sa.ForeignKeyConstraint(['tenant_id', 'author_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_template_revisions_tenant_id_author_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'item_revision_id'], ['revisions.tenant_id', 'revisions.id'], name=op.f('fk_template_revisions_tenant_id_item_revision_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'template_id'], ['poster_templates.tenant_id', 'poster_templates.id'], name=op.f('fk_template_revisions_tenant_id_template_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_template_revisions_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_template_revisions')),
    sa.UniqueConstraint('tenant_id', 'template_id', 'no', name=op.f('uq_template_revisions_tenant_id_template_id_no'))
    )
    op.create_table('occurrences',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('push_id', sa.Uuid(), nullable=False),
    sa.Column('fire_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('waterfall', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.CheckConstraint("state in ('due','planned','done','missed')", name=op.f('ck_occurrences_state')),
    sa.ForeignKeyConstraint(['tenant_id', 'push_id'], ['pushes.tenant_id', 'pushes.id'], name=op.f('fk_occurrences_tenant_id_push_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_occurrences_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'push_id', 'fire_at', name=op.f('pk_occurrences')),
    sa.UniqueConstraint('tenant_id', 'push_id', 'step', name=op.f('uq_occurrences_tenant_id_push_id_step'))
    )
    op.create_table('send_jobs',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('push_id', sa.Uuid(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('employee_id', sa.Uuid(), nullable=False),
    sa.Column('chunk', sa.Integer(), nullable=False),
    sa.Column('customers', sa.Integer(), nullable=False),
    sa.Column('link_code', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('msgid', sa.Text(), nullable=False),
    sa.Column('error', sa.Text(), nullable=False),
    sa.CheckConstraint("state in ('ready','calling','sent','unknown','failed','cancelled','done')", name=op.f('ck_send_jobs_state')),
    sa.ForeignKeyConstraint(['tenant_id', 'employee_id'], ['staff.tenant_id', 'staff.id'], name=op.f('fk_send_jobs_tenant_id_employee_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'push_id'], ['pushes.tenant_id', 'pushes.id'], name=op.f('fk_send_jobs_tenant_id_push_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['banks.id'], name=op.f('fk_send_jobs_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_send_jobs')),
    sa.UniqueConstraint('tenant_id', 'push_id', 'step', 'employee_id', 'chunk', name=op.f('uq_send_jobs_tenant_id_push_id_step_employee_id_chunk'))
    )
    op.create_index('ix_send_jobs_open', 'send_jobs', ['next_at'], unique=False, postgresql_where=sa.text("state in ('ready', 'calling', 'unknown', 'sent')"))
    op.create_index(
        "ix_revisions_window",
        "revisions",
        ["state", "valid_until"],
        postgresql_where=sa.text("state in ('live', 'approved')"),
    )
    _functions()
    _secure()


TENANT_TABLES = (
    "counters branches staff api_keys wecom_apps long_jobs idempotency_records "
    "items revisions reviews assets item_tokens "
    "customers tag_groups tags customer_tags refusals consents segments audience_bitmaps "
    "poster_templates template_revisions "
    "links link_stats visitors visits employee_days item_days leads signups "
    "pushes occurrences send_jobs deliveries tasks"
).split()
APPEND_ONLY = ("audit_entries", "audit_seals")
DRAINED = ("visits", "link_stats", "visitors", "employee_days", "item_days")


def _secure() -> None:
    for table in TENANT_TABLES:
        drained = table in DRAINED
        secure(table, platform="select, insert, update" if drained else "select")
    for table in APPEND_ONLY:
        secure(table, app="select, insert")
    # The three tables below are read before a bank is known; see docs/decisions/0002.
    for table, own in (("banks", "id"), ("directory_entries", "bank_id")):
        mine = f"{own} = current_setting('app.tenant_id')::uuid"
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy own_bank on {table} using ({mine}) with check ({mine})")
    grant("banks", app="select, update", platform="select, insert, update")
    grant("directory_entries", app="select, insert, update, delete", platform="select")
    grant("visit_inbox", app="insert", platform="select, delete")
    op.execute(f"grant usage on sequence visit_inbox_id_seq to {APP}")
    op.execute(f"grant usage on schema public to {APP}, {PLATFORM}")
    op.execute(f"grant select on alembic_version to {APP}, {PLATFORM}")
    # Bitmaps and batches are compressed already; TOAST compression would cost time only.
    op.execute("alter table audience_bitmaps alter column bm set storage external")
    op.execute("alter table visit_inbox alter column packed set storage external")


FIND_IN_DIRECTORY = """
create function find_in_directory(wanted_kind text, wanted_name text)
returns table (bank_id uuid, target_id uuid, bank_state text)
language sql stable security definer set search_path = pg_catalog, public as $$
  select d.bank_id, d.target_id, b.state from public.directory_entries d
  join public.banks b on b.id = d.bank_id
  where d.kind = wanted_kind and d.name = wanted_name
$$
"""

FIND_BANK = """
create function find_bank(wanted_slug text)
returns table (bank_id uuid, bank_state text)
language sql stable security definer set search_path = pg_catalog, public as $$
  select b.id, b.state from public.banks b where b.slug = wanted_slug
$$
"""

# Arguments: the states that need an approved review, and whether a submitted hash may
# still change by going back to draft ('editable', pushes) or never ('frozen', revisions).
REQUIRE_REVIEW = """
create function require_review() returns trigger language plpgsql as $$
declare
  guarded text[] := string_to_array(tg_argv[0], ',');
begin
  if tg_op = 'UPDATE' then
    if new.author_id <> old.author_id then
      raise exception using errcode = 'CH001', message = '作者不能更改';
    end if;
    if new.hash <> old.hash and old.state <> 'draft'
       and not (tg_argv[1] = 'editable' and new.state = 'draft') then
      raise exception using errcode = 'CH001', message = '已提交的版本不能再修改，请新建一个版本';
    end if;
    if old.state = any (guarded) then
      return new;
    end if;
  end if;
  if new.state = any (guarded) and not exists (
    select 1 from reviews r
    where r.tenant_id = new.tenant_id and r.subject_id = new.id
      and r.subject_hash = new.hash and r.state = 'approved'
      and r.author_id = new.author_id and r.reviewer_id <> new.author_id
  ) then
    raise exception using errcode = 'CH002',
      message = '没有另一位同事对这一版内容的审核通过记录，数据库拒绝发布';
  end if;
  return new;
end
$$
"""

FREEZE_REVIEW = """
create function freeze_review() returns trigger language plpgsql as $$
begin
  if old.state <> 'waiting' or new.author_id <> old.author_id
     or new.subject_id <> old.subject_id or new.subject_hash <> old.subject_hash then
    raise exception using errcode = 'CH001', message = '审核记录已经形成，不能更改';
  end if;
  return new;
end
$$
"""

# The app role may not make tables; the owner lends exactly this one statement.
ENSURE_VISIT_MONTH = """
create function ensure_visit_month(month_on date) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  first_on date := date_trunc('month', month_on)::date;
  name text := 'visits_' || to_char(first_on, 'YYYYMM');
begin
  if to_regclass('public.' || name) is null then
    execute format(
      'create table public.%I partition of public.visits for values from (%L) to (%L)',
      name, first_on, (first_on + interval '1 month')::date);
    execute format('alter table public.%I enable row level security', name);
    execute format('alter table public.%I force row level security', name);
    execute format(
      'create policy own_bank on public.%I '
      'using (tenant_id = current_setting(''app.tenant_id'')::uuid) '
      'with check (tenant_id = current_setting(''app.tenant_id'')::uuid)', name);
    execute format('create index on public.%I using brin (at)', name);
  end if;
end
$$
"""


def _functions() -> None:
    op.execute(FIND_IN_DIRECTORY)
    op.execute(FIND_BANK)
    op.execute(REQUIRE_REVIEW)
    op.execute(FREEZE_REVIEW)
    op.execute(ENSURE_VISIT_MONTH)
    for name in (
        "find_in_directory(text, text)", "find_bank(text)", "ensure_visit_month(date)",
        "require_review()", "freeze_review()",
    ):
        op.execute(f"revoke all on function {name} from public")
    op.execute(f"grant execute on function find_in_directory(text, text) to {APP}")
    op.execute(f"grant execute on function find_bank(text) to {APP}")
    op.execute(f"grant execute on function ensure_visit_month(date) to {PLATFORM}")
    op.execute(f"grant execute on function require_review(), freeze_review() to {APP}")
    for table, states, mode in (
        ("revisions", "approved,live,superseded,expired,recalled", "frozen"),
        ("template_revisions", "approved,live,superseded,expired,recalled", "frozen"),
        ("pushes", "scheduled,running,paused,finished", "editable"),
    ):
        op.execute(
            f"create trigger require_review before insert or update on {table} "
            f"for each row execute function require_review('{states}', '{mode}')"
        )
    op.execute(
        "create trigger freeze_review before update on reviews "
        "for each row execute function freeze_review()"
    )
    op.execute(
        "select ensure_visit_month((current_date + make_interval(months => n))::date) "
        "from generate_series(-1, 13) n"
    )


def downgrade() -> None:
    raise NotImplementedError("the first schema has nothing below it; drop the database instead")
