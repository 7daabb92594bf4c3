"""The two faces of the command line: text for people, lines of JSON for machines."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cloudwright.cli.advice import Advice
from cloudwright.engine.outcome import StepFinished
from cloudwright.render import events
from cloudwright.render.detail import Detail
from cloudwright.render.errors import error_lines, exit_code
from cloudwright.render.look import Look, environment, look_at
from cloudwright.render.outcome_text import PAST, OutcomeText, exit_code_of
from cloudwright.render.safe import visible
from cloudwright.render.screen import VIEWPORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TextIO

    from cloudwright.cli.context import Common
    from cloudwright.engine.outcome import Event, Result
    from cloudwright.fleet.model import Attempt, Run, RunStatus
    from cloudwright.plan.drift import DriftReport
    from cloudwright.plan.model import Plan
    from cloudwright.render.fleet_progress import FleetProgress, Moves
    from cloudwright.render.progress import Progress
    from cloudwright.runs.doctor import Check
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.history import PastCommit, RecordChange
    from cloudwright.state.model import Record, Snapshot


class Face(Protocol):
    """What a command says, whoever listens."""

    def plan(self, plan: Plan, detail: Detail = Detail.USUAL) -> None:
        """A plan."""
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
        """The end of a run; gives the exit code."""
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

    def differences(self, changes: Sequence[RecordChange]) -> None:
        """How two states differ."""
        ...

    def resource_type(self, kind: ResourceType) -> None:
        """A resource type."""
        ...

    def images(self, plan: Plan) -> None:
        """Who gets which image."""
        ...

    def fleet(self, run: Run, status: RunStatus, attempts: Sequence[Attempt]) -> int:
        """A fleet run as it is; gives the exit code."""
        ...

    def fleet_goes_on(self, run: Run, attempts: Sequence[Attempt]) -> None:
        """Where each target of a fleet run stands at the moment."""
        ...

    def check(self, check: Check) -> None:
        """What one look of the doctor found."""
        ...

    def drift(self, report: DriftReport) -> None:
        """What is not as declared."""
        ...

    def listing(self, names: Sequence[str], lines: Sequence[events.Line]) -> None:
        """Names for people, the same as lines for machines."""
        ...

    def tell(self, text: str, line: events.Line | None = None) -> None:
        """Something else: a sentence for people, a line for machines (`None`: nothing)."""
        ...

    def error(self, error: BaseException) -> int:
        """What ended the command; gives the exit code."""
        ...


@dataclass(slots=True)
class Printer:
    """Writes lines to a stream that may be narrow-minded about characters, or be gone.

    Attributes:
        stream: Where to.
        gone: Whether the reader has left; a run in progress goes on without it.
    """

    stream: TextIO
    gone: bool = False

    def __call__(self, line: str) -> None:
        """Write one line."""
        if self.gone:
            return
        encoding = self.stream.encoding or "utf-8"
        try:
            self.stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            self.stream.flush()
        except BrokenPipeError:
            self.gone = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())

    def lines(self, lines: Iterable[str]) -> None:
        """Write several lines at once."""
        text = "\n".join(lines)
        if text:
            self(text)


@dataclass(slots=True)
class TextFace:
    """Text for people."""

    look: Look
    out: Printer
    err: Printer
    err_look: Look
    progress: Progress
    advice: Advice
    fleet_progress: FleetProgress | None = None

    def plan(self, plan: Plan, detail: Detail = Detail.USUAL) -> None:
        """Print the plan."""
        from cloudwright.render.plan_text import PlanText

        self.out.lines(PlanText(self.look, detail).lines(self.advice.plan(plan)))

    def applying(self, plan: Plan) -> None:
        """Start the moving picture."""
        self.out("")
        self.progress.start(plan)

    def event(self, event: Event) -> None:
        """Pass the event on to the moving picture."""
        if isinstance(event, StepFinished):
            self.advice.outcomes([event.outcome])
        self.progress(event)

    def pause(self) -> None:
        """Wipe the moving picture away."""
        self.progress.stop()
        if self.fleet_progress is not None:
            self.fleet_progress.stop()

    def result(self, result: Result) -> int:
        """Print the end of a run."""
        from cloudwright.render.progress import ending

        self.progress.stop()
        self.advice.outcomes(result.outcomes)
        if self.look.live and len(result.outcomes) <= VIEWPORT:
            self.out.lines(ending(outcome, self.look) for outcome in result.outcomes if outcome.action in PAST)
        self.out.lines(OutcomeText(self.look).lines(result))
        return exit_code_of(result)

    def outputs(self, values: Mapping[str, object]) -> None:
        """Print the outputs."""
        lines = list(OutcomeText(self.look).outputs(values))
        self.out.lines(lines[1:-1] or ["no outputs"])

    def records(self, snapshot: Snapshot) -> None:
        """Print a table."""
        from cloudwright.render.record_text import snapshot_lines

        self.out.lines(snapshot_lines(snapshot, self.look))

    def record(self, record: Record) -> None:
        """Print one record."""
        from cloudwright.render.record_text import record_lines

        self.out.lines(record_lines(record, self.look))

    def history(self, commits: Sequence[PastCommit]) -> None:
        """Print one line a commit."""
        from cloudwright.render.past_text import history_lines

        self.out.lines(history_lines(commits, self.look))

    def differences(self, changes: Sequence[RecordChange]) -> None:
        """Print the records that differ."""
        from cloudwright.render.past_text import difference_lines

        self.out.lines(difference_lines(changes, self.look))

    def resource_type(self, kind: ResourceType) -> None:
        """Print the type's page."""
        from cloudwright.render.type_text import type_lines

        self.out.lines(type_lines(kind, self.look))

    def images(self, plan: Plan) -> None:
        """Print matrices, access changes and fan-outs."""
        from cloudwright.render.images import images_lines

        self.out.lines(images_lines(plan, self.look))

    def fleet(self, run: Run, status: RunStatus, attempts: Sequence[Attempt]) -> int:
        """Print the run, a line a target."""
        from cloudwright.render.fleet_text import run_lines

        self.out.lines(run_lines(run, str(status), attempts, self.look))
        return fleet_code(status, attempts)

    def fleet_goes_on(self, run: Run, attempts: Sequence[Attempt]) -> None:
        """Draw the table, or print the targets that moved."""
        self.fleet_progress = self.fleet_progress or _fleet_progress(self.look, self.out)
        self.fleet_progress(run, attempts)

    def check(self, check: Check) -> None:
        """Print the check and what to do."""
        mark = self.look.paint("ok   ", "green") if check.ok else self.look.paint("WRONG", "red", "bold")
        self.out(f"{mark}  {check.name:<11}  {visible(check.text)}")
        if check.fix:
            self.out(f"       {self.look.paint('fix:', 'green')} {visible(check.fix)}")

    def drift(self, report: DriftReport) -> None:
        """Print the report."""
        from cloudwright.render.drift_text import drift_lines

        self.out.lines(drift_lines(report, self.look))

    def listing(self, names: Sequence[str], lines: Sequence[events.Line]) -> None:  # noqa: ARG002 - the machine's part
        """Print one name a line."""
        self.out.lines(names)

    def tell(self, text: str, line: events.Line | None = None) -> None:  # noqa: ARG002 - the machine's part
        """Print the sentence."""
        if text:
            self.out(text)

    def error(self, error: BaseException) -> int:
        """Print the error to standard error."""
        self.progress.stop()
        self.advice.error(error)
        wanted = bool(environment().get("CLOUDWRIGHT_TRACEBACK"))
        self.err.lines(error_lines(error, self.err_look, with_traceback=wanted))
        return exit_code(error)


