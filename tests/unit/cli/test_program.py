from __future__ import annotations

import os
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from cloudwright.app.loading import load
from cloudwright.cli.context import CommandOptions, Invocation
from cloudwright.cli.program import app_for
from cloudwright.errors import NoProgram, ProgramError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli_fakes import Command

    Write = Callable[..., Path]

ONE = """
    from cloudwright import App
    app = App("one")
    @app.program
    def main(): ...
"""


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """Writes a program; what it imported is forgotten afterwards."""
    modules, paths = set(sys.modules), list(sys.path)

    def written(text: str, name: str = "infra.py") -> Path:
        path = tmp_path / name
        path.write_text(dedent(text), encoding="utf-8")
        return path

    yield written
    sys.path[:] = paths
    for name in set(sys.modules) - modules:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_the_one_app_of_a_file_is_found(write: Write) -> None:
    assert load(write(ONE)).name == "one"


def test_one_app_under_two_names_is_one_app(write: Write) -> None:
    assert load(write(ONE + "\n    other = app\n")).name == "one"


def test_an_app_without_a_program_next_to_it_does_not_count(write: Write) -> None:
    assert load(write(ONE + '\n    spare = App("spare")\n')).name == "one"


def test_a_file_finds_its_neighbours_and_itself(write: Write) -> None:
    write("NAME = 'near'", "neighbour_of_infra.py")
    text = """
        import sys
        from cloudwright import App
        from neighbour_of_infra import NAME
        app = App(NAME)
        app.program(lambda: None)
        assert sys.modules[__name__].app is app
        assert __name__ == "infra_with_neighbour"
    """

    assert load(write(text, "infra_with_neighbour.py")).name == "near"


@pytest.mark.parametrize("name", ["types.py", "json.py", "my-infra.py", "click.py"])
def test_the_name_of_a_file_never_hides_a_module(write: Write, name: str) -> None:
    before = sys.modules.get(name.removesuffix(".py"))

    assert load(write(ONE, name)).name == "one"
    assert sys.modules.get(name.removesuffix(".py")) is before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "infra.py contains no App"),
        ("from cloudwright import App\napp = App('idle')", r"app \(App\('idle'\)\), but no function is decorated"),
    ],
)
def test_a_file_without_a_program_is_reported_with_what_it_lacks(write: Write, text: str, message: str) -> None:
    with pytest.raises(NoProgram, match=message) as caught:
        load(write(text))

    assert "@app.program" in str(caught.value)


def test_two_apps_are_both_named(write: Write) -> None:
    text = ONE + '\n    second = App("two")\n    second.program(lambda: None)\n'

    with pytest.raises(ProgramError, match=r"2 apps with a program: app \(App\('one'\)\) and second \(App\('two'\)\)"):
        load(write(text))


def test_a_missing_file_is_reported_with_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(NoProgram, match="there is no file"):
        load(tmp_path / "infra.py")


def test_a_file_that_is_no_python_is_refused(write: Write) -> None:
    with pytest.raises(NoProgram, match=r"its name must end in \.py"):
        load(write(ONE, "infra.txt"))


def test_a_program_that_exits_while_loading_is_an_error(write: Write) -> None:
    with pytest.raises(ProgramError, match=r"called sys\.exit\(3\)"):
        load(write("import sys; sys.exit(3)"))


def test_the_command_line_takes_precedence_over_the_program(write: Write) -> None:
    path = write("""
        from cloudwright import App
        app = App("one", stage="mine")
        app.program(lambda: None)
    """)

    assert app_for(CommandOptions(Invocation(), file=str(path))).stage == "mine"
    assert app_for(CommandOptions(Invocation(), file=str(path), stage="prod")).stage == "prod"
    assert app_for(CommandOptions(Invocation(), file=str(path), local=True)).local


TOP_LEVEL = """
    from cloudwright import App
    app = App("one", stage="mine")
    NAME = f"{app.stage} {app.local}"
    app.program(lambda: None)
    if __name__ == "__main__":
        app.cli()
"""


def test_the_top_level_of_a_program_reads_what_the_command_line_says(write: Write) -> None:
    app = app_for(CommandOptions(Invocation(), file=str(write(TOP_LEVEL)), stage="prod", local=True))

    assert {"stage": "prod", "local": True} == app.read_early
    assert ("mine", False) == (load(write(TOP_LEVEL)).stage, load(write(TOP_LEVEL)).local)


def test_a_top_level_that_has_read_another_stage_is_refused(write: Write) -> None:
    app = load(write(TOP_LEVEL))

    with pytest.raises(ProgramError, match=r"app\.stage is 'prod', but was 'mine' when the top level"):
        app_for(CommandOptions(Invocation(app=app), stage="prod"))
    with pytest.raises(ProgramError, match=r"app\.local is True, but was False"):
        app_for(CommandOptions(Invocation(app=app), stage="mine", local=True))


def test_what_a_function_reads_is_never_too_early(write: Write) -> None:
    app = load(write(ONE))
    assert app.stage

    assert "prod" == app_for(CommandOptions(Invocation(app=app), stage="prod")).stage


def test_an_unguarded_call_of_the_command_line_is_explained(command: Command, write: Write) -> None:
    path = write(ONE + "\n    app.cli()\n")
    ran = command("plan", str(path))

    assert ran.code == 1
    assert "calls app.cli() while it is being loaded" in ran.err
    assert "__main__" in ran.err


def test_an_exception_while_loading_shows_the_users_lines_only(command: Command, write: Write) -> None:
    path = write("def broken():\n    return 1 / 0\n\nbroken()\n")
    ran = command("plan", str(path))

    assert ran.code == 1
    assert ran.err.splitlines() == [
        "error: the program raised ZeroDivisionError: division by zero",
        f"  {path}:4",
        "      broken()",
        f"  {path}:2 in broken",
        "      return 1 / 0",
        "  The program did not run to its end, so nothing was deleted.",
    ]


def test_a_file_with_a_syntax_error_is_shown_at_its_line(command: Command, write: Write) -> None:
    ran = command("plan", str(write("app = (\n")))

    assert ran.code == 1
    assert "infra.py:1 can't be read: '(' was never closed" in ran.err
    assert "app = (" in ran.err


def test_a_program_is_read_again_though_an_edit_left_its_size_and_its_second(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for name in ("one", "two"):
        path = write(ONE.replace('"one"', f'"{name}"'))
        os.utime(path, (1_700_000_000, 1_700_000_000))

        assert name == load(path).name
        sys.modules.pop("infra", None)


def test_a_module_next_to_the_program_is_read_again_too(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = write("from beside import NAME\n" + dedent(ONE).replace('"one"', "NAME"))
    for name in ("one", "two"):
        os.utime(write(f"NAME = {name!r}", "beside.py"), (1_700_000_000, 1_700_000_000))

        assert name == load(path).name
        for module in ("infra", "beside"):
            sys.modules.pop(module, None)
