"""Idea: why somebody looks at a full name or phone, and how often one may in an hour."""

from datetime import timedelta

from contenthub.errors import Invalid, TooMany

AN_HOUR = timedelta(hours=1)
MOST_AN_HOUR = 60
"""A busy customer manager dials about twenty numbers an hour; a list is copied by hundreds."""
REASONS = ("电话回访", "客户来访核对", "协助客户办理业务", "处理客户投诉")
REASON_MIN, REASON_MAX = 2, 100


def checked_reason(text: str) -> str:
    """Return the reason in one line; raises Invalid (`reason`) for none or a too long one."""
    reason = " ".join(text.split())
    if len(reason) < REASON_MIN:
        raise Invalid.of("reason", f"请说明查看原因，例如“{REASONS[0]}”")
    if len(reason) > REASON_MAX:
        raise Invalid.of("reason", f"查看原因最多 {REASON_MAX} 个字，现在有 {len(reason)} 个")
    return reason


def check_pace(looks: int) -> None:
    """Raise TooMany when somebody looked MOST_AN_HOUR times within the last hour."""
    if looks >= MOST_AN_HOUR:
        raise TooMany(
            f"一小时内最多查看 {MOST_AN_HOUR} 位客户的完整信息，请稍后再看；"
            "需要批量联系客户，请使用推送",
            retry_after_seconds=int(AN_HOUR.total_seconds() / 6),
        )
