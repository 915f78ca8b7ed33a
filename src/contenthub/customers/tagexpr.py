"""The text a clerk types for an audience, read into a tree (tagtree.py).

    (银发 and 代发工资) and not refused(理财) and aum >= 50000
    (银发 且 代发工资) 且 非 拒绝(理财) 且 资产>=5万
    做过(浏览, 业务=贷款, 7天) >= 2
    持有(定期存款) 且 存款到期 未来 30天

Full-width letters and punctuation count as half-width outside quotes. The tree is what is
stored; `tagtext.to_text` writes it back.
"""

import unicodedata
from calendar import monthrange
from collections.abc import Callable
from decimal import Decimal
from re import compile as pattern
from typing import Any, NamedTuple, TypeAlias, cast

import msgspec
from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from contenthub.customers import tagamong, tagblame
from contenthub.customers.behaviour import MAX_DAYS, MAX_TIMES, act_slug
from contenthub.customers.holdings import product_slug
from contenthub.customers.scoring import MAX_SCORE, scored_slug
from contenthub.customers.stages import stage_slug
from contenthub.customers.tagtree import (
    MAX_AUM_FEN,
    MAX_DEPTH,
    MAX_NAME_CHARS,
    MAX_TEXT_CHARS,
    MAX_WITHIN_DAYS,
    Age,
    And,
    Aum,
    Birthday,
    Branch,
    Club,
    Consented,
    Did,
    Everyone,
    ExpressionInvalid,
    Grid,
    HasOwner,
    Holds,
    InSegment,
    Merchant,
    Node,
    Not,
    Operator,
    Or,
    Owner,
    Refused,
    Score,
    Stage,
    TagIs,
    Within,
    check_size,
)
from contenthub.customers.tagwords import (
    DATED,
    EXAMPLES,
    FIELDS,
    FUNCTIONS,
    KEYWORDS,
    PARAMETERS,
    RESERVED,
    WIDTH,
)
from contenthub.errors import Invalid
from contenthub.tenants.topics import topic_slug

_GRAMMAR = r"""
?start: any_of
?any_of: all_of (_OR all_of)*
?all_of: negated (_AND negated)*
?negated: _NOT negated -> is_not
        | atom
?atom: _LPAR any_of _RPAR
     | call -> alone
     | call OP value -> counted
     | WORD OP value -> compare
     | WORD _WITHIN value -> within
     | WORD _IN _LPAR value (_COMMA value)* _RPAR -> among
     | (WORD | NUMBER | QUOTED) -> tag
call: WORD _LPAR [argument (_COMMA argument)*] _RPAR
argument: value | WORD OP value
value: WORD | NUMBER | QUOTED

QUOTED: /"(?:[^"\\\x00-\x1f\x7f-\x9f\ud800-\udfff]|\\["\\])*"/
      | /“[^”\x00-\x1f\x7f-\x9f\ud800-\udfff]*”/
      | /「[^」\x00-\x1f\x7f-\x9f\ud800-\udfff]*」/
NUMBER.2: /(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?[万亿]?[元岁]?(?![\w·\-.])/
WORD: /[\w·][\w·\-]*/
OP: ">=" | "<=" | "==" | "!=" | "<>" | ">" | "<" | "=" | "≥" | "≤" | "≠"
_AND: "&&" | "&"
_OR: "||" | "|"
_WITHIN: "~"
_IN: "∈"
_NOT: "!"
_LPAR: "("
_RPAR: ")"
_COMMA: ","
%ignore /\s+/
"""
_Argument: TypeAlias = tuple[str | None, Token]
"""What stands between parentheses: the name before `=`, if any, and the value."""
_OPERATORS = {"≥": ">=", "≤": "<=", "≠": "!=", "<>": "!=", "==": "="}
_NUMBER = pattern(r"(\d+(?:\.\d+)?)([万亿]?)([元岁]?)")
_DAY = pattern(r"(\d{1,2})(?:[-.月/](\d{1,2})?日?)?")
_WITHIN = pattern(r"0*([1-9]\d{0,3})(?:天|日|d|days?)?")
_TIMES = {"": 1, "万": 10_000, "亿": 100_000_000}


def parse(text: str) -> Node:
    """Return the tree of the expression.

    Raises ExpressionInvalid (field `expr`), naming the character, counted from 1, and the fix.
    """
    if len(text) > MAX_TEXT_CHARS:
        raise ExpressionInvalid.whole(
            f"条件有 {len(text)} 个字，最多 {MAX_TEXT_CHARS} 个，请先用标签规则合并成几个标签再写"
        )
    read = _half_width(unicodedata.normalize("NFC", text))
    if not read.strip():
        raise ExpressionInvalid.whole("请填写客群条件，例如 银发 and not refused(理财)")
    tokens = _tokens(read)
    _check_nesting(tokens)
    machine = _PARSER.parse_interactive()
    try:
        for token in tokens:
            machine.feed_token(token)
        node = cast(Node, machine.feed_eof())  # type: ignore[no-untyped-call]  # lark's gap
    except UnexpectedToken as wrong:
        bad = cast(Token, wrong.token)
        raise tagblame.unexpected(tokens, bad, end=len(read.rstrip())) from None
    check_size(node)
    return node


