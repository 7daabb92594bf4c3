"""Image Builder's operations that begin, change and end builds.

Source: the service model `imagebuilder/2019-12-02` and its documentation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudwright.local.api.wire import Refused
from cloudwright.local.builds.build import ENDED, KIND, Build, build_of
from cloudwright.local.builds.lifecycle import retriable
from cloudwright.local.builds.workflows import WAITS
from cloudwright.local.rows import StoredResource
from cloudwright.local.services.imagebuilder import PREFIX, means, slug_of
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from cloudwright.local.builds.build import StepRun, WorkflowRun
    from cloudwright.local.services.caller import CallContext, Members, Serve

IMAGE = f"{PREFIX}Image"
PIPELINE = f"{PREFIX}ImagePipeline"
DISTRIBUTION = f"{PREFIX}DistributionConfiguration"

_AMI_ID = re.compile(r"ami-[0-9a-f]{8,17}")


def invalid(parameter: str, reason: str) -> Refused:
    """The refusal of a value.

    Args:
        parameter: As the API names it.
        reason: A sentence without its full stop.
    """
    return Refused("InvalidRequestException", f"The value supplied for parameter '{parameter}' is not valid. {reason}.")


def missing(arn: str) -> Refused:
    """The refusal of an ARN that names nothing."""
    return Refused("ResourceNotFoundException", f"The resource with ARN '{arn}' does not exist.")


def start_execution(caller: CallContext, members: Members) -> Members:
    """StartImagePipelineExecution."""
    pipeline = resource(caller, PIPELINE, members["imagePipelineArn"])
    if pipeline is None:
        raise missing(members["imagePipelineArn"])
    earlier = _earlier(caller, members["clientToken"])
    if earlier is not None:
        if earlier.source.get("pipeline") != pipeline.identifier:
            raise _mismatch()
        return _started(earlier)
    if pipeline.properties.get("Status") == "DISABLED":
        raise Refused("ForbiddenException", f"The image pipeline '{pipeline.identifier}' is disabled.")
    build = from_pipeline(caller, pipeline, {**_tags_of(pipeline), **(members.get("tags") or {})})
    build.client_token = members["clientToken"]
    start(caller, build)
    return _started(build)


def _tags_of(pipeline: StoredResource) -> dict[str, str]:
    return dict(pipeline.properties.get("ImageTags") or {})


def from_pipeline(caller: CallContext, pipeline: StoredResource, tags: dict[str, str]) -> Build:
    """The build that a pipeline makes.

    Args:
        caller: Who begins it.
        pipeline: The resource.
        tags: Of the image.
    """
    source = {**_source(caller, pipeline.properties), "pipeline": pipeline.identifier, "tags": tags}
    source["pipeline_name"] = str(pipeline.properties.get("Name", ""))
    return _new(caller, source)


def from_image(caller: CallContext, model: Members) -> Build:
    """The build that a resource of `AWS::ImageBuilder::Image` declares.

    Args:
        caller: Who begins it.
        model: The resource; in place of a recipe it may name a pipeline to run.
    """
    return _new(caller, {**_source(caller, model), "tags": dict(model.get("Tags") or {})})


def _source(caller: CallContext, model: Members) -> dict[str, Any]:
    recipe_type = "ImageRecipe" if model.get("ImageRecipeArn") else "ContainerRecipe"
    recipe = str(model.get("ImageRecipeArn") or model.get("ContainerRecipeArn") or "")
    logging = model.get("LoggingConfiguration") or {}
    group = logging.get("ImageLogGroupName") or logging.get("LogGroupName")
    source = {
        "recipe": _properties(caller, f"{PREFIX}{recipe_type}", recipe),
        "infrastructure": _properties(
            caller, f"{PREFIX}InfrastructureConfiguration", str(model.get("InfrastructureConfigurationArn") or "")
        ),
        "distribution": _properties(caller, DISTRIBUTION, str(model.get("DistributionConfigurationArn") or "")),
        "tests": model.get("ImageTestsConfiguration"),
        "scanning": model.get("ImageScanningConfiguration"),
        "workflows": model.get("Workflows"),
        "role": model.get("ExecutionRole"),
        "metadata": model.get("EnhancedImageMetadataEnabled", True),
        "logging": {"LogGroupName": group} if group else None,
        "container": recipe_type == "ContainerRecipe",
    }
    return {name: value for name, value in source.items() if value}


def _properties(caller: CallContext, type_name: str, arn: str) -> dict[str, Any]:
    """What a build remembers of a resource: its properties at this moment, or the ARN alone of one elsewhere."""
    found = resource(caller, type_name, arn)
    return dict(found.properties) if found else ({"Arn": arn} if arn else {})


def _new(caller: CallContext, source: dict[str, Any]) -> Build:
    recipe = source.get("recipe") or {}
    written = str(recipe.get("Arn") or "").split(":", 5)[-1].split("/")
    slug, version = (
        (written[1], written[2]) if len(written) > 2 else (slug_of(str(recipe.get("Name", "image"))), "1.0.0")
    )
    parent = str(recipe.get("ParentImage") or "").lower()
    account, region = caller.place
    stem = f"arn:{partition_of(region)}:imagebuilder:{region}:{account}:image/{slug}/{version}"
    number = next_number(caller, stem)
    return Build(
        arn=f"{stem}/{number}",
        type="DOCKER" if source.get("container") else "AMI",
        name=str(recipe.get("Name") or slug),
        version=f"{version}/{number}",
        platform="Windows" if "windows" in parent else "Linux",
        created=caller.now,
        source=source,
    )


def next_number(caller: CallContext, stem: str) -> int:
    """The number of the next build of a version; numbers are not given twice.

    Args:
        caller: Whose account and Region.
        stem: The ARN of the image version.
    """
    store = caller.context.store
    used = [one.identifier for one in caller.context.near(caller.place).of_type(IMAGE)]
    used += [one.id for one in store.documents.of_place(caller.place, KIND)]
    tails = [one.rpartition("/")[2] for one in used if one.rpartition("/")[0] == stem]
    return max((int(tail) for tail in tails if tail.isdigit()), default=0) + 1


def start(caller: CallContext, build: Build) -> None:
    """Let a build begin, and have Cloud Control show its image.

    Args:
        caller: Who begins it.
        build: The build.
    """
    caller.lifecycle.begin(build, caller.now)
    source = build.source
    versionless, _, _ = build.arn.rpartition("/")
    stem, _, version = versionless.rpartition("/")
    major, minor, _ = (version + ".0.0").split(".")[:3]
    model = {
        "Arn": build.arn,
        "Name": build.name,
        "ContainerRecipeArn" if source.get("container") else "ImageRecipeArn": (source.get("recipe") or {}).get("Arn"),
        "InfrastructureConfigurationArn": (source.get("infrastructure") or {}).get("Arn"),
        "DistributionConfigurationArn": (source.get("distribution") or {}).get("Arn"),
        "ImageTestsConfiguration": source.get("tests"),
        "EnhancedImageMetadataEnabled": source.get("metadata"),
        "Workflows": source.get("workflows"),
        "ExecutionRole": source.get("role"),
        "Tags": source.get("tags"),
        "LatestVersion": {
            "Arn": f"{stem}/x.x.x",
            "Major": f"{stem}/{major}.x.x",
            "Minor": f"{stem}/{major}.{minor}.x",
            "Patch": f"{stem}/{version}",
        },
    }
    known = {name: value for name, value in model.items() if value}
    caller.context.store.put(StoredResource(caller.place, IMAGE, build.arn, known, caller.now, caller.now))


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
    """RetryImage: goes on in place, from the step that failed."""
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
    configuration = resource(caller, DISTRIBUTION, members["distributionConfigurationArn"])
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
    build = _new(caller, source)
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
            raise invalid("sourceImage", f"{source} is no available image")
        return build.cells[0].image or build.image, build
    if not _AMI_ID.fullmatch(source) or not caller.context.store.documents.in_region(caller.place.region, AMI, source):
        raise invalid("sourceImage", f"The image id '{source}' does not exist in {caller.place.region}")
    return source, next((one for one in builds(caller) if source in {cell.image for cell in one.cells}), None)


def send_action(caller: CallContext, members: Members) -> Members:
    """SendWorkflowStepAction: lets a waiting step go on, or fail."""
    build = wanted_build(caller, members["imageBuildVersionArn"])
    waiting = waiting_step(build)
    if waiting is None or waiting[1].id != members["stepExecutionId"]:
        raise invalid("stepExecutionId", f"The step {members['stepExecutionId']} isn't waiting for an action")
    act = caller.lifecycle.resume if members["action"] == "RESUME" else caller.lifecycle.stop
    act(build, waiting[1].id, reason=str(members.get("reason", "")), at=caller.now)
    echoed = ("stepExecutionId", "imageBuildVersionArn", "clientToken")
    return {name: members[name] for name in echoed}


def waiting_step(build: Build) -> tuple[WorkflowRun, StepRun] | None:
    """The step of a build that waits for somebody.

    Args:
        build: Any.
    """
    act = build.acts[0] if build.acts else None
    if act is None or act.takes is not None or act.run < 0:
        return None
    run = build.runs[act.run]
    step = run.steps[act.step]
    return (run, step) if step.action == WAITS else None


# Finding things


def resource(caller: CallContext, type_name: str, arn: str) -> StoredResource | None:
    """A resource of the caller's account and Region, by its ARN or one with a wildcard.

    Args:
        caller: Whose place.
        type_name: Its type.
        arn: Exact, without the build number, or with `x` in its version.
    """
    exact = caller.context.store.find(caller.place, type_name, arn)
    if exact is not None or not arn:
        return exact
    fitting = [one for one in caller.context.near(caller.place).of_type(type_name) if means(arn, one.identifier)]
    return fitting[-1] if fitting else None


def builds(caller: CallContext) -> list[Build]:
    """The builds of the caller's account and Region whose image still exists, oldest first.

    Args:
        caller: Whose place.
    """
    store = caller.context.store
    alive = {one.identifier: one for one in caller.context.near(caller.place).of_type(IMAGE)}
    known = {one.id: build_of(one.content) for one in store.documents.of_place(caller.place, KIND)}
    return [known.get(arn) or _made_elsewhere(one) for arn, one in alive.items()]


def _made_elsewhere(image: StoredResource) -> Build:
    """The build of an image that somebody put there without one."""
    model = image.properties
    parts = image.identifier.split(":", 5)[-1].split("/")
    number = "/".join(parts[2:]) or "1.0.0/1"
    source = {"tags": dict(model.get("Tags") or {}), "recipe": {"Arn": model.get("ImageRecipeArn")}}
    name = str(model.get("Name") or parts[1])
    build = Build(image.identifier, "AMI", name, number, "Linux", image.created, source, status="AVAILABLE")
    build.image, build.ended = str(model.get("ImageId") or ""), image.created
    return build


def find_build(caller: CallContext, arn: str) -> Build | None:
    """A build by its full ARN, or the newest AVAILABLE one that an ARN with a wildcard names.

    Args:
        caller: Whose place.
        arn: Of the image.
    """
    found = builds(caller)
    exact = next((one for one in found if one.arn == arn), None)
    fitting = [one for one in found if one.status == "AVAILABLE" and means(arn, one.arn)]
    return exact or (max(fitting, key=lambda one: (one.created, one.arn)) if fitting else None)


def wanted_build(caller: CallContext, arn: str) -> Build:
    """The same, which must be there.

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
