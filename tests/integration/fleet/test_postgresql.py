"""The fleet's facts and its queue in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.fleet.model import FleetSpec, RunControl, TargetStatus
from cloudwright.fleet.queue import Queue
from cloudwright.fleet.store import FleetStore
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
    store, queue = FleetStore(url), Queue(url)
    made = store.add(FleetSpec(program="/p", files={"infra.py": "d"}, app="a", targets=TARGETS))
    for target in TARGETS:
        queue.put(made, target, 1)
        queue.put(made, target, 1)

    assert [attempt.status for attempt in queue.attempts(made)] == [TargetStatus.QUEUED] * 3

    queue.cancel_queued(made)
    store.set_control(made, RunControl.CANCELLED)
    store.write_heartbeat("worker")

    assert {attempt.status for attempt in queue.attempts(made)} == {TargetStatus.CANCELLED}
    assert store.run().decision is RunControl.CANCELLED
    assert [worker.name for worker in store.workers()] == ["worker"]
    queue.close()
    store.close()
