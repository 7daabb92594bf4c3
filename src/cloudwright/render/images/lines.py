"""JSON lines of the commands that deliver images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.imagebuilder.delivery.promotion import PromotionPlan
from cloudwright.imagebuilder.delivery.rollback import RollbackPlan, RollbackResult
from cloudwright.render.contract.delivery import (
    DeliveredCellPart,
    DeliveryFailurePart,
    DeliveryLine,
    ImageChangesLine,
    ImageProgressLine,
    ImageUsageLine,
    ImageUsePart,
    LiveCellLine,
    LiveDifferencePart,
    LiveLine,
    MovePart,
    PromotedCellPart,
    PromotionLine,
    RefusalPart,
    RetirementLine,
    RetireStepPart,
    RollbackLine,
    StepFailurePart,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.delivery.build_events import BuildEvent
    from cloudwright.imagebuilder.delivery.matrix import CellReport, LiveReport
    from cloudwright.imagebuilder.delivery.progress import BuildProgress
    from cloudwright.imagebuilder.delivery.promotion import Move
    from cloudwright.imagebuilder.delivery.result import DeliveryResult
    from cloudwright.imagebuilder.delivery.retirement import RetirePlan, RetireResult
    from cloudwright.imagebuilder.delivery.usage import UsageReport

    Lines = Iterator[dict[str, Any]]


def build_event_line(progress: BuildProgress, event: BuildEvent) -> dict[str, Any]:
    """One change of a build.

    Args:
        progress: The progress after it.
        event: What changed.
    """
    return ImageProgressLine(
        key=progress.key,
        image=progress.image,
        status=progress.status,
        kind=event.kind,
        phase=event.phase,
        step=event.step,
        step_id=event.step_id,
        step_status=event.status,
        seconds=round(event.seconds, 1),
        expected=event.expected,
        account=event.place.account if event.place else "",
        region=event.place.region if event.place else "",
        ami=event.ami,
        message=event.message,
    ).as_object()


def delivery_line(result: DeliveryResult) -> dict[str, Any]:
    """The result of a delivery."""
    return DeliveryLine(
        verb=result.verb,
        key=result.key,
        pipeline=result.pipeline,
        outcome=result.outcome,
        image=result.image,
        version=result.version,
        status=result.status,
        cells=[
            DeliveredCellPart(account=place.account, region=place.region, ami=ami or None)
            for place, ami in result.cells.items()
        ],
        failures=[
            DeliveryFailurePart(
                account=one.place.account,
                region=one.place.region,
                step=one.step,
                status=one.status,
                words=one.words,
                cause=one.cause.text if one.cause else None,
                fix=one.cause.fix if one.cause else None,
                rule=one.cause.rule or None if one.cause else None,
            )
            for one in result.failures
        ],
        failed_step=result.failed_step,
        words=result.words,
        cause=result.cause.text if result.cause else None,
        fix=result.cause.fix if result.cause else None,
        seconds=round(result.seconds, 1),
        found=result.found,
        notes=result.notes,
        exit_code=result.exit_code,
    ).as_object()


def live_json(report: LiveReport) -> Lines:
    """The delivery matrices, cell by cell."""
    for matrix in report.matrices:
        yield from (_live_cell(matrix.key, cell) for cell in matrix.cells)
        yield LiveLine(
            key=matrix.key,
            image=matrix.newest.arn if matrix.newest else None,
            version=matrix.newest.version if matrix.newest else "",
            building=[build.arn for build in matrix.building],
            cells=len(matrix.cells),
            differences=len(matrix.differences),
            unknown=len(matrix.unknown),
            rolled_back=matrix.rolled_back,
            pending=report.pending,
            calls=report.calls,
        ).as_object()


def _live_cell(key: str, cell: CellReport) -> dict[str, Any]:
    ami = cell.image
    return LiveCellLine(
        key=key,
        account=cell.place.account,
        region=cell.place.region,
        status=cell.status,
        copy=cell.copy,
        ami=ami.id if ami else None,
        version=cell.version,
        created=ami.created if ami else "",
        deprecated=ami.deprecated if ami else "",
        last_launched=ami.launched if ami else "",
        unknown=[cell.reason] if cell.reason else [f"{name}: {why}" for name, why in cell.unread.items()],
        differences=[LiveDifferencePart(kind=one.kind, subject=one.subject, text=one.text) for one in cell.differences],
    ).as_object()


def usage_json(report: UsageReport) -> Lines:
    """Who uses the AMIs of a configuration."""
    for one in report.amis:
        yield ImageUsageLine(
            key=report.key,
            account=one.place.account,
            region=one.place.region,
            ami=one.image,
            version=one.version,
            uses=[
                ImageUsePart(resource_type=use.type, account=use.account, count=use.count, arn=use.arn)
                for use in one.uses
            ],
            full=one.full,
            problem=one.problem,
            not_covered=report.not_covered,
        ).as_object()


def promotion_line(plan: PromotionPlan) -> dict[str, Any]:
    """What a promotion would do."""
    return PromotionLine(
        source=plan.source,
        image=plan.image,
        ami=plan.ami,
        key=plan.key,
        cells=[
            PromotedCellPart(
                account=cell.place.account,
                region=cell.place.region,
                copy=cell.copy,
                permissions=sorted(one.id for one in cell.permissions),
                replaces=cell.replaces,
            )
            for cell in plan.cells
        ],
        moves=list(map(_move, plan.moves)),
        pending=plan.pending,
    ).as_object()


def rollback_line(plan: RollbackPlan) -> dict[str, Any]:
    """What a rollback would do."""
    return RollbackLine(
        key=plan.key,
        leaves=plan.leaves,
        version=plan.version,
        moves=list(map(_move, plan.moves)),
        cannot=plan.cannot,
        resumed=plan.resumed,
    ).as_object()


def _move(move: Move) -> MovePart:
    return MovePart(
        kind=move.kind,
        account=move.place.account,
        region=move.place.region,
        subject=move.subject,
        old=move.old,
        new=move.new,
    )


def retirement_line(plan: RetirePlan) -> dict[str, Any]:
    """What a retirement would do."""
    return RetirementLine(
        key=plan.key,
        action=plan.action,
        steps=[
            RetireStepPart(
                image=step.image,
                account=step.place.account,
                region=step.place.region,
                version=step.version,
                amis=[f"{place}/{ami}" for place, ami in step.amis],
                size=step.size,
                snapshots=step.snapshots,
                undo=step.undo,
            )
            for step in plan.steps
        ],
        refused=[
            RefusalPart(image=one.image, account=one.place.account, region=one.place.region, reason=one.reason)
            for one in plan.refused
        ],
        unknown={str(place): why for place, why in plan.unknown.items()},
        amis=plan.amis,
        size=plan.size,
        resumed=plan.resumed,
        notes=plan.notes,
    ).as_object()


def rolled_back_line(result: RollbackResult) -> dict[str, Any]:
    """The result of a rollback."""
    failed = [
        StepFailurePart(subject=move.subject, account=move.place.account, region=move.place.region, reason=why)
        for move, why in result.failed
    ]
    return ImageChangesLine(
        key=result.plan.key, done=len(result.done), failed=failed, kept_snapshots=(), exit_code=result.exit_code
    ).as_object()


def retired_line(result: RetireResult) -> dict[str, Any]:
    """The result of a retirement."""
    failed = [
        StepFailurePart(subject=step.image, account=step.place.account, region=step.place.region, reason=why)
        for step, why in result.failed
    ]
    return ImageChangesLine(
        key=result.plan.key,
        done=len(result.done),
        failed=failed,
        kept_snapshots=result.kept,
        exit_code=result.exit_code,
    ).as_object()


def plan_line(plan: PromotionPlan | RollbackPlan | RetirePlan) -> dict[str, Any]:
    """What a plan of any kind would do."""
    if isinstance(plan, PromotionPlan):
        return promotion_line(plan)
    return rollback_line(plan) if isinstance(plan, RollbackPlan) else retirement_line(plan)


def changes_line(result: RollbackResult | RetireResult) -> dict[str, Any]:
    """The result of a rollback or a retirement."""
    return rolled_back_line(result) if isinstance(result, RollbackResult) else retired_line(result)
