"""Following a build to its end, and writing down what it delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cloudwright.app.images.reading import kept, read_cells
from cloudwright.errors import LockHeld
from cloudwright.imagebuilder.delivery.moments import Moment, changes
from cloudwright.imagebuilder.delivery.progress import BuildProgress, learned_phases, progress_of
from cloudwright.imagebuilder.delivery.result import (
    DeliveryOutcome,
    DeliveryResult,
    failed_because,
    failures_of,
    outcome_of,
)
from cloudwright.imagebuilder.delivery.times import iso_seconds
from cloudwright.state.model import PutLearned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.app.images.session import ImageSession
    from cloudwright.imagebuilder.delivery.scope import ImageLine, Place
    from cloudwright.services.image_models import ImageBuild
    from cloudwright.state.model import ImageDelivery
    from cloudwright.target import Target

Watch = Callable[[BuildProgress, tuple[Moment, ...]], None]
"""Is shown every picture of a build, with what changed since the one before."""

LEARNED = "images/"
"""Names of learned durations start with this, then the pipeline's key and the phase."""

_DECIMALS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What is followed.

    Attributes:
        verb: For the result: `run`, `promote` or `follow`.
        image: The full ARN of the image build version.
        delivery: What the state holds of it; `None` for an image that cloudwright did not start.
        found: An earlier run started it.
    """

    verb: str
    line: ImageLine
    image: str
    target: Target
    delivery: ImageDelivery | None = None
    pipeline: str = ""
    found: bool = False


async def follow(session: ImageSession, followed: Followed, watch: Watch) -> DeliveryResult:
    """Follow a build to its end.

    Args:
        session: With the clients.
        followed: What is followed.
        watch: Is shown what happens.

    Raises:
        CloudwrightError: AWS can't be asked any more; the build goes on.
    """
    build, progress = await _to_the_end(session, followed, watch)
    outcome = outcome_of(build, progress.cells)
    notes = await _settle(session, followed, build, progress, outcome)
    began = followed.delivery.started_at if followed.delivery else iso_seconds(build.created)
    return DeliveryResult(
        verb=followed.verb,
        key=followed.line.key,
        pipeline=followed.pipeline,
        outcome=outcome,
        image=build.arn,
        version=build.version,
        status=build.status,
        cells=progress.cells,
        failures=failures_of(build),
        failed_step=build.failed_step,
        component=build.component,
        words=build.reason,
        cause=failed_because(build),
        seconds=max(session.now() - began, 0.0) if began else 0.0,
        found=followed.found,
        names=followed.line.names,
        notes=notes,
    )


async def _to_the_end(session: ImageSession, followed: Followed, watch: Watch) -> tuple[ImageBuild, BuildProgress]:
    expected = expected_phases(session, followed.pipeline)
    places = [cell.place for cell in followed.line.cells]
    before: BuildProgress | None = None
    delay = 0.0
    while True:
        build, progress = await look(session, followed, places, expected)
        moments = tuple(changes(before, progress))
        watch(progress, moments)
        if build.ended:
            return build, progress
        before = progress
        delay = session.poll(0.0 if moments else delay)
        await asyncio.sleep(delay)


async def look(
    session: ImageSession, followed: Followed, places: list[Place], expected: Mapping[str, float]
) -> tuple[ImageBuild, BuildProgress]:
    """One look at a build and its workflows.

    Args:
        session: With the clients.
        followed: What is followed.
        places: Every declared cell.
        expected: Phase -> seconds in earlier runs.
    """
    # The image last: when it has ended, nothing of what its workflows show is still to come.
    workflows = await session.builds.workflows(followed.target, followed.image)
    build = await session.builds.image(followed.target, followed.image)
    if build.ended:
        workflows = await session.builds.workflows(followed.target, followed.image)
    return build, progress_of(build, workflows, places, expected=expected, names=followed.line.names)


def expected_phases(session: ImageSession, pipeline: str) -> dict[str, float]:
    """Phase -> the seconds that it took in earlier runs of a pipeline.

    Args:
        session: Whose state has learned them.
        pipeline: The pipeline's key.
    """
    prefix = f"{LEARNED}{pipeline}/"
    learned = session.snapshot.learned
    return {
        name.removeprefix(prefix): float(value)
        for name, value in learned.items()
        if name.startswith(prefix) and isinstance(value, (int, float))
    }


async def _settle(
    session: ImageSession, followed: Followed, build: ImageBuild, progress: BuildProgress, outcome: DeliveryOutcome
) -> tuple[str, ...]:
    """Write down how a delivery ended and what stands in its cells now."""
    if followed.delivery is None:
        return ()
    present = await read_cells(session, followed.line)
    try:
        async with session.leased(patient=True) as held:
            known = held.find(followed.delivery.id)
            if known is not None:
                delivered = kept(present)
                done = replace(known, outcome=str(outcome), ended_at=session.now(), delivered=delivered, left=False)
                await held.put(done)
            if learned := _learned(session, followed.pipeline, progress):
                await held.commit(PutLearned(learned))
    except LockHeld as error:
        return (f"its end is not in the state yet ({error.message}); `cloudwright images follow FILE` records it",)
    del build
    return ()


def _learned(session: ImageSession, pipeline: str, progress: BuildProgress) -> dict[str, object]:
    """How long the phases took, the former figures counted as much as this one."""
    if not pipeline:
        return {}
    before = expected_phases(session, pipeline)
    return {
        f"{LEARNED}{pipeline}/{phase}": round((before.get(phase, seconds) + seconds) / 2, _DECIMALS)
        for phase, seconds in learned_phases(progress).items()
    }


async def leave(session: ImageSession, delivery: ImageDelivery) -> None:
    """Note that nobody waits for a delivery any longer, so that the next run starts its own.

    Args:
        session: With the state.
        delivery: Which.
    """
    async with session.leased() as held:
        known = held.find(delivery.id)
        if known is not None and not known.ended_at:
            await held.put(replace(known, left=True))
