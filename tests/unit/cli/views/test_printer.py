"""When lines reach their reader."""

from __future__ import annotations

import asyncio
import io
import os

from cloudwright.cli.views.printer import SOON, Printer


class Stream(io.StringIO):
    """Notes what its reader has seen after each flush."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def flush(self) -> None:
        self.seen.append(self.getvalue())


async def test_lines_of_progress_reach_the_reader_together_and_soon() -> None:
    printer = Printer(stream := Stream())

    for number in range(1000):
        printer.soon(str(number))
    assert stream.seen == []
    await asyncio.sleep(2 * SOON)
    assert len(stream.seen) == 1
    assert stream.seen[0].splitlines() == [str(number) for number in range(1000)]

    printer.soon("later")
    await asyncio.sleep(2 * SOON)
    assert stream.seen[-1].endswith("later\n")


async def test_a_line_that_is_written_at_once_takes_those_before_it_along() -> None:
    printer = Printer(stream := Stream())

    printer.soon("a")
    printer("b")

    assert stream.seen == ["a\nb\n"]


async def test_a_reader_that_has_left_stops_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        printer = Printer(stream)
        printer.soon("a")
        await asyncio.sleep(2 * SOON)
        printer.soon("b")
        printer("c")

        assert printer.gone
