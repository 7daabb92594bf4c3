"""The output of a command as text."""

from __future__ import annotations

import time
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.engine.outcome import StepFinished
from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.deploy.labels import labelled_event, labelled_plan
from cloudwright.render.deploy.outcomes import PAST, OutcomeText, exit_code_of
from cloudwright.render.detail import Detail
from cloudwright.render.errors import error_lines, exit_code
from cloudwright.render.fleet.text import fleet_code
from cloudwright.render.terminal.escaping import visible
from cloudwright.render.terminal.live_screen import VIEWPORT
from cloudwright.render.terminal.style import TerminalStyle, environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudwright.app.doctor import Check
    from cloudwright.app.group.model import GroupResult
    from cloudwright.cli.views.command_hints import CommandHints
    from cloudwright.cli.views.port import ImagePlan, ShownApp
    from cloudwright.cli.views.printer import Printer
    from cloudwright.engine.outcome import Event, Result
    from cloudwright.fleet.model import Attempt, FleetRun, RunStatus
    from cloudwright.imagebuilder.delivery.build_events import BuildEvent
    from cloudwright.imagebuilder.delivery.matrix import LiveReport
    from cloudwright.imagebuilder.delivery.progress import BuildProgress
    from cloudwright.imagebuilder.delivery.result import DeliveryResult
    from cloudwright.imagebuilder.delivery.retirement import RetireResult
    from cloudwright.imagebuilder.delivery.rollback import RollbackResult
    from cloudwright.imagebuilder.delivery.usage import UsageReport
    from cloudwright.plan.drift import DriftReport
    from cloudwright.plan.model import Finding, Plan
    from cloudwright.render import json_lines
    from cloudwright.render.deploy.progress import Progress
    from cloudwright.render.fleet.progress import FleetProgress
    from cloudwright.render.images.progress import ImageProgress
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.audit import AuditLine
    from cloudwright.state.history import PastCommit, RecordChange
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot


