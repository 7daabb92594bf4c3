"""What a program prints, and the exceptions it raises, with the names of references in place of their tokens."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

from cloudwright.program.reference import MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from cloudwright.program.reference import ReferenceTable


class ReadableStream:
    """A text stream that writes `<topic.Arn>` where a text holds the token of a reference.

    Everything else is the stream's own.
    """

    def __init__(self, stream: TextIO, table: Callable[[], ReferenceTable | None]) -> None:
        """Wrap a stream.

        Args:
            stream: Where the text is written.
            table: Returns the references of the run in progress in the caller's context.
        """
        self._stream, self._table = stream, table

    def write(self, text: str) -> int:
        """Write a text; its length as given is returned."""
        table = self._table() if MARK in text else None
        self._stream.write(table.with_names(text) if table is not None else text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def readable_prints(table: Callable[[], ReferenceTable | None]) -> Iterator[None]:
    """Make what is printed while the block runs readable.

    Runs side by side share the wrapper of the first.

    Args:
        table: Returns the references of the run in progress in the caller's context.
    """
    stream = sys.stdout
    if stream is None or isinstance(stream, ReadableStream):
        yield
        return
    sys.stdout = readable = ReadableStream(stream, table)
    try:
        yield
    finally:
        # Code that replaced it meanwhile restores it.
        if sys.stdout is readable:
            sys.stdout = stream


def with_names(error: BaseException, table: ReferenceTable) -> None:
    """Put names in place of tokens in an exception's arguments, which its message is made of."""
    if any(isinstance(argument, str) and MARK in argument for argument in error.args):
        error.args = tuple(table.with_names(one) if isinstance(one, str) else one for one in error.args)
