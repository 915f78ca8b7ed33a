"""GET/POST /keys, DELETE /keys/{id}: keys for scripts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from contenthub.errors import Invalid
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_staff, queries, queries_staff
from contenthub.tenants.models import ApiKey, Staff
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.hygiene import within_reach
from contenthub.web.signin import May


class KeyView(msgspec.Struct):
    """A key without its secret: the hint shows how it begins and ends."""

    id: UUID
    name: str
    hint: str
    staff_id: UUID
    staff_name: str
    created_at: datetime
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


class KeyBody(msgspec.Struct, forbid_unknown_fields=True):
    """A key to make; it acts as `staff_id` (left out: oneself)."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60, examples=["夜间导入"])]
    staff_id: UUID | None = None
    expires_at: datetime | None = None


def key_view(key: ApiKey, owner: Staff) -> KeyView:
    """Return what is shown of a key."""
    return KeyView(
        id=key.id,
        name=key.name,
        hint=key.hint,
        staff_id=owner.id,
        staff_name=owner.name,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )


def check_expiry(expires_at: datetime | None, now: datetime) -> None:
    """Refuse an end without time zone or in the past; raises Invalid."""
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= now):
        raise Invalid.of("expires_at", "到期时间应晚于现在并带时区，如 2027-01-01T00:00:00+08:00")
    if expires_at is not None:
        within_reach("expires_at", expires_at)


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
async def create_key(data: JSONBody[KeyBody], db: Db, me: Me, now: Now) -> NewKey:
    """Make a key; keep the answer, the key cannot be shown again."""
    check_expiry(data.expires_at, now)
    owner = me if data.staff_id is None else await queries.staff(db, data.staff_id)
    key, clear = await tenants.create_key(
        db, owner, data.name, by=me, at=now, expires_at=data.expires_at
    )
    return NewKey(key.id, key.name, clear)


@delete("/keys/{key_id:uuid}", guards=[May("keys.manage")], summary="吊销接口密钥", tags=["keys"])
async def revoke_key(key_id: FromPath[UUID], db: Db, me: Me, now: Now) -> None:
    """End a key at once."""
    await actions_staff.revoke_key(db, key_id, by=me, at=now)


HANDLERS = [
    Router("/api/v1", route_handlers=[list_keys, create_key, revoke_key], after_request=keep_answer)
]
