"""The workflows that a build runs: Amazon's own, or those that its pipeline names.

Sources: the EC2 Image Builder User Guide, "Supported step actions for your workflow document" and "Create a YAML
workflow document", whose examples name the steps. The durations of steps are invented, in units of an operation's time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.imagedocs.mistake import Unreadable
from cloudwright.imagedocs.yaml_node import YamlNode, parse
from cloudwright.local.builds.build import StepRun, WorkflowRun
from cloudwright.local.services.imagebuilder import PREFIX, means
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.local.builds.build import Build
    from cloudwright.local.context import CloudContext
    from cloudwright.local.rows import AccountRegion

_OWN: dict[str, tuple[tuple[str, str], ...]] = {
    "build/build-image": (
        ("LaunchBuildInstance", "LaunchInstance"),
        ("ApplyBuildComponents", "ExecuteComponents"),
        ("InventoryCollection", "CollectImageMetadata"),
        ("RunSanitizeScript", "SanitizeInstance"),
        ("CreateOutputAMI", "CreateImage"),
        ("TerminateBuildInstance", "TerminateInstance"),
    ),
    "build/build-container": (
        ("LaunchBuildInstance", "LaunchInstance"),
        ("ContainerBootstrap", "BootstrapInstanceForContainer"),
        ("ApplyBuildComponents", "ExecuteComponents"),
        ("InventoryCollection", "CollectImageMetadata"),
        ("CreateOutputImage", "CreateImage"),
        ("TerminateBuildInstance", "TerminateInstance"),
    ),
    "test/test-image": (
        ("LaunchTestInstance", "LaunchInstance"),
        ("ApplyTestComponents", "ExecuteComponents"),
        ("TerminateTestInstance", "TerminateInstance"),
    ),
    "test/test-container": (
        ("LaunchTestInstance", "LaunchInstance"),
        ("ContainerBootstrap", "BootstrapInstanceForContainer"),
        ("ApplyTestComponents", "ExecuteComponents"),
        ("TerminateTestInstance", "TerminateInstance"),
    ),
    "distribution/distribute-image": (
        ("DistributeImage", "DistributeImage"),
        ("ApplyImageConfigurations", "ApplyImageConfigurations"),
    ),
}
_UNITS = {"LaunchInstance": 2.0, "ExecuteComponents": 4.0, "CreateImage": 2.0, "DistributeImage": 4.0}

WAITS = "WaitForAction"
"""The action of a step that waits for SendWorkflowStepAction."""


def units(action: str) -> float:
    """How long a step takes, in units of an operation's time.

    Args:
        action: Such as `LaunchInstance`.
    """
    return _UNITS.get(action, 1.0)


def workflows_of(context: CloudContext, place: AccountRegion, build: Build) -> list[WorkflowRun]:
    """The workflows that a build will run, all steps pending.

    Args:
        context: Where workflow documents are kept.
        place: The build's account and Region.
        build: Its source has the tests and workflows, or an existing image to distribute.
    """
    listed = [one for one in build.source.get("workflows") or () if isinstance(one, dict)]
    runs = [_listed(context, place, one) for one in listed] if listed else list(_default(place, build))
    if not any(run.type == "DISTRIBUTION" for run in runs):
        runs.append(_own(place, "distribution/distribute-image"))
    order = ("BUILD", "TEST", "DISTRIBUTION")
    runs.sort(key=lambda run: order.index(run.type))
    _number(context, build, runs, "first")
    return runs


def again(context: CloudContext, build: Build, run: WorkflowRun, since: int) -> WorkflowRun:
    """Another run of a workflow, with the steps before the failed one completed.

    Args:
        context: Generates the ids.
        build: The workflow's build.
        run: The run that failed.
        since: The index of the first step to run.
    """
    steps = [
        StepRun("", step.name, step.action, step.on_failure)
        if number >= since
        else StepRun("", step.name, step.action, step.on_failure, step.status, "", step.started, step.ended)
        for number, step in enumerate(run.steps)
    ]
    other = WorkflowRun("", run.type, run.arn, steps, run.parallel_group, run.on_failure)
    _number(context, build, [other], len(build.runs))
    return other


def _number(context: CloudContext, build: Build, runs: Iterable[WorkflowRun], salt: object) -> None:
    for number, run in enumerate(runs):
        run.id = f"wf-{context.uuid('workflow', build.arn, salt, number)}"
        for index, step in enumerate(run.steps):
            step.id = f"step-{context.uuid('step', build.arn, salt, number, index)}"


def _default(place: AccountRegion, build: Build) -> Iterator[WorkflowRun]:
    if build.source.get("image"):
        return
    word = "image" if build.type == "AMI" else "container"
    yield _own(place, f"build/build-{word}")
    if (build.source.get("tests") or {}).get("ImageTestsEnabled", True) is not False:
        yield _own(place, f"test/test-{word}")


def _own(place: AccountRegion, name: str) -> WorkflowRun:
    arn = f"arn:{partition_of(place.region)}:imagebuilder:{place.region}:aws:workflow/{name}/1.0.0/1"
    steps = [StepRun("", step, action) for step, action in _OWN[name]]
    return WorkflowRun("", name.partition("/")[0].upper(), arn, steps)


def _listed(context: CloudContext, place: AccountRegion, given: dict[str, Any]) -> WorkflowRun:
    arn = str(given.get("WorkflowArn", ""))
    kind, name = (*arn.partition(":workflow/")[2].split("/"), "", "")[:2]
    own = _own(place, f"{kind}/{name}") if f"{kind}/{name}" in _OWN else None
    run = own or WorkflowRun("", kind.upper() or "BUILD", arn, [])
    found = next((one for one in context.near(place).of_type(f"{PREFIX}Workflow") if means(arn, one.identifier)), None)
    if found is not None:
        run.arn, run.steps = found.identifier, list(_written(str(found.properties.get("Data", ""))))
    run.parallel_group = str(given.get("ParallelGroup", ""))
    run.on_failure = str(given.get("OnFailure", "ABORT")).upper()
    return run


def _written(text: str) -> Iterator[StepRun]:
    """The steps of a workflow document."""
    try:
        document, _ = parse(text)
    except Unreadable:
        return
    steps = document.members.get("steps")
    for step in steps.items if steps else ():
        yield StepRun("", _text(step, "name"), _text(step, "action"), _text(step, "onFailure") or "Abort")


def _text(piece: YamlNode, name: str) -> str:
    found = piece.members.get(name)
    return found.text if found else ""