def _half_width(text: str) -> str:
    """Return `text` with full-width characters folded one to one, except inside quotes."""
    folded, closing = [], ""
    for char in text:
        plain = char if closing else char.translate(WIDTH)
        folded.append(plain)
        if closing:
            closing = "" if plain == closing else closing
        else:
            closing = {'"': '"', "“": "”", "「": "」"}.get(plain, "")
    return "".join(folded)


def _tokens(read: str) -> list[Token]:
    try:
        return list(_PARSER.lex(read))
    except UnexpectedCharacters as wrong:
        raise tagblame.unreadable(read, cast(int, wrong.pos_in_stream)) from None


def _check_nesting(tokens: list[Token]) -> None:
    depth = 0
    for token in tokens:
        depth += {"_LPAR": 1, "_RPAR": -1}.get(token.type, 0)
        if depth > MAX_DEPTH:
            raise ExpressionInvalid.at(
                (token.start_pos or 0) + 1,
                f"括号超过 {MAX_DEPTH} 层，请去掉多余的括号或拆成几个客群",
            )


def _keyword(token: Token) -> Token:
    """Turn the words and/or/not (且/或/非) into operators; every other word stays a name."""
    kind = KEYWORDS.get(token.value.lower())
    return token.update(type=kind) if kind else token


def _plain(token: Token) -> str:
    value = str(token.value)
    if token.type != "QUOTED":
        return value
    inner = value[1:-1]
    return inner.replace('\\"', '"').replace("\\\\", "\\") if value[0] == '"' else inner


def _named(token: Token, what: str) -> str:
    name = _plain(token).strip()
    if not name:
        raise _at(token, f"{what}是空的，请在引号里写上名称")
    if len(name) > MAX_NAME_CHARS:
        raise _at(token, f"{what}超过 {MAX_NAME_CHARS} 个字，请核对名称")
    return name


def _at(token: Token, message: str) -> ExpressionInvalid:
    return ExpressionInvalid.at((token.start_pos or 0) + 1, message)


def _number(token: Token, unit: str) -> Decimal:
    match = _NUMBER.fullmatch(str(token.value).replace(",", ""))
    if token.type != "NUMBER" or not match or match[3] not in ("", unit):
        example = "aum >= 50000" if unit == "元" else "age >= 60"
        raise _at(token, f"“{token.value}”不是数字，请写成例如 {example}")
    return Decimal(match[1]) * _TIMES[match[2]]


def _aum(op: Operator, token: Token) -> Node:
    fen = _number(token, "元") * 100
    if fen != fen.to_integral_value():
        raise _at(token, "金额最多写到分，也就是两位小数")
    if fen > MAX_AUM_FEN:
        raise _at(token, "金额太大，最多 100 亿元，请核对单位是不是元")
    return Aum(op, int(fen))


def _age(op: Operator, token: Token) -> Node:
    years = _number(token, "岁")
    if years != years.to_integral_value() or years > 150:
        raise _at(token, "年龄要写 0 到 150 的整数，例如 age >= 60")
    return Age(op, int(years))


def _birthday(token: Token) -> Node:
    match = _DAY.fullmatch(_plain(token).strip())
    month = int(match[1]) if match else 0
    day = int(match[2]) if match and match[2] else None
    # 2000 is a leap year: 02-29 is a birthday.
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= monthrange(2000, month)[1]):
        raise _at(token, "生日要写成月-日或月份，例如 birthday(05-20) 或 birthday(5月)")
    return Birthday(month, day)


def _slug(token: Token, reader: Callable[[str], str]) -> str:
    try:
        return reader(_plain(token))
    except Invalid as wrong:
        raise _at(token, wrong.detail) from None


def _did(word: Token, arguments: list[_Argument]) -> Node:
    """Return what `did(浏览, 业务=贷款, 90天)` means; the topic may be left out."""
    act, topic, days = None, None, None
    for name, token in arguments:
        text = _plain(token).strip()
        if name == "topic":
            topic = _slug(token, topic_slug)
        elif name == "days" or (name is None and text[:1].isdigit()):
            days = _days(token, text)
        elif act is None:
            act = _slug(token, act_slug)
        else:
            topic = _slug(token, topic_slug)
    if act is None or days is None:
        lacks = "做了什么" if act is None else "多少天之内"
        raise _at(word, f"括号里少了{lacks}，例如 {EXAMPLES['did']}")
    return Did(act, topic, days)


def _days(token: Token, text: str) -> int:
    match = _WITHIN.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= MAX_DAYS:
        raise _at(token, f"天数要写 1 到 {MAX_DAYS} 的整数，例如 90天")
    return int(match[1])


class _Asked(NamedTuple):
    """`score(贷款)` of which nobody said yet how much: no condition by itself."""

    word: Token
    topic: str


def _score(asked: _Asked, op: Token, token: Token) -> Node:
    """Return what `score(贷款) >= 60` means."""
    digits = str(token.value)
    if token.type != "NUMBER" or not digits.isdecimal() or int(digits) > MAX_SCORE:
        raise _at(token, f"评分要写 0 到 {MAX_SCORE} 的整数，例如 {EXAMPLES['score']}")
    return Score(asked.topic, cast(Operator, _OPERATORS.get(op.value, op.value)), int(digits))


