"""Writes of the tenants room: banks, people, keys, counters, jobs, audit entries."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from contenthub import log
from contenthub.db import Platform, TenantId, Write, clock, new_id
from contenthub.errors import Conflict, Invalid
from contenthub.queue import enqueue
from contenthub.tenants import (
    access,
    banksettings,
    keys,
    passwords,
    queries,
    queries_banks,
    queries_security,
    queries_staff,
    shorttext,
    staffphone,
)
from contenthub.tenants.keys import KeyTerms
from contenthub.tenants.models import (
    ApiKey,
    AuditEntry,
    Bank,
    Branch,
    BranchChange,
    DirectoryEntry,
    LongJob,
    Staff,
    WeComApp,
)
from contenthub.tenants.sealing import bank_id, keyring, settings_of

SYSTEM = "系统"


def record(  # an audit entry is who, what, which and when; all are needed
    db: Write,
    event: str,
    subject_kind: str,
    subject_id: UUID | None,
    *,
    by: Staff | None,
    at: datetime,
    **detail: Any,
) -> None:
    """Add one audit entry `noun.past` to this transaction; `by=None` is the system itself."""
    db.add(
        AuditEntry(
            tenant_id=bank_id(db),
            at=at,
            actor_id=by.id if by else None,
            actor_name=by.name if by else SYSTEM,
            event=event,
            subject_kind=subject_kind,
            subject_id=subject_id,
            # Whatever somebody typed into a filter or a reason: no phone is kept in the clear.
            detail={name: log.masked(value) for name, value in detail.items()},
        )
    )


async def next_no(db: Write, name: str, *, count: int = 1) -> int:
    """Return the first of `count` fresh numbers of the bank's counter `name` (from 1)."""
    rows = await db.execute(
        text(
            "insert into counters (tenant_id, name, last_no) values (:t, :n, :c) "
            "on conflict (tenant_id, name) do update set last_no = counters.last_no + :c "
            "returning last_no"
        ),
        {"t": bank_id(db), "n": name, "c": count},
    )
    return int(rows.scalar_one()) - count + 1


def check_slug(slug: str) -> None:
    """Raise Invalid (field `slug`) when this cannot be a bank's short name."""
    if not (2 <= len(slug) <= 40) or not slug.replace("-", "").isalnum() or not slug.isascii():
        raise Invalid.of("slug", "银行简码应为 2–40 个小写字母、数字或连字符")


async def open_bank(  # the facts a bank cannot be without
    db: Platform,
    slug: str,
    *,
    name: str,
    full_name: str,
    hotline: str,
    settings: Mapping[str, Any] | None = None,
    at: datetime,
) -> TenantId:
    """Open a bank and return its id; raises Conflict when the slug is taken.

    Raises:
        Invalid: the slug is not 2–40 lower-case letters, digits and hyphens.
    """
    check_slug(slug)
    found = await db.execute(text("select 1 from banks where slug = :s"), {"s": slug.lower()})
    if found.first():
        raise Conflict(f"银行简码 {slug} 已被使用，请换一个")
    bank = Bank(
        id=new_id(),
        slug=slug.lower(),
        name=name,
        full_name=full_name,
        hotline=hotline,
        settings=dict(settings or {}),
        created_at=at,
    )
    db.add(bank)
    await db.flush()
    return TenantId(bank.id)


async def set_settings(
    db: Write, changes: Mapping[str, Any], *, by: Staff | None = None, at: datetime
) -> Bank:
    """Change some of the bank's settings; the rest stays. Returns the bank.

    Raises:
        Invalid: an unknown key or a wrong value (banksettings); nothing is changed.
    """
    # Locked, so that two operators' changes of different keys both stay.
    bank = await db.get_one(Bank, bank_id(db), with_for_update=True, populate_existing=True)
    values = banksettings.checked(changes, bank.settings)
    if values.get("qr_plain_link"):
        banksettings.check_plain_address(settings_of(db).public_url)
    if values.get("poster_cdn"):
        banksettings.check_cdn(settings_of(db).cdn_url)
    held = banksettings.effective(bank.settings)
    bank.settings = {**banksettings.own(bank.settings), **values}
    before = {name: held[name] for name in values}
    record(db, "bank.settings_changed", "bank", bank.id, by=by, at=at, before=before, after=values)
    compare_posters(db, bank, was_on=held["poster_cdn"])
    return bank


def compare_posters(db: Write, bank: Bank, *, was_on: bool = False) -> None:
    """Have published posters compared with what a bank says and looks like now, if it has any."""
    if was_on or banksettings.effective(bank.settings)["poster_cdn"]:
        enqueue(db, "posters.publish_posters", look=1)


STAFF_IDS = ("staff_no", "wecom_userid", "qualification_no")
"""Ids of a person that other systems know too: one spelling each (shorttext.code)."""


async def open_branch(  # what a branch is, and who opened it
    db: Write,
    code: str,
    name: str,
    *,
    kind: str,
    parent: Branch | None,
    at: datetime,
    by: Staff | None = None,
) -> Branch:
    """Add a branch below `parent` (None for the head office); a code in use is a Conflict."""
    if kind not in ("head", "branch", "outlet"):
        raise Invalid.of("kind", "机构类型应为 总行(head)、支行(branch) 或 网点(outlet)")
    code = shorttext.code("code", code)
    if not code or not name.strip():
        raise Invalid.of("name", "请填写机构号和机构名称")
    await _free_code(db, code)
    branch = Branch(
        tenant_id=bank_id(db),
        id=new_id(),
        parent_id=parent.id if parent else None,
        code=code,
        name=name.strip(),
        kind=kind,
        created_at=at,
    )
    db.add(branch)
    await db.flush()
    if by is not None:  # a bank's first branches come with the bank itself
        record(db, "branch.opened", "branch", branch.id, by=by, at=at, code=branch.code)
    db.add(
        BranchChange(
            tenant_id=bank_id(db),
            branch_id=branch.id,
            change="opened",
            detail={"code": branch.code, "to_name": parent.name if parent else ""},
            by_id=by.id if by else None,
            by_name=by.name if by else SYSTEM,
            at=at,
        )
    )
    return branch


