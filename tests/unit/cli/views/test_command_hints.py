"""Every command that a text of ours advises runs as it is printed."""

from __future__ import annotations

import ast
import re
import shlex
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import cloudwright
from cloudwright import App
from cloudwright.cli.context import CommandOptions, Invocation
from cloudwright.cli.root import root
from cloudwright.cli.views.command_hints import CommandHints, attempts_with_advice
from cloudwright.errors import StateError
from cloudwright.fleet.model import Attempt, FleetRun, FleetSpec, TargetStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = Path(cloudwright.__file__).parent
ADVISED = re.compile(r"`((?:[A-Z_]+=\S+ )*cloudwright [^`]+)`")
WORDS = {"KEY": "images/golden", "IDENTIFIER": "id-1", "RUN": "r1", "WORD": "Bucket"}


def texts(tree: ast.AST) -> Iterator[str]:
    """The texts of a module; what an f-string fills in is one word, and docstrings are for readers of the source."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "word" for part in node.values)  # type: ignore[misc]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not isinstance(tree, ast.Expr):
            yield node.value
        else:
            yield from texts(node)


@cache
def advised() -> list[str]:
    sources = (path.read_text("utf-8") for path in SOURCES.rglob("*.py"))
    # Most modules advise nothing; to parse them all would take seconds of every collection.
    advising = (source for source in sources if "cloudwright " in source and "`" in source)
    found = {command for source in advising for text in texts(ast.parse(source)) for command in ADVISED.findall(text)}
    return sorted(found)


def parsed(words: list[str]) -> list[str]:
    """The parameters that a command line gives, without running it."""
    group: click.Command = root
    context = click.Context(root)
    while isinstance(group, click.Group):
        _, found, words = group.resolve_command(context, words)
        assert found is not None
        group = found
        context = click.Context(group, info_name=group.name)
    group.parse_args(context, list(words))
    return [param.name or "" for param in group.params]


def test_there_is_advice() -> None:
    assert {"cloudwright unlock FILE --stage word", "cloudwright state rm word FILE"} <= set(advised())


@pytest.mark.parametrize("command", advised())
def test_an_advised_command_names_the_program_and_can_be_typed(command: str) -> None:
    completed = CommandHints(CommandOptions(Invocation(), file="my infra.py", stage="prod", local=True)).text(
        f"`{command}`"
    )
    words = shlex.split(completed.strip("`"))
    words = words[words.index("cloudwright") + 1 :]

    params = parsed([WORDS.get(word, word) for word in words])

    takes_program = not {"file", "files"}.isdisjoint(params) or words[0] == "import" or "--handover" in words
    assert takes_program == ("my infra.py" in words), "write FILE, so that the command line puts the program there"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (CommandOptions(Invocation()), "`cloudwright state rm 'a b' infra.py`"),
        (
            CommandOptions(Invocation(), file="x/y z.py", stage="pr od"),
            "`cloudwright state rm 'a b' 'x/y z.py' --stage 'pr od'`",
        ),
        (CommandOptions(Invocation(App("a"), "infra.py"), local=True), "`python infra.py state rm 'a b' --local`"),
    ],
)
def test_a_command_is_completed_as_the_user_called(call: CommandOptions, expected: str) -> None:
    error = StateError("broken", hint="forget it: `cloudwright state rm 'a b' FILE`, or write FILE by hand")

    CommandHints(call).error(ExceptionGroup("several", [error]))

    assert error.hint == f"forget it: {expected}, or write FILE by hand"


def test_what_targets_of_a_fleet_have_in_common_stays_one_text() -> None:
    spec = FleetSpec(program="/srv/infra.py", files={}, app="a", targets=())
    run = FleetRun(id="r1", made_at=0.0, spec=spec)
    told = "given up: `cloudwright state rm topic FILE`"
    attempts = [
        Attempt(target=f"prod@{number}", number=1, status=TargetStatus.FAILED, error=told, notes=(told,))
        for number in range(2)
    ]

    shown = attempts_with_advice(run, attempts)

    expected = "given up: `cloudwright state rm topic /srv/infra.py --stage TARGET`"
    assert {(one.error, one.notes) for one in shown} == {(expected, (expected,))}


def test_a_stage_that_the_advice_names_stays_and_settings_go_first() -> None:
    advice = CommandHints(CommandOptions(Invocation(), stage="dev"))

    assert advice.text("`cloudwright unlock FILE --stage prod`") == "`cloudwright unlock infra.py --stage prod`"
    assert (
        advice.text("`A=s3://b cloudwright state init FILE`")
        == "`A=s3://b cloudwright state init infra.py --stage dev`"
    )
    assert advice.text("name it: cloudwright COMMAND FILE") == "name it: cloudwright COMMAND FILE"
