"""Random runs over the object store's model: machines that die, sleep, lose answers and take each other's lease."""

from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import LeaseLost, LockHeld, StateUnavailable
from cloudwright.state import retry
from cloudwright.state.cells import Batch, lines_of
from cloudwright.state.changes import PutRecord
from cloudwright.state.s3 import segment_log
from cloudwright.state.s3.backend import S3Backend
from cloudwright.state.s3.object_port import Listed, Unanswered
from conformance.memory_objects import MemoryObjects
from conformance.state import ANNA, TTL, FakeClock, record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudwright.state.leases.lease import Lease
    from cloudwright.state.s3.object_port import StoredObject


class Flaky(MemoryObjects):
    """Loses requests and answers as its dice say."""

    def __init__(self, clock: FakeClock, dice: random.Random) -> None:
        super().__init__(clock=clock)
        self.dice = dice
        self.odds = 0.0

    def get(self, name: str) -> StoredObject | None:
        self.trouble(StateUnavailable)
        return super().get(name)

    def list_after(self, prefix: str, after: str) -> Sequence[Listed]:
        self.trouble(StateUnavailable)
        return super().list_after(prefix, after)

    def put_new(self, name: str, body: bytes) -> bool:
        return self.put(lambda: super(Flaky, self).put_new(name, body))

    def put_over(self, name: str, body: bytes, tag: str) -> bool:
        return self.put(lambda: super(Flaky, self).put_over(name, body, tag))

    def delete(self, names: Sequence[str]) -> None:
        for name in names:
            self.trouble(StateUnavailable)
            super().delete([name])

    def put(self, write: Callable[[], bool]) -> bool:
        self.trouble(Unanswered)
        written = write()
        self.trouble(Unanswered)
        return written

    def trouble(self, kind: type[StateUnavailable]) -> None:
        if self.dice.random() < self.odds:
            raise kind("lost")


@dataclass
class Machine:
    """One run: a backend, its clock, and the lease it believes to hold."""

    backend: S3Backend
    clock: FakeClock
    lease: Lease | None = None


@dataclass
class Story:
    """A random life of one state, and the results that its machines got."""

    seed: int
    acknowledged: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    serials: list[int] = field(default_factory=list)
    fence: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.clock = FakeClock()
        self.objects = Flaky(self.clock, self.dice)
        self.machines = [self.machine() for _ in range(3)]

    def machine(self) -> Machine:
        clock = FakeClock()
        return Machine(S3Backend(self.objects, "p", "shop", "dev", clock=clock), clock)

    def run(self, steps: int) -> None:
        for step in range(steps):
            self.objects.odds = self.dice.choice([0.0, 0.05, 0.3])
            machine = self.dice.choice(self.machines)
            action = self.dice.choice([self.acquire, self.commit, self.commit, self.commit, self.renew, self.read])
            with contextlib.suppress(StateUnavailable, LockHeld):
                self.dice.choice([action] * 8 + [self.release, self.breaks, self.die, self.sleep])(machine, f"r{step}")
        self.objects.odds = 0.0

    def acquire(self, machine: Machine, _: str) -> None:
        machine.lease = machine.backend.acquire(ANNA, TTL)
        self.fence = machine.lease.fence

    def commit(self, machine: Machine, key: str) -> None:
        if machine.lease is not None:
            batches = [Batch(machine.lease, lines_of([PutRecord(record(f"{key}-{n}"))])) for n in range(2)]
            for n, result in enumerate(machine.backend.commit(batches)):
                if isinstance(result, LeaseLost):
                    self.refused.add(f"{key}-{n}")
                else:
                    assert machine.lease.fence >= self.fence, f"seed {self.seed}: a lost lease still writes"
                    self.acknowledged.add(f"{key}-{n}")
                    self.serials.append(result)

    def renew(self, machine: Machine, _: str) -> None:
        if machine.lease is not None:
            machine.backend.renew(machine.lease)

    def read(self, machine: Machine, _: str) -> None:
        kept = {each.key for each in machine.backend.read().records}
        assert self.acknowledged <= kept, f"seed {self.seed}"

    def release(self, machine: Machine, _: str) -> None:
        if machine.lease is not None:
            machine.backend.release(machine.lease)

    def breaks(self, machine: Machine, _: str) -> None:
        if (lease := machine.backend.holder()) is not None:
            machine.backend.break_lease(lease.id)

    def die(self, machine: Machine, _: str) -> None:
        self.machines[self.machines.index(machine)] = self.machine()

    def sleep(self, machine: Machine, _: str) -> None:
        self.clock.advance(TTL + 1)
        for other in self.machines:
            if other is not machine:
                other.clock.advance(TTL + 1)


@pytest.mark.parametrize("block", range(5))
def test_no_acknowledged_commit_is_lost_and_no_refused_one_appears(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "PAUSES", (0.0,) * 4)
    monkeypatch.setattr(segment_log, "COMPACT_AFTER", 3)
    monkeypatch.setattr(segment_log, "KEEP_SEGMENTS", 2)
    commits = 0
    for seed in range(block * 40, block * 40 + 40):
        story = Story(seed)
        story.run(100)

        snapshot = story.machine().backend.read()

        kept = {each.key for each in snapshot.records}
        assert story.acknowledged <= kept, f"seed {seed}: lost {story.acknowledged - kept}"
        assert not story.refused & kept, f"seed {seed}: refused, but written: {story.refused & kept}"
        assert len(set(story.serials)) == len(story.serials), f"seed {seed}: a serial was given twice"
        assert snapshot.serial == len(kept), f"seed {seed}"
        commits += len(story.acknowledged)
    assert commits > 100
