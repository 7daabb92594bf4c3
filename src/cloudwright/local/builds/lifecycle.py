"""The progress of builds: applies their events in order, each at its time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudwright.local.builds.build import ENDED, KIND, PendingEvent, build_of
from cloudwright.local.builds.delivery import Delivery, cells_of, place_of
from cloudwright.local.builds.failures import build_failure, context_of, summary
from cloudwright.local.builds.workflows import WAITS, again, units, workflows_of
from cloudwright.local.documents import StoredDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.local.builds.build import Build, StepRun, WorkflowRun
    from cloudwright.local.context import CloudContext

IMAGE = "AWS::ImageBuilder::Image"
_PHASES = {"BUILD": "BUILDING", "TEST": "TESTING", "DISTRIBUTION": "DISTRIBUTING"}


class BuildLifecycle:
    """Advances the builds of one cloud."""

    def __init__(self, context: CloudContext) -> None:
        """Take the parts of the cloud."""
        self._context = context
        self._delivery = Delivery(context)

    # What callers do to a build

    def begin(self, build: Build, at: float) -> None:
        """Start a new build.

        Args:
            build: With its source; receives its workflows and copies.
            at: The time, in seconds since the epoch.
        """
        place = place_of(build)
        build.runs = workflows_of(self._context, place, build)
        build.cells = cells_of(build)
        unit = self._unit()
        build.acts = [PendingEvent("pending", unit), PendingEvent("creating", unit)]
        for number in range(len(build.runs)):
            build.acts += self._acts(build, number, 0)
        self._save(build, at)

    def retry(self, build: Build, at: float) -> None:
        """Resume a failed build at the step that failed.

        Args:
            build: It has failed.
            at: The time, in seconds since the epoch.
        """
        number = next(i for i, run in enumerate(build.runs) if _unfinished(run))
        failed = build.runs[number]
        since = next(i for i, step in enumerate(failed.steps) if step.status != "COMPLETED")
        failed.retried = True
        other = again(self._context, build, failed, since)
        build.runs.insert(number + 1, other)
        build.status, build.reason, build.failure, build.ended = "PENDING", "", {}, None
        build.region_failures = []
        build.acts = [PendingEvent("pending", self._unit()), *self._acts(build, number + 1, since)]
        for later in range(number + 2, len(build.runs)):
            _reset(build.runs[later])
            build.acts += self._acts(build, later, 0)
        self._save(build, at)

    def cancel(self, build: Build, at: float) -> None:
        """Cancel a build; what was already created is kept.

        Args:
            build: It is still running.
            at: The time, in seconds since the epoch.
        """
        for run in build.runs:
            if run.status in {"PENDING", "RUNNING"}:
                run.status, run.ended = "CANCELLED", at
            for step in run.steps:
                if step.status in {"PENDING", "RUNNING"}:
                    step.status, step.ended = "CANCELLED", at
        build.acts, build.status, build.reason = [], "CANCELLED", "The image creation was cancelled by the user."
        self._end(build, at)
        self._save(build, at)

    def resume(self, build: Build, step_id: str, *, reason: str, at: float) -> None:
        """Continue a waiting step.

        Args:
            build: Its first event is the step.
            step_id: The step.
            reason: The caller's reason; may be empty.
            at: The time, in seconds since the epoch.
        """
        build.acts[0].takes = 0.0
        self._step_of(build, step_id).message = reason
        self._save(build, at)

    def stop(self, build: Build, step_id: str, *, reason: str, at: float) -> None:
        """Fail a waiting step.

        Args:
            build: Its first event is the step.
            step_id: The step.
            reason: The caller's reason; may be empty.
            at: The time, in seconds since the epoch.
        """
        step = self._step_of(build, step_id)
        words = "The workflow step was stopped by the user." + (f" Reason: {reason}" if reason else "")
        self._fail(build, self._run_of(build, step_id), step, words, at)
        self._save(build, at)

    # As time passes

    def advance(self, document: StoredDocument, until: float) -> None:
        """Apply all events that are due.

        Args:
            document: A build that is due.
            until: Nothing else happens in the cloud before this time, so all events up to it are applied at once:
                a build with hundreds of copies is read and written once, not once for each.
        """
        build, at = build_of(document.content), document.effect_at or 0.0
        while build.acts and build.acts[0].takes is not None:
            self._finish(build, build.acts.pop(0), at)
            self._start_next(build, at)
            takes = build.acts[0].takes if build.acts else None
            if takes is None or (takes and at + takes > until):
                break
            at += takes
        if not build.acts and build.status not in ENDED:
            build.status = "AVAILABLE"
            self._end(build, at)
        self._save(build, at)

    def _finish(self, build: Build, act: PendingEvent, at: float) -> None:
        if act.kind == "creating":
            build.status = "CREATING"
        elif act.kind == "cell":
            self._delivery.deliver(build, build.cells[act.index], at)
        elif act.kind == "region":
            self._delivery.integrate(build, act.index, at)
        elif act.kind == "step":
            self._finish_step(build, build.runs[act.run], act, at)

    def _finish_step(self, build: Build, run: WorkflowRun, act: PendingEvent, at: float) -> None:
        step = run.steps[act.step]
        failures = [cell.failure for cell in build.cells if cell.failure] + build.region_failures
        words = build_failure(self._context.faults, run, step)
        if not words and run.type == "DISTRIBUTION" and failures and step.action in _DELIVERING:
            words = summary(failures)
        if words:
            self._fail(build, run, step, words, at)
            return
        if step.action == "CreateImage" and run.type == "BUILD":
            self._delivery.make_source(build, at)
        step.status, step.ended = "COMPLETED", at
        if act.step == len(run.steps) - 1:
            run.status, run.ended = "COMPLETED", at

    def _start_next(self, build: Build, at: float) -> None:
        if not build.acts:
            return
        act = build.acts[0]
        if act.kind == "creating":
            build.status = "CREATING"
        if act.run < 0:
            return
        run = build.runs[act.run]
        step = run.steps[act.step]
        if run.status == "PENDING":
            run.status, run.started = "RUNNING", at
        if step.status == "PENDING":
            step.status, step.started = "RUNNING", at
        build.status = "INTEGRATING" if step.action == "ApplyImageConfigurations" else _PHASES[run.type]

    def _fail(self, build: Build, run: WorkflowRun, step: StepRun, words: str, at: float) -> None:
        step.status, step.ended, step.message = "FAILED", at, words
        if step.on_failure.lower() == "continue":
            if step is run.steps[-1]:
                run.status, run.ended = "COMPLETED", at
            return
        run.status, run.ended = "FAILED", at
        run.message = f"Step Execution ID: '{step.id}' failed with message: {words}"
        for later in run.steps:
            if later.status == "PENDING":
                later.status = "SKIPPED"
        number = build.runs.index(run)
        if run.on_failure == "CONTINUE" and run.type == "TEST":
            build.acts = [act for act in build.acts if act.run != number]
            self._start_next(build, at)
            return
        build.failure = context_of(build, run, step)
        build.acts, build.status = [], "FAILED"
        build.reason = f"Workflow Execution ID: '{run.id}' failed with reason: {words}"
        self._end(build, at)

    def _end(self, build: Build, at: float) -> None:
        """Make Cloud Control show the AMI, and end a request that waits for the build."""
        build.ended = at
        store, place = self._context.store, place_of(build)
        resource = store.find(place, IMAGE, build.arn)
        if resource is not None and build.status == "AVAILABLE" and build.cells:
            name = "ImageId" if build.type == "AMI" else "ImageUri"
            store.put(replace(resource, properties={**resource.properties, name: build.cells[0].image}))
        request = store.open_request(place, IMAGE, build.arn)
        if request is not None and "build" in request.notes:
            request.effect_at = at
            store.save_request(request)

    # Helpers

    def _acts(self, build: Build, number: int, since: int) -> Iterator[PendingEvent]:
        """The events of a workflow's steps, starting with one of them."""
        unit = self._unit()
        for index, step in enumerate(build.runs[number].steps):
            if index < since:
                continue
            takes = units(step.action) * unit
            inner = list(self._inner(build, step))
            for kind, one in inner:
                yield PendingEvent(kind, takes / len(inner), number, index, one)
            waits = None if step.action == WAITS else takes
            yield PendingEvent("step", 0.0 if inner else waits, number, index)

    def _inner(self, build: Build, step: StepRun) -> Iterator[tuple[str, int]]:
        if step.action == "DistributeImage":
            for index, cell in enumerate(build.cells):
                if not cell.image:
                    yield "cell", index
        elif step.action == "ApplyImageConfigurations":
            for index in range(len(build.entries)):
                if index not in build.applied:
                    yield "region", index

    def _unit(self) -> float:
        return self._context.settings.duration(IMAGE, "CREATE")

    def _step_of(self, build: Build, step_id: str) -> StepRun:
        return next(step for run in build.runs for step in run.steps if step.id == step_id)

    def _run_of(self, build: Build, step_id: str) -> WorkflowRun:
        return next(run for run in build.runs if any(step.id == step_id for step in run.steps))

    def _save(self, build: Build, at: float) -> None:
        takes = build.acts[0].takes if build.acts else None
        effect = None if takes is None else at + takes
        document = StoredDocument(place_of(build), KIND, build.arn, build.content(), effect)
        self._context.store.documents.put(document)


_DELIVERING = {"DistributeImage", "ApplyImageConfigurations"}
"""The actions of steps in which copies and settings may fail."""


def retriable(build: Build) -> bool:
    """Whether a build that has ended can be resumed: its build phase succeeded, and a later one did not.

    Args:
        build: It has ended.
    """
    left = [run for run in build.runs if _unfinished(run)]
    return bool(left) and left[0].type != "BUILD"


def _unfinished(run: WorkflowRun) -> bool:
    return run.status != "COMPLETED" and not run.retried


def _reset(run: WorkflowRun) -> None:
    run.status, run.ended = "PENDING", None
    for step in run.steps:
        step.status, step.ended = "PENDING", None
