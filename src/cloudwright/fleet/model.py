"""What a fleet run is, as data."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.fleet.targets import FleetTarget

WORKFLOW = "cloudwright-target"
"""Name of the DBOS workflow that runs one target."""

RECOVERIES = 20
"""How often an attempt is taken over from a dead worker: a program that kills its worker must not kill all workers."""


class Verb(StrEnum):
    """What a run does to each of its targets."""

    DEPLOY = "deploy"
    DESTROY = "destroy"
    DRIFT = "drift"


class RunControl(StrEnum):
    """The operator's decision about a run."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class RunStatus(StrEnum):
    """Status of a run."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    WAITING = "waiting for approval"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "done, with failures"


class TargetStatus(StrEnum):
    """Status of one target."""

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting for approval"
    HELD = "held"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


BUSY = frozenset({TargetStatus.QUEUED, TargetStatus.RUNNING})
"""Statuses of a target that is, or will soon be, in progress."""

SETTLED = frozenset({TargetStatus.DONE, TargetStatus.FAILED, TargetStatus.CANCELLED})
"""Final statuses, until a retry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSpec:
    """The specification of a run; never changes.

    Attributes:
        program: The program file's absolute path; the same on every worker.
        files: Relative path -> SHA-256 of the program's file and of every module of the user's own, so that no worker
            runs another program.
        app: The app's name.
        verb: What is done to each target.
        state: Address of the store of all targets' states, without the password, which each worker configures.
        host: The only machine whose workers may run it, since the state is a file there; empty for a shared store.
        local: Run against the local cloud.
        targets: In the order of the file.
        per_account: Concurrent targets in one account, over all workers.
        max_failures: Number of failed targets after which no target is started.
        canary: Fraction of the first wave that is deployed before the rest, from 0 to 1.
        by_wave: Whether a wave waits for the one before it.
        yes: Apply every plan without asking.
        refresh: Read the live documents before each plan.
        trace: `TRACEPARENT` and `TRACESTATE` of the run's span; empty without tracing.
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
    trace: Mapping[str, str] = field(default_factory=dict)

    @property
    def waves(self) -> tuple[int, ...]:
        """The waves' numbers in execution order; a destroy reverses it."""
        numbers = {target.wave for target in self.targets}
        return tuple(sorted(numbers, reverse=self.verb is Verb.DESTROY))


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRun:
    """One fleet run and the decisions made about it.

    Attributes:
        id: Its id on the command line.
        made_at: When it was created, in seconds since the epoch.
        approved: Target -> the digest of the plan that was approved.
        again: Target -> the attempt for which a retry was requested.
        version: Incremented by each decision; a writer must have read the latest.
    """

    id: str
    made_at: float
    spec: FleetSpec
    decision: RunControl = RunControl.RUNNING
    approved: Mapping[str, str] = field(default_factory=dict)
    again: Mapping[str, int] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt at one target.

    Attributes:
        number: Counts from 1.
        worker: The worker that runs or ran it.
        changes: Number of changes in its plan.
        digest: The digest of its plan.
        drifted: Number of resources that differ from their declaration.
        notes: Notes of its plan or drift report.
        error: Why it failed, with a hint.
        seconds: From its start on a worker until its end.
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
        host: As `liveness.here` returns it.
        seen_at: Its latest heartbeat; compare it only with earlier values, since clocks jump.
        silence: Seconds since then, by the database's clock.
    """

    name: str
    host: str
    pid: int
    seen_at: float
    silence: float

    @property
    def holder(self) -> tuple[str, int]:
        """Machine and process, as a state's lease names its holder."""
        return self.host.partition("/")[0], self.pid


def counted(count: int, noun: str) -> str:
    """Such as `1 target`, `2 targets`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
