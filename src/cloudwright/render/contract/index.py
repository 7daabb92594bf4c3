"""Every line of the contract, by the section of the docs that lists it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cloudwright.render.contract import answers, command, delivery, fleet, run, store

if TYPE_CHECKING:
    from cloudwright.render.contract.line import Line

SECTIONS: Final[dict[str, tuple[type[Line], ...]]] = {
    "json every command": (command.VersionLine, command.ErrorLine),
    "json plan": (
        run.PlanLine,
        run.LookupLine,
        run.StepLine,
        run.BroadeningLine,
        run.FindingLine,
        command.SavedLine,
        run.ApplyingLine,
        run.StartedLine,
        run.ProgressLine,
        run.FinishedLine,
        run.NoticeLine,
        run.OutcomeLine,
        run.OutputsLine,
        run.ResultLine,
        run.AppLine,
        run.GroupLine,
        run.PreviewLine,
        command.ValidatedLine,
        command.DeclinedLine,
        command.InterruptedLine,
    ),
    "json drift": (
        run.DriftLine,
        run.DriftResultLine,
        answers.GeneratedLine,
        answers.ConvertedLine,
        answers.TakenOverLine,
    ),
    "json state": (
        store.StateLine,
        store.RecordLine,
        store.OperationLine,
        store.ActionLine,
        store.UsesLine,
        store.CommitLine,
        store.AuditedLine,
        store.DifferenceLine,
        store.PulledLine,
        store.ChangedLine,
        store.CopiedLine,
        store.PreparedLine,
        store.RestoredLine,
        store.RotatedLine,
        answers.ImagesLine,
        answers.PermissionLine,
        answers.PolicyLine,
        answers.RoleLine,
        answers.GraphLine,
        store.LeaseLine,
        store.UnlockedLine,
        store.AssetLine,
        store.PrunedLine,
        answers.ResourceTypeLine,
        answers.SchemaLine,
        answers.FileLine,
        answers.CheckLine,
        answers.ServerLine,
    ),
    "json images": (
        delivery.ImageProgressLine,
        delivery.DeliveryLine,
        delivery.LiveCellLine,
        delivery.LiveLine,
        delivery.ImageUsageLine,
        delivery.PromotionLine,
        delivery.RollbackLine,
        delivery.RetirementLine,
        delivery.ImageChangesLine,
        delivery.StepAnsweredLine,
        delivery.ImageLeftLine,
    ),
    "json fleet": (
        fleet.FleetBegunLine,
        fleet.FleetWorkerLine,
        fleet.FleetTargetLine,
        fleet.FleetRunLine,
        fleet.FleetMessageLine,
    ),
}
"""Name of the table -> its lines, in the order in which the page lists them."""

LINES: Final = tuple(line for lines in SECTIONS.values() for line in lines)
