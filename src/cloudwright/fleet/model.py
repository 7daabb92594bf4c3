"""What a fleet run is, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.fleet.targets import FleetTarget

WORKFLOW = "cloudwright-target"
"""What DBOS calls the run of one target."""

RECOVERIES = 20
"""Workers that may take up one attempt after another died with it: a program that kills its worker kills no more."""


class Verb(StrEnum):
    """What a run does to each of its targets."""

    DEPLOY = "deploy"
    DESTROY = "destroy"
    DRIFT = "drift"


class RunControl(StrEnum):
    """What people have said about a run."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class RunStatus(StrEnum):
    """Where a whole run stands."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    WAITING = "waiting for approval"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "done, with failures"


class TargetStatus(StrEnum):
    """Where one target stands."""

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting for approval"
    HELD = "held"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


BUSY = frozenset({TargetStatus.QUEUED, TargetStatus.RUNNING})
"""Statuses of a target that a worker has, or will soon have, in progress."""

SETTLED = frozenset({TargetStatus.DONE, TargetStatus.FAILED, TargetStatus.CANCELLED})
"""Statuses that don't change by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What was asked for; never changes.

    Attributes:
        program: The program file's absolute path; the same on every worker.
        files: The program's file and every module of the user's own, by their path from its folder -> SHA-256, so that
            no worker runs another program.
        app: The app's name.
        verb: What is done to each target.
        state: Address of the store of all targets' states, without a password: each worker knows it for itself.
        host: The one machine whose workers may do this, because the state is a file there; empty for a shared store.
        local: Work on the local cloud.
        targets: In the order of the file.
        per_account: Targets at once in one account, over all workers.
        max_failures: Failed targets after which nothing more is begun.
        canary: The part of the first wave that goes ahead of everything, from 0 to 1.
        by_wave: Whether a wave waits for the one before it.
        yes: Apply every plan without asking.
        refresh: Read the live documents before each plan.
    """

    program: str
    files: Mapping[str, str]
    app: str
    targets: tuple[FleetTarget, ...]
    verb: Verb = Verb.DEPLOY
    state: str = ""
    host: str = ""
    local: bool = False
    per_account: int = 1
    max_failures: int = 0
    canary: float = 0.0
    by_wave: bool = True
    yes: bool = False
    refresh: bool = False

    @property
    def waves(self) -> tuple[int, ...]:
        """The waves' numbers in the order in which they go: what was deployed first is destroyed last."""
        numbers = {target.wave for target in self.targets}
        return tuple(sorted(numbers, reverse=self.verb is Verb.DESTROY))


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRun:
    """One fleet run and what people have said about it since.

    Attributes:
        id: Names it on the command line.
        made_at: Seconds since the epoch.
        approved: Target -> the digest of the plan that was approved.
        again: Target -> the attempt that is not to be the last one, because somebody asked for another.
        version: Counts what was said; whoever writes must have read the newest.
    """

    id: str
    made_at: float
    spec: Spec
    decision: RunControl = RunControl.RUNNING
    approved: Mapping[str, str] = field(default_factory=dict)
    again: Mapping[str, int] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The latest try at one target.

    Attributes:
        number: Counts from 1.
        worker: The worker that has or had it in progress.
        changes: Of its plan.
        digest: Of its plan.
        drifted: Resources that are not as declared.
        notes: What its plan or its look for drift says about itself.
        error: Why it failed, with the way out.
        seconds: From the moment a worker took it to its end.
    """

    target: str
    number: int
    status: TargetStatus
    worker: str = ""
    changes: int = 0
    digest: str = ""
    drifted: int = 0
    notes: tuple[str, ...] = ()
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FleetWorker:
    """A process that works on the queue.

    Attributes:
        name: Its executor id.
        host: As `presence.here` says it.
        seen_at: Its last sign of life; a mark to compare with itself alone, since clocks jump.
        silence: Seconds since then, by the database's clock.
    """

    name: str
    host: str
    pid: int
    seen_at: float
    silence: float

    @property
    def holder(self) -> tuple[str, int]:
        """Machine and process, as the lease of a state names its holder."""
        return self.host.partition("/")[0], self.pid


def counted(count: int, noun: str) -> str:
    """Such as `1 target`, `2 targets`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
