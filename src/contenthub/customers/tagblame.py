"""Which sentence a clerk reads when an expression cannot be read: the place and the fix."""

from lark import Token

from contenthub.customers.tagtree import WITHIN, ExpressionInvalid
from contenthub.customers.tagwords import ARGUMENTS, EXAMPLES, FIELDS, FUNCTIONS

_OPERANDS = frozenset({"WORD", "NUMBER", "QUOTED"})
_JOINS = frozenset({"_AND", "_OR"})
_START = Token("START", "", start_pos=0, end_pos=0)


def unreadable(text: str, index: int) -> ExpressionInvalid:
    """Return the error for a character no rule begins with (`index` counts from 0)."""
    char = text[index]
    if char in '"“「':
        message = "引号没有成对，或引号里有换行等特殊字符，请补上后一个引号"
    elif char in ",、;。.":
        message = f"“{char}”不能连接条件，请改成 and（并且）或 or（或者）"
    elif "\ud800" <= char <= "\udfff" or not char.isprintable():
        message = "有看不见的特殊字符，请删去后重新输入"
    else:
        message = f'不认识“{char}”；标签名里有特殊符号时请加引号，例如 "A+类"'
    return ExpressionInvalid.at(index + 1, message)


def unexpected(tokens: list[Token], bad: Token, *, end: int) -> ExpressionInvalid:
    """Return the error for the token the grammar could not take; `end` is the text's length."""
    if bad.type == "$END":
        return ExpressionInvalid.at(end, _at_end(tokens))
    before = tokens[: next(n for n, token in enumerate(tokens) if token is bad)]
    if bad.type == "_IN" or _listing(before):
        message = f"in 的写法是 项目、in、括号，括号里用逗号隔开，例如 {EXAMPLES['in']}"
        return ExpressionInvalid.at((bad.start_pos or 0) + 1, message)
    return ExpressionInvalid.at((bad.start_pos or 0) + 1, _in_the_middle(before, bad))


def _at_end(tokens: list[Token]) -> str:
    last = tokens[-1]
    if _inside_did(tokens):
        return f"括号没有写完，请补上，例如 {EXAMPLES['did']}"
    if _listing(tokens):
        return f"in 后面要写括号，里面用逗号隔开，例如 {EXAMPLES['in']}"
    unfinished = _open_call(tokens)
    if unfinished is not None:
        return unfinished
    if last.type in _JOINS or last.type == "_NOT":
        return f"“{last}”后面没有写完，请补上标签或条件"
    if last.type == "OP":
        return f"“{last}”后面少了数字，例如 aum >= 50000"
    if last.type == "_WITHIN":
        return f"“{last}”后面少了天数，例如 {EXAMPLES['within']}"
    if last.type == "_LPAR":
        return "左括号后面没有写完，请补上条件和右括号"
    return "少了右括号，请在末尾补上“)”"


def _in_the_middle(before: list[Token], bad: Token) -> str:
    last = before[-1] if before else _START
    if bad.type == "_COMMA" and not _inside_did(before):
        return f"“{bad}”不能连接条件，请改成 and（并且）或 or（或者）"
    if _inside_did(before):
        return f"括号里按 行为、业务、天数 的顺序写，用逗号隔开，例如 {EXAMPLES['did']}"
    if last.type == "OP":
        if bad.type == "OP":
            return f"没有“{last}{bad}”这种写法，比较请用 >、>=、<、<= 或 =，例如 aum >= 50000"
        return f"“{last}”后面要写数字，例如 aum >= 50000"
    if "_WITHIN" in (last.type, bad.type):
        return _near_within(last, bad)
    starts_item = bad.type in _OPERANDS or bad.type in {"_LPAR", "_NOT"}
    if starts_item:
        return _open_call(before) or f"“{bad}”前面少了 and（并且）或 or（或者）"
    if bad.type == "OP":
        return f"“{bad}”前面要写 aum（资产）或 age（年龄），例如 aum >= 50000"
    if bad.type == "_RPAR":
        return _right_parenthesis(last)
    if _open_call(before):
        return str(_open_call(before))
    return f"“{bad}”前面少了标签或条件，请补上或删去“{bad}”"


def _near_within(last: Token, bad: Token) -> str:
    if last.type == "_WITHIN":
        return f"“{last}”后面要写天数，例如 {EXAMPLES['within']}"
    return f"“{bad}”前面要写{'、'.join(WITHIN.values())}之一，例如 {EXAMPLES['within']}"


