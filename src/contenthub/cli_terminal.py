"""What every command shares: `--json`, `--data`, progress lines, errors with their fix."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from contenthub.cli_words import ChineseCommand, usage_message, write_options, write_usage
from contenthub.errors import ContentHubError, Invalid
from contenthub.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

_JSON, _DATA = "contenthub.json", "contenthub.data"


def options(command: F) -> F:
    """Add `--json` and `--data DIR`, which every command takes."""

    def keep(key: str) -> Callable[[click.Context, click.Parameter, Any], None]:
        def callback(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
            context.meta[key] = value

        return callback

    as_json = click.option(
        "--json", is_flag=True, expose_value=False, callback=keep(_JSON), help="结果以 JSON 输出"
    )
    data = click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        expose_value=False,
        callback=keep(_DATA),
        help="数据目录（默认 CONTENTHUB_DATA_DIR 或 ./data）",
    )
    return as_json(data(command))


def wants_json() -> bool:
    """Return whether the running command was given `--json`."""
    return bool(click.get_current_context().meta.get(_JSON))


def settings(**over: Any) -> Settings:
    """Return the environment's settings with `--data` and `over` (None = not given) applied."""
    found = Settings.from_env()
    data = click.get_current_context().meta.get(_DATA)
    given = {name: value for name, value in over.items() if value is not None}
    return replace(found, **{"data_dir": (data or found.data_dir).absolute(), **given})


def emit(result: Any, *lines: str) -> None:
    """Print a command's result: the JSON of `result`, or the lines for people."""
    if wants_json():
        click.echo(json.dumps(result, ensure_ascii=False, default=str))
    else:
        for line in lines:
            click.echo(line)


class Steps:
    """Progress on standard error: a spinner on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._status = self._console.status("") if self._console.is_terminal else None
        self._line, self._since = "", time.monotonic()

    def __call__(self, line: str) -> None:
        """Begin the step `line`; the one before it is done."""
        self.done()
        self._line, self._since = line, time.monotonic()
        if self._status is not None:
            self._status.start()
            self._status.update(line + " …")
        else:
            click.echo(line + " …", err=True)

    def still(self, line: str) -> None:
        """Say that the running step goes on; what a terminal shows is replaced by the next line."""
        if self._status is not None:
            self._status.update(f"{self._line} … {line}")
        else:
            click.echo(f"  {line} …", err=True)

    def done(self) -> None:
        """End the running step, telling how long it took."""
        if self._status is not None:
            self._status.stop()
            if self._line:
                took = time.monotonic() - self._since
                self._console.print(f"[green]✓[/green] {self._line} [dim]{took:.1f} 秒[/dim]")
        self._line = ""


class Commands(click.Group):
    """A group whose commands end a refusal with its Chinese message and exit code 1.

    What was typed wrong ends with exit code 2, in Chinese too.
    """

    command_class = ChineseCommand

    def main(  # type: ignore[override]  # nobody passes the rest by position
        self, args: Any = None, *, standalone_mode: bool = True, **extra: Any
    ) -> Any:
        """Run the command line and end the process with its exit code."""
        typed = list(sys.argv[1:] if args is None else args)
        code: Any = 0
        try:
            code = super().main(typed, standalone_mode=False, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            code = 2
        except click.UsageError as error:
            _show_usage(error, as_json="--json" in typed)
            code = 2
        except click.Abort:
            click.echo("已中止", err=True)
            code = 130
        if standalone_mode:
            sys.exit(code if isinstance(code, int) else 0)
        return code

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; show a refusal, never a trace of one."""
        try:
            return super().invoke(ctx)
        except ContentHubError as error:
            _show(error, as_json=bool(ctx.meta.get(_JSON)))
            ctx.exit(1)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        write_usage(self, ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the commands with the first sentence of each."""
        write_options(self, ctx, formatter)
        with formatter.section("命令"):
            formatter.write_dl(
                [(name, entry.get_short_help_str(100)) for name, entry in self.commands.items()]
            )


def _show_usage(error: click.UsageError, *, as_json: bool) -> None:
    message = usage_message(error)
    if as_json:
        body = {"title": "命令写得不对", "detail": message, "code": "usage", "errors": []}
        click.echo(json.dumps(body, ensure_ascii=False))
        return
    path = error.ctx.command_path if error.ctx else "contenthub"
    click.echo(f"错误：{message}\n用 {path} --help 查看用法", err=True)


def _show(error: ContentHubError, *, as_json: bool) -> None:
    fields = error.fields if isinstance(error, Invalid) else {}
    if as_json:
        body = {"title": error.title, "detail": error.detail, "code": error.code}
        errors = [{"pointer": name, "message": text} for name, text in fields.items()]
        click.echo(json.dumps({**body, "errors": errors}, ensure_ascii=False))
        return
    lines = [f"{name}：{text}" for name, text in fields.items()] or [error.detail]
    click.echo("错误：" + "\n      ".join(lines), err=True)


def readable_output() -> None:
    """Print Chinese on any terminal: what its encoding lacks becomes `?`, never a crash."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def command(group: click.Group, name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Register a function as a command of `group` with the shared options."""

    def register(function: Callable[..., Any]) -> click.Command:
        return group.command(name)(options(function))

    return register
