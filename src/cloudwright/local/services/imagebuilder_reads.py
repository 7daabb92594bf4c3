"""Image Builder's read-only operations: images, pipelines, distributions and workflow executions.

Source: the service model `imagebuilder/2019-12-02` and its documentation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudwright.local.api.wire import Refused
from cloudwright.local.builds.drafts import DISTRIBUTION, PIPELINE
from cloudwright.local.faults.reads import auto_disabled
from cloudwright.local.protocols.model import service_models
from cloudwright.local.protocols.xml import iso_time
from cloudwright.local.services.caller import filtered, page
from cloudwright.local.services.imagebuilder_names import spelled
from cloudwright.local.services.imagebuilder_runs import (
    build_with,
    builds,
    invalid,
    missing,
    waiting_step,
    wanted_build,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudwright.local.builds.build import Build, StepRun, WorkflowRun
    from cloudwright.local.rows import StoredResource
    from cloudwright.local.services.caller import CallContext, Members, Serve

_PAGE = 25
_BAD_TOKEN = Refused("InvalidPaginationTokenException", "The pagination token is invalid or has expired.")
_OS = re.compile(r"image/([a-z0-9-]+?)(?:-x86|-arm64|-[a-z]+)?/")
_TIMEOUT_MINUTES = 720


def _model(shape: str, value: Any) -> Any:
    return spelled(service_models()["imagebuilder"], shape, value)


# Images


def get_image(caller: CallContext, members: Members) -> Members:
    """GetImage."""
    build = wanted_build(caller, members["imageBuildVersionArn"])
    versionless = build.arn.rpartition("/")[0]
    stem, _, version = versionless.rpartition("/")
    major, minor, _ = (version + ".0.0").split(".")[:3]
    references = {
        "latestVersionArn": f"{stem}/x.x.x",
        "latestMajorVersionArn": f"{stem}/{major}.x.x",
        "latestMinorVersionArn": f"{stem}/{major}.{minor}.x",
        "latestPatchVersionArn": f"{stem}/{version}",
    }
    return {"image": _image(caller, build), "latestVersionReferences": references}


def _image(caller: CallContext, build: Build) -> Members:
    source, account = build.source, caller.place.account
    recipe = _dated({"owner": account, "type": build.type, "platform": build.platform}, source.get("recipe"), build)
    container = bool(source.get("container"))
    configuration = _model("DistributionConfiguration", source.get("distribution") or {})
    described = {
        **_summary(caller, build),
        "enhancedImageMetadataEnabled": bool(source.get("metadata", True)),
        "imageRecipe": {} if container else _model("ImageRecipe", recipe),
        "containerRecipe": _model("ContainerRecipe", recipe) if container else {},
        "sourcePipelineArn": source.get("pipeline"),
        "sourcePipelineName": source.get("pipeline_name"),
        "infrastructureConfiguration": _model("InfrastructureConfiguration", source.get("infrastructure") or {}),
        "distributionConfiguration": configuration and {"timeoutMinutes": _TIMEOUT_MINUTES, **configuration},
        "imageTestsConfiguration": _model("ImageTestsConfiguration", source.get("tests") or {}),
        "imageScanningConfiguration": _model("ImageScanningConfiguration", source.get("scanning") or {}),
        "workflows": _model("WorkflowConfigurationList", source.get("workflows") or []),
        "executionRole": source.get("role"),
    }
    described.pop("owner", None)
    return {name: value for name, value in described.items() if value not in (None, {}, [], "")}


def _dated(more: Members, properties: Members | None, build: Build) -> Members:
    return {**(properties or {}), **{name[0].upper() + name[1:]: value for name, value in more.items()}} | {
        "DateCreated": iso_time(build.created)
    }


def _summary(caller: CallContext, build: Build) -> Members:
    source = build.source
    parent = _OS.search(str((source.get("recipe") or {}).get("ParentImage", "")))
    state: Members = {"status": build.status, "reason": build.reason, "failureContext": build.failure}
    described = {
        "arn": build.arn,
        "name": build.name,
        "type": build.type,
        "version": build.version,
        "platform": build.platform,
        "osVersion": parent[1].replace("-", " ").title() if parent else None,
        "state": {name: value for name, value in state.items() if value},
        "owner": caller.place.account,
        "dateCreated": iso_time(build.created),
        "outputResources": _outputs(build),
        "tags": {str(name): str(value) for name, value in (source.get("tags") or {}).items()},
        "buildType": build.build_type,
        "imageSource": "CUSTOM",
        "deprecationTime": build.deprecated,
        "lifecycleExecutionId": build.lifecycle,
        "loggingConfiguration": _model("ImageLoggingConfiguration", source.get("logging") or {}),
    }
    return {name: value for name, value in described.items() if value not in (None, {}, "")}


def _outputs(build: Build) -> Members:
    there = [cell for cell in build.cells if cell.image]
    if build.type == "DOCKER":
        return {"containers": [{"region": cell.region, "imageUris": [cell.image]} for cell in there]}
    amis = [
        {
            "region": cell.region,
            "image": cell.image,
            "name": cell.name,
            "accountId": cell.account,
            "description": str(
                (build.entry(cell.region).get("AmiDistributionConfiguration") or {}).get("Description") or ""
            ),
            "state": {"status": "AVAILABLE"},
        }
        for cell in there
    ]
    return {"amis": [{name: value for name, value in ami.items() if value != ""} for ami in amis]}


def list_images(caller: CallContext, members: Members) -> Members:
    """ListImages: one entry for each version that has an available build, or for each name."""
    if members.get("owner", "Self") != "Self":
        return {"imageVersionList": []}
    versions: dict[str, Members] = {}
    by_name = bool(members.get("byName"))
    for build in builds(caller):
        versionless = build.arn.rpartition("/")[0]
        arn = versionless.rpartition("/")[0] if by_name else versionless
        summary = _summary(caller, build)
        names = ("name", "type", "platform", "osVersion", "owner", "dateCreated", "buildType", "imageSource")
        versions[arn] = {
            "arn": versionless,
            "version": build.version.partition("/")[0],
            **{name: summary[name] for name in names if name in summary},
        }
    found = _filtered(list(versions.values()), members, {"name", "osVersion", "platform", "type", "version"})
    return _paged("imageVersionList", found, members)


def list_build_versions(caller: CallContext, members: Members) -> Members:
    """ListImageBuildVersions."""
    stem = members.get("imageVersionArn")
    found = [one for one in builds(caller) if not stem or one.arn.rpartition("/")[0] == stem]
    return _summaries(caller, found, members, {"name", "osVersion", "platform", "type", "version"})


def list_pipeline_images(caller: CallContext, members: Members) -> Members:
    """ListImagePipelineImages; an unknown pipeline has none."""
    found = [one for one in builds(caller) if one.source.get("pipeline") == members["imagePipelineArn"]]
    return _summaries(caller, found, members, {"name", "version"})


def _summaries(caller: CallContext, found: Sequence[Build], members: Members, filters: set[str]) -> Members:
    described = [_summary(caller, one) for one in sorted(found, key=lambda one: -one.created)]
    return _paged("imageSummaryList", _filtered(described, members, filters), members)


def _filtered(described: list[Members], members: Members, known: set[str]) -> list[Members]:
    for given in members.get("filters") or ():
        name, values = given.get("name", ""), given.get("values") or []
        if name not in known:
            raise invalid("filters", f"The filter {name} is not one of {', '.join(sorted(known))}")
        described = [one for one in described if filtered([str(one.get(name, ""))], values)]
    return described


def _paged(name: str, described: Sequence[Any], members: Members) -> Members:
    found, token = page(described, members.get("nextToken"), int(members.get("maxResults") or _PAGE), _BAD_TOKEN)
    return {name: found, **({"nextToken": token} if token else {})}


# Pipelines and distributions


def get_pipeline(caller: CallContext, members: Members) -> Members:
    """GetImagePipeline."""
    found = caller.drafts.resource(PIPELINE, members["imagePipelineArn"])
    if found is None:
        raise missing(members["imagePipelineArn"])
    return {"imagePipeline": _pipeline(caller, found)}


def list_pipelines(caller: CallContext, members: Members) -> Members:
    """ListImagePipelines."""
    described = [_pipeline(caller, one) for one in caller.context.near(caller.place).of_type(PIPELINE)]
    arns = {f"{one}Arn" for one in ("distributionConfiguration", "imageRecipe", "infrastructureConfiguration")}
    known = {"description", "name", "status", *arns}
    return _paged("imagePipelineList", _filtered(described, members, known), members)


def _pipeline(caller: CallContext, found: StoredResource) -> Members:
    kind = caller.context.kinds.find(PIPELINE)
    model = caller.context.shown(kind, found) if kind else found.properties
    runs = [one for one in builds(caller) if one.source.get("pipeline") == found.identifier]
    described: Members = {
        "platform": "Linux",
        "status": "ENABLED",
        "enhancedImageMetadataEnabled": True,
        **_model("ImagePipeline", model),
        "dateCreated": iso_time(found.created),
        "dateUpdated": iso_time(found.updated),
        "consecutiveFailures": 0,
    }
    if failures := auto_disabled(caller.context.faults):
        described |= {"status": "DISABLED", "consecutiveFailures": failures}
    if runs:
        described["dateLastRun"], described["lastRunStatus"] = iso_time(runs[-1].created), runs[-1].status
    return described


def get_distribution(caller: CallContext, members: Members) -> Members:
    """GetDistributionConfiguration."""
    found = caller.drafts.resource(DISTRIBUTION, members["distributionConfigurationArn"])
    if found is None:
        raise missing(members["distributionConfigurationArn"])
    described = {
        "timeoutMinutes": _TIMEOUT_MINUTES,
        **_model("DistributionConfiguration", found.properties),
        "dateCreated": iso_time(found.created),
        "dateUpdated": iso_time(found.updated),
    }
    return {"distributionConfiguration": described}


# Workflow executions


def list_workflows(caller: CallContext, members: Members) -> Members:
    """ListWorkflowExecutions."""
    build = wanted_build(caller, members["imageBuildVersionArn"])
    described = [_workflow(run) for run in build.runs]
    return {"imageBuildVersionArn": build.arn, **_paged("workflowExecutions", described, members)}


def list_steps(caller: CallContext, members: Members) -> Members:
    """ListWorkflowStepExecutions."""
    build, run = _run(caller, lambda run: run.id == members["workflowExecutionId"], members["workflowExecutionId"])
    begun = [step for step in run.steps if step.status != "PENDING" or run.status != "PENDING"]
    return {
        "workflowBuildVersionArn": run.arn,
        "workflowExecutionId": run.id,
        "imageBuildVersionArn": build.arn,
        **_paged("steps", [_step(step) for step in begun], members),
    }


def get_workflow(caller: CallContext, members: Members) -> Members:
    """GetWorkflowExecution."""
    wanted = members["workflowExecutionId"]
    build, run = _run(caller, lambda run: run.id == wanted, wanted)
    described = _workflow(run)
    described.pop("retried", None)
    return {"imageBuildVersionArn": build.arn, **described}


def get_step(caller: CallContext, members: Members) -> Members:
    """GetWorkflowStepExecution."""
    wanted = members["stepExecutionId"]
    build, run = _run(caller, lambda run: any(step.id == wanted for step in run.steps), wanted)
    step = next(step for step in run.steps if step.id == wanted)
    return {
        "workflowBuildVersionArn": run.arn,
        "workflowExecutionId": run.id,
        "imageBuildVersionArn": build.arn,
        **_step(step),
        "onFailure": step.on_failure,
        "timeoutSeconds": _TIMEOUT_MINUTES * 60,
    }


def list_waiting(caller: CallContext, members: Members) -> Members:
    """ListWaitingWorkflowSteps."""
    described = []
    for build in builds(caller):
        waiting = waiting_step(build)
        if waiting is None:
            continue
        run, step = waiting
        described.append(
            {
                "stepExecutionId": step.id,
                "imageBuildVersionArn": build.arn,
                "workflowExecutionId": run.id,
                "workflowBuildVersionArn": run.arn,
                "name": step.name,
                "action": step.action,
                "startTime": iso_time(step.started or 0.0),
            }
        )
    return _paged("steps", described, members)


def _run(caller: CallContext, fits: Callable[[WorkflowRun], bool], id: str) -> tuple[Build, WorkflowRun]:
    build = build_with(caller, id)
    for run in build.runs if build else ():
        if build is not None and fits(run):
            return build, run
    raise missing(id)


def _workflow(run: WorkflowRun) -> Members:
    counted = {word: sum(step.status == status for step in run.steps) for word, status in _COUNTED.items()}
    described = {
        "workflowBuildVersionArn": run.arn,
        "workflowExecutionId": run.id,
        "type": run.type,
        "status": run.status,
        "message": run.message,
        "totalStepCount": len(run.steps),
        **counted,
        **_times(run),
        "parallelGroup": run.parallel_group,
        "retried": run.retried,
    }
    return {name: value for name, value in described.items() if value != ""}


_COUNTED = {"totalStepsSucceeded": "COMPLETED", "totalStepsFailed": "FAILED", "totalStepsSkipped": "SKIPPED"}


def _step(step: StepRun) -> Members:
    described = {
        "stepExecutionId": step.id,
        "name": step.name,
        "action": step.action,
        "status": step.status,
        "message": step.message,
        **_times(step),
        "attemptNumber": 1,
        "maxAttempts": 1,
    }
    return {name: value for name, value in described.items() if value != ""}


def _times(run: WorkflowRun | StepRun) -> Members:
    times = {"startTime": run.started, "endTime": run.ended}
    return {name: iso_time(at) for name, at in times.items() if at is not None}


OPERATIONS: dict[str, Serve] = {
    "GetDistributionConfiguration": get_distribution,
    "GetImage": get_image,
    "GetImagePipeline": get_pipeline,
    "GetWorkflowExecution": get_workflow,
    "GetWorkflowStepExecution": get_step,
    "ListImageBuildVersions": list_build_versions,
    "ListImagePipelineImages": list_pipeline_images,
    "ListImagePipelines": list_pipelines,
    "ListImages": list_images,
    "ListWaitingWorkflowSteps": list_waiting,
    "ListWorkflowExecutions": list_workflows,
    "ListWorkflowStepExecutions": list_steps,
}
