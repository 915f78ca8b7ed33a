"""数据密钥: what seals names and phones, how old it is, and its rotation under way."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template
from msgspec import Struct

from contenthub.errors import NotFound
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_rotation, bankkeys, banksettings, queries, queries_bankkeys
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.job_progress import ENDED, progress_answer, progress_of
from contenthub.web.pages import go, page
from contenthub.web.signin import May

PROGRESS = ("/console/data-keys", "轮换进度")


class RotateForm(Struct):
    """Which cipher the next key has."""

    cipher: str = ""


@get("/console/data-keys", guards=[May("security.manage")], include_in_schema=False)
async def keys_page(request: Request[Any, Any, Any], db: Db, bank: OurBank) -> Template:
    """Show the bank's data keys, the rotation that runs, and those that ended."""
    jobs = await queries.long_jobs(db, actions_rotation.KIND)
    running = next((j for j in jobs if j.state not in ENDED), None)
    return page(
        request,
        "console/data_keys.html",
        keys=await queries_bankkeys.data_keys(db),
        running=progress_of(running, *PROGRESS) if running else None,
        history=[j for j in jobs if j.state in ENDED],
        ciphers=list(bankkeys.CIPHERS.items()),
        cipher_words=bankkeys.CIPHERS,
        state_words=bankkeys.STATES,
        chosen=banksettings.effective(bank.settings)["cipher"],
        errors={},
    )


@post("/console/data-keys/rotate", guards=[May("security.manage")], include_in_schema=False)
async def rotate(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[RotateForm],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Response[Any]:
    """Make the next key and start sealing everything anew with it."""
    if data.cipher and data.cipher != banksettings.effective(bank.settings)["cipher"]:
        await tenants.set_settings(db, {"cipher": data.cipher}, by=me, at=now)
    await actions_rotation.start_rotation(db, by=me, at=now)
    return go(request, "/console/data-keys")


@get(
    "/console/data-keys/{rotation_id:uuid}/progress",
    guards=[May("security.manage")],
    include_in_schema=False,
)
async def progress(
    request: Request[Any, Any, Any], rotation_id: FromPath[UUID], db: Db
) -> Template:
    """Return the progress of a rotation; at its end the page is asked to load anew."""
    job = await queries.long_job(db, rotation_id)
    if job.kind != actions_rotation.KIND:
        raise NotFound("没有找到这次轮换")
    return progress_answer(request, job, *PROGRESS)


HANDLERS = [keys_page, rotate, progress]
