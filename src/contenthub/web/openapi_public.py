"""The public pages of a share code, answered before Litestar knows of them (web/traffic.py)."""

from typing import Any

from contenthub.web.openapi_examples import problem_example
from contenthub.web.openapi_words import MEANINGS

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_CODE = {
    "name": "code",
    "in": "path",
    "required": True,
    "description": "分享链接的代码：12 位 Crockford Base32，不分大小写",
    "schema": {"type": "string"},
    "example": "7K3M9QX2WT5B",
}
_TOKEN = {"type": "string", "description": "页面 <body data-beacon-token> 里的签名凭证"}
_CONTACT: dict[str, Any] = {
    "type": "object",
    "required": ["token", "phone", "consent"],
    "properties": {
        "token": _TOKEN,
        "name": {"type": "string", "maxLength": 300},
        "phone": {"type": "string", "maxLength": 300},
        "consent": {"description": "true 或 on：同意银行为本次咨询联系自己"},
    },
}
_SIGNUP = {
    **_CONTACT,
    "properties": {
        **_CONTACT["properties"],
        "people": {
            "type": "integer",
            "description": "几位参加，含本人；活动的“报名要填”选了它才用，占这么多名额，不填为 1",
        },
        "branch": {"type": "string", "maxLength": 40, "description": "意向网点，同上"},
        "visit_on": {"type": "string", "format": "date", "description": "到店日期，同上"},
        "remark": {"type": "string", "maxLength": 100, "description": "备注，同上"},
    },
}
_CONTACT_SENT = {"token": "…", "name": "王女士", "phone": "13800000001", "consent": True}
_PICTURES: dict[str, Any] = {
    "image/jpeg": {"schema": {}},
    "image/png": {"schema": {}},
    "image/webp": {"schema": {}},
}


def _state(*values: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["state"],
        "properties": {"state": {"type": "string", "enum": list(values)}},
    }


def _operation(summary: str, name: str, answers: dict[str, Any], *refusals: int) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": ["public"],
        "summary": summary,
        "description": "公开，不需要登录。",
        "operationId": name,
        "security": [],
        "parameters": [_CODE],
        "responses": {**answers},
    }
    for status in refusals:
        content = {"schema": _PROBLEM, "example": problem_example(status, operation)}
        operation["responses"][str(status)] = {
            "description": MEANINGS[str(status)],
            "content": {"application/problem+json": content},
        }
    return operation


def _page(status: str, told: str) -> dict[str, Any]:
    return {status: {"description": told, "content": {"text/html": {"schema": {"type": "string"}}}}}


def _sent(
    operation: dict[str, Any], schema: dict[str, Any], example: dict[str, Any]
) -> dict[str, Any]:
    # JSON for a script, a form for a browser: the answer comes in the same manner.
    medias = ("application/json", "application/x-www-form-urlencoded")
    content = {media: {"schema": schema, "example": example} for media in medias}
    return {**operation, "requestBody": {"required": True, "content": content}}


def _accepted(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    content = {
        "application/json": {"schema": schema, "example": example},
        "text/html": {"schema": {"type": "string"}},
    }
    return {"201": {"description": "已收到", "content": content}}


def _picture(summary: str, name: str, *refusals: int) -> dict[str, Any]:
    found = {"200": {"description": "图片", "content": _PICTURES}}
    return _operation(summary, name, found, 404, *refusals, 503)


_RECEIVED = _accepted(_state("received"), {"state": "received"})
_SIGNED_UP = _accepted(_state("signed_up", "updated", "already"), {"state": "signed_up"})
_REFUSED = _accepted(_state("refused"), {"state": "refused"})
_CHILD = _accepted(
    {
        "type": "object",
        "required": ["code", "url"],
        "properties": {"code": {"type": "string"}, "url": {"type": "string", "format": "uri"}},
    },
    {"code": "3F8T2NPQ6H9C", "url": "https://hub.example.com/s/3F8T2NPQ6H9C"},
)
_BEACON = {
    "type": "object",
    "required": ["token"],
    "properties": {
        "token": _TOKEN,
        "kind": {"type": "string", "default": "view"},
        "visible_ms": {"type": "integer", "description": "页面可见的毫秒数"},
        "dwell_ms": {"type": "integer", "description": "与 visible_ms 同义，取较大者"},
    },
}
_REFUSAL = {
    "type": "object",
    "properties": {
        "phone": {"type": "string", "description": "在本浏览器留过号码的可以不填"},
        "topic": {"type": "string", "description": "业务类别；不填为本页内容的类别"},
    },
}

PUBLIC_PATHS: dict[str, Any] = {
    "/s/{code}": {
        "get": _operation(
            "客户打开的落地页（打开不算浏览，停留上报才算）",
            "PublicPage",
            {**_page("200", "落地页"), **_page("404", "没有这个页面"), **_page("410", "内容已下架")}
            | {**_page("429", "猜测代码太频繁"), **_page("503", "数据库暂时不可用")},
        )
    },
    "/s/{code}/beacon": {
        "post": {
            **_operation(
                "停留上报：一次打开记一次浏览",
                "PublicBeacon",
                {"204": {"description": "已记录（机器人和预取不记，答复相同）"}}
                | {**_page("404", "没有这个页面"), **_page("429", "猜测代码太频繁")},
                400,
                503,
            ),
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": _BEACON,
                        "example": {"token": "…", "kind": "view", "visible_ms": 8200},
                    }
                },
            },
        }
    },
    "/s/{code}/lead": {
        "post": _sent(
            _operation("留资：留下手机号", "PublicLead", _RECEIVED, 404, 409, 413, 422, 429, 503),
            _CONTACT,
            _CONTACT_SENT,
        )
    },
    "/s/{code}/signup": {
        "post": _sent(
            _operation("报名活动", "PublicSignup", _SIGNED_UP, 404, 409, 413, 422, 429, 503),
            _SIGNUP,
            {**_CONTACT_SENT, "people": 3},
        )
    },
    "/s/{code}/share": {
        "post": _operation(
            "转发：得到自己的下级链接", "PublicShare", _CHILD, 404, 409, 422, 429, 503
        )
    },
    "/s/{code}/refuse": {
        "get": _operation("拒绝推荐的页面", "PublicRefusePage", _page("200", "退订页面"), 404, 503),
        "post": _sent(
            _operation("客户拒绝此类推荐", "PublicRefuse", _REFUSED, 404, 413, 422, 429, 503),
            _REFUSAL,
            {"phone": "13800000001", "topic": "wealth"},
        ),
    },
    "/s/{code}/poster.jpg": {"get": _picture("带本链接二维码的海报", "PublicPoster", 429)},
    "/s/{code}/photo.jpg": {"get": _picture("客户经理的照片", "PublicPhoto")},
    "/s/{code}/cover": {"get": _picture("题图", "PublicCover")},
}
"""Path -> operations, ready for the document."""
