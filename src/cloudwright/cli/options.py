"""Options that several commands share, as decorators that pass one object each."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cloudwright.cli.context import CommandOptions, Invocation
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.plan.options import PlanOptions

_COMMON = (
    click.option(
        "--stage", metavar="NAME", help="Stage to work on, such as prod. Default: $CLOUDWRIGHT_STAGE, $USER, dev."
    ),
    click.option("--local", is_flag=True, help="Use the local cloud; needs no account and no credentials."),
    click.option("--json", "json", is_flag=True, help="Write one JSON object per line (docs/json.md)."),
    click.option(
        "--log-format", type=click.Choice(["text", "json"]), default="text", help="Format of the log on standard error."
    ),
    click.option("--color/--no-color", default=None, help="Force colours on or off."),
)


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command; the function gets them as one `CommandOptions`, first."""

    @click.pass_context
    @functools.wraps(command)
    def wrapped(ctx: click.Context, /, **given: Any) -> Any:
        names = ("stage", "local", "json", "color", "log_format")
        found = {name: given.pop(name) for name in names}
        context = ctx.obj if isinstance(ctx.obj, Invocation) else Invocation()
        return command(CommandOptions(context, file=given.pop("file", None), **found), **given)

    return decorated(wrapped, _COMMON)


def with_program(command: Callable[..., Any]) -> Callable[..., Any]:
    """`common`, and the program file as the last argument."""

    @functools.wraps(command)
    def wrapped(call: CommandOptions, /, **given: Any) -> Any:
        if call.context.app is not None and call.file is not None:
            raise click.UsageError(
                f"{call.context.file or 'this program'} is the program already; leave out {call.file!r}"
            )
        return command(call, **given)

    return decorated(common(wrapped), (click.argument("file", required=False, metavar="[FILE]"),))


def with_programs(command: Callable[..., Any]) -> Callable[..., Any]:
    """`common`, and any number of program files and folders as the last arguments."""

    @functools.wraps(command)
    def wrapped(call: CommandOptions, /, *, files: tuple[str, ...], **given: Any) -> Any:
        if call.context.app is not None and files:
            raise click.UsageError(
                f"{call.context.file or 'this program'} is the program already; leave out {files[0]!r}"
            )
        return command(replace(call, **_named(files)), **given)

    return decorated(common(wrapped), (click.argument("files", nargs=-1, metavar="[FILE]..."),))


def _named(files: tuple[str, ...]) -> dict[str, Any]:
    if len(files) == 1 and not Path(files[0]).is_dir():
        return {"file": files[0]}
    return {"files": files}


_KEYS: dict[str, str] = {
    "--target": "Plan only KEY and what it depends on.",
    "--exclude": "Leave out KEY and what depends on it.",
    "--replace": "Replace KEY even if nothing changed.",
    "--allow-replace": "Consent to a replacement of KEY.",
    "--delete-first": "Delete the orphan KEY before the creates.",
    "--adopt": "Adopt the existing resource with KEY's identity.",
}

_PLAN = (
    click.option("--refresh", is_flag=True, help="Read the live resources first."),
    click.option("--frozen", is_flag=True, help="Lookups keep the answers of the last deploy."),
    *(click.option(name, metavar="KEY", multiple=True, help=f"{text} Repeatable.") for name, text in _KEYS.items()),
    click.option("--force", is_flag=True, help="Adopt resources even if CloudFormation manages them."),
    click.option("--strict-values", is_flag=True, help="Treat schema warnings about values as errors."),
)


def plan_switches(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that shape a plan; the function gets them as `options`."""

    @functools.wraps(command)
    def wrapped(call: CommandOptions, /, **given: Any) -> Any:
        return command(call, options=_plan_options(given), **given)

    return decorated(wrapped, _PLAN)


def _plan_options(given: dict[str, Any]) -> PlanOptions:
    from cloudwright.plan.options import PlanOptions

    return PlanOptions(
        refresh=given.pop("refresh"),
        frozen=given.pop("frozen"),
        targets=given.pop("target"),
        excludes=given.pop("exclude"),
        replace=given.pop("replace"),
        allow_replace=given.pop("allow_replace"),
        delete_first=given.pop("delete_first"),
        adopt=given.pop("adopt"),
        force=given.pop("force"),
        strict_values=given.pop("strict_values"),
    )


strict_switch: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--strict", is_flag=True, help="Fail on findings of severity error (exit code 5)."
)
"""`--strict`, for the read-only commands."""


_APPLY = (
    click.option("-y", "--yes", is_flag=True, help="Do not ask."),
    click.option("--concurrency", type=click.IntRange(min=1), metavar="N", help="Maximum number of parallel steps."),
)


def apply_switches(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--yes` and `--concurrency`."""
    return decorated(command, _APPLY)


def decorated(command: Callable[..., Any], options: tuple[Callable[..., Any], ...]) -> Callable[..., Any]:
    """A command with these decorators on it, the first one outermost, so that its help comes first.

    Args:
        command: The function.
        options: Decorators, such as `click.option` gives.
    """
    for option in reversed(options):
        command = option(command)
    return command
