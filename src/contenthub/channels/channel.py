"""The door to the outside world: what the house may ask of any channel, and how it may fail.

    Upstream
    └── ChannelError      an answer that says no; nothing was sent
        ├── OverLimit     our own request breaks a limit; no call was made
        ├── Stopped       the caller took it back while it waited for its turn; no call was made
        └── Unknown       the request was written, the answer is lost: it may have been sent

Whoever calls `send` records its outcome so:

    Receipt                        submitted
    ChannelError, not permanent    due again, not before `retry_after_seconds`
    ChannelError, permanent        failed; `retry is Retry.CONFIG`: pause, a person has to mend it
    Unknown                        never sent again before `find` has looked for the marker
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from contenthub.errors import Upstream


class Retry(StrEnum):
    """What helps after an error."""

    BUSY = "busy"
    """Try again after a short pause, at most three times (WeCom's own rule)."""
    REFRESH = "refresh"
    """Fetch a new access token, then repeat once; the client does this itself."""
    REUPLOAD = "reupload"
    """Upload the picture again, then repeat once; the client does this itself when it has the
    bytes. Outside the client: the media id in the message is dead, make a new message."""
    WAIT = "wait"
    """Not ready yet: ask again later."""
    BREAKER = "breaker"
    """Rate limit: leave this path alone until the breaker closes."""
    CONFIG = "config"
    """Useless until a person changes a setting; the same request may be sent afterwards."""
    PERMANENT = "permanent"
    """Useless for ever: this very request is refused."""


_USELESS = (Retry.CONFIG, Retry.PERMANENT, Retry.REUPLOAD)


class ChannelError(Upstream):
    """The channel said no, or could not be reached; it is certain that nothing was sent."""

    code = "channel"
    title = "企业微信没有接受这次操作，请稍后再试"

    def __init__(
        self,
        detail: str = "",
        *,
        retry: Retry = Retry.BUSY,
        errcode: int = 0,
        retry_after_seconds: float = 5.0,
    ) -> None:
        super().__init__(detail, permanent=retry in _USELESS)
        self.retry = retry
        self.errcode = errcode
        self.retry_after_seconds = retry_after_seconds


class OverLimit(ChannelError):
    """A request breaks one of the channel's limits; `fields` names each field and the fix."""

    code = "over_limit"
    title = "内容超出企业微信的限制，请按提示修改"

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("；".join(fields.values()), retry=Retry.PERMANENT)
        self.fields = dict(fields)


class Stopped(ChannelError):
    """The caller took a send back while it waited for its turn: no call was made."""

    code = "send_stopped"
    title = "发送前已叫停，没有发出"


class Unknown(ChannelError):
    """The request was written but the answer is lost: it may or may not have been accepted."""

    code = "outcome_unknown"
    title = "企业微信的应答丢失，系统会先核对再决定是否重发"


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a customer reads it: text, then pictures, then a link card.

    `picture` (JPEG or PNG bytes) is uploaded by `send`; `picture_media_id` and
    `more_media_ids` name pictures that are uploaded already (valid 3 days).
    """

    text: str = ""
    title: str = ""
    url: str = ""
    description: str = ""
    cover_url: str = ""
    picture: bytes | None = field(default=None, repr=False)
    picture_media_id: str | None = None
    more_media_ids: tuple[str, ...] = ()


Still: TypeAlias = Callable[[], Awaitable[None]]
"""Asked when a call's turn has come; raises Stopped when it is not to be made any more."""


@dataclass(frozen=True, slots=True)
class SendRequest:
    """One employee's send to at most 10,000 customers of theirs.

    `marker` is the share link's URL, unique per send job; it must stand in the message
    (link card or text), because `find` recognises the send by it. `still` is asked right
    before the call: a send may wait long for its turn.
    """

    sender_userid: str
    external_userids: list[str] = field(repr=False)
    message: Message
    marker: str
    still: Still | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The channel's word that it took a send; `failed` lists customers it will not reach."""

    msgid: str
    failed: list[str]


class PersonState(StrEnum):
    """What became of one customer of a send."""

    UNSENT = "unsent"
    DELIVERED = "delivered"
    NOT_FRIEND = "not_friend"
    CAPPED = "capped"


@dataclass(frozen=True, slots=True)
class PersonResult:
    """One customer's line of a send's result; `at` is None while unsent."""

    external_userid: str
    state: PersonState
    at: datetime | None


@dataclass(frozen=True, slots=True)
class PageSignature:
    """What WeCom's JS-SDK is given so that a page may act as the bank's app; not secret."""

    corpid: str
    agentid: int
    timestamp_seconds: int
    noncestr: str
    signature: str


@dataclass(frozen=True, slots=True)
class ContactWay:
    """A 「联系我」 code of one employee: its number, and where its picture lies for now."""

    config_id: str
    qr_url: str


class Channel(Protocol):
    """What the scheduler may ask of the outside world. Every method raises ChannelError."""

    async def send(self, request: SendRequest) -> Receipt:
        """Return the receipt of an accepted send; raises Unknown when the answer is lost.

        Takes at most 45 seconds, so a lease of 60 seconds outlives it. Makes one attempt:
        trying again is the caller's decision.
        """
        ...

    async def find(
        self, sender_userid: str, marker: str, *, since: datetime, until: datetime
    ) -> str | None:
        """Return the msgid of the send that carries `marker`, None when the channel has none."""
        ...

    async def results(self, msgid: str, sender_userid: str) -> list[PersonResult]:
        """Return every customer's state; raises with Retry.WAIT while it is being dispatched.

        A customer of the request who is missing here was refused when the send was accepted.
        """
        ...

    async def cancel(self, msgid: str) -> None:
        """Withdraw a send nobody has confirmed yet; what was delivered stays delivered."""
        ...

    async def notify(self, userid: str, text: str) -> None:
        """Show `text` (≤ 2,048 bytes) to one employee; the same text within 30 min shows once."""
        ...

    async def upload(self, data: bytes, filename: str, mime: str) -> str:
        """Return the media id, valid 3 days, of an uploaded picture or file."""
        ...
