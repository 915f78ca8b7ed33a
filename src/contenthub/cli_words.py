"""Click's own words in Chinese: help pages, and what is wrong with a command as it was typed."""

import difflib
import re
from typing import Any

import click

METAVARS = {
    "INTEGER RANGE": "N",
    "INTEGER": "N",
    "FLOAT RANGE": "X",
    "DIRECTORY": "DIR",
}
"""ASCII, because Click lines columns up as if every letter were one cell wide."""
SHOW_HELP = "显示这份说明"
_EXTRA = re.compile(r"\s*\[([^\[\]]+)\]$")
_QUOTED = re.compile(r"'([^']*)'")


class ChineseCommand(click.Command):
    """A command whose help page and usage line are Chinese."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        write_usage(self, ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options with their ranges and defaults."""
        write_options(self, ctx, formatter)


def write_usage(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write `用法：contenthub up [选项]`."""
    pieces = [piece.replace("[OPTIONS]", "[选项]") for piece in command.collect_usage_pieces(ctx)]
    pieces = [piece.replace("COMMAND [ARGS]...", "命令 [参数]…") for piece in pieces]
    formatter.write_usage(ctx.command_path, " ".join(pieces), prefix="用法：")


def write_options(
    command: click.Command, ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    """Write the section of options of a help page."""
    records = [record for p in command.get_params(ctx) if (record := p.get_help_record(ctx))]
    if records:
        with formatter.section("选项"):
            formatter.write_dl([(_names(names), _told(told)) for names, told in records])


def _names(shown: str) -> str:
    for long, short in METAVARS.items():
        if shown.endswith(" " + long):
            return shown.removesuffix(long) + short
    return shown


def _told(told: str) -> str:
    """Translate the `[default: 2; 1<=x<=16]` that Click puts behind a help text."""
    if told == "Show this message and exit.":
        return SHOW_HELP
    found = _EXTRA.search(told)
    if found is None:
        return told
    parts = []
    for part in found[1].split("; "):
        low, is_range, high = part.partition("<=x<=")
        if part == "required":
            parts.append("必填")
        elif part.startswith("default: "):
            parts.append("默认 " + part.removeprefix("default: ").replace("redact", "隐藏"))
        elif is_range:
            parts.append(f"{low} 到 {high}")
    rest = told[: found.start()]
    return f"{rest}（{'，'.join(parts)}）" if parts else rest


def usage_message(error: click.UsageError) -> str:
    """Return what is wrong with the command as typed, and what would be right."""
    if isinstance(error, click.exceptions.NoSuchCommand):
        return _no_such("命令", error.command_name, _commands(error.ctx))
    if isinstance(error, click.NoSuchOption):
        options = [o for p in error.ctx.command.params for o in p.opts] if error.ctx else []
        return _no_such("选项", error.option_name, options)
    if isinstance(error, click.MissingParameter):
        return f"缺少{_kind(error.param)} {_name(error.param)}{_meaning(error.param)}"
    if isinstance(error, click.BadParameter):
        return _bad_value(error)
    if isinstance(error, click.BadOptionUsage):
        takes = "requires" in error.message
        return f"选项 {error.option_name} 后面{'要有一个值' if takes else '不能带值'}"
    if "extra argument" in error.message:
        return f"多余的参数：{error.message.partition('(')[2].rstrip(').')}"
    return error.message


def _commands(ctx: click.Context | None) -> list[str]:
    return list(ctx.command.commands) if ctx and isinstance(ctx.command, click.Group) else []


def _no_such(what: str, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.6)
    near = near or [one for one in known if one.startswith(name[:2])][:2]
    advice = f"；是不是 {' 或 '.join(near)}？" if near else f"；可用的{what}：{'、'.join(known)}"
    return f"没有“{name}”这个{what}{advice}"


def _kind(param: click.Parameter | None) -> str:
    return "选项" if isinstance(param, click.Option) else "参数"


def _name(param: click.Parameter | None) -> str:
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return (param.metavar or (param.name or "").upper()) if param else ""


def _meaning(param: click.Parameter | None) -> str:
    told = getattr(param, "help", None)
    return f"（{told}）" if told else ""


def _bad_value(error: click.BadParameter) -> str:
    kind = error.param.type if error.param else None
    given = _QUOTED.search(error.message)
    typed = given[1] if given else error.message.split(" ", 1)[0]
    if isinstance(kind, click.Path):
        wanted = f"找不到文件 {typed}" if "not exist" in error.message else f"不能使用 {typed}"
    else:
        wanted = f"{_wanted(kind)}，现在是“{typed}”"
    return f"{_kind(error.param)} {_name(error.param)}：{wanted}"


def _wanted(kind: Any) -> str:
    if isinstance(kind, click.IntRange | click.FloatRange):
        number = "整数" if isinstance(kind, click.IntRange) else "数字"
        return f"应为 {kind.min} 到 {kind.max} 的{number}"
    if isinstance(kind, click.Choice):
        return f"可选 {'、'.join(map(str, kind.choices))}"
    return "应为整数" if kind is click.INT else "格式不对"
