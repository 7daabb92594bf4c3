"""The fleet's facts and its queue in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.fleet.book import Book
from cloudwright.fleet.model import Spec, Stand, Word
from cloudwright.fleet.queue import Queue
from cloudwright.fleet.targets import FleetTarget
from conformance import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    not postgres_server.available() and not postgres_server.REQUIRED, reason="PostgreSQL's programs are not installed"
)

TARGETS = tuple(FleetTarget(f"{at:012d}", "eu-west-1", "prod") for at in range(3))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres_server.running() as address:
        yield address


def test_runs_workers_and_attempts_are_kept(url: str) -> None:
    book, queue = Book(url), Queue(url)
    made = book.add(Spec(program="/p", digest="d", app="a", targets=TARGETS))
    for target in TARGETS:
        queue.put(made, target, 1)
        queue.put(made, target, 1)

    assert [attempt.stand for attempt in queue.attempts(made)] == [Stand.QUEUED] * 3

    queue.take_back(made)
    book.say(made, Word.CANCELLED)
    book.beat("worker")

    assert {attempt.stand for attempt in queue.attempts(made)} == {Stand.CANCELLED}
    assert book.run().word is Word.CANCELLED
    assert [(worker.name, worker.gone) for worker in book.workers()] == [("worker", False)]
    queue.close()
    book.close()
