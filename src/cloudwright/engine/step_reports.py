"""What one step reports: its start, its end, how long it took, and its failure."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudwright.engine.executor import failure
from cloudwright.engine.failures import StillRunning
from cloudwright.engine.outcome import Outcome, Status, StepFinished, StepStarted
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cloudwright.engine.run import DeployRun
    from cloudwright.plan.model import Step

_OPERATION = {Action.UPDATE: "UPDATE", Action.DELETE: "DELETE", Action.FORGET: "DELETE"}
"""The operation whose learned durations apply to an action; every other action creates."""

_SILENT = frozenset({Action.NONE, Action.MOVE})
"""Actions that send nothing; only their outcome is reported."""


def template(step: Step) -> Outcome:
    """The outcome of a step without its status."""
    return Outcome(
        key=step.key,
        type=step.type,
        action=step.action,
        status=Status.SKIPPED,
        generation=step.generation,
        identifier=step.identifier,
        source=step.source,
    )


async def reported(run: DeployRun, known: Outcome, work: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Do a step's work, report its start and end, and turn an exception into its outcome.

    Args:
        run: Observes, and holds the learned durations.
        known: The outcome without its status.
        work: The step.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    if known.action not in _SILENT:
        run.observe(_begun(run, known, started))
    try:
        outcome = await work()
    except StillRunning as error:
        outcome = replace(failure(known, error), status=Status.RUNNING)
    except Exception as error:  # noqa: BLE001 - every failure of a step is its outcome
        outcome = failure(known, error)
    outcome = replace(outcome, seconds=loop.time() - started)
    if known.action not in _SILENT:
        run.observe(StepFinished(outcome=outcome, at=loop.time()))
    return outcome


def _begun(run: DeployRun, known: Outcome, at: float) -> StepStarted:
    expected = run.services.tracker.durations.expect(known.type, _OPERATION.get(known.action, "CREATE"))
    return StepStarted(key=known.key, type=known.type, action=known.action, at=at, expected=expected)