@dataclass(slots=True)
class JsonFace:
    """Lines of JSON for machines; the `version` line is written with the first other one."""

    command: str
    out: Printer
    advice: Advice
    started: bool = False
    moves: Moves | None = None

    def _write(self, *lines: events.Line) -> None:
        if not self.started:
            self.started = True
            self.out(events.encode(events.version_line(self.command)))
        self.out.lines(map(events.encode, lines))

    def plan(self, plan: Plan, detail: Detail = Detail.USUAL) -> None:  # noqa: ARG002 - always full
        """Write the plan's lines."""
        self._write(*events.plan_lines(self.advice.plan(plan)))

    def applying(self, plan: Plan) -> None:
        """Write which plan begins."""
        self._write({"type": "applying", "digest": plan.digest, "serial": plan.serial})

    def event(self, event: Event) -> None:
        """Write the event's line."""
        if isinstance(event, StepFinished):
            self.advice.outcomes([event.outcome])
        self._write(events.event_line(event))

    def pause(self) -> None:
        """Nothing to do."""

    def result(self, result: Result) -> int:
        """Write outcomes, outputs and the result."""
        code = exit_code_of(result)
        self.advice.outcomes(result.outcomes)
        self._write(*(events.outcome_line(outcome) for outcome in result.outcomes))
        self._write(events.outputs_line(result.outputs), events.result_line(result, code))
        return code

    def outputs(self, values: Mapping[str, object]) -> None:
        """Write the outputs."""
        self._write(events.outputs_line(values))

    def records(self, snapshot: Snapshot) -> None:
        """Write a line for each record and each open operation."""
        self._write(
            {"type": "state", "app": snapshot.app, "stage": snapshot.stage, "serial": snapshot.serial},
            *(events.record_line(record) for record in snapshot.records),
            *(events.entry_line(entry) for entry in snapshot.journal),
        )

    def record(self, record: Record) -> None:
        """Write the record's line."""
        self._write(events.record_line(record))

    def history(self, commits: Sequence[PastCommit]) -> None:
        """Write one line a commit, oldest first."""
        self._write(*map(events.commit_line, commits))

    def differences(self, changes: Sequence[RecordChange]) -> None:
        """Write one line a record."""
        self._write(*map(events.difference_line, changes))

    def resource_type(self, kind: ResourceType) -> None:
        """Write the type's schema."""
        self._write({"type": "schema", "name": kind.name, "schema": dict(kind.schema)})

    def images(self, plan: Plan) -> None:
        """Write a line for each configuration."""
        from cloudwright.render.images import images_json

        self._write(*images_json(plan), *(events.finding_line(finding) for finding in plan.findings))

    def fleet(self, run: Run, status: RunStatus, attempts: Sequence[Attempt]) -> int:
        """Write a line for each target, then the run's."""
        from cloudwright.render.fleet_text import attempt_line, run_line

        self._write(*(attempt_line(run, attempt) for attempt in attempts), run_line(run, str(status), attempts))
        return fleet_code(status, attempts)

    def fleet_goes_on(self, run: Run, attempts: Sequence[Attempt]) -> None:
        """Write the lines of the targets that moved."""
        from cloudwright.render.fleet_progress import Moves
        from cloudwright.render.fleet_text import attempt_line

        self.moves = self.moves or Moves()
        self._write(*(attempt_line(run, attempt) for attempt in self.moves(attempts)))

    def check(self, check: Check) -> None:
        """Write the check's line."""
        self._write({"type": "check", "name": check.name, "ok": check.ok, "text": check.text, "fix": check.fix})

    def drift(self, report: DriftReport) -> None:
        """Write a line for each resource, then their numbers."""
        self._write(*events.drift_lines(report))

    def listing(self, names: Sequence[str], lines: Sequence[events.Line]) -> None:  # noqa: ARG002 - the people's part
        """Write the lines."""
        self._write(*lines)

    def tell(self, text: str, line: events.Line | None = None) -> None:  # noqa: ARG002 - the people's part
        """Write the line."""
        self._write(*([line] if line else []))

    def error(self, error: BaseException) -> int:
        """Write the error's line."""
        self.advice.error(error)
        code = exit_code(error)
        self._write(events.error_line(error, code))
        return code


