"""Following a build to its end, and writing down what it delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from cloudwright.app.images.build_polls import read_build
from cloudwright.app.images.phase_times import expected_phases, learned_times
from cloudwright.app.images.reading import kept, read_cells
from cloudwright.errors import LockHeld
from cloudwright.imagebuilder.delivery.build_events import BuildEvent, changes
from cloudwright.imagebuilder.delivery.progress import BuildProgress, progress_of
from cloudwright.imagebuilder.delivery.result import DeliveryOutcome, DeliveryResult, outcome_of, result_of
from cloudwright.imagebuilder.delivery.times import iso_seconds
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.state.changes import PutLearned

if TYPE_CHECKING:
    from cloudwright.app.images.session import ImageSession
    from cloudwright.imagebuilder.delivery.scope import ImageLine
    from cloudwright.services.image_models import ImageBuild
    from cloudwright.state.deliveries import ImageDelivery
    from cloudwright.target import Target

Watch = Callable[[BuildProgress, tuple[BuildEvent, ...]], None]
"""Is shown every picture of a build, with what changed since the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedBuild:
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


async def follow(session: ImageSession, followed: FollowedBuild, watch: Watch) -> DeliveryResult:
    """Follow a build to its end.

    Args:
        session: With the clients.
        followed: What is followed.
        watch: Is shown what happens.

    Raises:
        CloudwrightError: AWS no longer answers; the build continues.
    """
    build, progress = await _to_the_end(session, followed, watch)
    notes = await _settle(session, followed, progress, outcome_of(build, progress.cells))
    began = followed.delivery.started_at if followed.delivery else iso_seconds(build.created)
    ended = result_of(build, progress, verb=followed.verb, key=followed.line.key)
    result = replace(
        ended,
        pipeline=followed.pipeline,
        seconds=max((progress.ended or session.now()) - began, 0.0) if began else 0.0,
        found=followed.found,
        names=followed.line.names,
        notes=notes,
    )
    if session.runtime.tracing is not None:
        session.runtime.tracing.built(progress)
        session.runtime.tracing.delivered(result)
    return result


async def _to_the_end(session: ImageSession, followed: FollowedBuild, watch: Watch) -> tuple[ImageBuild, BuildProgress]:
    expected = expected_phases(session.snapshot.learned, followed.pipeline)
    places = [cell.place for cell in followed.line.cells]
    before: BuildProgress | None = None
    delay = 0.0
    while True:
        build, workflows = await read_build(session.builds, followed.target, followed.image)
        progress = progress_of(build, workflows, places, expected=expected, names=followed.line.names)
        build_events = tuple(changes(before, progress))
        watch(progress, build_events)
        if build.ended:
            return build, progress
        before = progress
        delay = session.poll(0.0 if build_events else delay)
        await asyncio.sleep(delay)


async def _settle(
    session: ImageSession, followed: FollowedBuild, progress: BuildProgress, outcome: DeliveryOutcome
) -> tuple[str, ...]:
    """Record how a delivery ended and what its cells contain now."""
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
            if learned := learned_times(session.snapshot.learned, followed.pipeline, progress):
                await held.commit(PutLearned(learned))
    except LockHeld as error:
        return (f"its end is not in the state yet ({error.message}); `cloudwright images follow FILE` records it",)
    return ()


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
