"""What may start next, decided from recorded facts alone: waves, canaries, failures, approvals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cloudwright.fleet.model import BUSY, SETTLED, Attempt, RunControl, RunStatus, TargetStatus, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cloudwright.fleet.model import FleetRun, FleetSpec
    from cloudwright.fleet.targets import FleetTarget


AT_REST = frozenset(
    {RunStatus.CANCELLED, RunStatus.WAITING, RunStatus.STOPPED, RunStatus.DONE, RunStatus.FAILED, RunStatus.PAUSED}
)
"""Statuses of a run that waits for a decision."""


def batches(spec: FleetSpec) -> list[tuple[FleetTarget, ...]]:
    """The targets in the order in which they may start; each batch waits for the one before it.

    Args:
        spec: Its canary fraction puts the first targets of the first wave into a batch of their own.
    """
    numbers = spec.waves if spec.by_wave else (0,)
    waves = [tuple(one for one in spec.targets if one.wave == wave or not spec.by_wave) for wave in numbers]
    ahead = math.ceil(spec.canary * len(waves[0]))
    split = [waves[0][:ahead], waves[0][ahead:], *waves[1:]]
    return [batch for batch in split if batch]


def next_targets(run: FleetRun, latest: Mapping[str, Attempt]) -> list[FleetTarget]:
    """The targets for which an attempt must be queued now.

    Args:
        run: The run, with the decisions about it.
        latest: Target -> its latest attempt; targets that never started are missing.
    """
    if run.decision is not RunControl.RUNNING or stopped(run, latest):
        return []
    for batch in batches(run.spec):
        statuses = [target_status(run, target, latest) for target in batch]
        ready = [one for one, status in zip(batch, statuses, strict=True) if _may_begin(run, one, status, latest)]
        if ready or not SETTLED.issuperset(statuses):
            return ready
    return []


def target_status(run: FleetRun, target: FleetTarget, latest: Mapping[str, Attempt]) -> TargetStatus:
    """A target's status; also pending if a retry was requested."""
    attempt = latest.get(target.name)
    if attempt is None or (attempt.status in SETTLED and run.again.get(target.name, 0) >= attempt.number):
        return TargetStatus.PENDING
    return attempt.status


def run_status(run: FleetRun, latest: Mapping[str, Attempt]) -> RunStatus:
    """The run's status.

    Args:
        run: The run, with the decisions about it.
        latest: As for `next_targets`.
    """
    statuses = [target_status(run, target, latest) for target in run.spec.targets]
    if any(status in BUSY for status in statuses):
        return RunStatus.RUNNING
    if run.decision is RunControl.CANCELLED:
        return RunStatus.CANCELLED
    if SETTLED.issuperset(statuses):
        return RunStatus.DONE if all(status is TargetStatus.DONE for status in statuses) else RunStatus.FAILED
    if run.decision is RunControl.PAUSED:
        return RunStatus.PAUSED
    if stopped(run, latest):
        return RunStatus.STOPPED
    return RunStatus.RUNNING if next_targets(run, latest) else RunStatus.WAITING


def _may_begin(run: FleetRun, target: FleetTarget, status: TargetStatus, latest: Mapping[str, Attempt]) -> bool:
    if status is TargetStatus.WAITING:
        return run.approved.get(target.name) == latest[target.name].digest
    return status in {TargetStatus.PENDING, TargetStatus.HELD}


def stopped(run: FleetRun, latest: Mapping[str, Attempt]) -> bool:
    """Whether too many targets have failed: more than the limit, or a canary.

    A drift run continues, since it changes nothing.

    Args:
        run: The run, with the decisions about it.
        latest: As for `next_targets`.
    """
    if run.spec.verb is Verb.DRIFT:
        return False
    failed = [one for one in run.spec.targets if target_status(run, one, latest) is TargetStatus.FAILED]
    canaries = set(batches(run.spec)[0]) if run.spec.canary else set()
    return len(failed) > run.spec.max_failures or any(one in canaries for one in failed)


def contested(spec: FleetSpec, other: FleetRun, latest: Mapping[str, Attempt]) -> list[str]:
    """The targets of a new run that an unfinished run is still going to change: their order would be undefined.

    Args:
        spec: The specification of the new run.
        other: A run in the same database.
        latest: The other run's attempts, as for `next_targets`.
    """
    if Verb.DRIFT in {spec.verb, other.spec.verb} or run_status(other, latest) is not RunStatus.RUNNING:
        return []
    if (spec.app, spec.state, spec.host) != (other.spec.app, other.spec.state, other.spec.host):
        return []
    names = {target.name for target in spec.targets}
    theirs = [one for one in other.spec.targets if target_status(other, one, latest) not in SETTLED]
    return [one.name for one in theirs if one.name in names]


def newest(attempts: Sequence[Attempt]) -> dict[str, Attempt]:
    """Target -> its latest attempt.

    Args:
        attempts: In any order.
    """
    return {attempt.target: attempt for attempt in sorted(attempts, key=lambda one: one.number)}


def rows(run: FleetRun, latest: Mapping[str, Attempt]) -> Iterator[Attempt]:
    """One attempt for each target, in the order of the targets file; number 0 for a target that never started."""
    for target in run.spec.targets:
        found = latest.get(target.name)
        status = target_status(run, target, latest)
        yield found if found and found.status is status else Attempt(target=target.name, number=0, status=status)
