from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from cloudwright.cli import main
from cloudwright.cli.root import COMMANDS, root

if TYPE_CHECKING:
    from cli_fakes import Command, FakeApp


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("plan", "--no-such-option"),
        ("deploy", "--concurrency", "0"),
        ("drift", "a.py", "b.py"),
        ("deploy", "a.py", "b.py", "--target", "x"),
        ("deploy", "a.py", "b.py", "--plan", "x.plan"),
        ("plan", "a.py", "b.py", "--out", "x.plan"),
        ("destroy", "a.py", "b.py", "--target", "x"),
        ("destroy", "--older-than", "7d"),
        ("destroy", "--stage", "*", "--older-than", "7d"),
        ("destroy", "--stage", "review-*", "--older-than", "soon"),
        ("schema",),
        ("state", "show"),
        ("local", "serve", "--port", "x"),
        ("local", "serve", "--fault", "CC0"),
    ],
)
def test_a_wrong_command_line_is_exit_code_64(command: Command, args: tuple[str, ...]) -> None:
    ran = command(*args)

    assert ran.code == 64
    assert "Error:" in ran.err
    assert ran.out == ""


def test_a_misspelt_command_is_guessed(command: Command) -> None:
    assert "Did you mean 'deploy'?" in command("depoly").err


def test_a_wrong_command_line_in_json_is_json(command: Command) -> None:
    ran = command("plan", "--json", "--nope")

    assert ran.types == ["version", "error"]
    assert ran.lines[1]["exit_code"] == 64


def test_a_program_that_calls_takes_no_file(command: Command, app: FakeApp) -> None:
    ran = command("plan", "other.py", app=app)

    assert ran.code == 64
    assert "infra.py is the program" in ran.err


def everything() -> list[tuple[str, ...]]:
    """Every command and subcommand, as it is typed."""
    found: list[tuple[str, ...]] = []
    waiting: list[tuple[tuple[str, ...], click.Command]] = [((), root)]
    while waiting:
        words, here = waiting.pop()
        found.append(words)
        if isinstance(here, click.Group):
            context = click.Context(here)
            names = here.list_commands(context)
            waiting += [((*words, name), one) for name in names if (one := here.get_command(context, name))]
    return sorted(found)


def test_every_command_is_found() -> None:
    assert {words[0] for words in everything() if words} == set(COMMANDS)
    assert {("fleet", "approve"), ("state", "mv"), ("local", "serve")} <= set(everything())


@pytest.mark.parametrize("words", everything(), ids=" ".join)
def test_every_command_and_subcommand_has_help_with_examples(command: Command, words: tuple[str, ...]) -> None:
    ran = command(*words, "--help")
    _, marker, examples = ran.out.partition("Examples:\n")

    assert ran.code == 0
    assert marker
    assert f"cloudwright {' '.join(words)}".rstrip() in examples
    if "COMMAND [ARGS]" not in ran.out:
        assert "--json" in ran.out
        assert "--stage" in ran.out


def test_lists_of_commands_show_a_whole_sentence_for_each(command: Command) -> None:
    listed = [line for words in everything() for line in command(*words, "--help").out.splitlines()]

    assert [line for line in listed if re.match(r"  \S+  .*\.\.\.$", line)] == []


@pytest.mark.parametrize("words", everything(), ids=" ".join)
def test_examples_of_the_help_are_command_lines_that_exist(command: Command, words: tuple[str, ...]) -> None:
    _, _, examples = command(*words, "--help").out.partition("Examples:\n")
    lines = [re.split(r" {3}\(| [|>] ", line)[0] for line in examples.partition("\n\n")[0].splitlines()]
    typed = [part.partition("cloudwright ") for line in lines for part in line.split("&&")]

    assert typed
    for variables, _, words_after in typed:
        if words_after and set(variables.split()) == {word for word in variables.split() if "=" in word}:
            assert parsed(shlex.split(words_after)), words_after


def parsed(args: list[str]) -> bool:
    """Whether the parser takes a command line; nothing is run."""
    context = root.make_context("cloudwright", list(args), resilient_parsing=False)
    here: click.Command = root
    rest = [*context._protected_args, *context.args]
    while isinstance(here, click.Group) and rest:
        _, found, rest = here.resolve_command(context, rest)
        assert found is not None
        here = found
        context = here.make_context(here.name, rest, parent=context)
        rest = [*context._protected_args, *context.args]
    return not isinstance(here, click.Group)


def test_the_version_is_shown(command: Command) -> None:
    assert command("--version").out.startswith("cloudwright 0")


def test_main_leaves_with_the_exit_code() -> None:
    with pytest.raises(SystemExit) as left:
        main(["nonsense"])

    assert left.value.code == 64


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from cloudwright.cli.root import run; run(['--help']); run(['deploy', '--help']);"
        "heavy = {'aiohttp', 'botocore', 'cryptography', 'regex', 'jsonata'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_shell_completion_completes_commands_and_types() -> None:
    env = {"_CLOUDWRIGHT_COMPLETE": "bash_complete", "COMP_CWORD": "2", "PATH": ""}
    words = "cloudwright schema AWS::ImageBuilder::Dist"
    code = "from cloudwright.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**env, "COMP_WORDS": words}, capture_output=True, text=True, check=False
    )

    assert "plain,AWS::ImageBuilder::DistributionConfiguration" in done.stdout.splitlines()


def test_a_reader_that_leaves_early_is_no_error() -> None:
    code = "from cloudwright.cli import main; main(['types', '--json'])"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert json.loads(child.stdout.readline())["type"] == "version"
        child.stdout.close()

        assert child.stderr.read() == b""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_has_a_script_that_asks_us(shell: str) -> None:
    code = "from cloudwright.cli import main; main()"
    env = {"_CLOUDWRIGHT_COMPLETE": f"{shell}_source", "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)

    assert f"_CLOUDWRIGHT_COMPLETE={shell}_complete" in done.stdout
