"""The picture of a build, what changed between two pictures, and how it ended."""

from __future__ import annotations

import pytest

from cloudwright.imagebuilder.delivery.build_events import BuildEventKind, changes
from cloudwright.imagebuilder.delivery.progress import learned_phases
from cloudwright.imagebuilder.delivery.result import DeliveryOutcome, failed_because, outcome_of, result_of
from delivery_samples import BEGAN, BUILD, COPY, HOME, ami_id, build, failure, progress, step, workflow

BUILT = workflow("BUILD", step("Launch", "COMPLETED", 1, 11), step("Create", "COMPLETED", 11, 31))
TESTED = workflow("TEST", step("Test", "COMPLETED", 31, 41))
COPYING = workflow(
    "DISTRIBUTION", step("Copy", "RUNNING", 41), step("Apply", "PENDING", action="ApplyImageConfigurations")
)


def statuses(status: str, *workflows: object) -> dict[str, str]:
    found = progress(build(status), *workflows)  # type: ignore[arg-type]
    return {phase.name: str(phase.status) for phase in found.phases}


@pytest.mark.parametrize(
    ("status", "workflows", "expected"),
    [
        ("PENDING", (), "pending pending pending pending"),
        ("BUILDING", (workflow("BUILD", step("Launch", "RUNNING", 1)),), "running pending pending pending"),
        ("DISTRIBUTING", (BUILT, TESTED, COPYING), "done done running pending"),
        ("DISTRIBUTING", (BUILT, COPYING), "done skipped running pending"),
        ("DISTRIBUTING", (COPYING,), "skipped skipped running pending"),
        ("AVAILABLE", (BUILT, TESTED), "done done skipped skipped"),
        ("FAILED", (BUILT, workflow("TEST", step("Test", "FAILED", 31, 32))), "done failed skipped skipped"),
        ("CANCELLED", (BUILT, workflow("TEST", step("Test", "CANCELLED", 31, 32))), "done skipped skipped skipped"),
    ],
)
def test_each_status_of_the_service_is_a_row_of_phases(
    status: str, workflows: tuple[object, ...], expected: str
) -> None:
    assert list(statuses(status, *workflows).values()) == expected.split()


def test_phases_have_the_times_of_their_steps() -> None:
    found = progress(build("DISTRIBUTING"), BUILT, TESTED, COPYING)
    built, _, copying, _ = found.phases

    assert (BEGAN + 1, BEGAN + 31, 30.0) == (built.started, built.ended, built.elapsed(BEGAN + 999))
    assert (0.0, 9.0) == (copying.ended, copying.elapsed(BEGAN + 50))
    assert 0.0 == found.ended
    assert {"build": 30.0, "test": 10.0} == learned_phases(found)


def test_the_last_step_that_ended_is_the_end_of_the_build() -> None:
    assert BEGAN + 41 == progress(build("AVAILABLE"), BUILT, TESTED).ended


def test_a_workflow_that_another_run_took_the_place_of_is_left_out() -> None:
    failed = workflow("DISTRIBUTION", step("Copy", "FAILED", 41, 42), retried=True)
    found = progress(build("DISTRIBUTING"), BUILT, failed, COPYING)

    assert ["Copy"] == [one.name for one in found.phases[2].steps]
    assert "running" == found.phases[2].status


def test_the_usual_time_is_shown_only_if_all_of_it_is_known() -> None:
    times = {"build": 1.0, "test": 2.0, "distribute": 3.0, "integrate": 4.0}

    assert 10.0 == progress(build("PENDING"), expected=times).expected()
    assert 0.0 == progress(build("PENDING"), expected={**times, "test": 0.0}).expected()


def test_cells_are_filled_by_what_the_service_lists_and_others_are_added() -> None:
    found = progress(build("DISTRIBUTING", 1, COPY), places=[HOME])

    assert {HOME: "", COPY: ami_id(COPY, 1)} == dict(found.cells)
    assert 1 == found.arrived


def test_nothing_changes_between_two_equal_pictures() -> None:
    found = progress(build("DISTRIBUTING", 1, HOME), BUILT, COPYING)

    assert [] == list(changes(found, found))


def test_steps_cells_and_waiting_steps_are_reported_once() -> None:
    before = progress(build("BUILDING"), workflow("BUILD", step("Launch", "RUNNING", 1)))
    waits = workflow("TEST", step("Approve", "RUNNING", 31, action="WaitForAction"))
    after = progress(build("TESTING", 1, HOME), BUILT, waits)
    told = [(one.kind, one.phase, one.step or one.ami, one.status) for one in changes(before, after)]

    assert told == [
        (BuildEventKind.STEP, "build", "Launch", "completed"),
        (BuildEventKind.STEP, "build", "Create", "completed"),
        (BuildEventKind.PHASE, "build", "", "done"),
        (BuildEventKind.PHASE, "test", "", "running"),
        (BuildEventKind.WAITING, "test", "Approve", "waiting"),
        (BuildEventKind.CELL, "", ami_id(HOME, 1), ""),
    ]
    assert [] == list(changes(after, after))
    assert ["Approve"] == [one.name for one in after.waiting]


@pytest.mark.parametrize(
    ("status", "arrived", "outcome", "code"),
    [
        ("TESTING", 0, DeliveryOutcome.RUNNING, 1),
        ("AVAILABLE", 2, DeliveryOutcome.DELIVERED, 0),
        ("AVAILABLE", 1, DeliveryOutcome.PARTIAL, 3),
        ("FAILED", 2, DeliveryOutcome.PARTIAL, 3),
        ("FAILED", 0, DeliveryOutcome.FAILED, 1),
        ("CANCELLED", 1, DeliveryOutcome.CANCELLED, 1),
        ("DEPRECATED", 2, DeliveryOutcome.DELIVERED, 0),
    ],
)
def test_the_outcome_follows_from_the_status_and_the_cells(
    status: str, arrived: int, outcome: DeliveryOutcome, code: int
) -> None:
    image = build(status, 1, *[HOME, COPY][:arrived])
    result = result_of(image, progress(image), verb="run", key="images")

    assert (outcome, code) == (outcome_of(image, result.cells), result.exit_code)


def test_a_failed_distribution_is_explained_by_its_cells_and_a_failed_build_by_its_words() -> None:
    distribution = build("FAILED", 1, HOME, failures=(failure(),), reason="Step timed out")
    built = build("FAILED", 1, reason="Step timed out")
    result = result_of(distribution, progress(distribution, BUILT), verb="run", key="images")

    assert failed_because(distribution) is None
    assert failed_because(built) is not None
    assert [COPY] == [one.place for one in result.failures]
    assert (True, (COPY,)) == (result.retriable, result.missing)
    assert BUILD not in {one.place.account for one in result.failures}


def test_a_container_image_is_not_retriable() -> None:
    image = build("FAILED", 1, HOME, type="DOCKER")

    assert not result_of(image, progress(image, BUILT), verb="run", key="images").retriable
