"""Standard output and standard error that outlast their readers, and a command's own output apart from the program's.

A run must never end because nobody reads what it prints: its requests are under way, and its state and outputs are
still to be written. So what can't be written is dropped, and said once at the end.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from dataclasses import field
from typing import TYPE_CHECKING, TextIO

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

_STDOUT, _STDERR = 1, 2


class Outlet(io.FileIO):
    """Writes to a descriptor as long as that works; from the first failure on everything is dropped.

    Attributes:
        lost: The first failure; `None` if everything was written.
    """

    lost: OSError | None = None

    def __init__(self, descriptor: int) -> None:
        """Write to a descriptor, which is left open at the end."""
        super().__init__(descriptor, "w", closefd=False)

    def write(self, data: object, /) -> int:
        """Write, or drop; never raises `OSError`."""
        try:
            return super().write(data)  # type: ignore[arg-type]  # any buffer
        except OSError as error:
            self.lost = self.lost or error
            # Whatever else writes to this descriptor (the program, its child processes) is spared the same error.
            _point(self.fileno(), os.devnull)
            return len(memoryview(data).cast("B"))  # type: ignore[arg-type]


@dataclass(slots=True)
class CommandOutput:
    """Where a command writes.

    Attributes:
        stream: The stream.
        outlets: What it, or what was written meanwhile, ends in; empty for streams that are not files.
    """

    stream: TextIO
    outlets: list[Outlet] = field(default_factory=list)

    def code(self, code: int) -> int:
        """The exit code of a command, after a word on standard error if its output could not be written.

        A reader that has left (`| head`) had what it wanted; a full disk is a failure.

        Args:
            code: The command's own.
        """
        with contextlib.suppress(OSError, ValueError):
            self.stream.flush()
        failed = [one.lost for one in self.outlets if one.lost and not isinstance(one.lost, BrokenPipeError)]
        if not failed:
            return code
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"error: standard output can't be written: {failed[0].strerror}\n")
            sys.stderr.write("  The command ran to its end without it; its state and outputs are complete.\n")
            sys.stderr.flush()
        return code or 1


@contextlib.contextmanager
def lasting() -> Iterator[CommandOutput]:
    """Standard output and standard error that drop what can't be written, while the block runs.

    Streams that are not files (a test's, a notebook's) stay as they are.
    """
    _open_closed()
    out, err = _lasting(sys.stdout, _STDOUT), _lasting(sys.stderr, _STDERR)
    with contextlib.redirect_stdout(out.stream), contextlib.redirect_stderr(err.stream):
        try:
            yield out
        finally:
            for stream in (out.stream, err.stream):
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()


@contextlib.contextmanager
def apart() -> Iterator[CommandOutput]:
    """The command's own output.

    Everything that the program and its child processes print is redirected to standard error.
    """
    stream = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        if _descriptor(stream) != _STDOUT:
            yield CommandOutput(stream)
            return
        stream.flush()
        kept = os.dup(_STDOUT)
        os.dup2(_STDERR, _STDOUT)
        own = _over(Outlet(kept), stream)
        try:
            yield own
        finally:
            own.stream.flush()
            os.dup2(kept, _STDOUT)
            os.close(kept)


def _lasting(stream: TextIO | None, number: int) -> CommandOutput:
    if stream is None:  # the caller has closed it; its descriptor is the null device by now
        return _over(Outlet(number), None)
    descriptor = _descriptor(stream)
    if descriptor is None:
        return CommandOutput(stream)
    outlet = Outlet(descriptor)
    with contextlib.suppress(ValueError):
        _flush_into(outlet, stream)
    return _over(outlet, stream)


def _flush_into(outlet: Outlet, stream: TextIO) -> None:
    """What was printed before; if that can't be written, keep Python from retrying at exit."""
    try:
        stream.flush()
    except OSError as error:
        outlet.lost = error
        _point(outlet.fileno(), os.devnull)


def _over(outlet: Outlet, like: TextIO | None) -> CommandOutput:
    encoding = (like.encoding if like else None) or "utf-8"
    errors = (like.errors if like else None) or "backslashreplace"
    text = io.TextIOWrapper(
        io.BufferedWriter(outlet), encoding=encoding, errors=errors, line_buffering=bool(like and like.isatty())
    )
    return CommandOutput(text, [outlet])


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError, AttributeError):
        return None


def _open_closed() -> None:
    """Open those that are closed: the next file would get the number, and what a child prints would go into it."""
    for number in (0, _STDOUT, _STDERR):
        try:
            os.fstat(number)
        except OSError:
            _point(number, os.devnull)


def _point(descriptor: int, path: str) -> None:
    opened = os.open(path, os.O_RDWR)
    if opened == descriptor:
        os.set_inheritable(descriptor, True)
        return
    os.dup2(opened, descriptor)
    os.close(opened)