def _listing(tokens: list[Token]) -> bool:
    """Return whether a list after `in` has begun and not ended."""
    for token in reversed(tokens):
        if token.type == "_IN":
            return True
        if token.type == "_RPAR" or token.type not in _OPERANDS | {"_LPAR", "_COMMA"}:
            return False
    return False


def _inside_did(tokens: list[Token]) -> bool:
    """Return whether the last parenthesis still open is that of `did(`."""
    open_at: list[int] = []
    for place, token in enumerate(tokens):
        if token.type == "_LPAR":
            open_at.append(place)
        elif token.type == "_RPAR" and open_at:
            open_at.pop()
    word = tokens[open_at[-1] - 1] if open_at and open_at[-1] else _START
    return word.type == "WORD" and FUNCTIONS.get(str(word).lower()) == "did"


def _right_parenthesis(last: Token) -> str:
    if last.type == "_LPAR":
        return "括号里是空的，请写上条件或删去这对括号"
    if last.type in _JOINS or last.type == "_NOT":
        return f"“{last}”后面少了标签或条件，请补上或删去“{last}”"
    return "多了一个右括号，请删去，或在前面补上左括号"


def _open_call(tokens: list[Token]) -> str | None:
    """Return the sentence about a function whose parenthesis was opened just before, if any."""
    tail = tokens[:-1] if tokens and tokens[-1].type in _OPERANDS else tokens
    if len(tail) < 2 or tail[-1].type != "_LPAR" or tail[-2].type != "WORD":
        return None
    function = FUNCTIONS.get(str(tail[-2]).lower())
    if function is None:
        return unknown_function(tail[-2]).fields["expr"].split("：", 1)[1]
    example = EXAMPLES[function]
    if function not in ARGUMENTS:
        return f"括号没有写完，请补上右括号，例如 {example}"
    if tail is tokens:
        return f"括号没有写完，请补上{ARGUMENTS[function]}和右括号，例如 {example}"
    return f"括号没有写完，括号里只写一个{ARGUMENTS[function]}，然后补上右括号，例如 {example}"


def bare_reserved(word: Token) -> ExpressionInvalid:
    """Return the error for a field or function name that stands alone."""
    meaning = FUNCTIONS.get(word.lower()) or FIELDS[word.lower()]
    return _at(
        word, f'“{word}”后面没有写完，例如 {EXAMPLES[meaning]}；如果它是标签名，请加引号 "{word}"'
    )


def unknown_field(word: Token) -> ExpressionInvalid:
    """Return the error for a comparison of something that is not a number."""
    return _at(word, f"“{word}”不能比较大小，可以比较的是 aum（资产，元）和 age（年龄，岁）")


def undated(word: Token) -> ExpressionInvalid:
    """Return the error for `word within`, where the word is no day of a customer's."""
    known = "、".join(WITHIN.values())
    return _at(word, f"“{word}”后面不能写 within，可以写的有：{known}，例如 {EXAMPLES['within']}")


def unknown_function(word: Token) -> ExpressionInvalid:
    """Return the error for `name(`, where the name is no function."""
    return _at(
        word,
        f"没有“{word}(…)”这种写法；如果“{word}”是标签，请在它后面加 and 或 or；"
        f"可以用的有 {'、'.join(EXAMPLES[name] for name in ARGUMENTS)}",
    )


def one_argument(word: Token, function: str) -> ExpressionInvalid:
    """Return the error for a function that takes one thing and was given more, or a named one."""
    what = ARGUMENTS.get(function)
    return _at(
        word,
        f"括号里只写一个{what}，例如 {EXAMPLES[function]}"
        if what
        else f"{word}() 的括号里不用写内容，请改成 {word}()",
    )


def unknown_parameter(word: Token) -> ExpressionInvalid:
    """Return the error for `name=` between parentheses, where the name is none we know."""
    return _at(word, f"括号里没有“{word}=”这种写法，例如 {EXAMPLES['did']}")


def empty_call(word: Token) -> ExpressionInvalid:
    """Return the error for a function without its argument."""
    function = FUNCTIONS[word.lower()]
    return _at(word, f"括号里少了{ARGUMENTS[function]}，例如 {EXAMPLES[function]}")


def _at(word: Token, message: str) -> ExpressionInvalid:
    return ExpressionInvalid.at((word.start_pos or 0) + 1, message)
