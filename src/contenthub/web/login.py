"""Signing a person in, for the page and the API alike."""

from contenthub import log
from contenthub.errors import NotSignedIn
from contenthub.tenants import passwords, queries
from contenthub.tenants.models import Staff
from contenthub.web.house import House
from contenthub.web.sessions import close_session, open_session, proof_of
from contenthub.web.tries import Tries

WRONG = "银行、登录名或密码不正确；请检查后重试，忘记密码请联系本行管理员"


async def sign_in(
    house: House, bank: str, login: str, *, password: str, address: str, old_sid: str = ""
) -> tuple[Staff, str]:
    """Return the person and a new session id; the browser's old session ends.

    Raises:
        NotSignedIn: bank, login or password is wrong; the same answer and time for each.
        TooMany: this account or address has tried too often.
    """
    slug, name = bank.strip().lower(), login.strip()
    tries = Tries(house.redis, f"{slug}/{name}", address)
    await tries.count()
    async with house.database.unscoped_reading() as session:
        tenant = await queries.find_bank(session, slug)
    staff: Staff | None = None
    if tenant is not None:
        async with house.database.reading(tenant) as db:
            staff = await queries.staff_by_login(db, name)
    stored = staff.password_hash if staff and staff.state == "active" else ""
    if not await passwords.matches(stored, password) or staff is None or tenant is None:
        log.event("login.refused", bank=slug, address=address)
        raise NotSignedIn(WRONG)
    await tries.forget()
    proof = proof_of(staff.password_hash)
    if old_sid:
        await close_session(house.redis, old_sid)
    sid = await open_session(house.redis, house.settings, tenant, staff.id, proof=proof)
    log.event("login.accepted", bank=slug, staff=str(staff.id))
    return staff, sid
