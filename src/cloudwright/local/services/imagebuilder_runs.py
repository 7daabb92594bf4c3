"""Image Builder's operations that start, change and end builds.

Source: the service model `imagebuilder/2019-12-02` and its documentation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudwright.local.api.wire import Refused
from cloudwright.local.builds.build import ENDED, KIND, Build, build_of
from cloudwright.local.builds.drafts import DISTRIBUTION, IMAGE, PIPELINE, image_model
from cloudwright.local.builds.lifecycle import retriable
from cloudwright.local.builds.workflows import WAITS
from cloudwright.local.rows import StoredResource
from cloudwright.local.services.imagebuilder import means

if TYPE_CHECKING:
    from cloudwright.local.builds.build import StepRun, WorkflowRun
    from cloudwright.local.services.caller import CallContext, Members, Serve

_AMI_ID = re.compile(r"ami-[0-9a-f]{8,17}")


def invalid(parameter: str, reason: str) -> Refused:
    """The error for an invalid value.

    Args:
        parameter: Its name in the API.
        reason: A sentence without its full stop.
    """
    return Refused("InvalidRequestException", f"The value supplied for parameter '{parameter}' is not valid. {reason}.")


def missing(arn: str) -> Refused:
    """The error for an ARN of a missing resource."""
    return Refused("ResourceNotFoundException", f"The resource with ARN '{arn}' does not exist.")


def start_execution(caller: CallContext, members: Members) -> Members:
    """StartImagePipelineExecution; a disabled pipeline does not run on its schedule, but can be started."""
    pipeline = caller.drafts.resource(PIPELINE, members["imagePipelineArn"])
    if pipeline is None:
        raise missing(members["imagePipelineArn"])
    earlier = _earlier(caller, members["clientToken"])
    if earlier is not None:
        if earlier.source.get("pipeline") != pipeline.identifier:
            raise _mismatch()
        return _started(earlier)
    build = caller.drafts.from_pipeline(pipeline, dict(members.get("tags") or {}))
    build.client_token = members["clientToken"]
    start(caller, build)
    return _started(build)


def start(caller: CallContext, build: Build) -> None:
    """Start a build, and make Cloud Control show its image."""
    caller.lifecycle.begin(build, caller.now)
    resource = StoredResource(caller.place, IMAGE, build.arn, image_model(build), caller.now, caller.now)
    caller.context.store.put(resource)


def cancel(caller: CallContext, members: Members) -> Members:
    """CancelImageCreation."""
    build = wanted_build(caller, members["imageBuildVersionArn"])
    if build.status == "CANCELLED":
        return _answer(build, members)
    if build.status in ENDED:
        raise invalid("imageBuildVersionArn", f"The image is in state {build.status} and can't be cancelled")
    caller.lifecycle.cancel(build, caller.now)
    return _answer(build, members)


def retry(caller: CallContext, members: Members) -> Members:
    """RetryImage: resumes the same build at the step that failed."""
    build = wanted_build(caller, members["imageBuildVersionArn"])
    token = members["clientToken"]
    if token in build.source.get("retries", ()):
        return _answer(build, members)
    if build.type != "AMI":
        raise invalid("imageBuildVersionArn", "Only images of type AMI can be retried")
    if build.status not in {"FAILED", "CANCELLED"}:
        raise invalid(
            "imageBuildVersionArn", f"The image is in state {build.status}; only failed and cancelled can be retried"
        )
    if not retriable(build):
        raise invalid("imageBuildVersionArn", "The build phase did not end; start the pipeline again instead")
    build.source["retries"] = [*build.source.get("retries", ()), token]
    caller.lifecycle.retry(build, caller.now)
    return _answer(build, members)


def distribute(caller: CallContext, members: Members) -> Members:
    """DistributeImage: applies a configuration to an AMI that exists, as a new image."""
    earlier = _earlier(caller, members["clientToken"])
    if earlier is not None:
        if earlier.source.get("asked") != _asked(members):
            raise _mismatch()
        return _answer(earlier, members)
    configuration = caller.drafts.resource(DISTRIBUTION, members["distributionConfigurationArn"])
    if configuration is None:
        raise missing(members["distributionConfigurationArn"])
    ami, origin = _source_image(caller, members["sourceImage"])
    source = {
        "image": ami,
        "recipe": (origin.source.get("recipe") if origin else None) or {"Name": ami},
        "distribution": dict(configuration.properties),
        "role": members["executionRole"],
        "tags": dict(members.get("tags") or {}),
        "asked": _asked(members),
    }
    build = caller.drafts.new(source)
    build.image, build.client_token = ami, members["clientToken"]
    start(caller, build)
    return _answer(build, members)


def _asked(members: Members) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name != "clientToken"}


def _source_image(caller: CallContext, source: str) -> tuple[str, Build | None]:
    """The AMI that a source names: its id, an image's ARN, or an SSM parameter's name."""
    from cloudwright.local.builds.amis import AMI
    from cloudwright.local.builds.parameters import parameter

    if source.startswith("ssm:"):
        found = parameter(caller.context, caller.place, source.removeprefix("ssm:"))
        if found is None:
            raise invalid("sourceImage", f"The parameter {source.removeprefix('ssm:')} does not exist")
        source = str(found[0].properties.get("Value", ""))
    if source.startswith("arn:"):
        build = find_build(caller, source)
        if build is None or build.status != "AVAILABLE":
            raise invalid("sourceImage", f"{source} is not an available image")
        return build.cells[0].image or build.image, build
    if not _AMI_ID.fullmatch(source) or not caller.context.store.documents.in_region(caller.place.region, AMI, source):
        raise invalid("sourceImage", f"The image id '{source}' does not exist in {caller.place.region}")
    return source, next((one for one in builds(caller) if source in {cell.image for cell in one.cells}), None)


def send_action(caller: CallContext, members: Members) -> Members:
    """SendWorkflowStepAction: continues or fails a waiting step."""
    build = wanted_build(caller, members["imageBuildVersionArn"])
    waiting = waiting_step(build)
    if waiting is None or waiting[1].id != members["stepExecutionId"]:
        raise invalid("stepExecutionId", f"The step {members['stepExecutionId']} isn't waiting for an action")
    act = caller.lifecycle.resume if members["action"] == "RESUME" else caller.lifecycle.stop
    act(build, waiting[1].id, reason=str(members.get("reason", "")), at=caller.now)
    echoed = ("stepExecutionId", "imageBuildVersionArn", "clientToken")
    return {name: members[name] for name in echoed}


def waiting_step(build: Build) -> tuple[WorkflowRun, StepRun] | None:
    """The step of a build that waits for an action."""
    act = build.acts[0] if build.acts else None
    if act is None or act.takes is not None or act.run < 0:
        return None
    run = build.runs[act.run]
    step = run.steps[act.step]
    return (run, step) if step.action == WAITS else None


# Finding builds


def builds(caller: CallContext) -> list[Build]:
    """The builds of the caller's account and Region whose image still exists, oldest first."""
    store = caller.context.store
    alive = {one.identifier: one for one in caller.context.near(caller.place).of_type(IMAGE)}
    known = {one.id: build_of(one.content) for one in store.documents.of_place(caller.place, KIND)}
    found = [known.get(arn) or _made_elsewhere(one) for arn, one in alive.items()]
    return [_as_of(one, caller.now) for one in found]


