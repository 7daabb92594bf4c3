"""What may begin next in a fleet run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.fleet.model import Attempt, FleetRun, FleetSpec, RunControl, RunStatus, TargetStatus, Verb
from cloudwright.fleet.schedule import batches, contested, newest, next_targets, rows, run_status
from cloudwright.fleet.targets import FleetTarget

DONE, FAILED, RUNNING, WAITING = TargetStatus.DONE, TargetStatus.FAILED, TargetStatus.RUNNING, TargetStatus.WAITING


def targets(*waves: int) -> tuple[FleetTarget, ...]:
    return tuple(FleetTarget(f"{at:012d}", "eu-west-1", "prod", "", wave) for at, wave in enumerate(waves))


def run(*waves: int, **options: object) -> FleetRun:
    spec = FleetSpec(program="/p", files={"infra.py": "d"}, app="a", targets=targets(*waves))
    return FleetRun(id="r", made_at=0.0, spec=replace(spec, **options))  # type: ignore[arg-type]


def seen(made: FleetRun, *statuses: TargetStatus | None) -> dict[str, Attempt]:
    pairs = zip(made.spec.targets, statuses, strict=False)
    return {one.name: Attempt(target=one.name, number=1, status=status, digest="x") for one, status in pairs if status}


def begins(made: FleetRun, *statuses: TargetStatus | None) -> list[int]:
    return [int(target.account) for target in next_targets(made, seen(made, *statuses))]


def test_a_wave_waits_for_the_one_before_it() -> None:
    made = run(1, 2, 1, 2)

    assert begins(made) == [0, 2]
    assert begins(made, DONE, None, RUNNING) == []
    assert begins(made, DONE, None, DONE) == [1, 3]


def test_what_was_deployed_first_is_destroyed_last() -> None:
    made = run(1, 2, 3, 2, verb=Verb.DESTROY, canary=0.5)

    assert [[int(one.account) for one in batch] for batch in batches(made.spec)] == [[2], [1, 3], [0]]
    assert begins(made) == [2]
    assert begins(made, None, None, DONE) == [1, 3]


def test_without_waves_everything_begins_at_once() -> None:
    assert begins(run(1, 2, 3, by_wave=False)) == [0, 1, 2]


def test_a_canary_goes_ahead_and_stops_everything_if_it_fails() -> None:
    made = run(1, 1, 1, 1, canary=0.3, max_failures=10)

    assert [[int(one.account) for one in batch] for batch in batches(made.spec)] == [[0, 1], [2, 3]]
    assert begins(made) == [0, 1]
    assert begins(made, DONE, DONE) == [2, 3]
    assert begins(made, DONE, FAILED) == []
    assert run_status(made, seen(made, DONE, FAILED)) is RunStatus.STOPPED


def test_failures_beyond_the_limit_stop_the_run() -> None:
    made = run(1, 1, 2, max_failures=1)

    assert begins(made, FAILED, DONE) == [2]
    assert begins(made, FAILED, FAILED) == []
    assert run_status(made, seen(made, FAILED, FAILED)) is RunStatus.STOPPED
    assert run_status(made, seen(made, FAILED, DONE, DONE)) is RunStatus.FAILED


def test_a_look_for_drift_goes_on_whatever_fails() -> None:
    made = run(1, 1, 1, verb=Verb.DRIFT)

    assert begins(made, FAILED, FAILED) == [2]
    assert run_status(made, seen(made, FAILED, FAILED, DONE)) is RunStatus.FAILED


def test_a_failed_target_that_is_tried_again_counts_as_pending() -> None:
    made = replace(run(1, 2), again={"prod@000000000000.eu-west-1": 1})

    assert begins(made, FAILED) == [0]
    assert run_status(made, seen(made, FAILED)) is RunStatus.RUNNING


def test_what_waits_begins_once_that_very_plan_is_approved() -> None:
    made = run(1)
    name = made.spec.targets[0].name

    assert run_status(made, seen(made, WAITING)) is RunStatus.WAITING
    assert begins(made, WAITING) == []
    assert begins(replace(made, approved={name: "x"}), WAITING) == [0]
    assert begins(replace(made, approved={name: "an older plan"}), WAITING) == []


@pytest.mark.parametrize(
    ("decision", "status"), [(RunControl.PAUSED, RunStatus.PAUSED), (RunControl.CANCELLED, RunStatus.CANCELLED)]
)
def test_nothing_begins_against_the_decision_of_a_person(decision: RunControl, status: RunStatus) -> None:
    made = replace(run(1, 1), decision=decision)

    assert begins(made, DONE) == []
    assert run_status(made, seen(made, DONE)) is status
    assert run_status(made, seen(made, DONE, RUNNING)) is RunStatus.RUNNING


def test_what_another_run_may_still_touch_is_contested() -> None:
    made, other = run(1, 2, 3), replace(run(1, 2), id="other")
    seen_by_other = seen(other, DONE, RUNNING)

    assert contested(made.spec, other, seen_by_other) == ["prod@000000000001.eu-west-1"]
    assert contested(made.spec, other, seen(other, DONE, DONE)) == [], "it is over"
    assert contested(made.spec, other, seen(other, WAITING)) == [], "nothing happens until somebody says something"
    assert contested(made.spec, replace(other, decision=RunControl.PAUSED), seen(other, DONE)) == []


@pytest.mark.parametrize("more", [{"app": "b"}, {"state": "elsewhere"}, {"host": "elsewhere"}, {"verb": Verb.DRIFT}])
def test_other_states_and_looks_are_not_contested(more: dict[str, Any]) -> None:
    made, other = run(1), run(1, **more)

    assert contested(made.spec, other, {}) == []
    assert contested(other.spec, made, {}) == []


def test_a_run_that_was_held_goes_on() -> None:
    assert begins(run(1, 1), TargetStatus.HELD, DONE) == [0]


def test_the_newest_attempt_counts() -> None:
    first = Attempt(target="t", number=1, status=FAILED)
    second = Attempt(target="t", number=2, status=DONE)

    assert newest([second, first]) == {"t": second}


def test_every_target_has_a_row() -> None:
    made = run(1, 2)

    assert [(row.target, row.status, row.number) for row in rows(made, seen(made, DONE))] == [
        ("prod@000000000000.eu-west-1", DONE, 1),
        ("prod@000000000001.eu-west-1", TargetStatus.PENDING, 0),
    ]


@given(st.data())
def test_a_run_always_comes_to_an_end(data: st.DataObject) -> None:
    made = run(
        *data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=8)),
        canary=data.draw(st.sampled_from([0.0, 0.5, 1.0])),
        max_failures=data.draw(st.integers(0, 3)),
    )
    latest: dict[str, Attempt] = {}
    begun = 0
    while fresh := next_targets(made, latest):
        begun += len(fresh)
        for target in fresh:
            status = data.draw(st.sampled_from([DONE, FAILED]))
            latest[target.name] = Attempt(target=target.name, number=1, status=status)

    assert begun == len(latest)
    assert run_status(made, latest) in {RunStatus.DONE, RunStatus.FAILED, RunStatus.STOPPED}
