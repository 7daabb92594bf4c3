"""Users of a fleet's PostgreSQL who may do less than a worker must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from cloudwright.errors import StateError, StateUnavailable
from cloudwright.fleet.model import FleetSpec, RunControl
from cloudwright.fleet.queue import Queue
from cloudwright.fleet.store import FleetStore
from cloudwright.fleet.targets import FleetTarget
from conformance import postgres_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(
    not postgres_server.available() and not postgres_server.REQUIRED, reason="PostgreSQL's programs are not installed"
)

SPEC = FleetSpec(program="/p", files={}, app="a", targets=(FleetTarget("000000000001", "eu-west-1", "prod"),))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres_server.running() as address:
        yield address


def as_user(url: str, name: str, *grants: str) -> str:
    with psycopg.connect(url, autocommit=True) as db:
        for statement in (f"CREATE ROLE {name} LOGIN", *grants):
            db.execute(statement.encode())
    return url.replace("user=postgres", f"user={name}")


def test_who_may_only_read_sees_everything_and_changes_nothing(url: str) -> None:
    store, queue = FleetStore(url), Queue(url)
    run = store.add(SPEC)
    queue.put(run, SPEC.targets[0], 1)
    schemas = "SCHEMA public, dbos TO reader"
    reading = as_user(url, "reader", f"GRANT USAGE ON {schemas}", f"GRANT SELECT ON ALL TABLES IN {schemas}")
    reader, theirs = FleetStore(reading), Queue(reading)

    assert reader.run().id == run.id
    assert len(theirs.attempts(run)) == 1
    refusals: list[Callable[[], None]] = [
        lambda: reader.set_control(run, RunControl.CANCELLED),
        lambda: reader.write_heartbeat("worker"),
        lambda: theirs.put(run, SPEC.targets[0], 2),
        lambda: theirs.cancel_queued(run),
    ]
    for refused in refusals:
        with pytest.raises(StateError, match="may not be written: permission denied for table") as caught:
            refused()
        assert not isinstance(caught.value, StateUnavailable)
    assert (store.run().decision, len(queue.attempts(run))) == (RunControl.RUNNING, 1)
    for each in (store, queue, reader, theirs):
        each.close()


def test_the_rights_that_an_error_advises_are_enough(url: str) -> None:
    FleetStore(url).close()
    Queue(url).close()
    with pytest.raises(StateError, match="may not be written") as caught:
        FleetStore(as_user(url, "writer"))
    _, _, advised = str(caught.value.hint).partition(": ")

    with psycopg.connect(url, autocommit=True) as db:
        db.execute(advised.replace("USER", "writer").encode())
    writing = url.replace("user=postgres", "user=writer")
    store, queue = FleetStore(writing), Queue(writing)
    run = store.add(SPEC)
    store.write_heartbeat("worker")
    queue.put(run, SPEC.targets[0], 1)
    assert len(queue.attempts(run)) == 1
    store.close()
    queue.close()
