"""GET/POST /keys, PATCH/DELETE /keys/{id}, POST /keys/{id}/rotate: keys for scripts."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_keys, actions_staff, queries, queries_staff
from contenthub.tenants.keys import PER_MINUTE, PER_MINUTE_MAX, KeyTerms
from contenthub.tenants.models import ApiKey, Staff
from contenthub.web import keysignin
from contenthub.web.deps import Db, Me, Now, TheHouse, keep_answer
from contenthub.web.hygiene import within_reach
from contenthub.web.patches import sent_or
from contenthub.web.signin import May, principal_of

Scopes = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=60)]],
    msgspec.Meta(max_length=60, description="使用人的权限中可用的部分；空 = 全部"),
]
Networks = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=60)]],
    msgspec.Meta(max_length=50, description="允许的来源地址或网段（CIDR，IPv4/IPv6）；空 = 不限"),
]
PerMinute = Annotated[int, msgspec.Meta(ge=1, le=PER_MINUTE_MAX, description="每分钟最多调用次数")]


class KeyView(msgspec.Struct):
    """A key without its secret: the hint shows how it begins and ends."""

    id: UUID
    name: str
    hint: str
    staff_id: UUID
    staff_name: str
    scopes: list[str]
    ip_allow: list[str]
    per_minute: int
    created_at: datetime
    last_used_at: datetime | None
    last_used_from: str
    expires_at: datetime | None
    revoked_at: datetime | None


class KeyList(msgspec.Struct):
    """Every key of the bank, newest first; they are few, so there is one page."""

    items: list[KeyView]
    next_cursor: str | None = None


class NewKey(msgspec.Struct):
    """A key just made; `key` is shown this once only."""

    id: UUID
    name: str
    key: str


class RotatedKey(msgspec.Struct):
    """The key that follows another; `key` is shown this once only."""

    id: UUID
    name: str
    key: str
    old_id: UUID
    old_valid_until: datetime


class KeyBody(msgspec.Struct, forbid_unknown_fields=True):
    """A key to make; it acts as `staff_id` (left out: oneself)."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60, examples=["夜间导入"])]
    staff_id: UUID | None = None
    expires_at: datetime | None = None
    scopes: Scopes = []
    ip_allow: Networks = []
    per_minute: PerMinute = PER_MINUTE


class KeyPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of a key; what is left out stays. `expires_at` null: no end."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    expires_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    scopes: Scopes | msgspec.UnsetType = msgspec.UNSET
    ip_allow: Networks | msgspec.UnsetType = msgspec.UNSET
    per_minute: PerMinute | msgspec.UnsetType = msgspec.UNSET


def key_view(key: ApiKey, owner: Staff) -> KeyView:
    """Return what is shown of a key."""
    return KeyView(
        id=key.id,
        name=key.name,
        hint=key.hint,
        staff_id=owner.id,
        staff_name=owner.name,
        scopes=list(key.scopes),
        ip_allow=list(key.ip_allow),
        per_minute=key.per_minute,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        last_used_from=key.last_used_from,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )


def check_expiry(expires_at: datetime | None, now: datetime) -> None:
    """Refuse an end without time zone or in the past; raises Invalid."""
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= now):
        raise Invalid.of("expires_at", "到期时间应晚于现在并带时区，如 2027-01-01T00:00:00+08:00")
    if expires_at is not None:
        within_reach("expires_at", expires_at)


async def owner_of(db: Read, me: Staff, staff_id: UUID | None) -> Staff:
    """Return whom a new key acts as: oneself, or somebody at work.

    Raises:
        NotFound: nobody of the bank has this id.
        Invalid: the person has left or is away.
    """
    if staff_id is None or staff_id == me.id:
        return await queries.staff(db, me.id)  # with all roles, also when a key asks
    owner = await queries.staff(db, staff_id)
    if owner.state != "active":
        raise Invalid.of("staff_id", "使用人应为在岗员工")
    return owner


@get("/keys", guards=[May("keys.manage")], summary="接口密钥列表", tags=["keys"])
async def list_keys(db: Db) -> KeyList:
    """Return the bank's keys."""
    return KeyList([key_view(key, owner) for key, owner in await queries_staff.keys(db)])


@post(
    "/keys",
    guards=[May("keys.manage")],
    summary="新建接口密钥",
    tags=["keys"],
    opt={"idempotent": False},  # a kept answer would keep the clear key
)
async def create_key(
    request: Request[Any, Any, Any], data: JSONBody[KeyBody], db: Db, me: Me, now: Now
) -> NewKey:
    """Make a key; keep the answer, the key cannot be shown again."""
    check_expiry(data.expires_at, now)
    owner = await owner_of(db, me, data.staff_id)
    terms = KeyTerms(tuple(data.scopes), tuple(data.ip_allow), data.per_minute, data.expires_at)
    lender = principal_of(request).lender
    key, clear = await tenants.create_key(
        db, owner, data.name, by=me, at=now, terms=terms, lender=lender
    )
    return NewKey(key.id, key.name, clear)


@patch("/keys/{key_id:uuid}", guards=[May("keys.manage")], summary="修改接口密钥", tags=["keys"])
async def change_key(
    request: Request[Any, Any, Any],
    key_id: FromPath[UUID],
    data: JSONBody[KeyPatch],
    db: Db,
    me: Me,
    now: Now,
    house: TheHouse,
) -> KeyView:
    """Change a key's name, scopes, networks, rate or end; its secret stays."""
    key = await queries_staff.key(db, key_id)
    if data.expires_at is not msgspec.UNSET:
        check_expiry(data.expires_at, now)
    held = actions_keys.terms_of(key)
    terms = KeyTerms(
        tuple(sent_or(data.scopes, held.scopes)),
        tuple(sent_or(data.ip_allow, held.ip_allow)),
        sent_or(data.per_minute, held.per_minute),
        sent_or(data.expires_at, held.expires_at),
    )
    name = sent_or(data.name, key.name)
    lender = principal_of(request).lender
    changed = await actions_keys.change_key(
        db, key_id, terms, name=name, by=me, at=now, lender=lender
    )
    keysignin.forget(house, key_id)
    return key_view(changed, await queries.staff(db, changed.staff_id))


@post(
    "/keys/{key_id:uuid}/rotate",
    guards=[May("keys.manage")],
    summary="轮换接口密钥",
    tags=["keys"],
    opt={"idempotent": False},  # a kept answer would keep the clear key
)
async def rotate_key(
    request: Request[Any, Any, Any], key_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> RotatedKey:
    """Make the key that follows this one; this one goes on for 24 hours."""
    lender = principal_of(request).lender
    key, clear, until = await actions_keys.rotate_key(db, key_id, by=me, at=now, lender=lender)
    return RotatedKey(key.id, key.name, clear, key_id, until)


@delete("/keys/{key_id:uuid}", guards=[May("keys.manage")], summary="吊销接口密钥", tags=["keys"])
async def revoke_key(key_id: FromPath[UUID], db: Db, me: Me, now: Now, house: TheHouse) -> None:
    """End a key at once."""
    await actions_staff.revoke_key(db, key_id, by=me, at=now)
    keysignin.forget(house, key_id)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[list_keys, create_key, change_key, rotate_key, revoke_key],
        after_request=keep_answer,
    )
]
