"""Errors as text: what is wrong, where in the user's program, and the fix.

Never a traceback through cloudwright's code.
"""

from __future__ import annotations

import linecache
import traceback
from typing import TYPE_CHECKING

from cloudwright.errors import CloudwrightError
from cloudwright.program.frames import Frame, user_frames
from cloudwright.program.source import short_path
from cloudwright.render.source_lines import short_paths
from cloudwright.render.terminal.escaping import visible, visible_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.render.terminal.style import TerminalStyle

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT."""

_MOST_FRAMES = 8


def exit_code(error: BaseException) -> int:
    """The process's exit code after an error."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return error.exit_code if isinstance(error, CloudwrightError) else 1


def error_lines(error: BaseException, style: TerminalStyle, *, with_traceback: bool = False) -> Iterator[str]:
    """An error as text.

    Args:
        error: What was raised.
        style: The capabilities of the output.
        with_traceback: Also show Python's own traceback (the variable CLOUDWRIGHT_TRACEBACK asks for it).
    """
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from error_lines(inner, style, with_traceback=with_traceback)
        return
    yield from _described(error, style)
    if with_traceback:
        yield from (style.paint(line, "dim") for line in _traceback(error))


def _described(error: BaseException, style: TerminalStyle) -> Iterator[str]:
    label = style.paint("error:", "red", "bold")
    if isinstance(error, CloudwrightError):
        first, *rest = visible_lines(short_paths(error.message))
        yield f"{label} {first}"
        yield from (f"  {line}" for line in rest)
        yield from _frames(_raised_in_program(error), style)
        if error.hint:
            yield from _labelled("fix:", error.hint, style)
    elif isinstance(error, SyntaxError):
        place = f"{visible(short_path(error.filename or ''))}:{error.lineno}"
        yield f"{label} {place} can't be read: {visible(str(error.msg))}"
        yield from (
            f"  {line}" for text in traceback.format_exception_only(error)[1:-1] for line in visible_lines(text)
        )
        if "(unicode error)" in str(error.msg):
            yield from _labelled("fix:", "save the file as UTF-8", style)
    elif frames := user_frames(error):
        yield f"{label} the program raised {_one_line(error)}"
        yield from _frames(frames, style)
        yield style.paint("  The program did not run to its end, so nothing was deleted.", "dim")
    else:
        yield f"{label} cloudwright itself failed: {_one_line(error)}"
        yield from (f"  {line}" for line in _traceback(error))
        yield "  This is a defect of cloudwright, not of your program; please report it with these lines."


def _raised_in_program(error: CloudwrightError) -> list[Frame]:
    """The frames of the user's code that led to the error; the cause's frames if the program itself raised it."""
    cause = error.__cause__
    if cause is not None and not isinstance(cause, CloudwrightError) and (frames := user_frames(cause)):
        return frames
    return user_frames(error)[-1:]


def _frames(frames: list[Frame], style: TerminalStyle) -> Iterator[str]:
    if len(frames) > _MOST_FRAMES:
        yield style.paint(f"  ({len(frames) - _MOST_FRAMES} outer calls)", "dim")
    for frame in frames[-_MOST_FRAMES:]:
        inside = "" if frame.function == "<module>" else f" in {visible(frame.function)}"
        yield f"  {style.paint(f'{visible(frame.file)}:{frame.line}', 'cyan')}{inside}"
        text = frame.text or linecache.getline(frame.file, frame.line).strip()
        if text:
            yield f"      {visible(text)}"


def _labelled(label: str, text: str, style: TerminalStyle) -> Iterator[str]:
    first, *rest = visible_lines(text)
    yield f"  {style.paint(label, 'green')} {first}"
    yield from (f"  {' ' * len(label)} {line}" for line in rest)


def _one_line(error: BaseException) -> str:
    text = " ".join(visible_lines(str(error)))
    return f"{type(error).__name__}: {text}" if text.strip() else type(error).__name__


def _traceback(error: BaseException) -> list[str]:
    return [line for text in traceback.format_exception(error) for line in visible_lines(text.rstrip("\n"))]
