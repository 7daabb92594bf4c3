"""The progress and the result of a delivery, as text: a live display or lines of progress, and the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder.delivery.build_events import BuildEventKind
from cloudwright.imagebuilder.delivery.progress import PhaseStatus
from cloudwright.imagebuilder.delivery.result import DeliveryOutcome
from cloudwright.imagebuilder.delivery.times import duration_text
from cloudwright.render.images.cells import account_label, cells_lines
from cloudwright.render.images.sentences import sentence
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.imagebuilder.delivery.build_events import BuildEvent
    from cloudwright.imagebuilder.delivery.progress import BuildProgress, PhaseProgress
    from cloudwright.imagebuilder.delivery.reasons import LikelyCause
    from cloudwright.imagebuilder.delivery.result import CellFailure, DeliveryResult
    from cloudwright.render.terminal.style import TerminalStyle

_COLUMN = 11
_COLORS = {"running": "cyan", "done": "green", "failed": "red", "pending": "dim", "skipped": "dim"}
_INDENT = " " * 4
_HEADLINES = {
    DeliveryOutcome.DELIVERED: ("delivered", "green"),
    DeliveryOutcome.PARTIAL: ("partly delivered", "yellow"),
    DeliveryOutcome.FAILED: ("failed", "red"),
    DeliveryOutcome.CANCELLED: ("cancelled", "yellow"),
    DeliveryOutcome.RUNNING: ("still running", "cyan"),
}


# -- in progress


def build_event_text(event: BuildEvent, names: Mapping[str, str]) -> str:
    """One line about one change.

    Args:
        event: What changed.
        names: Account -> its name in the program.
    """
    if event.kind is BuildEventKind.CELL and event.place is not None:
        where = f"{account_label(event.place.account, names)} in {event.place.region}"
        return f"{'delivered':<{_COLUMN}}{visible(where)}: {visible(event.ami)}"
    phase = f"{event.phase:<{_COLUMN}}"
    if event.kind is BuildEventKind.PHASE:
        return phase + _phase_words(event)
    if event.kind is BuildEventKind.WAITING:
        return (
            f"{phase}{visible(event.step)} waits for a decision: `cloudwright images approve FILE` continues it, "
            "`cloudwright images reject FILE` stops it"
        )
    took = f" in {duration_text(event.seconds)}" if event.seconds else ""
    said = f": {visible(event.message)}" if event.message and event.status == "failed" else ""
    verb = "started" if event.status == "running" else event.status
    return f"{phase}{visible(event.step)} {verb}{took}{said}"


def _phase_words(event: BuildEvent) -> str:
    if event.status == PhaseStatus.RUNNING:
        return "started" + (f"; it usually takes {duration_text(event.expected)}" if event.expected else "")
    return f"{event.status} in {duration_text(event.seconds)}" if event.seconds else event.status


def picture(progress: BuildProgress, look: TerminalStyle, height: int, now: float) -> list[str]:
    """The rows of a build's live display.

    Args:
        progress: The progress.
        look: What the terminal can show.
        height: The most rows.
        now: Seconds since the epoch.
    """
    began = min((phase.started for phase in progress.phases if phase.started), default=0.0)
    elapsed = duration_text(now - began) if began else "just started"
    usual = f" of about {duration_text(progress.expected())}" if progress.expected() else ""
    title = ": ".join(filter(None, (progress.key, f"image {progress.version or progress.image}")))
    lines = [f"{look.paint(visible(title), 'bold')}  {progress.status.lower()}, {elapsed}{usual}", ""]
    lines += [_phase_row(phase, look, now) for phase in progress.phases]
    filled = {place: ami or "." for place, ami in progress.cells.items()}
    count = f"{progress.arrived} of {len(filled)} cells have the image"
    space = height - len(lines) - 3
    table = cells_lines(filled, look.width, names=progress.names, most=space - 1)
    return [*lines, "", *(table if len(table) <= space else []), look.paint(count, "dim")]


def _phase_row(phase: PhaseProgress, look: TerminalStyle, now: float) -> str:
    status = look.paint(f"{phase.status:<8}", _COLORS.get(phase.status, "dim"))
    elapsed = phase.elapsed(now)
    took = duration_text(elapsed) if elapsed else ""
    if phase.expected and phase.status in {PhaseStatus.PENDING, PhaseStatus.RUNNING}:
        took = f"{took}{' of ' if took else ''}about {duration_text(phase.expected)}"
    running = [step for step in phase.steps if step.status == "running"]
    words = ", ".join(f"{step.name}{' waits for a decision' if step.waits else ''}" for step in running)
    done = sum(step.status == "completed" for step in phase.steps)
    steps = f"{done}/{len(phase.steps)} steps" if phase.steps else ""
    return f"  {status} {phase.name:<{_COLUMN}}{took:<24}{steps:<12}{visible(words)}".rstrip()


# -- the result


def result_lines(result: DeliveryResult, look: TerminalStyle) -> Iterator[str]:
    """The end of a delivery: one sentence, the cells, each failure with its cause, and what to do next.

    Args:
        result: The result.
        look: What the output can show.
    """
    word, color = _HEADLINES[result.outcome]
    if result.found and result.verb != "follow":
        yield "an earlier run started this one and was interrupted; nothing new was started"
    yield f"{look.paint(word, color, 'bold')}: {visible(_sentence(result))}"
    if result.cells and result.outcome is not DeliveryOutcome.FAILED:
        yield ""
        yield from cells_lines(
            {place: ami or "missing" for place, ami in result.cells.items()},
            look.width,
            names=result.names,
            home=result.image.split(":")[3] if result.image.count(":") > 3 else "",
        )
    yield from _failure_lines(result, look)
    for note in result.notes:
        yield ""
        yield from sentence(note, "      ", look.width, first="note: ")
    yield from _next_lines(result)


def _sentence(result: DeliveryResult) -> str:
    image = f"image {result.version}" if result.version else result.image
    took = f" after {duration_text(result.seconds)}" if result.seconds else ""
    arrived = len(result.cells) - len(result.missing)
    if result.outcome is DeliveryOutcome.DELIVERED:
        return f"{_cells(arrived)} {'has' if arrived == 1 else 'have'} {image}{took}"
    if result.outcome is DeliveryOutcome.PARTIAL:
        lacking = f", {len(result.missing)} {'does' if len(result.missing) == 1 else 'do'} not"
        missing = lacking if result.missing else "; some settings for it failed"
        return f"{arrived} of {_cells(len(result.cells))} have {image}{took}{missing}"
    if result.outcome is DeliveryOutcome.CANCELLED:
        return f"{image} was cancelled{took}; what was already created is kept"
    step = f" in step {result.failed_step}" if result.failed_step else ""
    return f"{image} failed{step}{took}; nothing was delivered"


def _cells(number: int) -> str:
    return f"{number} cell{'' if number == 1 else 's'}"


def _failure_lines(result: DeliveryResult, look: TerminalStyle) -> Iterator[str]:
    for failure in result.failures:
        yield ""
        yield from _one_failure(failure, result.names, look)
    if not result.failures and result.outcome is DeliveryOutcome.FAILED:
        yield ""
        if result.component:
            yield from sentence(result.component, _INDENT, look.width)
        yield from _cause_lines(result.words, result.cause, look)


def _one_failure(failure: CellFailure, names: Mapping[str, str], look: TerminalStyle) -> Iterator[str]:
    status = {"CANCELLED": "was cancelled", "TIMED_OUT": "timed out"}.get(failure.status, "failed")
    where = f"{account_label(failure.place.account, names)} in {failure.place.region}"
    step = f" ({failure.step})" if failure.step else ""
    yield f"{look.paint('!', 'red', 'bold')} {visible(where)}: {failure.doing} {status}{step}"
    yield from _cause_lines(failure.words, failure.cause, look)


def _cause_lines(words: str, cause: LikelyCause | None, look: TerminalStyle) -> Iterator[str]:
    width = look.width
    if words:
        yield from sentence(words, _INDENT + " " * 13, width, first=f"{_INDENT}AWS says:    ")
    if cause is not None:
        rule = f" (`plan` reports it as {cause.rule})" if cause.rule else ""
        yield from sentence(cause.text + rule, _INDENT + " " * 13, width, first=f"{_INDENT}most likely: ")
        yield from sentence(cause.fix, _INDENT + " " * 13, width, first=f"{_INDENT}fix:         ")


def _next_lines(result: DeliveryResult) -> Iterator[str]:
    """What to do next."""
    arn = visible(result.image)
    if result.verb == "deploy" and result.retriable:
        yield ""
        yield (
            "fix that and deploy again, which builds another image, or complete this one without a rebuild: "
            f"`cloudwright images retry FILE --image {arn}`"
        )
    elif result.verb == "deploy":
        yield ""
        yield "fix that and deploy again, which builds another image"
    elif result.retriable:
        yield ""
        yield "fix that and continue without a rebuild: `cloudwright images retry FILE`"
    elif result.outcome is DeliveryOutcome.FAILED:
        yield ""
        yield "fix that and build again: `cloudwright images run FILE`"
    elif result.outcome is DeliveryOutcome.PARTIAL:
        yield ""
        yield "see which cells have it: `cloudwright images FILE --live`"
