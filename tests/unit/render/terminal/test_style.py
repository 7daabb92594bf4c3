from __future__ import annotations

from dataclasses import dataclass

import pytest

from cloudwright.render.terminal.style import NARROWEST, PIPE_WIDTH, TerminalStyle, style_of


@dataclass
class Output:
    terminal: bool = True
    encoding: str | None = "utf-8"

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    ("environ", "terminal", "asked", "color"),
    [
        ({}, True, None, True),
        ({}, False, None, False),
        ({"NO_COLOR": "1"}, True, None, False),
        ({"NO_COLOR": ""}, True, None, True),
        ({"FORCE_COLOR": "1"}, False, None, True),
        ({"FORCE_COLOR": "0"}, True, None, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, None, False),
        ({"TERM": "dumb"}, True, None, False),
        ({"NO_COLOR": "1"}, False, True, True),
        ({"FORCE_COLOR": "1"}, True, False, False),
    ],
)
def test_colours_follow_the_option_then_the_environment_then_the_terminal(
    environ: dict[str, str], *, terminal: bool, asked: bool | None, color: bool
) -> None:
    assert color == style_of(Output(terminal), environ, color=asked).color


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"CI": "true"}])
def test_nothing_is_drawn_over_on_dumb_terminals_and_in_ci(environ: dict[str, str]) -> None:
    assert not style_of(Output(), environ).live
    assert style_of(Output(), {}).live


@pytest.mark.parametrize(("encoding", "fine"), [("utf-8", True), ("ascii", False), ("latin-1", False), (None, False)])
def test_signs_beyond_ascii_need_an_encoding_that_has_them(encoding: str | None, *, fine: bool) -> None:
    assert fine == style_of(Output(encoding=encoding), {}).unicode


def test_the_width_comes_from_columns_and_has_a_floor() -> None:
    assert style_of(Output(), {"COLUMNS": "72"}).width == 72
    assert style_of(Output(), {"COLUMNS": "9"}).width == NARROWEST
    assert style_of(Output(terminal=False), {}).width == PIPE_WIDTH


def test_paint_does_nothing_without_colours() -> None:
    assert TerminalStyle().paint("x", "red") == "x"
    assert TerminalStyle(color=True).paint("x", "red", "bold") == "\x1b[31;1mx\x1b[0m"