def face_for(call: Common, command: str) -> Face:
    """The face that the user asked for.

    Args:
        call: The common options.
        command: Such as `state list`, for the version line.
    """
    out, advice = Printer(sys.stdout), Advice(call)
    if call.json:
        return JsonFace(command, out, advice)
    look = look_at(sys.stdout, environment(), color=call.color)
    err_look = look_at(sys.stderr, environment(), color=call.color)
    return TextFace(look, out, Printer(sys.stderr), err_look, _progress(look, out), advice)


def _progress(look: Look, out: Printer) -> Progress:
    from cloudwright.render.progress import LiveProgress, PlainProgress

    return LiveProgress(look, out.stream) if look.live else PlainProgress(look, out)


def _fleet_progress(look: Look, out: Printer) -> FleetProgress:
    from cloudwright.render.fleet_progress import LiveFleet, PlainFleet

    return LiveFleet(look, out.stream) if look.live else PlainFleet(look, out)


def fleet_code(status: RunStatus, attempts: Sequence[Attempt]) -> int:
    """If something failed or was given up, 3 if a part was done, else 1; 2 on drift and nothing else; else 0."""
    if status in {"done, with failures", "stopped", "cancelled"}:
        return 3 if any(attempt.status == "done" for attempt in attempts) else 1
    return 2 if status == "done" and any(attempt.drifted for attempt in attempts) else 0
