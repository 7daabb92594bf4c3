"""The end of a run of several apps: a line for each, and a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.app.group.model import GroupResult, MemberResult, MemberStatus
from cloudwright.engine.outcome import Status
from cloudwright.errors import CloudwrightError
from cloudwright.render.contract.run import GroupLine, MemberPart
from cloudwright.render.deploy.outcomes import PAST, exit_code_of
from cloudwright.render.errors import exit_code
from cloudwright.render.terminal.escaping import pad, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.render.json_lines import Line
    from cloudwright.render.terminal.style import TerminalStyle

_MARKS = {
    MemberStatus.DONE: ("ok", "green"),
    MemberStatus.FAILED: ("not complete", "red"),
    MemberStatus.SKIPPED: ("skipped", "yellow"),
}
_WIDTH = max(len(text) for text, _ in _MARKS.values())


def group_code(result: GroupResult) -> int:
    """The exit code of a run of several apps.

    Returns:
        0 if all are complete, 128 + signal if a signal stopped the run, 3 if some steps were done and some not;
        otherwise the code that all failed apps share, else 1.
    """
    if result.interrupted:
        return 128 + result.interrupted
    if result.ok:
        return 0
    if any(map(_did_something, result.members)):
        return 3
    codes = {code for each in result.members if (code := _member_code(each))}
    return codes.pop() if len(codes) == 1 else 1


def group_lines(result: GroupResult, verb: str, style: TerminalStyle) -> Iterator[str]:
    """A line for each app, and the summary.

    Args:
        result: The result.
        verb: What was done, such as `deployed`.
        style: The capabilities of the output.
    """
    yield ""
    width = max(len(each.member.name) for each in result.members)
    for each in result.members:
        text, color = _MARKS[each.status]
        because = f"  {visible(each.because)}" if each.because else ""
        yield f"{style.paint(pad(text, _WIDTH), color)}  {pad(visible(each.member.name), width)}{because}".rstrip()
    yield _summary(result, verb, style)


def group_line(result: GroupResult, code: int) -> Line:
    """The last line of a run of several apps."""
    return GroupLine(
        ok=result.ok, exit_code=code, interrupted=result.interrupted, apps=[_part(each) for each in result.members]
    ).as_object()


def _summary(result: GroupResult, verb: str, style: TerminalStyle) -> str:
    total = len(result.members)
    if result.ok:
        return f"{style.paint('ok', 'green')}: {total} apps {verb}"
    counts = [
        f"{sum(1 for each in result.members if each.status is status)} {word}"
        for status, word in (
            (MemberStatus.DONE, verb),
            (MemberStatus.FAILED, "not complete"),
            (MemberStatus.SKIPPED, "skipped"),
        )
        if any(each.status is status for each in result.members)
    ]
    return f"{style.paint('not complete', 'red')}: of {total} apps {', '.join(counts)}"


def _part(each: MemberResult) -> MemberPart:
    error = each.error.message if isinstance(each.error, CloudwrightError) else str(each.error or "")
    return MemberPart(
        app=each.member.app.name,
        stage=each.member.app.state_stage,
        status=each.status,
        exit_code=_member_code(each),
        because=each.because or error,
    )


def _member_code(each: MemberResult) -> int | None:
    if each.status is MemberStatus.SKIPPED:
        return None
    if each.error is not None:
        return exit_code(each.error)
    return exit_code_of(each.result) if each.result else 0


def _did_something(each: MemberResult) -> bool:
    outcomes = each.result.outcomes if each.result else ()
    return any(outcome.status is Status.DONE and outcome.action in PAST for outcome in outcomes)
