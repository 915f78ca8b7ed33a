"""What every migration says about a tenant table: forced row-level security and grants."""

from alembic import op

APP = "contenthub_app"
PLATFORM = "contenthub_platform"
OWN_ROWS = "tenant_id = current_setting('app.tenant_id')::uuid"
"""Raises, instead of showing nothing, when no bank is set (reliability T4)."""


def secure(
    table: str, *, app: str = "select, insert, update, delete", platform: str = "select"
) -> None:
    """Bind `table` to the session's bank and grant only what each role needs."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy own_bank on {table} using ({OWN_ROWS}) with check ({OWN_ROWS})")
    grant(table, app=app, platform=platform)


def grant(table: str, *, app: str = "", platform: str = "") -> None:
    """Grant rights on `table` to the app and the platform role."""
    if app:
        op.execute(f"grant {app} on {table} to {APP}")
    if platform:
        op.execute(f"grant {platform} on {table} to {PLATFORM}")
