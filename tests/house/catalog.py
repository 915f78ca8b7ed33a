"""What PostgreSQL's catalog must say about tenant isolation (design/reliability.md T2-T7).

Each check returns the faults it finds, so that the same code judges the real schema
and the planted leaks.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

APP, PLATFORM, OWNER = "contenthub_app", "contenthub_platform", "contenthub_owner"

WITHOUT_TENANT = {
    "banks": "the tenants themselves; row-level security by id",
    "directory_entries": "outside name → bank, read before the bank is known",
    "visit_inbox": "batches of visits of many banks; the app may only add",
    "operators": "people of the platform and of agencies; the app may not touch it",
    "platform_entries": "what operators did; the app may not touch it",
    "bank_erasures": "proofs of deletion, kept when the bank is gone; the app may not touch it",
    "worker_heartbeats": "that workers sweep, and sums over all banks of what waits",
    "alembic_version": "the schema's revision",
}
APPEND_ONLY = ("audit_entries", "audit_seals", "consent_texts", "kit_version_parts")
KEPT = ("reviews", "template_revisions", "kit_versions", "kit_recalls", "item_stops")
"""Records that change in their course, and that nobody deletes; so is a submitted wording of an
item, by a trigger: drafts of an import that is taken back are deleted."""
DEFINER_FUNCTIONS = {"find_in_directory", "find_bank", "find_agent"}
"""SECURITY DEFINER functions the app role may call; each answers one exact name."""
PLATFORM_FUNCTIONS = {
    "ensure_visit_month": "makes the empty partition of a month, nothing else",
    "erase_bank": "deletes one bank's rows, and refuses unless it waits for that and its grace "
    "is over (migration 0010)",
}
"""Those only the platform role may call, and why they are harmless."""


async def rows(db: AsyncConnection, sql: str, **values: object) -> list[tuple]:
    """Return the rows of a catalog query."""
    return [tuple(row) for row in await db.execute(text(sql), values)]


_TABLES = """
select c.relname, c.relrowsecurity, c.relforcerowsecurity,
  (select a.attnotnull from pg_attribute a
    where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) as tenant
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_%'
  and c.relkind in ('r', 'p')
"""
_POLICIES = """
select p.polpermissive, p.polcmd::text, pg_get_expr(p.polqual, p.polrelid),
  pg_get_expr(p.polwithcheck, p.polrelid), p.polroles::regrole[]::text
