"""Idea: what the decoder refused, as a JSON pointer and a Chinese sentence with the fix."""

import re
from collections.abc import Callable, Mapping

_TYPES = {
    "int": "整数",
    "float": "数字",
    "bool": "true 或 false",
    "str": "文字",
    "array": "列表",
    "object": "对象",
    "null": "空值",
    "uuid": "编号（UUID）",
    "date": "日期",
    "datetime": "时间",
    "bytes": "文件",
}
_Words = str | Callable[[re.Match[str]], str]


def _kinds(names: str) -> str:
    known = [_TYPES.get(name.strip(), "其他类型") for name in names.split("|")]
    return "或".join(dict.fromkeys(known))


def _bounded(found: re.Match[str]) -> str:
    kind, sign, bound = found.groups()
    return f"应为{_TYPES[kind]}，且{_SIGNS[sign]} {bound}"


def _long(found: re.Match[str]) -> str:
    kind, sign, count = found.groups()
    unit = "个字" if kind == "str" else "项"
    if sign == ">=":
        return "不能为空，请填写" if count == "1" else f"太短，至少要 {count} {unit}"
    return f"太长，最多 {count} {unit}"


NO_JSON = "请求里没有内容，或者不是完整的 JSON；请检查引号、逗号和括号，没有要写的也要发 {}"
_SIGNS = {">=": "不小于", "<=": "不大于", ">": "大于", "<": "小于"}
_WORDS: tuple[tuple[str, _Words], ...] = (
    (r"missing required field `(.+?)`", r"缺少必填项 \1，请补上"),
    (r"contains unknown field `(.+?)`", r"没有 \1 这一项，请删除或检查拼写"),
    (r"Expected `(str|array|object)` of length (>=|<=) (\d+)", _long),
    (r"Expected `(int|float)` (>=|<=|>|<) (-?[\d.eE+]+)", _bounded),
    (r"^'data'$", NO_JSON),  # how Litestar names a body that is not there
    (r"matching regex", "格式不对，请检查有没有多余的字符"),
    (r"Invalid enum value (.*)", r"没有 \1 这个选项，请检查拼写"),
    (r"Invalid UUID|hexadecimal UUID", "编号格式不对，应是 36 位的 UUID"),
    (r"timezone", "时间要带时区，例如 2027-01-04T10:00:00+08:00"),
    (r"encoded date$|Invalid date$", "日期格式不对，应写成 2027-01-31 这样，不带时间"),
    (
        r"RFC3339|ISO8601|Invalid (datetime|date|time)",
        "时间格式不对，例如 2027-01-04T10:00:00+08:00",
    ),
    (r"out of range", "数值太大或太小，请检查"),
    (r"Invalid value", "不是可用的取值，请检查"),
    (r"Expected `([^`]*)`", lambda found: f"应为{_kinds(found[1])}"),
)
_NAMED = re.compile(r"(?:missing required|contains unknown) field `(.+?)`")
_INDEX = re.compile(r"\[(\d+|\.\.\.)\]")


def fault(key: str, message: str, *, names: Mapping[str, str]) -> dict[str, str]:
    """Return the pointer and the Chinese message of one refusal of msgspec.

    `key` is Litestar's dotted place (`data` is the whole body); `names` maps a handler's
    parameters to what callers call them. A field that is missing or unknown is itself pointed at.
    """
    text, _, _ = message.partition(" - at `")
    place = "" if key == "data" else names.get(key, key)
    parts = [part for part in _INDEX.sub(r".\1", place).split(".") if part]
    if found := _NAMED.search(text):
        parts.append(found[1])
    words = _translated(text)
    if parts and not found:
        words = f"字段 {'.'.join(parts)} 不正确：{words}"
    # RFC 6901: these two signs are written out in a pointer.
    steps = [part.replace("~", "~0").replace("/", "~1") for part in parts]
    return {"pointer": "/" + "/".join(steps), "message": words}


def _translated(text: str) -> str:
    for pattern, words in _WORDS:
        if found := re.search(pattern, text):
            return found.expand(words) if isinstance(words, str) else words(found)
    return "内容格式不对，请对照接口文档检查"
