"""What each WeCom error code means for us: the table of wecom.md §9, in code.

Source: developer.work.weixin.qq.com global error page 90313 and the pages of each call.
A code that is not listed is permanent: "never retry other errors in a loop".
"""

from typing import NamedTuple

from contenthub.channels.channel import ChannelError, Retry

_SHOWN_CHARS = 200


class Policy(NamedTuple):
    """How to treat one error code and what to tell a person."""

    retry: Retry
    text: str
    retry_after_seconds: float = 5.0


_B, _W, _C, _P = Retry.BUSY, Retry.WAIT, Retry.CONFIG, Retry.PERMANENT

POLICIES: dict[int, Policy] = {
    -1: Policy(_B, "企业微信系统繁忙，稍后自动重试", 3.0),
    6000: Policy(_B, "企业微信数据版本冲突，稍后自动重试", 3.0),
    45033: Policy(_B, "企业微信接口并发过高，稍后自动重试", 1.0),
    40014: Policy(Retry.REFRESH, "企业微信访问凭证无效，正在重新获取"),
    42001: Policy(Retry.REFRESH, "企业微信访问凭证已过期，正在重新获取"),
    42009: Policy(Retry.REFRESH, "企业微信套件凭证已过期，正在重新获取"),
    40007: Policy(Retry.REUPLOAD, "图片素材已过期或类型不对，请重新上传图片"),
    41063: Policy(_W, "群发正在派发，约一分钟后再查询结果", 45.0),
    41060: Policy(_W, "朋友圈任务编号还不能查询，稍后再试", 45.0),
    41061: Policy(_W, "该朋友圈不是这位员工发表的，稍后核对", 45.0),
    41062: Policy(_W, "朋友圈尚未发表，稍后再查询", 45.0),
    41078: Policy(_W, "朋友圈任务过多，稍后再提交", 60.0),
    41079: Policy(_W, "朋友圈任务正在派发，稍后再查询", 45.0),
    41094: Policy(_W, "提醒次数过多，24 小时内最多提醒 3 次，请明天再提醒", 86400.0),
    41096: Policy(_B, "其他应用正在发送欢迎语，稍后重试", 1.0),
    45009: Policy(Retry.BREAKER, "调用企业微信过于频繁，已暂停该接口，到时自动恢复", 60.0),
    40001: Policy(_C, "企业微信应用的 Secret 不正确，请管理员在“渠道设置”中重新填写"),
    40013: Policy(_C, "企业 ID（corpid）不正确，请管理员在“渠道设置”中核对"),
    40056: Policy(_C, "应用 AgentId 不正确，请管理员在“渠道设置”中核对"),
    41001: Policy(_C, "请求缺少 access_token，请联系技术支持"),
    41002: Policy(_C, "缺少企业 ID（corpid），请管理员在“渠道设置”中填写"),
    41004: Policy(_C, "缺少应用 Secret，请管理员在“渠道设置”中填写"),
    40084: Policy(_C, "企业授权已失效（永久授权码无效），请管理员重新授权"),
    40085: Policy(_C, "服务商 suite_ticket 无效，请联系技术支持"),
    48004: Policy(_C, "企业已取消授权，请管理员重新授权"),
    48002: Policy(
        _C,
        "应用没有调用该接口的权限，请管理员在企业微信后台“客户联系→API→可调用接口的应用”中勾选本应用",
    ),
    50001: Policy(_C, "跳转域名与可信域名不一致，请管理员在企业微信后台核对可信域名"),
    60011: Policy(_C, "员工不在应用可见范围内，请管理员把该员工加入应用可见范围"),
    60020: Policy(_C, "本服务器 IP 不在企业可信 IP 中，请管理员在企业微信后台添加，一分钟后生效"),
    60111: Policy(_C, "企业微信中没有这个员工账号，请在员工管理中核对其企业微信账号"),
    40093: Policy(_C, "网页签名不正确，请联系技术支持"),
    42012: Policy(_C, "网页签名使用了错误的凭证类型，请联系技术支持"),
    701008: Policy(_C, "员工没有企业微信接口许可（互通账号），请管理员购买或分配许可"),
    701099: Policy(_C, "企业微信接口许可不可用，请管理员核对许可状态"),
    40029: Policy(_P, "登录码已使用或已过期，请重新打开页面"),
    40032: Policy(_P, "接收人名单过长或为空，每次最多 10,000 位客户"),
    40033: Policy(_P, "请求含有不允许的转义字符，请联系技术支持"),
    40058: Policy(_P, "请求参数不符合企业微信要求，请检查文字、标题和链接"),
    40068: Policy(_P, "企业微信中没有这个标签，请重新同步标签"),
    40126: Policy(_P, "企业微信标签数量已达上限，请清理后再试"),
    81017: Policy(_P, "一次查询的成员过多，请联系技术支持"),
    41064: Policy(_P, "附件数量超出限制，最多 9 个"),
    40096: Policy(_P, "客户编号不属于本企业，请重新同步客户"),
    84061: Policy(_P, "该客户与员工已没有好友关系，请重新同步客户"),
    40097: Policy(_P, "客户移交失败：原跟进员工不符合要求"),
    40098: Policy(_P, "客户移交失败：接替员工尚未实名认证"),
    40099: Policy(_P, "客户移交失败：接替员工的客户数已达上限"),
    40100: Policy(_P, "客户移交失败：客户正在移交中"),
    40128: Policy(_P, "客户移交失败：该客户 90 天内已移交两次"),
    40129: Policy(_P, "客户移交失败：客户正在移交中"),
    40130: Policy(_P, "客户移交失败：原跟进员工与接替员工相同"),
    40131: Policy(_P, "客户移交失败：不符合移交条件"),
    41041: Policy(_P, "一个“联系我”最多 100 名员工，请减少人数"),
    41044: Policy(_P, "“联系我”二维码编号无效，请重新生成"),
    41045: Policy(_P, "“联系我”二维码数量已达 50 万上限，请清理后再试"),
    41054: Policy(_P, "员工尚未激活企业微信，请先激活"),
    41047: Policy(_P, "群发编号无效"),
    41048: Policy(_P, "名单中没有可发送的客户"),
    41093: Policy(_P, "该群发已取消"),
    41050: Policy(_P, "欢迎语已过期，须在添加后 20 秒内发送"),
    41051: Policy(_P, "欢迎语已发送过"),
    81013: Policy(_P, "接收人全部无效，请核对员工账号和应用可见范围"),
}

ABOUT_ONE_MEMBER = frozenset({41054, 60011, 60111, 701008})
"""Codes that speak of the member a call names: the same call for another member may well pass."""

_UNLISTED = Policy(_P, "企业微信拒绝了请求，请把错误码告诉技术支持")


def policy_of(errcode: int) -> Policy:
    """Return how to treat `errcode`; an unlisted one is permanent."""
    return POLICIES.get(errcode, _UNLISTED)


def error_of(errcode: int, errmsg: str, *, hide: tuple[str, ...] = ()) -> ChannelError:
    """Return the error to raise for a reply's errcode; strings of `hide` never show in it."""
    policy = policy_of(errcode)
    for secret in hide:
        if secret:
            errmsg = errmsg.replace(secret, "***")
    return ChannelError(
        f"{policy.text}（{errcode} {errmsg[:_SHOWN_CHARS]}）",
        retry=policy.retry,
        errcode=errcode,
        retry_after_seconds=policy.retry_after_seconds,
    )
