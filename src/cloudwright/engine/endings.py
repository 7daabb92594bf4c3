"""What a run has to tell at its end, besides the steps' own outcomes."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from cloudwright.engine.outcome import Outcome, Status
from cloudwright.errors import CloudwrightError
from cloudwright.plan.model import Action, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.errors import PlanDeviation


def one_a_step(outcomes: tuple[Outcome, ...]) -> list[Outcome]:
    """One outcome a step: the torn-down half of a replacement shows only where it failed.

    Args:
        outcomes: As the executor has them.
    """
    keys = {outcome.key for outcome in outcomes if outcome.action is not Action.DELETE}
    return [
        outcome
        for outcome in outcomes
        if not (outcome.action is Action.DELETE and outcome.key in keys and outcome.status is not Status.FAILED)
    ]


def deviated(deviation: PlanDeviation) -> Outcome:
    """The outcome of what the apply pass did otherwise than planned, where no step stands for it.

    Args:
        deviation: Names the key first.
    """
    key = deviation.message.partition(" ")[0]
    return Outcome(key=key, type="", action=Action.NONE, status=Status.FAILED, error=deviation, message=str(deviation))


def broken(function: Callable[[], Any], error: Exception) -> Outcome:
    """The outcome of a program that raised in its second pass, and did not in its first.

    Args:
        function: The program.
        error: What it raised.
    """
    file = function.__code__.co_filename if hasattr(function, "__code__") else ""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    text = str(error) if isinstance(error, CloudwrightError) else f"{type(error).__name__}: {error}"
    return Outcome(
        key=f"{getattr(function, '__name__', 'program')}()",
        type="",
        action=Action.NONE,
        status=Status.FAILED,
        error=error,
        message=f"the program was planned, but raised while it was applied: {text}",
        source=Source(file, lines[-1] or 0) if lines else Source(),
    )