@dataclass(slots=True)
class TextView:
    """Text for people."""

    style: TerminalStyle
    out: Printer
    err: Printer
    err_look: TerminalStyle
    progress: Progress
    advice: CommandHints
    fleet_progress: FleetProgress | None = None
    building_progress: ImageProgress | None = None
    subject: ShownApp | None = None
    _moving: bool = False
    builds: list[DeliveryResult] = field(default_factory=list)

    def about(self, subject: ShownApp) -> None:
        """Complete the commands in what follows for this app, and put its label before the keys of its resources."""
        self.subject, self.advice = subject, subject.advice

    def plan(self, plan: Plan, detail: Detail = Detail.USUAL) -> None:
        """Print the plan."""
        if self.subject:
            self.out("")
        from cloudwright.render.plan.text import PlanText

        self.out.lines(PlanText(self.style, detail).lines(self.advice.plan(plan)))

    def findings(self, findings: Sequence[Finding], detail: Detail = Detail.USUAL) -> None:
        """Print the findings, worst first."""
        from cloudwright.render.plan.findings import FindingText

        self.out.lines(FindingText(self.style, detail).lines(findings))

    def applying(self, plan: Plan) -> None:
        """Start the moving picture, or add a plan of another app to it."""
        if not self._moving:
            self.out("")
        self._moving = True
        self.progress.start(labelled_plan(plan, self.subject.label) if self.subject else plan)

    def event(self, event: Event) -> None:
        """Pass the event on to the moving picture."""
        if isinstance(event, StepFinished):
            self.advice.outcomes([event.outcome])
        self.progress(labelled_event(event, self.subject.label) if self.subject else event)

    def pause(self) -> None:
        """Wipe the moving picture away."""
        self._moving = False
        self.progress.stop()
        if self.fleet_progress is not None:
            self.fleet_progress.stop()
        if self.building_progress is not None:
            self.building_progress.stop()

    def result(self, result: Result) -> int:
        """Print the end of a run."""
        from cloudwright.render.deploy.progress import ending

        self.progress.stop()
        self.advice.outcomes(result.outcomes)
        if self.style.live and len(result.outcomes) <= VIEWPORT:
            self.out.lines(ending(outcome, self.style) for outcome in result.outcomes if outcome.action in PAST)
        self._failed_builds()
        self.out.lines(OutcomeText(self.style).lines(result))
        return exit_code_of(result)

    def group_result(self, result: GroupResult, verb: str) -> int:
        """Print a line for each app, and one that sums them up."""
        from cloudwright.render.deploy.group import group_code, group_lines

        self.out.lines(group_lines(result, verb, self.style))
        return group_code(result)

    def _failed_builds(self) -> None:
        """Print why builds of this run failed, cell by cell."""
        if failed := [build for build in self.builds if build.exit_code]:
            from cloudwright.render.images.delivery import result_lines

            for build in failed:
                self.out("")
                self._advised(result_lines(build, self.style))

    def outputs(self, values: Mapping[str, object]) -> None:
        """Print the outputs."""
        lines = list(OutcomeText(self.style).outputs(values))
        self.out.lines(lines[1:-1] or ["no outputs"])

    def records(self, snapshot: Snapshot) -> None:
        """Print a table."""
        from cloudwright.render.state.records import snapshot_lines

        self.out.lines(snapshot_lines(snapshot, self.style))

    def record(self, record: Record) -> None:
        """Print one record."""
        from cloudwright.render.state.records import record_lines

        self.out.lines(record_lines(record, self.style))

    def history(self, commits: Sequence[PastCommit]) -> None:
        """Print one line a commit."""
        from cloudwright.render.state.history import history_lines

        self.out.lines(history_lines(commits, self.style))

    def audit(self, lines: Sequence[AuditLine], app: str, stage: str) -> None:  # noqa: ARG002 - the reader has named them
        """Print one line a change."""
        from cloudwright.render.state.audit import audit_text

        self.out.lines(audit_text(lines, self.style))

    def differences(self, changes: Sequence[RecordChange]) -> None:
        """Print the records that differ."""
        from cloudwright.render.state.history import difference_lines

        self.out.lines(difference_lines(changes, self.style))

    def resource_type(self, kind: ResourceType) -> None:
        """Print the type's page."""
        from cloudwright.render.schema.type_text import type_lines

        self.out.lines(type_lines(kind, self.style))

    def images(self, plan: Plan) -> None:
        """Print matrices, access changes and fan-outs."""
        from cloudwright.render.images.text import images_lines

        self.out.lines(images_lines(plan, self.style))

    def building(self, progress: BuildProgress, build_events: Sequence[BuildEvent]) -> None:
        """Draw the build, or print a line for each change; in a deploy, among its steps."""
        if progress.key:
            self.progress.building(progress, build_events)
            return
        self.building_progress = self.building_progress or _building(self.style, self.out, self.advice)
        self.building_progress(progress, build_events)

    def built(self, result: DeliveryResult) -> None:
        """Keep a build that did not go well for the end of the run."""
        self.builds.append(result)

    def delivered(self, result: DeliveryResult) -> int:
        """Print the result."""
        from cloudwright.render.images.delivery import result_lines

        self.pause()
        self._advised(result_lines(result, self.style))
        return result.exit_code

    def live(self, report: LiveReport) -> None:
        """Print the matrices with their differences."""
        from cloudwright.render.images.live import live_lines

        self._advised(live_lines(report, self.style, time.time()))

    def image_usage(self, report: UsageReport) -> None:
        """Print who uses each AMI."""
        from cloudwright.render.images.changes import usage_lines

        self._advised(usage_lines(report, self.style))

    def image_plan(self, plan: ImagePlan) -> None:
        """Print what would happen."""
        from cloudwright.render.images.changes import plan_lines

        self._advised(plan_lines(plan, self.style, time.time()))
        self.out("")

    def image_changes(self, result: RollbackResult | RetireResult) -> int:
        """Print what happened."""
        from cloudwright.render.images.changes import changes_lines

        self._advised(changes_lines(result, self.style))
        return result.exit_code

    def _advised(self, lines: Iterable[str]) -> None:
        self.out.lines(map(self.advice.text, lines))

    def fleet(self, run: FleetRun, status: RunStatus, attempts: Sequence[Attempt]) -> int:
        """Print the run, a line a target."""
        from cloudwright.render.fleet.text import run_lines

        self.out.lines(run_lines(run, str(status), attempts, self.style))
        return fleet_code(status, attempts)

    def fleet_continues(self, run: FleetRun, attempts: Sequence[Attempt]) -> None:
        """Draw the table, or print the targets that moved."""
        self.fleet_progress = self.fleet_progress or _fleet_progress(self.style, self.out)
        self.fleet_progress(run, attempts)

    def check(self, check: Check) -> None:
        """Print the check and what to do."""
        mark = self.style.paint("ok   ", "green") if check.ok else self.style.paint("WRONG", "red", "bold")
        self.out(f"{mark}  {check.name:<11}  {visible(check.text)}")
        if check.fix:
            self.out(f"       {self.style.paint('fix:', 'green')} {visible(check.fix)}")

    def drift(self, report: DriftReport) -> None:
        """Print the report."""
        from cloudwright.render.plan.drift import drift_lines

        self.out.lines(drift_lines(report, self.style))

    def listing(self, names: Iterable[str], lines: Iterable[json_lines.Line]) -> None:  # noqa: ARG002 - the machine's part
        """Print one name a line."""
        self.out.lines(names)

    def message(self, text: str, line: json_lines.Line | None = None) -> None:  # noqa: ARG002 - the machine's part
        """Print the sentence."""
        if text:
            self.out(text)

    def error(self, error: BaseException) -> int:
        """Print the error to standard error."""
        self.pause()
        self.advice.error(error)
        wanted = bool(environment().get("CLOUDWRIGHT_TRACEBACK"))
        self.err.lines(error_lines(error, self.err_look, with_traceback=wanted))
        return exit_code(error)


def _fleet_progress(style: TerminalStyle, out: Printer) -> FleetProgress:
    from cloudwright.render.fleet.progress import LiveFleet, PlainFleet

    return LiveFleet(style, out.stream) if style.live else PlainFleet(style, out)


def _building(style: TerminalStyle, out: Printer, advice: CommandHints) -> ImageProgress:
    from cloudwright.render.images.progress import LiveImage, PlainImage

    return LiveImage(style, out.stream) if style.live else PlainImage(lambda line: out(advice.text(line)))
