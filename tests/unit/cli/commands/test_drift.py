from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from cli_fakes import Command, FakeApp
from cloudwright.plan.drift import Condition, DriftReport, ResourceDrift
from cloudwright.plan.model import Action
from cloudwright.plan.options import PlanOptions
from cloudwright.target import Target
from render_samples import plan, step

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Drifting(FakeApp):
    """An app whose resources are in given conditions."""

    conditions: tuple[tuple[Condition, bool], ...] = ()
    asked: list[str] = field(default_factory=list)

    async def drift(self, keys: Iterable[str] = ()) -> DriftReport:
        self.asked = list(keys)
        resources = tuple(
            ResourceDrift(
                key=f"r{n}",
                type="T",
                identifier="i",
                target=Target("111122223333", "us-east-1"),
                condition=condition,
                denied=denied,
            )
            for n, (condition, denied) in enumerate(self.conditions)
        )
        return DriftReport(app="payments", stage="prod", serial=1, resources=resources)


def app(*conditions: Condition, denied: bool = False) -> Drifting:
    plans = [plan(step("r0", Action.UPDATE))]
    return Drifting(plans, conditions=tuple((condition, denied) for condition in conditions))


@pytest.mark.parametrize(
    ("conditions", "denied", "code"),
    [
        ((), False, 0),
        ((Condition.AS_DECLARED,), False, 0),
        ((Condition.CHANGED, Condition.AS_DECLARED), False, 2),
        ((Condition.MISSING,), False, 2),
        ((Condition.UNREADABLE,), False, 1),
        ((Condition.UNREADABLE, Condition.UNREADABLE), False, 1),
        ((Condition.UNREADABLE, Condition.AS_DECLARED), False, 0),
        ((Condition.UNREADABLE,), True, 1),
        ((Condition.UNREADABLE, Condition.CHANGED), True, 2),
    ],
)
def test_the_exit_code_tells_drift_from_none_and_from_a_denied_look(
    command: Command, *, conditions: tuple[Condition, ...], denied: bool, code: int
) -> None:
    assert code == command("drift", app=app(*conditions, denied=denied)).code


def test_keys_narrow_the_look(command: Command) -> None:
    drifting = app(Condition.AS_DECLARED)
    command("drift", "--key", "a", "--key", "b/c", app=drifting)

    assert ["a", "b/c"] == drifting.asked


def test_a_look_changes_nothing(command: Command) -> None:
    drifting = app(Condition.CHANGED)
    command("drift", app=drifting)

    assert [] == drifting.applied


def test_fix_deploys_with_a_refresh(command: Command) -> None:
    drifting = app(Condition.CHANGED)
    ran = command("drift", "--fix", "--yes", "--key", "r0", "--concurrency", "2", app=drifting)

    assert 0 == ran.code
    assert PlanOptions(refresh=True, targets=("r0",)) == drifting.options
    assert (1, 2) == (len(drifting.applied), drifting.concurrency)


def test_fix_without_drift_deploys_nothing(command: Command) -> None:
    drifting = app(Condition.AS_DECLARED)

    assert (0, []) == (command("drift", "--fix", "--yes", app=drifting).code, drifting.applied)


def test_fix_asks_first(command: Command) -> None:
    drifting = app(Condition.CHANGED)
    ran = command("drift", "--fix", app=drifting)

    assert (1, []) == (ran.code, drifting.applied)
    assert "needs confirmation" in ran.err


def test_yes_without_fix_is_wrong_usage(command: Command) -> None:
    assert 64 == command("drift", "--yes", app=app()).code
