"""The views of the command line: text and JSON lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol

from cloudwright.cli.views.command_hints import CommandHints
from cloudwright.cli.views.printer import Printer
from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.detail import Detail
from cloudwright.render.terminal.style import TerminalStyle, environment, style_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TextIO

    from cloudwright.app.doctor import Check
    from cloudwright.app.group.model import GroupResult
    from cloudwright.cli.context import CommandOptions
    from cloudwright.engine.outcome import Event, Result
    from cloudwright.fleet.model import Attempt, FleetRun, RunStatus
    from cloudwright.imagebuilder.delivery.build_events import BuildEvent
    from cloudwright.imagebuilder.delivery.matrix import LiveReport
    from cloudwright.imagebuilder.delivery.progress import BuildProgress
    from cloudwright.imagebuilder.delivery.promotion import PromotionPlan
    from cloudwright.imagebuilder.delivery.result import DeliveryResult
    from cloudwright.imagebuilder.delivery.retirement import RetirePlan, RetireResult
    from cloudwright.imagebuilder.delivery.rollback import RollbackPlan, RollbackResult
    from cloudwright.imagebuilder.delivery.usage import UsageReport
    from cloudwright.plan.drift import DriftReport
    from cloudwright.plan.model import Finding, Plan
    from cloudwright.render import json_lines
    from cloudwright.render.deploy.progress import Progress
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.audit import AuditLine
    from cloudwright.state.history import PastCommit, RecordChange
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot

    ImagePlan = PromotionPlan | RollbackPlan | RetirePlan


@dataclass(frozen=True, slots=True)
class ShownApp:
    """One of several apps that a command works on.

    Attributes:
        app: Its name.
        stage: Its stage.
        file: Its program.
        label: What distinguishes it from the others, in short.
        advice: Completes the commands in texts about it.
    """

    app: str
    stage: str
    file: str
    label: str
    advice: CommandHints


class View(Protocol):
    """What a command reports, independent of the output format."""

    def about(self, subject: ShownApp) -> None:
        """What follows is about this app, one of several."""
        ...

    def plan(self, plan: Plan, detail: Detail = Detail.USUAL) -> None:
        """A plan."""
        ...

    def findings(self, findings: Sequence[Finding], detail: Detail = Detail.USUAL) -> None:
        """What the rules found, without a plan."""
        ...

    def applying(self, plan: Plan) -> None:
        """The plan is approved and begins."""
        ...

    def event(self, event: Event) -> None:
        """Something happened in the run."""
        ...

    def pause(self) -> None:
        """Nothing more happens until further notice; the terminal is free."""
        ...

    def result(self, result: Result) -> int:
        """The end of a run; returns the exit code."""
        ...

    def group_result(self, result: GroupResult, verb: str) -> int:
        """How the run of several apps ended; returns the exit code."""
        ...

    def outputs(self, values: Mapping[str, object]) -> None:
        """The app's outputs."""
        ...

    def records(self, snapshot: Snapshot) -> None:
        """Everything the state holds."""
        ...

    def record(self, record: Record) -> None:
        """One record in full."""
        ...

    def history(self, commits: Sequence[PastCommit]) -> None:
        """What a state's commits did."""
        ...

    def audit(self, lines: Sequence[AuditLine], app: str, stage: str) -> None:
        """What runs changed in a state."""
        ...

    def differences(self, changes: Sequence[RecordChange]) -> None:
        """How two states differ."""
        ...

    def resource_type(self, kind: ResourceType) -> None:
        """A resource type."""
        ...

    def images(self, plan: Plan) -> None:
        """Who gets which image."""
        ...

    def building(self, progress: BuildProgress, build_events: Sequence[BuildEvent]) -> None:
        """How far an image is, and what changed since the last look."""
        ...

    def built(self, result: DeliveryResult) -> None:
        """How the build of a declared image ended."""
        ...

    def delivered(self, result: DeliveryResult) -> int:
        """How a delivery of an image ended; gives the exit code."""
        ...

    def live(self, report: LiveReport) -> None:
        """What is declared beside what is there."""
        ...

    def image_usage(self, report: UsageReport) -> None:
        """Who uses the images."""
        ...

    def image_plan(self, plan: ImagePlan) -> None:
        """What a promotion, a rollback or a retirement would do."""
        ...

    def image_changes(self, result: RollbackResult | RetireResult) -> int:
        """How a rollback or a retirement ended; gives the exit code."""
        ...

    def fleet(self, run: FleetRun, status: RunStatus, attempts: Sequence[Attempt]) -> int:
        """The current status of a fleet run; returns the exit code."""
        ...

    def fleet_continues(self, run: FleetRun, attempts: Sequence[Attempt]) -> None:
        """The current status of each target of a fleet run."""
        ...

    def check(self, check: Check) -> None:
        """The result of one check of `doctor`."""
        ...

    def drift(self, report: DriftReport) -> None:
        """What is not as declared."""
        ...

    def listing(self, names: Iterable[str], lines: Iterable[json_lines.Line]) -> None:
        """Names as text, or as JSON lines; only what is shown is consumed."""
        ...

    def message(self, text: str, line: json_lines.Line | None = None) -> None:
        """Any other message: a sentence, and a JSON line (`None`: no line)."""
        ...

    def error(self, error: BaseException) -> int:
        """The error that ended the command; returns the exit code."""
        ...


def view_for(call: CommandOptions, command: str, stream: TextIO) -> View:
    """The view that the options select.

    Args:
        call: The common options.
        command: Such as `state list`, for the version line.
        stream: The command's output stream.
    """
    out, advice = Printer(stream), CommandHints(call)
    if call.json:
        from cloudwright.cli.views.json_view import JsonView

        return JsonView(command, out, advice)
    from cloudwright.cli.views.text_view import TextView

    style = style_of(stream, environment(), color=call.color)
    err_look = style_of(sys.stderr, environment(), color=call.color)
    return TextView(style, out, Printer(sys.stderr), err_look, _progress(style, out), advice)


def _progress(style: TerminalStyle, out: Printer) -> Progress:
    from cloudwright.render.deploy.progress import LiveProgress, PlainProgress

    return LiveProgress(style, out.stream) if style.live else PlainProgress(style, out.soon)
