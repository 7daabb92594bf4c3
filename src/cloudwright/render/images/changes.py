"""What a promotion, a rollback or a retirement would do or did, and who uses an AMI, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder.delivery.promotion import MoveKind, PromotionPlan
from cloudwright.imagebuilder.delivery.retirement import RetireAction
from cloudwright.imagebuilder.delivery.rollback import RollbackPlan, RollbackResult
from cloudwright.imagebuilder.delivery.times import age_text
from cloudwright.render.images.cells import account_label, cells_lines
from cloudwright.render.images.sentences import sentence
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.imagebuilder.delivery.promotion import Move
    from cloudwright.imagebuilder.delivery.retirement import RetirePlan, RetireResult, RetireStep
    from cloudwright.imagebuilder.delivery.scope import Place
    from cloudwright.imagebuilder.delivery.usage import AmiUsage, UsageReport
    from cloudwright.render.terminal.style import TerminalStyle

_PAST = {"deprecate": "deprecated", "disable": "disabled", "deregister": "deregistered"}


def promotion_lines(plan: PromotionPlan, look: TerminalStyle) -> Iterator[str]:
    """What a promotion would do: who gets the image, what will refer to it, who may launch it.

    Args:
        plan: From `app.images.promote`.
        look: What the output can show.
    """
    yield f"{look.paint('promote', 'bold')} {visible(plan.description)} to {visible(plan.key)}"
    yield ""
    cells = {
        cell.place: ("C" if cell.copy else "O") + (f"  replaces {cell.replaces}" if cell.replaces else "  new")
        for cell in plan.cells
    }
    yield from cells_lines(cells, look.width, names=plan.names, home=plan.builder.region)
    yield look.paint("O owned by the build account  C a copy that the account owns", "dim")
    shared = {cell.place.region: cell.permissions for cell in plan.cells if cell.permissions}
    if shared:
        yield ""
    for region, permissions in shared.items():
        who = ", ".join(sorted(map(str, permissions)))
        yield from sentence(f"may launch in {region}: {who}", "    ", look.width, first="GAINS   ")
    if plan.moves:
        yield ""
    for move in plan.moves:
        yield from _move_lines(move, plan.names, look, "the new AMI")
    for cell in plan.cells:
        if cell.unknown:
            yield from sentence(f"{_where(cell.place, plan.names)}: {cell.unknown}", "    ", look.width, first="? ")
    if plan.pending:
        yield ""
        yield from sentence(
            f"{', '.join(plan.pending)} changed in the program and not in AWS yet: AWS distributes as it was "
            "last deployed",
            "      ",
            look.width,
            first="note: ",
        )


def _where(place: Place, names: Mapping[str, str]) -> str:
    return visible(f"{account_label(place.account, names)} in {place.region}")


def _move_lines(move: Move, names: Mapping[str, str], look: TerminalStyle, new: str) -> Iterator[str]:
    where = _where(move.place, names)
    if move.kind is MoveKind.PARAMETER:
        text = f"{where}: parameter {move.subject}: {move.old or 'none'} -> {move.new or new}"
    elif move.kind is MoveKind.TEMPLATE:
        old = f"version {move.old} ({move.images[0] or 'no image'})" if move.old else "none"
        then = f"version {move.new} ({move.images[1] or 'no image'})" if move.new else f"a new version with {new}"
        text = f"{where}: default of launch template {move.subject}: {old} -> {then}"
    else:
        text = f"{where}: {move.old} may no longer launch {move.subject}"
    yield from sentence(text, "    ", look.width, first=f"{look.paint('~', 'yellow')} ")


def rollback_lines(plan: RollbackPlan, look: TerminalStyle) -> Iterator[str]:
    """What a rollback would do, and what it can't undo.

    Args:
        plan: From `app.images.rollback`.
        look: What the output can show.
    """
    to = f"image {plan.version}" if plan.version else "the state before the first delivery"
    if plan.resumed:
        yield "an earlier rollback was interrupted; these steps remain"
    yield f"{look.paint('roll back', 'bold')} {visible(plan.key)} from image {visible(plan.leaves)} to {visible(to)}"
    yield ""
    if not plan.moves:
        yield "nothing to do: everything already refers to it"
    for move in plan.moves:
        yield from _move_lines(move, plan.names, look, "")
    if plan.cannot:
        yield ""
        yield "not undone:"
    for text in plan.cannot:
        yield from sentence(text, "    ", look.width, first="  - ")


def rollback_result_lines(result: RollbackResult, look: TerminalStyle) -> Iterator[str]:
    """The result of a rollback.

    Args:
        result: From `app.images.rollback`.
        look: What the output can show.
    """
    yield from _failed((_where(move.place, result.plan.names), move.subject, why) for move, why in result.failed)
    to = f"image {result.plan.version}" if result.plan.version else "the state before the first delivery"
    word = (
        look.paint("rolled back", "green", "bold") if not result.failed else look.paint("partly rolled back", "yellow")
    )
    yield f"{word}: {len(result.done)} moved to {visible(to)}" + (
        f", {len(result.failed)} failed; run the same command again to continue" if result.failed else ""
    )


def _failed(failures: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    for where, subject, why in failures:
        yield f"! {where}: {visible(subject)}: {visible(why)}"


def retirement_lines(plan: RetirePlan, look: TerminalStyle, now: float) -> Iterator[str]:
    """What a retirement would do, what is kept and why.

    Args:
        plan: From `app.images.plan_retire`.
        look: What the output can show.
        now: Seconds since the epoch, for ages.
    """
    if plan.resumed:
        yield "an earlier retirement was interrupted; these steps remain"
    yield f"{look.paint(plan.action, 'bold')} old images of {visible(plan.key)}"
    yield ""
    for step in plan.steps:
        yield from _step_lines(step, plan, look, now)
    if not plan.steps:
        yield "nothing to retire"
    if plan.refused:
        yield ""
        yield "kept, although the rules select them:"
    for one in plan.refused:
        where = _where(one.place, plan.names)
        yield from sentence(f"{one.image} {one.version} ({where}): {one.reason}", "    ", look.width, first="  = ")
    for place, why in plan.unknown.items():
        yield from sentence(f"{_where(place, plan.names)}: not read: {why}", "    ", look.width, first="  ? ")
    if plan.steps:
        yield ""
        yield _total(plan)
        yield from _undo_lines(plan, look)
    for note in plan.notes:
        yield from sentence(note, "      ", look.width, first="note: ")


def _step_lines(step: RetireStep, plan: RetirePlan, look: TerminalStyle, now: float) -> Iterator[str]:
    sign = look.paint("-", "red") if step.action is RetireAction.DEREGISTER else look.paint("~", "yellow")
    many = "" if step.snapshots == 1 else "s"
    held = f"{step.size} GB in {step.snapshots} snapshot{many}"
    facts = [step.version, f"{age_text(step.created, now)} old", held]
    if step.whole_image:
        yield f"{sign} image {visible(step.version)} with its {len(step.amis)} AMIs, by Image Builder: " + ", ".join(
            facts[1:]
        )
        for place, ami in step.amis:
            yield f"    {visible(ami)}  {_where(place, plan.names)}"
        return
    yield f"{sign} {visible(step.image)}  {_where(step.place, plan.names)}: {', '.join(filter(None, facts))}"


def _total(plan: RetirePlan) -> str:
    freed = f", at most {plan.size} GB of snapshots freed" if plan.size else ""
    return f"{plan.amis} AMI{'' if plan.amis == 1 else 's'} in {len(plan.steps)} steps{freed}"


def _undo_lines(plan: RetirePlan, look: TerminalStyle) -> Iterator[str]:
    if plan.action is RetireAction.DEREGISTER:
        yield from sentence(
            "this can't be undone, unless a retention rule of the Recycle Bin keeps what is deleted "
            "(`aws ec2 restore-image-from-recycle-bin`)",
            "",
            look.width,
        )
        return
    yield "to undo it:"
    for step in plan.steps:
        yield f"  {visible(step.undo)}"


def retire_result_lines(result: RetireResult, look: TerminalStyle) -> Iterator[str]:
    """The result of a retirement.

    Args:
        result: From `app.images.retire`.
        look: What the output can show.
    """
    names = result.plan.names
    yield from _failed((_where(step.place, names), step.image, why) for step, why in result.failed)
    if result.kept:
        yield from sentence(f"EC2 kept {', '.join(result.kept)}: another image uses them", "  ", look.width)
    amis = sum(len(step.amis) for step in result.done)
    word = _PAST[result.plan.action]
    color = "yellow" if result.failed else "green"
    yield f"{look.paint(word, color, 'bold')}: {amis} AMI{'' if amis == 1 else 's'}" + (
        f", {len(result.failed)} steps failed; run the same command again to continue" if result.failed else ""
    )


def usage_lines(report: UsageReport, look: TerminalStyle) -> Iterator[str]:
    """Who uses the AMIs of a configuration, and what the report does not cover.

    Args:
        report: From `app.images.usage`.
        look: What the output can show.
    """
    yield look.paint(visible(report.key), "bold")
    for one in report.amis:
        yield from _usage(one, report, look)
    for place, why in report.unknown.items():
        yield from sentence(f"{_where(place, report.names)}: unknown: {why}", "    ", look.width, first="? ")
    yield ""
    yield "not covered:"
    for text in report.not_covered:
        yield from sentence(text, "    ", look.width, first="  - ")


def _usage(one: AmiUsage, report: UsageReport, look: TerminalStyle) -> Iterator[str]:
    image = " ".join(filter(None, (one.image, one.version)))
    head = f"{_where(one.place, report.names)}: {visible(image)}"
    if one.unused:
        yield f"{head}: no use in the report"
        return
    if not one.full:
        yield from sentence(f"{head}: incomplete: {one.problem}", "    ", look.width, first="? ")
    else:
        yield f"{head}:"
    for use in one.uses:
        number = f"{use.count} " if use.count else ""
        account = f" in account {use.account}" if use.account else ""
        yield f"    {number}{visible(use.type)}{account}{f' {visible(use.arn)}' if use.arn else ''}"


def plan_lines(plan: PromotionPlan | RollbackPlan | RetirePlan, look: TerminalStyle, now: float) -> Iterator[str]:
    """What a plan would do.

    Args:
        plan: A plan or result of any kind.
        look: What the output can show.
        now: Seconds since the epoch, for ages.
    """
    if isinstance(plan, PromotionPlan):
        return promotion_lines(plan, look)
    if isinstance(plan, RollbackPlan):
        return rollback_lines(plan, look)
    return retirement_lines(plan, look, now)


def changes_lines(result: RollbackResult | RetireResult, look: TerminalStyle) -> Iterator[str]:
    """The result of a rollback or a retirement.

    Args:
        result: A plan or result of any kind.
        look: What the output can show.
    """
    if isinstance(result, RollbackResult):
        return rollback_result_lines(result, look)
    return retire_result_lines(result, look)
