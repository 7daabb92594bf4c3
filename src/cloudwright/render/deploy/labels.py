"""Plans and events of several apps, with the app's label before each key, so that they can be shown together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.engine.outcome import Event, RunNotice, StepFinished, StepProgress, StepStarted
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from cloudwright.engine.outcome import Outcome
    from cloudwright.plan.model import Plan


def labelled_plan(plan: Plan, label: str) -> Plan:
    """A plan whose keys begin with a label.

    Args:
        plan: The plan.
        label: The app's.
    """
    steps = (
        replace(step, key=_key(label, step.key), depends_on=tuple(_key(label, key) for key in step.depends_on))
        for step in plan.steps
    )
    return replace(plan, steps=tuple(steps))


def labelled_event(event: Event, label: str) -> Event:
    """An event whose keys begin with a label.

    Args:
        event: The event.
        label: The app's.
    """
    match event:
        case StepStarted() | StepProgress():
            return replace(event, key=_key(label, event.key))
        case StepFinished():
            return replace(event, outcome=_labelled(event.outcome, label))
        case RunNotice():
            return replace(event, text=f"{label}: {event.text}")


def _labelled(outcome: Outcome, label: str) -> Outcome:
    waited_for = _key(label, outcome.waited_for) if outcome.waited_for else ""
    return replace(outcome, key=_key(label, outcome.key), waited_for=waited_for)


def _key(label: str, key: str) -> str:
    return f"{label}: {key}"
