"""The leaks: which file, which words become which, and the tests that must turn red."""

from dataclasses import dataclass

POLICY = "src/contenthub/migrations/policy.py"
LAST = "src/contenthub/migrations/versions/0007_tenants_in_full.py"
CATALOG = "tests/house/test_catalog.py"
MATRIX = "tests/house/test_routes.py"
_UNKNOWN = """        raise NotFound("没有找到这位员工")
    return found


async def staff_by_login"""
_END = '    grant("member_figures", platform="insert, update, delete")\n'


@dataclass(frozen=True)
class Leak:
    """One change of one file; `caught_by` are pytest arguments that must fail with it."""

    name: str
    path: str
    before: str
    after: str
    caught_by: tuple[str, ...]


def _statement(name: str, sql: str, test: str = CATALOG) -> Leak:
    """Return a leak that one more statement of the last migration makes."""
    return Leak(name, LAST, _END, f'{_END}    op.execute("{sql}")\n', (test,))


_OPEN = "using ({OWN_ROWS}) with check ({OWN_ROWS})"
LEAKS: tuple[Leak, ...] = (
    Leak("policy shows everything", POLICY, _OPEN, _OPEN.replace("{OWN_ROWS}", "true"), (CATALOG,)),
    Leak(
        "policy lets another bank's rows be written",
        POLICY,
        _OPEN,
        "using ({OWN_ROWS}) with check (true)",
        (CATALOG,),
    ),
    Leak(
        "the owner is not bound",
        POLICY,
        '    op.execute(f"alter table {table} force row level security")\n',
        "",
        (CATALOG,),
    ),
    Leak(
        "no bank set shows nothing instead of an error",
        POLICY,
        "tenant_id = current_setting('app.tenant_id')::uuid",
        "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid",
        ("tests/house/test_pool.py",),
    ),
    Leak(
        "a new table without a policy",
        LAST,
        '    "webhook_events",\n',
        "",
        (CATALOG,),
    ),
    _statement("policy dropped", "drop policy own_bank on items"),
    _statement("a view of everybody's rows", "create view all_items as select * from items"),
    _statement(
        "a materialised view",
        "create materialized view all_items as select * from items with no data",
    ),
    _statement(
        "a function with its owner's rights",
        "create function all_items() returns setof items language sql security definer "
        "as 'select * from items'",
    ),
    _statement("a unique index over all banks", "create unique index alone on staff (login, id)"),
    _statement(
        "history may be rewritten", "grant update, delete on audit_entries to contenthub_app"
    ),
    _statement("everybody may read", "grant select on customers to public"),
    Leak(
        "a foreign key that crosses banks",
        LAST,
        _END,
        _END
        + '    op.execute("alter table items no force row level security")\n'
        + '    op.execute("alter table items add column copy_of uuid, add unique (id)")\n'
        + '    op.execute("alter table items add foreign key (copy_of) references items (id)")\n'
        + '    op.execute("alter table items force row level security")\n',
        (CATALOG,),
    ),
    Leak(
        "the bank is set for the connection, not the transaction",
        "src/contenthub/db.py",
        "set_config('app.tenant_id', :t, true)",
        "set_config('app.tenant_id', :t, false)",
        ("tests/house/test_pool.py", "tests/test_db.py"),
    ),
    Leak(
        "serving as the owner",
        "src/contenthub/db.py",
        "if row.rolsuper or row.rolbypassrls or row.inherits or row.owned:",
        "if False:",
        (CATALOG,),
    ),
    Leak(
        "own data means the whole bank",
        "src/contenthub/tenants/queries.py",
        '    if reach == "own":\n        return {viewer.id}\n',
        '    if reach == "own":\n        return None\n',
        ("tests/web/test_customers.py", "tests/web/test_leads.py", "tests/web/test_staff.py"),
    ),
    Leak(
        "a branch sees its neighbours",
        "src/contenthub/tenants/queries.py",
        "    inside = subtree(await branches(db), viewer.branch_id)\n",
        "    inside = {one.id for one in await branches(db)}\n",
        ("tests/web/test_customers.py", "tests/web/test_leads.py", "tests/web/test_staff.py"),
    ),
    Leak(
        "a route without a guard",
        "src/contenthub/web/api/keys.py",
        '@get("/keys", guards=[May("keys.manage")], ',
        '@get("/keys", ',
        (MATRIX,),
    ),
    Leak(
        "a guard that lets everybody in",
        "src/contenthub/web/signin.py",
        "        if not access.may(principal.staff.roles, self.permission):\n",
        "        if False:\n",
        (MATRIX, "-k", "role_without"),
    ),
    Leak(
        "another bank's id is refused instead of unknown",
        "src/contenthub/tenants/queries.py",
        _UNKNOWN,
        _UNKNOWN.replace("NotFound", "__import__('contenthub.errors').errors.Forbidden"),
        (MATRIX, "-k", "path"),
    ),
    Leak(
        "a disabled person goes on",
        "src/contenthub/web/signin.py",
        'if staff.state != "active" or bank.state != "active":',
        'if bank.state == "nowhere":',
        (MATRIX, "-k", "disabled"),
    ),
    Leak(
        "an answer kept for one person is given to another",
        "src/contenthub/web/idempotency.py",
        'f"{principal.staff.id}:{key}"',
        "key",
        ("tests/web/test_deps.py",),
    ),
    Leak(
        "another site's page may write",
        "src/contenthub/web/signin.py",
        "    if foreign:\n",
        "    if False:\n",
        (MATRIX, "-k", "another_sites"),
    ),
)
