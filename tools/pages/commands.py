"""The reference of the command line, from the commands themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import click

from cloudwright.cli.root import COMMANDS, root
from pages.docstrings import prose
from pages.markdown import code, fenced, page, table

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEGINNING = """\
`python infra.py COMMAND` is the same as `cloudwright COMMAND infra.py`. Without a file, commands look for `infra.py`.

See [the JSON lines](../json.md) for exit codes and the output of `--json`.
"""


class Described(NamedTuple):
    """A command, its whole name, such as `state list`, and what stands at the end of its help.

    A command without such an end has that of its group.
    """

    name: str
    command: click.Command
    epilog: str


def commands_page() -> str:
    """The page of all commands."""
    found = list(commands())
    lines = [_BEGINNING]
    rows = ([f"[{each.name}](#{_anchor(each.name)})", prose(each.command.get_short_help_str(200))] for each in found)
    lines.extend(table(["command", "what it does"], rows))
    for each in found:
        lines.extend(_section(each))
    return page("Commands", lines)


def commands() -> Iterator[Described]:
    """Every command that does something, in the order of `--help`."""
    for name in COMMANDS:
        command = root.get_command(click.Context(root), name)
        if isinstance(command, click.Group):
            for inner, found in command.commands.items():
                yield Described(f"{name} {inner}", found, found.epilog or command.epilog or "")
        elif command is not None:
            yield Described(name, command, command.epilog or "")


def examples(each: Described) -> list[str]:
    """The command lines of a command's help; what stands in brackets after one becomes a comment.

    Args:
        each: The command.
    """
    _, _, after = each.epilog.partition("Examples:\n")
    lines = after.partition("\n\n")[0].splitlines()
    return [re.sub(r" {2,}\((.+)\)$", r"  # \1", line.strip()) for line in lines if f"cloudwright {each.name}" in line]


def rest(each: Described) -> str:
    """What a command's help says besides its examples, such as exit codes.

    Args:
        each: The command.
    """
    _, _, after = each.epilog.partition("Examples:\n")
    return " ".join(after.partition("\n\n")[2].replace("\b", "").split())


def _anchor(name: str) -> str:
    return f"cloudwright-{name.replace(' ', '-')}"


def _section(each: Described) -> Iterator[str]:
    context = click.Context(each.command, info_name=f"cloudwright {each.name}")
    yield from (f"## cloudwright {each.name}", "", prose(each.command.help or ""), "")
    yield from fenced(" ".join(each.command.get_usage(context).removeprefix("Usage: ").split()), "text")
    yield from table(["option", "what it is for"], _options(each.command, context))
    shown = examples(each)
    if shown:
        yield from ("Examples:", "", *fenced("\n".join(shown), "bash"))
    if rest(each):
        yield from (prose(rest(each)), "")


def _options(command: click.Command, context: click.Context) -> Iterator[list[str]]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and isinstance(parameter, click.Option):
            yield [code(record[0]), prose(record[1])]
