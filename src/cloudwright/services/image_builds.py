"""Image Builder's executions: start, follow, retry, cancel and distribute image builds.

Source: botocore's service model `imagebuilder/2019-12-02`; a test holds every operation and member to it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudwright.control import wire
from cloudwright.control.model import Call
from cloudwright.services.image_models import (
    ImageBuild,
    OutputAmi,
    Pipeline,
    RegionFailure,
    WaitingStep,
    WorkflowExecution,
    WorkflowStep,
)
from cloudwright.services.protocols import listed, rest_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from cloudwright.services.port import Guard, ServicePort
    from cloudwright.target import Target


class ImageBuilds:
    """A typed client of Image Builder's executions."""

    def __init__(self, port: ServicePort) -> None:
        """Send nothing yet.

        Args:
            port: Carries the calls.
        """
        self._port = port

    # -- what changes something

    async def start(self, target: Target, pipeline: str, token: str, guard: Guard) -> str:
        """Start a pipeline; with the same token again, find the execution that it started.

        Returns:
            The image build version's ARN.
        """
        members = {"imagePipelineArn": pipeline, "clientToken": token}
        return await self._change(target, "StartImagePipelineExecution", members, guard)

    async def distribute(self, target: Target, members: Mapping[str, Any], guard: Guard) -> str:
        """Distribute an image that exists; with the same token again, find the distribution that it started.

        Args:
            target: Where both the image and the configuration are.
            members: `sourceImage`, `distributionConfigurationArn`, `executionRole`, `clientToken`.
            guard: Awaited before each delivery.

        Returns:
            The ARN of the new image build version.
        """
        return await self._change(target, "DistributeImage", members, guard)

    async def retry(self, target: Target, image: str, token: str, guard: Guard) -> str:
        """Go on with a failed image from the step that failed, in place."""
        return await self._change(target, "RetryImage", {"imageBuildVersionArn": image, "clientToken": token}, guard)

    async def cancel(self, target: Target, image: str, token: str, guard: Guard) -> str:
        """Stop a build that is under way."""
        members = {"imageBuildVersionArn": image, "clientToken": token}
        return await self._change(target, "CancelImageCreation", members, guard)

    async def answer_step(
        self, target: Target, step: WaitingStep, *, resume: bool, reason: str, token: str, guard: Guard
    ) -> None:
        """Let a waiting workflow step go on, or stop it."""
        members = {
            "stepExecutionId": step.id,
            "imageBuildVersionArn": step.image,
            "action": "RESUME" if resume else "STOP",
            "clientToken": token,
        }
        await self._change(
            target, "SendWorkflowStepAction", {**members, **({"reason": reason} if reason else {})}, guard
        )

    async def update_state(self, target: Target, members: Mapping[str, Any], guard: Guard) -> str:
        """Deprecate, disable or delete an image that Image Builder made, with its AMIs and snapshots.

        Returns:
            The id of the lifecycle execution that carries it out.
        """
        call = rest_call(target, "StartResourceStateUpdate", members)
        document = await self._port.send(call, wire.parse, guard)
        return str(document.get("lifecycleExecutionId", ""))

    async def _change(self, target: Target, action: str, members: Mapping[str, Any], guard: Guard) -> str:
        document = await self._port.send(rest_call(target, action, members), wire.parse, guard)
        return str(document.get("imageBuildVersionArn", ""))

    # -- what only reads

    async def image(self, target: Target, arn: str) -> ImageBuild:
        """One image build version, by its full ARN: a wildcard finds only builds that are AVAILABLE."""
        document = await self._read(target, "GetImage", {"imageBuildVersionArn": arn})
        return _image(document.get("image") or {})

    async def pipeline(self, target: Target, arn: str) -> Pipeline:
        """A pipeline as it is now."""
        found = (await self._read(target, "GetImagePipeline", {"imagePipelineArn": arn})).get("imagePipeline") or {}
        return Pipeline(
            arn=str(found.get("arn", arn)),
            name=str(found.get("name", "")),
            enabled=found.get("status") != "DISABLED",
            distribution=str(found.get("distributionConfigurationArn", "")),
            failures=int(found.get("consecutiveFailures") or 0),
        )

    async def pipeline_images(self, target: Target, pipeline: str) -> AsyncIterator[ImageBuild]:
        """The images that a pipeline built, in the service's order."""
        members = {"imagePipelineArn": pipeline}
        async for page in self._pages(target, "ListImagePipelineImages", members):
            for found in listed(page.get("imageSummaryList")):
                yield _image(found)

    async def workflows(self, target: Target, image: str) -> tuple[WorkflowExecution, ...]:
        """The workflows of a build with their steps, in the order in which they run."""
        runs: list[WorkflowExecution] = []
        async for page in self._pages(target, "ListWorkflowExecutions", {"imageBuildVersionArn": image}):
            runs += [await self._with_steps(target, found) for found in listed(page.get("workflowExecutions"))]
        return tuple(runs)

    async def waiting(self, target: Target) -> tuple[WaitingStep, ...]:
        """Every workflow step of the account that waits for a decision."""
        steps: list[WaitingStep] = []
        async for page in self._pages(target, "ListWaitingWorkflowSteps", {}):
            for found in listed(page.get("steps")):
                texts = (str(found.get(name, "")) for name in _WAITING)
                steps.append(WaitingStep(*texts))
        return tuple(steps)

    async def lifecycle_status(self, target: Target, execution: str) -> tuple[str, str]:
        """The status of a lifecycle execution, such as `SUCCESS`, and its reason."""
        document = await self._read(target, "GetLifecycleExecution", {"lifecycleExecutionId": execution})
        state = (document.get("lifecycleExecution") or {}).get("state") or {}
        return str(state.get("status", "")), str(state.get("reason", ""))

    async def _with_steps(self, target: Target, found: Mapping[str, Any]) -> WorkflowExecution:
        id, status = str(found.get("workflowExecutionId", "")), str(found.get("status", ""))
        steps: list[WorkflowStep] = []
        if status != "PENDING":
            async for page in self._pages(target, "ListWorkflowStepExecutions", {"workflowExecutionId": id}):
                steps += map(_step, listed(page.get("steps")))
        steps.sort(key=lambda step: step.started or "~")
        return WorkflowExecution(
            id=id,
            type=str(found.get("type", "")),
            status=status,
            steps=tuple(steps),
            message=str(found.get("message", "")),
            retried=found.get("retried") is True,
        )

    async def _read(self, target: Target, action: str, members: Mapping[str, Any]) -> dict[str, Any]:
        return await self._port.ask(rest_call(target, action, members, "GET"), wire.parse)

    async def _pages(self, target: Target, action: str, members: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        token, seen = "", set[str]()
        while True:
            asked = {**members, **({"nextToken": token} if token else {})}
            page = await self._port.ask(rest_call(target, action, asked, "POST"), wire.parse)
            yield page
            token = str(page.get("nextToken") or "")
            if not token or token in seen:
                return
            seen.add(token)


_WAITING = ("stepExecutionId", "name", "imageBuildVersionArn", "startTime")


def _image(found: Mapping[str, Any]) -> ImageBuild:
    state = found.get("state") or {}
    failure = state.get("failureContext") or {}
    arn = str(found.get("arn", ""))
    return ImageBuild(
        arn=arn,
        status=str(state.get("status", "")),
        name=str(found.get("name", "")),
        type=str(found.get("type") or "AMI"),
        version="/".join(arn.split("/")[-2:]) if arn.count("/") >= 3 else str(found.get("version", "")),
        reason=str(state.get("reason") or ""),
        failed_step=str(failure.get("failedStep") or ""),
        component=_component(failure.get("componentFailure") or {}),
        created=str(found.get("dateCreated") or ""),
        pipeline=str(found.get("sourcePipelineArn") or ""),
        distribution=str((found.get("distributionConfiguration") or {}).get("arn") or ""),
        amis=tuple(map(_ami, listed((found.get("outputResources") or {}).get("amis")))),
        failures=tuple(map(_failure, listed((failure.get("distributionFailure") or {}).get("regionFailures")))),
        places=tuple(_places(arn, found.get("distributionConfiguration") or {})),
    )


def _places(arn: str, configuration: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every account and Region that a configuration delivers AMIs to; nothing of an image in a list."""
    builder = (arn.split(":") + [""] * 5)[4]
    for entry in listed(configuration.get("distributions")):
        ami = entry.get("amiDistributionConfiguration") or {}
        accounts = [builder, *(str(one) for one in ami.get("targetAccountIds") or ())] if ami else []
        yield from ((account, str(entry.get("region", ""))) for account in accounts)


def _component(found: Mapping[str, Any]) -> str:
    if not found:
        return ""
    name = "/".join(str(found.get("componentArn", "")).split("/")[1:3])
    return f"component {name}, phase {found.get('phaseName', '?')}, step {found.get('stepName', '?')}"


def _ami(found: Mapping[str, Any]) -> OutputAmi:
    texts = (str(found.get(name) or "") for name in ("accountId", "region", "image", "name"))
    return OutputAmi(*texts)


def _failure(found: Mapping[str, Any]) -> RegionFailure:
    names = ("targetAccountId", "region", "status", "imageConfigurationStep", "errorMessage")
    texts = (str(found.get(name) or "") for name in names)
    return RegionFailure(*texts)


def _step(found: Mapping[str, Any]) -> WorkflowStep:
    names = ("stepExecutionId", "name", "action", "status", "message", "startTime", "endTime")
    texts = (str(found.get(name) or "") for name in names)
    return WorkflowStep(*texts)


async def failures_in_a_row(port: ServicePort, target: Target, arn: str, name: str) -> int:
    """How many scheduled builds of a pipeline failed one after the other; 0 if there is no such pipeline.

    Args:
        port: Carries the call.
        target: The pipeline's account and Region.
        arn: The pipeline's.
        name: The pipeline's; the list is narrowed by it.

    Raises:
        ServiceError: The service refused.
        TransportError: No answer after several tries.
        CredentialsError: It can't be signed, or AWS refused the signature.
    """
    body = json.dumps({"filters": [{"name": "name", "values": [name]}]}).encode()
    call = Call("imagebuilder", "ListImagePipelines", body, target, "POST", "/ListImagePipelines")
    document = await port.ask(call, wire.parse)
    listed: list[Any] = document.get("imagePipelineList") or []
    found = (one for one in listed if isinstance(one, dict) and one.get("arn") == arn)
    return int(next(found, {}).get("consecutiveFailures") or 0)
