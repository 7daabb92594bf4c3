"""Starting a pipeline, and what can be done with a build that is there: find it, cancel it, retry it, decide a step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudwright.app.images.following import FollowedBuild
from cloudwright.app.images.session import new_id, unguarded, verify_builder
from cloudwright.app.images.starting import StartedExecution, StartRequest, start
from cloudwright.errors import CloudwrightError, ProgramError, ServiceError
from cloudwright.imagebuilder.delivery.scope import chosen_pipeline, images_of

if TYPE_CHECKING:
    from typing import Any

    from cloudwright.app.images.session import ImageSession
    from cloudwright.imagebuilder.delivery.scope import ImageLine, PipelineLine
    from cloudwright.services.image_models import ImageBuild, WaitingStep
    from cloudwright.services.port import Guard
    from cloudwright.state.deliveries import ImageDelivery
    from cloudwright.target import Target


async def start_run(
    session: ImageSession, key: str | None, *, start_over: bool
) -> tuple[ImageLine, PipelineLine, StartedExecution]:
    """Start a pipeline, or find the execution that an earlier run started.

    Args:
        session: With the clients.
        key: The pipeline's key; needed only if the program has several.
        start_over: Forget an execution that an earlier run left open.

    Raises:
        ProgramError: There is no such pipeline, or it is disabled; nothing was sent.
        CloudwrightError: AWS refused.
    """
    line, pipeline = chosen_pipeline(session.lines, session.plan, key)
    await verify_builder(session, line)
    await _refuse_disabled(session, pipeline)

    async def send(members: dict[str, Any], guard: Guard) -> str:
        return await session.builds.start(pipeline.target, pipeline.arn, members["clientToken"], guard)

    request = StartRequest(
        verb="run",
        line=line,
        members={"imagePipelineArn": pipeline.arn},
        send=send,
        pipeline=pipeline,
        again=start_over,
    )
    return line, pipeline, await start(session, request)


async def _refuse_disabled(session: ImageSession, pipeline: PipelineLine) -> None:
    try:
        found = await session.builds.pipeline(pipeline.target, pipeline.arn)
    except ServiceError as error:
        if error.name not in {"ResourceNotFound", "NotFound"}:
            raise
        raise ProgramError(
            f"{pipeline.key}: AWS has no pipeline {pipeline.arn}; nothing was sent",
            hint="it was deleted; `cloudwright drift FILE` shows what else is missing, and "
            "`cloudwright deploy FILE --refresh` creates it again",
        ) from error
    if found.enabled:
        return
    if found.failures:
        raise ProgramError(
            f"AWS disabled {pipeline.key} after {found.failures} failed scheduled builds in a row; nothing was sent",
            hint="fix the build (`cloudwright images follow FILE` shows why the last one failed), then declare "
            "Status='ENABLED' and deploy",
        )
    raise ProgramError(
        f"{pipeline.key} is disabled, so it is not run; nothing was sent", hint="declare Status='ENABLED' and deploy"
    )


# -- a build that is there


async def followed_build(session: ImageSession, key: str | None, image: str | None) -> FollowedBuild:
    """The build that a command means: by its ARN, else the pipeline's open or latest one.

    Args:
        session: With the clients.
        key: The pipeline's key; needed only if the program has several.
        image: The full ARN of an image build version.

    Raises:
        ProgramError: There is no such pipeline or image.
    """
    if image is not None:
        return await _by_arn(session, image)
    if key is None and not any(line.pipelines for line in session.lines) and images_of(session.plan):
        return await _declared_image(session)
    line, pipeline = chosen_pipeline(session.lines, session.plan, key)
    await verify_builder(session, line)
    delivery = next((one for one in session.deliveries(line.key) if _followable(one, pipeline.key)), None)
    if delivery is not None and not delivery.ended_at:
        return _followed(line, delivery.image, delivery, pipeline.key)
    builds = [one async for one in session.builds.pipeline_images(pipeline.target, pipeline.arn)]
    if not builds:
        raise ProgramError(f"{pipeline.key} has built nothing yet", hint="start a build: `cloudwright images run FILE`")
    latest = max(builds, key=lambda one: (not one.ended, one.created, one.arn))
    known = next((one for one in session.deliveries(line.key) if one.image == latest.arn), None)
    return _followed(line, latest.arn, known, pipeline.key)


def _followable(delivery: ImageDelivery, pipeline: str) -> bool:
    return bool(delivery.image) and (delivery.pipeline == pipeline or delivery.verb == "promote")


def _followed(line: ImageLine, image: str, delivery: ImageDelivery | None, pipeline: str) -> FollowedBuild:
    unsettled = delivery if delivery is not None and not delivery.ended_at else None
    return FollowedBuild(
        verb="follow", line=line, image=image, target=line.target, delivery=unsettled, pipeline=pipeline, found=True
    )


async def _by_arn(session: ImageSession, arn: str) -> FollowedBuild:
    parts = arn.split(":")
    if (
        len(parts) < 6
        or parts[2] != "imagebuilder"
        or arn.count("/") != 3
        or "x" in arn.rpartition("/")[0].split("/")[-1]
    ):
        raise ProgramError(
            f"{arn!r} is not the full ARN of an image build version; nothing was sent",
            hint="it ends with the version and the build, such as .../image/golden/1.0.0/1; a wildcard would find only "
            "images that are AVAILABLE",
        )
    home = [line for line in session.lines if (line.target.account, line.target.region) == (parts[4], parts[3])]
    if not home:
        raise ProgramError(
            f"{arn} is in {parts[4]}/{parts[3]}, where the program has no distribution configuration; nothing was sent",
            hint="name an image of the program's build account and Region",
        )
    await verify_builder(session, home[0])
    build = await _existing(session, home[0].target, arn)
    line = next((one for one in home if build.distribution == one.arn), home[0])
    delivery = next((one for one in session.deliveries(line.key) if one.image == arn), None)
    pipeline = next((one.key for one in line.pipelines if one.arn == build.pipeline), "")
    return _followed(line, arn, delivery, pipeline)


async def _declared_image(session: ImageSession) -> FollowedBuild:
    """The `Image` resource of a program without pipelines; it builds when it is deployed."""
    keys = [one.key for one in images_of(session.plan)]
    records = {one.key: one for one in session.snapshot.records if one.current}
    found = [records[key] for key in keys if key in records]
    if len(found) != 1:
        raise ProgramError(
            f"the program has {len(found)} deployed images; say which one you mean",
            hint="name it: `cloudwright images follow FILE --image ARN`",
        )
    return await _by_arn(session, found[0].identifier)


async def _existing(session: ImageSession, target: Target, arn: str) -> ImageBuild:
    try:
        return await session.builds.image(target, arn)
    except ServiceError as error:
        if error.name not in {"ResourceNotFound", "NotFound"}:
            raise
        raise ProgramError(f"AWS has no image {arn}; nothing was sent") from error


async def cancel_build(session: ImageSession, followed: FollowedBuild) -> None:
    """Have Image Builder stop a build; what it has already made is kept.

    It needs no lease: it writes nothing into the state, and the build may be that of a deploy that is in progress.

    Args:
        session: With the clients.
        followed: Which build.

    Raises:
        ProgramError: It has ended already; nothing was sent.
    """
    await verify_builder(session, followed.line)
    build = await _existing(session, followed.target, followed.image)
    if build.ended:
        raise ProgramError(f"{followed.image} has ended already ({build.status}): there is nothing to cancel")
    await session.builds.cancel(followed.target, followed.image, new_id(), unguarded)


async def retry_build(session: ImageSession, followed: FollowedBuild) -> FollowedBuild:
    """Have Image Builder go on with a failed image from the step that failed.

    Args:
        session: With the clients.
        followed: Which build.

    Raises:
        ProgramError: It has not failed, or is no AMI; nothing was sent.
    """
    await verify_builder(session, followed.line)
    build = await _existing(session, followed.target, followed.image)
    _refuse_retry(build)
    async with session.leased() as held:
        known = next((one for one in held.snapshot.deliveries if one.image == followed.image), None)
        if known is not None:
            # Open again, so that a run that is cut off now finds it.
            known = await held.put(replace(known, ended_at=0.0, outcome="", left=False))
        await session.builds.retry(followed.target, followed.image, new_id(), held.guard)
    return replace(followed, delivery=known)


def _refuse_retry(build: ImageBuild) -> None:
    if build.type != "AMI":
        raise ProgramError(
            f"{build.arn} is a container image; Image Builder retries AMIs only, and nothing was sent",
            hint="start a new build",
        )
    if build.status not in {"FAILED", "CANCELLED"}:
        state = "is still under way" if not build.ended else f"is {build.status}"
        raise ProgramError(
            f"{build.arn} {state}: only an image that failed or was cancelled can be retried; nothing was sent",
            hint="`cloudwright images follow FILE` shows its progress",
        )


# -- steps that wait


async def waiting_steps(session: ImageSession) -> list[tuple[Target, WaitingStep]]:
    """The workflow steps that wait, with where they are.

    Args:
        session: With the clients.
    """
    homes = dict.fromkeys(line.target for line in session.lines)
    for line in session.lines:
        await verify_builder(session, line)
    return [(home, step) for home in homes for step in await session.builds.waiting(home)]


async def answer_step(session: ImageSession, wanted: str | None, *, approve: bool, reason: str) -> WaitingStep:
    """Let a waiting step go on, or stop it.

    It needs no lease: it writes nothing into the state, and the build may be that of a deploy that is in progress.

    Args:
        session: With the clients.
        wanted: Its id or its name; needed only if several wait.
        approve: Whether the build continues.
        reason: Recorded beside the decision.

    Raises:
        CloudwrightError: No such step waits, or several do; nothing was sent.
    """
    found = await waiting_steps(session)
    fitting = [one for one in found if wanted in {None, one[1].id, one[1].name}]
    if len(fitting) != 1:
        raise _no_step(wanted, [step for _, step in found], len(fitting))
    target, step = fitting[0]
    await session.builds.answer_step(target, step, resume=approve, reason=reason, token=new_id(), guard=unguarded)
    return step


def _no_step(wanted: str | None, waiting: list[WaitingStep], fitting: int) -> CloudwrightError:
    listed = ", ".join(f"{step.name} ({step.id})" for step in waiting)
    if not waiting:
        return ProgramError(
            "no workflow step waits for a decision; nothing was sent",
            hint="`cloudwright images follow FILE` shows the build's progress",
        )
    if fitting:
        return ProgramError(f"{fitting} workflow steps wait; nothing was sent", hint=f"name one of them: {listed}")
    return ProgramError(f"no workflow step {wanted!r} waits; nothing was sent", hint=f"these do: {listed}")