from pg_policy p join pg_class c on c.oid = p.polrelid where c.relname = :t
"""
_LEADING_INDEX = """
select 1 from pg_index i join pg_class c on c.oid = i.indrelid
join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
where c.relname = :t and a.attname = 'tenant_id' and i.indisvalid and i.indpred is null
"""
READ_BY_MEMBERS = ("kit_versions", "kit_version_parts", "kit_recalls")
"""What a parent bank publishes: its members read it, and nobody else does (decision 0032)."""
_MEMBERS = """(EXISTS ( SELECT 1
   FROM banks b
  WHERE ((b.id = (current_setting('app.tenant_id'::text))::uuid) AND """ + (
    "(b.parent_id = {t}.tenant_id))))"
)
OWN = "(tenant_id = (current_setting('app.tenant_id'::text))::uuid)"


async def tables_without_policy(db: AsyncConnection) -> list[str]:
    """T2: every tenant table is bound by force, by one policy for reading and writing."""
    faults = []
    for name, enabled, forced, tenant_not_null in await rows(db, _TABLES):
        if tenant_not_null is None:
            if name not in WITHOUT_TENANT:
                faults.append(f"{name} has no tenant_id and is not on the reviewed list")
            continue
        if not enabled or not forced:
            faults.append(f"{name}: row-level security is not enabled and forced")
        if not tenant_not_null:
            faults.append(f"{name}: tenant_id may be null")
        found = await rows(db, _POLICIES, t=name)
        if name in READ_BY_MEMBERS:
            read = (True, "r", _MEMBERS.format(t=name), None, "{contenthub_app}")
            if read not in [tuple(p) for p in found]:
                faults.append(f"{name}: its members are not the only ones who read it")
            found = [p for p in found if tuple(p) != read]
        faults += [f"{name}: {f}" for f in _policy_faults(found)]
        if not await rows(db, _LEADING_INDEX, t=name):
            faults.append(f"{name}: no index starts with tenant_id")
    return faults


def _policy_faults(policies: list[tuple]) -> list[str]:
    # Permissive policies are OR-ed: a second one can only widen what the first allows.
    permissive = [p for p in policies if p[0]]
    if len(permissive) != 1:
        return [f"{len(permissive)} permissive policies, exactly one is wanted"]
    _, command, using, check, _ = permissive[0]
    faults = []
    if command != "*":
        faults.append("the policy does not cover every command")
    if using != OWN:
        faults.append(f"USING is {using}")
    if check != OWN:
        faults.append(f"WITH CHECK is {check}")
    return faults


async def unbound_directory(db: AsyncConnection) -> list[str]:
    """T2 for the two tables that find a bank: bound too, though not by tenant_id.

    Nor by force: the owner's functions look a bank up before one is known. Forced, they fail
    on every new connection, and nobody signs in (a migration once left them so).
    """
    found = {name: state for name, *state in await rows(db, _TABLES)}
    faults = []
    for name in ("banks", "directory_entries"):
        enabled, forced, _ = found.get(name, (False, False, False))
        if not enabled:
            faults.append(f"{name}: not bound")
        if forced:
            faults.append(f"{name}: forced")
        policies = [p for p in await rows(db, _POLICIES, t=name) if p[0]]
        if len(policies) != 1 or "current_setting('app.tenant_id'" not in str(policies[0][2]):
            faults.append(f"{name}: its policy does not look at the bank")
    return faults


async def strong_roles(db: AsyncConnection) -> list[str]:
    """T3: the app role is bound by row-level security whatever way it turns."""
    faults = []
    for role in (APP, PLATFORM, OWNER):
        found = await rows(
            db,
            "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles "
            "where rolname = :r",
            r=role,
        )
        if not found:
            faults.append(f"role {role} is missing")
            continue
        superuser, bypass, create_role, create_db = found[0]
        if superuser or create_role or create_db or (bypass and role != PLATFORM):
            faults.append(f"role {role} is too strong")
    members = await rows(
        db,
        "select m.rolname, g.rolname from pg_auth_members a join pg_roles m on m.oid = a.member "
        "join pg_roles g on g.oid = a.roleid where m.rolname in (:a, :p)",
        a=APP,
        p=PLATFORM,
    )
    faults += [f"{member} is a member of {group}" for member, group in members]
    owned = await rows(
        db,
        "select relname from pg_class where relowner in (select oid from pg_roles "
        "where rolname in (:a, :p))",
        a=APP,
        p=PLATFORM,
    )
    return faults + [f"{name} belongs to a serving role" for (name,) in owned]


async def strong_grants(db: AsyncConnection) -> list[str]:
    """Grants that go around row-level security, or that let history be changed."""
    faults = []
    for name, *_ in await rows(db, _TABLES):
        rights = ["truncate", "references", "trigger"]
        rights += ["update", "delete"] if name in APPEND_ONLY else []
        rights += ["delete"] if name in KEPT else []
        faults += [
            f"{role} may {right} {name}"
            for role in (APP, PLATFORM)
            for right in rights
            if await _may(db, role, name, right)
        ]
    if await _may(db, APP, "visit_inbox", "select"):
        faults.append(f"{APP} may read visit_inbox")
    creates = await rows(db, "select has_schema_privilege(:r, 'public', 'create')", r=APP)
    if creates[0][0]:
        faults.append(f"{APP} may create in public")
    public = await rows(
        db,
        "select table_name, privilege_type from information_schema.table_privileges "
        "where grantee = 'PUBLIC' and table_schema = 'public'",
    )
    return faults + [f"PUBLIC may {right} {name}" for name, right in public]


async def _may(db: AsyncConnection, role: str, table: str, right: str) -> bool:
    found = await rows(
        db, "select has_table_privilege(:r, quote_ident(:t), :x)", r=role, t=table, x=right
    )
    return bool(found[0][0])


async def open_views(db: AsyncConnection) -> list[str]:
    """T5: no view, materialised view or function shows rows of all banks."""
    faults = []
    views = await rows(
        db,
        "select c.relname, c.relkind::text, coalesce(array_to_string(c.reloptions, ','), '') "
        "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = 'public' and c.relkind in ('v', 'm', 'f')",
    )
    for name, kind, options in views:
        if kind != "v":
            faults.append(f"{name}: materialised views and foreign tables are not bound")
        elif "security_invoker=true" not in options:
            faults.append(f"{name}: a view without security_invoker")
    functions = await rows(
        db,
        "select p.proname, coalesce(array_to_string(p.proconfig, ','), '') from pg_proc p "
        "join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public' "
        "and p.prosecdef and has_function_privilege(:r, p.oid, 'execute')",
        r=APP,
    )
    for name, config in functions:
        if name not in DEFINER_FUNCTIONS:
            faults.append(f"{name}: a SECURITY DEFINER function the app may call")
        if "search_path=" not in config:
            faults.append(f"{name}: search_path is not pinned")
    lent = await rows(db, _LENT, r=PLATFORM)
    for name, config in lent:
        if name not in PLATFORM_FUNCTIONS and name not in DEFINER_FUNCTIONS:
            faults.append(f"{name}: a SECURITY DEFINER function the platform may call")
        if "search_path=" not in config:
            faults.append(f"{name}: search_path is not pinned")
    return faults


_LENT = """
select p.proname, coalesce(array_to_string(p.proconfig, ','), '') from pg_proc p
join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'
and p.prosecdef and has_function_privilege(:r, p.oid, 'execute')
"""


_FOREIGN_KEYS = """
select con.conname, c.relname, f.relname,
  (select array_agg(a.attname::text order by k.no) from unnest(con.conkey)
     with ordinality k(n, no) join pg_attribute a on a.attrelid = c.oid and a.attnum = k.n),
  (select array_agg(a.attname::text order by k.no) from unnest(con.confkey)
     with ordinality k(n, no) join pg_attribute a on a.attrelid = f.oid and a.attnum = k.n)
from pg_constraint con join pg_class c on c.oid = con.conrelid
join pg_class f on f.oid = con.confrelid
where con.contype = 'f'
"""


async def crossing_keys(db: AsyncConnection) -> list[str]:
    """T6: a foreign key between tenant tables carries the bank along on both sides."""
    tenant = {name for name, _, _, not_null in await rows(db, _TABLES) if not_null is not None}
    faults = []
    for name, table, target, columns, targets in await rows(db, _FOREIGN_KEYS):
        if table not in tenant:
            continue
        pairs = dict(zip(columns, targets, strict=True))
        if target in tenant and pairs.get("tenant_id") != "tenant_id":
            faults.append(f"{name}: {table}({columns}) → {target}({targets}) can cross banks")
        if target == "banks" and pairs != {"tenant_id": "id"}:
            faults.append(f"{name}: {table} points at a bank by {columns}")
    return faults


_UNIQUES = """
select t.relname, i.relname, a.attname from pg_index x
join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
left join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
join pg_namespace n on n.oid = t.relnamespace
where x.indisunique and n.nspname = 'public'
"""


async def telling_uniques(db: AsyncConnection) -> list[str]:
    """T7: a unique index or a sequence tells nothing about another bank's rows."""
    tenant = {name for name, _, _, not_null in await rows(db, _TABLES) if not_null is not None}
    faults = [
        f"{table}: unique index {index} starts with {first}"
        for table, index, first in await rows(db, _UNIQUES)
        if table in tenant and first != "tenant_id"
    ]
    sequences = await rows(
        db,
        "select c.relname, t.relname from pg_class c "
        "left join pg_depend d on d.objid = c.oid and d.deptype in ('a', 'i') "
        "left join pg_class t on t.oid = d.refobjid where c.relkind = 'S'",
    )
    return faults + [
        f"{table}: sequence {name} counts the rows of all banks"
        for name, table in sequences
        if table in tenant or table is None
    ]


CHECKS = {
    "T2 tables": tables_without_policy,
    "T2 directory": unbound_directory,
    "T3 roles": strong_roles,
    "grants": strong_grants,
    "T5 views": open_views,
    "T6 keys": crossing_keys,
    "T7 uniques": telling_uniques,
}


async def all_faults(db: AsyncConnection) -> list[str]:
    """Return every fault of every check."""
    return [fault for check in CHECKS.values() for fault in await check(db)]