async def _free_code(db: Write, code: str) -> None:
    """Refuse a code that any branch has or had: merged and closed ones keep theirs."""
    taken = await db.scalar(
        select(Branch).where(Branch.tenant_id == bank_id(db), Branch.code == code)
    )
    if taken is not None:
        raise Conflict(f"机构号 {code} 属于“{taken.name}”，不能重复使用，请换一个")


async def invite_staff(
    db: Write,
    branch: Branch,
    *,
    facts: Mapping[str, Any],
    password: str | None,
    by: Staff | None,
    at: datetime,
) -> Staff:
    """Add a person to a branch; `facts` are Staff's columns (login, staff_no, name, roles …).

    Without a password (None) nobody can log in as this person until one is set.

    Raises:
        Invalid: an unknown role, a weak password, no telephone number, an id of other
            characters, or a login, staff number or WeCom userid in use.
    """
    facts = {**facts, **_clean(facts)}
    if await queries.staff_by_login(db, facts["login"]) is not None:
        raise Invalid.of("login", f"登录名 {facts['login']} 已被使用，请换一个")
    await queries_staff.check_number(db, facts["staff_no"])
    await queries_staff.check_userid(db, facts.get("wecom_userid", ""))
    account: dict[str, Any] = {}
    if password is not None:
        who = {name: facts.get(name, "") for name in ("login", "name", "phone")}
        words = await queries_security.words_of(db, **who)
        # What a colleague knows too is no secret of one's own: it is for the first log-in.
        account = {
            "password_hash": await passwords.hashed(password, names=words),
            "password_set_at": at,
            "must_change_password": by is not None,
        }
    await queries_banks.check_staff(db)  # locks: nobody waits while a password is hashed
    staff = Staff(
        tenant_id=bank_id(db),
        id=new_id(),
        branch_id=branch.id,
        created_at=at,
        updated_at=at,
        **{**account, **facts},
    )
    db.add(staff)
    await db.flush()
    record(db, "staff.invited", "staff", staff.id, by=by, at=at, roles=list(staff.roles))
    return staff


def _clean(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a new person that are kept otherwise than they may be written."""
    ids = {name: shorttext.code(name, facts.get(name, "")) for name in STAFF_IDS}
    roles = access.check_roles(facts["roles"], is_invited=facts.get("operator_id") is not None)
    return {**ids, "roles": roles, "phone": staffphone.checked(facts.get("phone", ""))}


async def create_key(
    db: Write,
    owner: Staff,
    name: str,
    *,
    by: Staff | None,
    at: datetime,
    terms: KeyTerms | None = None,
    lender: frozenset[str] = frozenset(),
) -> tuple[ApiKey, str]:
    """Make an API key that acts as `owner`; the clear key is returned this once only.

    `lender` is what the key that asks may do itself (empty: a person asks).

    Raises:
        Invalid: terms that keys.checked refuses.
    """
    limits = keys.checked(terms or KeyTerms(), owner.roles, lender=lender)
    clear = keys.PREFIX + secrets.token_urlsafe(32)
    digest = queries.key_hash(clear)
    key = ApiKey(
        tenant_id=bank_id(db),
        id=new_id(),
        staff_id=owner.id,
        name=name.strip() or "未命名",
        hint=keys.hint_of(clear),
        hash=digest,
        scopes=list(limits.scopes),
        ip_allow=list(limits.ip_allow),
        per_minute=limits.per_minute,
        expires_at=limits.expires_at,
        created_at=at,
    )
    db.add(key)
    db.add(DirectoryEntry(kind="key", name=digest, bank_id=bank_id(db), target_id=key.id))
    record(db, "key.created", "key", key.id, by=by, at=at, name=key.name)
    return key, clear


def connect_wecom(
    db: Write, *, corpid: str, agentid: int, secret: str, base_url: str = "", at: datetime
) -> WeComApp:
    """Remember a bank's WeCom app; the secret is sealed at once."""
    app_id = new_id()
    app = WeComApp(
        tenant_id=bank_id(db),
        id=app_id,
        corpid=corpid,
        agentid=agentid,
        secret_sealed=keyring(db).seal(bank_id(db), f"wecom_apps.secret:{app_id}", secret),
        base_url=base_url,
        created_at=at,
    )
    db.add(app)
    return app


def start_job(
    db: Write,
    kind: str,
    title: str,
    *,
    params: Mapping[str, Any],
    by: Staff,
    at: datetime,
    job_id: UUID | None = None,
) -> LongJob:
    """Add a queued long job; the caller enqueues the worker entry that does it.

    `job_id` is for a caller that kept a blob under the job's id before the job was there.
    """
    job = LongJob(
        tenant_id=bank_id(db),
        id=job_id or new_id(),
        kind=kind,
        title=title,
        params=dict(params),
        created_by=by.id,
        created_at=at,
    )
    db.add(job)
    return job


async def take_job(db: Write, job_id: UUID, kind: str, *, lease: timedelta) -> LongJob | None:
    """Take a long job for one lease; None: it has ended, somebody has it, or of another kind."""
    job = await queries.free_job(db, job_id, kind)
    if job is not None:
        job.state, job.lease_until = "running", await clock(db) + lease
    return job
