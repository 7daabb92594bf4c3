"""What a terminal shows while a picture is drawn over itself, and what it shows afterwards."""

from __future__ import annotations

import asyncio
import io
import re
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.render.terminal import live_screen
from cloudwright.render.terminal.escaping import cells, crop
from cloudwright.render.terminal.live_screen import Screen
from cloudwright.render.terminal.style import CODES, TerminalStyle

if TYPE_CHECKING:
    from collections.abc import Sequence

_PART = re.compile(r"\x1b\[(\??\d*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


class Terminal(io.StringIO):
    """A terminal of any height that understands what a screen writes."""

    def isatty(self) -> bool:
        return True

    def shown(self) -> list[str]:
        lines, row, column = [""], 0, 0
        for number, code, turn, text in _PART.findall(self.getvalue()):
            if text:
                lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
                column += len(text)
            elif turn:
                row, column = row + (turn == "\n"), 0
                lines += [""] * (row + 1 - len(lines))
            elif code == "A":
                row -= int(number)
                assert row >= 0
            elif (number, code) == ("2", "K"):
                lines[row] = ""
            elif code == "J":
                lines[row:] = [lines[row][:column]]
            else:
                assert number in {"?25l", "?25"}
        return lines


WORDS = st.text("abc ", max_size=12)
ACTS = st.lists(
    st.tuples(st.just("draw"), st.lists(WORDS, max_size=5))
    | st.tuples(st.sampled_from(["print", "say"]), WORDS)
    | st.tuples(st.just("part"), WORDS),
    max_size=12,
)


async def lived(terminal: Terminal, acts: Sequence[tuple[str, object]]) -> None:
    rows: list[str] = []
    screen = Screen(terminal, lambda _height, _now: list(rows))
    screen.start()
    for act, value in acts:
        if act == "draw":
            rows[:] = value  # type: ignore[call-overload]
        elif act == "say":
            screen.print_above(str(value))
        else:
            sys.stdout.write(f"{value}\n" if act == "print" else str(value))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if act == "draw":
            assert [row.rstrip() for row in rows] == [line.rstrip() for line in terminal.shown()[-len(rows) - 1 : -1]]
    screen.stop()


@given(ACTS)
def test_a_picture_never_covers_what_is_printed_and_leaves_nothing(acts: list[tuple[str, object]]) -> None:
    terminal = Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_screen, "FRAME", 0)
        patch.setattr(sys, "stdout", terminal)
        asyncio.run(lived(terminal, acts))
        assert sys.stdout is terminal

    plain, rest = [], ""
    for act, value in acts:
        if act == "say":
            plain.append(str(value))
        elif act in {"print", "part"}:
            rest += f"{value}\n" if act == "print" else str(value)
            *whole, rest = rest.split("\n")
            plain += whole
    assert [*plain, rest] == terminal.shown()
    assert terminal.getvalue().endswith("\x1b[?25h")


async def test_a_stream_that_is_no_terminal_keeps_its_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    file, terminal = io.StringIO(), Terminal()
    monkeypatch.setattr(sys, "stdout", file)
    screen = Screen(terminal, lambda _height, _now: [])
    screen.start()
    sys.stdout.write("kept\n")
    screen.stop()

    assert file.getvalue() == "kept\n"
    assert terminal.shown() == [""]


async def test_a_print_in_a_thread_and_the_stream_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    screen = Screen(terminal, lambda _height, _now: ["row"])
    screen.start()
    await asyncio.to_thread(sys.stderr.writelines, ["a", "b\n"])
    assert sys.stderr.isatty()
    screen.stop()
    screen.stop()
    screen.print_above("too late")

    assert terminal.shown() == ["ab", ""]


@given(
    st.lists(st.tuples(st.text("ab東é", max_size=6), st.sampled_from(["", *CODES]))), st.integers(0, 30), st.booleans()
)
def test_a_row_is_cut_to_its_columns(parts: list[tuple[str, str]], columns: int, color: bool) -> None:  # noqa: FBT001
    style = TerminalStyle(color=color)
    row = "".join(style.paint(text, *filter(None, [name])) for text, name in parts)
    bare, cut = "".join(text for text, _ in parts), crop(row, columns)
    text = re.sub(r"\x1b\[[0-9;]*m", "", cut)

    assert bare.startswith(text)
    assert cells(text) <= columns
    assert text == bare or cells(bare[: len(text) + 1]) > columns
    assert re.findall(r"\x1b\[[0-9;]*m", cut) == re.findall(r"\x1b\[[0-9;]*m", row)
