"""The output of a command as JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.engine.outcome import StepFinished
from cloudwright.lazy_dataclass import dataclass
from cloudwright.render import json_lines
from cloudwright.render.contract.run import ApplyingLine
from cloudwright.render.deploy.outcomes import exit_code_of
from cloudwright.render.detail import Detail
from cloudwright.render.errors import exit_code
from cloudwright.render.fleet.text import fleet_code

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
    from cloudwright.render.fleet.progress import StatusChanges
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.audit import AuditLine
    from cloudwright.state.history import PastCommit, RecordChange
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot


@dataclass(slots=True)
class JsonView:
    """Lines of JSON for machines; the `version` line is written with the first other one."""

    command: str
    out: Printer
    advice: CommandHints
    started: bool = False
    moves: StatusChanges | None = None
    subject: ShownApp | None = None

    def about(self, subject: ShownApp) -> None:
        """Write which app the next lines are about, unless the last ones were about it, too."""
        from cloudwright.render.contract.run import AppLine

        self.advice = subject.advice
        if subject != self.subject:
            self.subject = subject
            self._write(AppLine(app=subject.app, stage=subject.stage, file=subject.file).as_object())

    def _write(self, *lines: json_lines.Line) -> None:
        if not self.started:
            self.started = True
            self.out(json_lines.encode(json_lines.version_line(self.command)))
        self.out.lines(map(json_lines.encode, lines))

    def plan(self, plan: Plan, detail: Detail = Detail.USUAL) -> None:  # noqa: ARG002 - always full
        """Write the plan's lines."""
        self._write(*json_lines.plan_lines(self.advice.plan(plan)))

    def findings(self, findings: Sequence[Finding], detail: Detail = Detail.USUAL) -> None:  # noqa: ARG002 - always full
        """Write a line a finding."""
        self._write(*(json_lines.finding_line(finding) for finding in findings))

    def applying(self, plan: Plan) -> None:
        """Write which plan begins."""
        self._write(ApplyingLine(digest=plan.digest, serial=plan.serial).as_object())

    def event(self, event: Event) -> None:
        """Write the event's line."""
        if isinstance(event, StepFinished):
            self.advice.outcomes([event.outcome])
        self._write(json_lines.event_line(event))

    def pause(self) -> None:
        """Nothing to do."""

    def result(self, result: Result) -> int:
        """Write outcomes, outputs and the result."""
        code = exit_code_of(result)
        self.advice.outcomes(result.outcomes)
        self._write(*(json_lines.outcome_line(outcome) for outcome in result.outcomes))
        self._write(json_lines.outputs_line(result.outputs), json_lines.result_line(result, code))
        return code

    def group_result(self, result: GroupResult, verb: str) -> int:  # noqa: ARG002 - the people's part
        """Write one line about all apps."""
        from cloudwright.render.deploy.group import group_code, group_line

        code = group_code(result)
        self._write(group_line(result, code))
        return code

    def outputs(self, values: Mapping[str, object]) -> None:
        """Write the outputs."""
        self._write(json_lines.outputs_line(values))

    def records(self, snapshot: Snapshot) -> None:
        """Write a line for each record and each open operation."""
        self._write(
            json_lines.state_line(snapshot),
            *(json_lines.record_line(record) for record in snapshot.records),
            *(json_lines.entry_line(entry) for entry in snapshot.journal),
            *map(json_lines.action_line, snapshot.actions),
        )

    def record(self, record: Record) -> None:
        """Write the record's line."""
        self._write(json_lines.record_line(record))

    def history(self, commits: Sequence[PastCommit]) -> None:
        """Write one line a commit, oldest first."""
        self._write(*map(json_lines.commit_line, commits))

    def audit(self, lines: Sequence[AuditLine], app: str, stage: str) -> None:
        """Write one line a change, oldest first."""
        self._write(*(json_lines.audit_line(line, app, stage) for line in lines))

    def differences(self, changes: Sequence[RecordChange]) -> None:
        """Write one line a record."""
        self._write(*map(json_lines.difference_line, changes))

    def resource_type(self, kind: ResourceType) -> None:
        """Write the type's schema."""
        from cloudwright.render.contract.answers import SchemaLine

        self._write(SchemaLine(name=kind.name, schema=kind.schema).as_object())

    def images(self, plan: Plan) -> None:
        """Write a line for each configuration."""
        from cloudwright.render.images.text import images_json

        self._write(*images_json(plan), *(json_lines.finding_line(finding) for finding in plan.findings))

    def building(self, progress: BuildProgress, build_events: Sequence[BuildEvent]) -> None:
        """Write a line for each change."""
        from cloudwright.render.images.lines import build_event_line

        self._write(*(build_event_line(progress, build_event) for build_event in build_events))

    def built(self, result: DeliveryResult) -> None:
        """Write the result's line."""
        from cloudwright.render.images.lines import delivery_line

        self._write(self.advice.line(delivery_line(result)))

    def delivered(self, result: DeliveryResult) -> int:
        """Write the result's line."""
        self.built(result)
        return result.exit_code

    def live(self, report: LiveReport) -> None:
        """Write a line for each cell and each configuration."""
        from cloudwright.render.images.lines import live_json

        self._write(*live_json(report))

    def image_usage(self, report: UsageReport) -> None:
        """Write a line for each AMI."""
        from cloudwright.render.images.lines import usage_json

        self._write(*usage_json(report))

    def image_plan(self, plan: ImagePlan) -> None:
        """Write the plan's line."""
        from cloudwright.render.images.lines import plan_line

        self._write(self.advice.line(plan_line(plan)))

    def image_changes(self, result: RollbackResult | RetireResult) -> int:
        """Write the result's line."""
        from cloudwright.render.images.lines import changes_line

        self._write(changes_line(result))
        return result.exit_code

    def fleet(self, run: FleetRun, status: RunStatus, attempts: Sequence[Attempt]) -> int:
        """Write a line for each target, then the run's."""
        from cloudwright.render.fleet.text import attempt_line, run_line

        self._write(*(attempt_line(run, attempt) for attempt in attempts), run_line(run, str(status), attempts))
        return fleet_code(status, attempts)

    def fleet_continues(self, run: FleetRun, attempts: Sequence[Attempt]) -> None:
        """Write the lines of the targets that moved."""
        from cloudwright.render.fleet.progress import StatusChanges
        from cloudwright.render.fleet.text import attempt_line

        self.moves = self.moves or StatusChanges()
        self._write(*(attempt_line(run, attempt) for attempt in self.moves(attempts)))

    def check(self, check: Check) -> None:
        """Write the check's line."""
        from cloudwright.render.contract.answers import CheckLine

        line = CheckLine(name=check.name, ok=check.ok, text=check.text, fix=check.fix)
        self._write(line.as_object())

    def drift(self, report: DriftReport) -> None:
        """Write a line for each resource, then their numbers."""
        self._write(*json_lines.drift_lines(report))

    def listing(self, names: Iterable[str], lines: Iterable[json_lines.Line]) -> None:  # noqa: ARG002 - the people's part
        """Write the lines."""
        self._write(*lines)

    def message(self, text: str, line: json_lines.Line | None = None) -> None:  # noqa: ARG002 - the people's part
        """Write the line."""
        self._write(*([line] if line else []))

    def error(self, error: BaseException) -> int:
        """Write the error's line."""
        self.advice.error(error)
        code = exit_code(error)
        self._write(json_lines.error_line(error, code))
        return code