def _as_of(build: Build, now: float) -> Build:
    """A build in its current state: a planned deprecation may be due."""
    if build.status == "AVAILABLE" and build.deprecated is not None and build.deprecated <= now:
        build.status = "DEPRECATED"
    return build


def _made_elsewhere(image: StoredResource) -> Build:
    """A build for an image that was created without one, out of band."""
    model = image.properties
    parts = image.identifier.split(":", 5)[-1].split("/")
    number = "/".join(parts[2:]) or "1.0.0/1"
    source = {"tags": dict(model.get("Tags") or {}), "recipe": {"Arn": model.get("ImageRecipeArn")}}
    name = str(model.get("Name") or parts[1])
    build = Build(image.identifier, "AMI", name, number, "Linux", image.created, source, status="AVAILABLE")
    build.image, build.ended = str(model.get("ImageId") or ""), image.created
    return build


def find_build(caller: CallContext, arn: str) -> Build | None:
    """A build by its full ARN, or the newest AVAILABLE one that an ARN with a wildcard names."""
    image = caller.context.store.find(caller.place, IMAGE, arn)
    if image is not None:
        known = caller.context.store.documents.find(caller.place, KIND, arn)
        return _as_of(build_of(known.content), caller.now) if known else _made_elsewhere(image)
    fitting = [one for one in builds(caller) if one.status == "AVAILABLE" and means(arn, one.arn)]
    return max(fitting, key=lambda one: (one.created, one.arn)) if fitting else None


def build_with(caller: CallContext, id: str) -> Build | None:
    """The build that contains a workflow execution or a step with this id."""
    store = caller.context.store
    for known in store.documents.naming(caller.place, KIND, id):
        build = build_of(known.content)
        ids = {found for run in build.runs for found in (run.id, *(step.id for step in run.steps))}
        if id in ids and store.find(caller.place, IMAGE, build.arn) is not None:
            return build
    return None


def wanted_build(caller: CallContext, arn: str) -> Build:
    """The same, but the build must exist.

    Raises:
        Refused: There is none.
    """
    found = find_build(caller, arn)
    if found is None:
        raise missing(arn)
    return found


def _earlier(caller: CallContext, client_token: str) -> Build | None:
    return next((one for one in builds(caller) if one.client_token == client_token), None)


def _mismatch() -> Refused:
    return Refused(
        "IdempotentParameterMismatchException",
        "You have specified a client token for an operation using parameter values that differ from a previous request"
        " that used the same client token.",
    )


def _started(build: Build) -> Members:
    return {"clientToken": build.client_token, "imageBuildVersionArn": build.arn}


def _answer(build: Build, members: Members) -> Members:
    return {"clientToken": members["clientToken"], "imageBuildVersionArn": build.arn}


OPERATIONS: dict[str, Serve] = {
    "CancelImageCreation": cancel,
    "DistributeImage": distribute,
    "RetryImage": retry,
    "SendWorkflowStepAction": send_action,
    "StartImagePipelineExecution": start_execution,
}
