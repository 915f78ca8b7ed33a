"""The one error tree; what is not in it is a bug and answers 500.

    ContentHubError
    ├── NotFound        404  absent, or not yours (the same answer)
    ├── Forbidden       403  your role may not
    │   └── NotSignedIn 401  no valid session or key
    ├── Conflict        409  wrong state, somebody was faster
    ├── Invalid         422  a field is wrong: field -> message
    ├── TooMany         429  a limit or quota
    ├── Unavailable     503  a part of the house (Redis, disk) is down
    └── Upstream        502  the outside world failed; permanent or not

A room's own errors stand beside the idea that raises them. The class attribute
`title` is what the user reads (中文); the docstring says when it happens.
"""

from typing import ClassVar


class ContentHubError(Exception):
    """Parent of every refusal; `detail` names what was wrong and how to mend it."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    title: ClassVar[str] = "出错了"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title


class NotFound(ContentHubError):
    """The thing does not exist, or belongs to another bank."""

    status = 404
    code = "not_found"
    title = "没有找到，可能已被删除或不属于本行"


class Forbidden(ContentHubError):
    """The actor's role or data scope does not allow it."""

    status = 403
    code = "forbidden"
    title = "您的角色没有这项权限，请联系本行管理员"


class NotSignedIn(Forbidden):
    """No valid session or API key came with the request."""

    status = 401
    code = "not_signed_in"
    title = "请先登录"


class Conflict(ContentHubError):
    """The thing is in another state than the action needs."""

    status = 409
    code = "conflict"
    title = "当前状态不允许这样做，请刷新后再试"


class Invalid(ContentHubError):
    """One or more fields are wrong.

    `fields` maps a field's name (dotted path) to a Chinese message naming the fix.
    """

    status = 422
    code = "invalid"
    title = "填写的内容有误，请按提示修改"

    def __init__(self, detail: str = "", *, fields: dict[str, str] | None = None) -> None:
        self.fields = dict(fields or {})
        super().__init__(detail or "；".join(self.fields.values()))

    @classmethod
    def of(cls, field: str, message: str) -> "Invalid":
        """Return the error for one field."""
        return cls(fields={field: message})


class TooMany(ContentHubError):
    """A rate limit or quota was reached."""

    status = 429
    code = "too_many"
    title = "操作太频繁，请稍后再试"

    def __init__(self, detail: str = "", *, retry_after_seconds: int = 60) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(ContentHubError):
    """A part the request needs (Redis, object store, disk) does not answer now."""

    status = 503
    code = "unavailable"
    title = "系统的一部分暂时不可用，请稍后再试；已保存的数据不受影响"


class Upstream(ContentHubError):
    """The outside world failed; `permanent` means that trying again is useless."""

    status = 502
    code = "upstream"
    title = "外部系统没有成功应答"

    def __init__(self, detail: str = "", *, permanent: bool = False) -> None:
        super().__init__(detail)
        self.permanent = permanent