_CALLS: dict[str, Callable[[Token], Node]] = {
    "refused": lambda token: Refused(_slug(token, topic_slug)),
    "consented": lambda token: Consented(_slug(token, topic_slug)),
    "owner": lambda token: Owner(_named(token, "工号")),
    "branch": lambda token: Branch(_named(token, "机构名称")),
    "club": lambda token: Club(_named(token, "俱乐部名称")),
    "segment": lambda token: InSegment(_named(token, "客群名称")),
    "birthday": _birthday,
    "stage": lambda token: Stage(_slug(token, stage_slug)),
    "holds": lambda token: Holds(_slug(token, product_slug)),
    "grid": lambda token: Grid(_named(token, "村或网格")),
    "tag": lambda token: TagIs(_named(token, "标签名")),
}
_FACTS: dict[str, Callable[[], Node]] = {
    "has_owner": HasOwner,
    "everyone": Everyone,
    "merchant": Merchant,
}
_FIELDS: dict[str, Callable[[Operator, Token], Node]] = {"aum": _aum, "age": _age}


class _Builder(Transformer[Token, Node]):
    """Makes tree nodes while the LALR tables run, so no second pass can run too deep."""

    def any_of(self, items: list[Node]) -> Node:
        return Or(tuple(items))

    def all_of(self, items: list[Node]) -> Node:
        return And(tuple(items))

    def is_not(self, items: list[Node]) -> Node:
        return Not(items[0])

    def value(self, items: list[Token]) -> Token:
        return items[0]

    def tag(self, items: list[Token]) -> Node:
        token = items[0]
        if token.type == "WORD" and token.value.lower() in RESERVED:
            raise tagblame.bare_reserved(token)
        return TagIs(_named(token, "标签名"))

    def compare(self, items: list[Any]) -> Node:
        word, op, token = items
        field = FIELDS.get(word.value.lower())
        if field is None:
            raise tagblame.unknown_field(word)
        return _FIELDS[field](cast(Operator, _OPERATORS.get(op.value, op.value)), token)

    def among(self, items: list[Token]) -> Node:
        return tagamong.any_of(items[0], items[1:], _CALLS)

    def within(self, items: list[Token]) -> Node:
        word, token = items
        what = DATED.get(word.value.lower())
        if what is None:
            raise tagblame.undated(word)
        match = _WITHIN.fullmatch(_plain(token).strip())
        if match is None or not 1 <= int(match[1]) <= MAX_WITHIN_DAYS:
            raise _at(token, f"天数要写 1 到 {MAX_WITHIN_DAYS} 的整数，例如 {EXAMPLES['within']}")
        return Within(what, int(match[1]))

    def argument(self, items: list[Token]) -> _Argument:
        if len(items) == 1:
            return None, items[0]
        word, op, token = items
        name = PARAMETERS.get(word.value.lower())
        if name is None or op.value != "=":
            raise tagblame.unknown_parameter(word)
        return name, token

    def alone(self, items: list[Any]) -> Node:
        if isinstance(items[0], _Asked):
            word = items[0].word
            raise _at(word, f"{word}(…) 后面要比较多少分，例如 {EXAMPLES['score']}")
        return cast(Node, items[0])

    def counted(self, items: list[Any]) -> Node:
        node, op, token = items
        if isinstance(node, _Asked):
            return _score(node, op, token)
        if not isinstance(node, Did):
            raise _at(op, f"只有 did(…) 和 score(…) 后面可以比较，例如 {EXAMPLES['did']} >= 2")
        times = int(token.value) if str(token.value).isdecimal() else 0
        times += op.value == ">"
        if op.value not in (">", ">=", "≥") or not 1 <= times <= MAX_TIMES:
            raise _at(op, f"次数写成 >= 1 到 >= {MAX_TIMES}，例如 {EXAMPLES['did']} >= 2")
        return msgspec.structs.replace(node, times=times)

    def call(self, items: list[Any]) -> Node | _Asked:
        word, arguments = items[0], [one for one in items[1:] if one is not None]
        function = FUNCTIONS.get(word.value.lower())
        if function is None:
            raise tagblame.unknown_function(word)
        if function == "did" and arguments:
            return _did(word, arguments)
        name, token = arguments[0] if arguments else (None, None)
        if len(arguments) > 1 or name is not None:
            raise tagblame.one_argument(word, function)
        if function in _FACTS:
            if token is not None:
                raise _at(token, f"{word}() 的括号里不用写内容，请改成 {word}()")
            return _FACTS[function]()
        if token is None:
            raise tagblame.empty_call(word)
        if function == "score":
            return _Asked(word, _slug(token, scored_slug))
        return _CALLS[function](token)


_PARSER = Lark(
    _GRAMMAR,
    parser="lalr",
    lexer="basic",
    transformer=_Builder(),
    maybe_placeholders=True,
    lexer_callbacks={"WORD": _keyword},
)
