"""Starting an execution or a distribution, exactly once, even across crashes.

The client token is in the state before the call. A run that is killed between the call and its answer leaves an open
delivery; the next one sends the same token again, by which Image Builder finds the execution that it started.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from cloudwright.app.images.reading import kept, read_cell, read_pointers, unreadable
from cloudwright.app.images.session import new_id, verify_builder
from cloudwright.errors import CredentialsError, NeedsHuman, NotAnswered, ServiceError, TransportError
from cloudwright.imagebuilder.delivery.present import PresentCell
from cloudwright.imagebuilder.delivery.times import iso_seconds, iso_text
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.state.changes import DropDelivery
from cloudwright.state.deliveries import ImageDelivery

if TYPE_CHECKING:
    from cloudwright.app.images.session import ImageSession, LeasedState
    from cloudwright.imagebuilder.delivery.scope import DeclaredCell, ImageLine, PipelineLine
    from cloudwright.services.port import Guard

Send = Callable[[dict[str, Any], "Guard"], Awaitable[str]]
"""Sends the members of a request under a guard; gives the ARN of the image build version."""

TOKEN_LIFE = 8 * 3600.0
"""Seconds for which a client token is taken to find its execution; Image Builder documents no time."""


@dataclass(frozen=True, slots=True)
class StartedExecution:
    """An execution that was started, by this run or by an earlier one.

    Attributes:
        found: An earlier run started it; this one started nothing.
    """

    delivery: ImageDelivery
    found: bool = False


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What shall be started.

    Attributes:
        verb: `run` or `promote`.
        line: What it delivers by.
        members: Of the request, without the client token.
        send: Sends them.
        pipeline: What builds; `None` for an image that is only distributed.
        again: Forget what an earlier run started, and start over.
    """

    verb: str
    line: ImageLine
    members: dict[str, Any]
    send: Send
    pipeline: PipelineLine | None = None
    again: bool = False


async def start(session: ImageSession, request: StartRequest) -> StartedExecution:
    """Start a delivery, or find the one that an earlier run started.

    Args:
        session: With the clients.
        request: What shall be started.

    Raises:
        LockHeld: Another run works on this stage; nothing was sent.
        NeedsHuman: It is unknown whether an earlier run started one.
        CloudwrightError: AWS refused it, or could not be asked.
    """
    await verify_builder(session, request.line)
    async with session.leased() as held:
        started = await _open(session, held, request)
        if started is not None:
            return started
        delivery = await held.put(
            ImageDelivery(
                id=new_id(),
                verb=request.verb,
                key=request.line.key,
                pipeline=request.pipeline.key if request.pipeline else "",
                target=request.line.target,
                client_token=new_id(),
                request=request.members,
                started_at=held.moment(request.line.key),
                replaced=await _values_before(session, request.line),
            )
        )
        return StartedExecution(await _send(held, request, delivery))


async def _send(held: LeasedState, request: StartRequest, delivery: ImageDelivery) -> ImageDelivery:
    """Send the request of a delivery that is in the state."""
    try:
        image = await request.send({**delivery.request, "clientToken": delivery.client_token}, held.guard)
    except ServiceError:
        # AWS has answered: nothing was started. A throttle or a failure inside AWS comes here only after all retries.
        await held.commit(DropDelivery(delivery.id))
        raise
    except NotAnswered as error:
        error.hint = "run the same command again: it continues what this one started, and starts nothing new"
        raise
    return await held.put(replace(delivery, image=image))


async def _open(session: ImageSession, held: LeasedState, request: StartRequest) -> StartedExecution | None:
    """What an earlier run left open, brought up to date; `None` if this run may start its own."""
    pipeline = request.pipeline.key if request.pipeline else ""
    for delivery in session.deliveries(request.line.key, held.snapshot):
        same = (delivery.verb, delivery.pipeline) == (request.verb, pipeline)
        if delivery.ended_at or not same:
            continue
        if request.again:
            await held.commit(DropDelivery(delivery.id))
            continue
        return await _resumed(session, held, request, delivery)
    return None


async def _resumed(
    session: ImageSession, held: LeasedState, request: StartRequest, delivery: ImageDelivery
) -> StartedExecution | None:
    if delivery.image:
        if not delivery.left:
            return StartedExecution(delivery, found=True)
        build = await session.builds.image(delivery.target, delivery.image)
        return None if build.ended else StartedExecution(delivery, found=True)
    if session.now() - delivery.started_at < TOKEN_LIFE:
        same = replace(request, members=dict(delivery.request))
        return StartedExecution(await _send(held, same, delivery), found=True)
    return await _searched(session, held, request, delivery)


async def _searched(
    session: ImageSession, held: LeasedState, request: StartRequest, delivery: ImageDelivery
) -> StartedExecution | None:
    """An execution whose token is too old: the pipeline's images show whether one was started."""
    since = iso_text(delivery.started_at)
    if request.pipeline is None:
        raise NeedsHuman(
            f"a {delivery.verb} of {delivery.key} was interrupted at {since}, and it is unknown whether AWS accepted "
            "it; nothing was sent",
            hint="look for an image of that time in Image Builder's console. If it is there, follow it: "
            "`cloudwright images follow FILE --image ARN`. If not, run the same command with --start-over",
        )
    builds = [one async for one in session.builds.pipeline_images(delivery.target, request.pipeline.arn)]
    known = {one.image for one in held.snapshot.deliveries}
    later = [one for one in builds if iso_seconds(one.created) >= delivery.started_at - 60 and one.arn not in known]
    if not later:
        await held.commit(DropDelivery(delivery.id))
        return None
    first = min(later, key=lambda one: one.created)
    return StartedExecution(await held.put(replace(delivery, image=first.arn)), found=True)


async def _values_before(session: ImageSession, line: ImageLine) -> dict[str, object]:
    """What the parameters and launch templates of the declared cells hold before the delivery."""
    found = {}
    for cell in line.cells:
        if cell.parameters or cell.templates:
            found[cell.place] = await _pointers(session, cell)
    home = line.builder
    if home not in found and line.cell(home) is not None:
        found[home] = await read_cell(session, line, home)
    return kept(found)


async def _pointers(session: ImageSession, cell: DeclaredCell) -> PresentCell:
    empty = PresentCell(place=cell.place)
    try:
        target = await session.reached(cell.place)
    except (ServiceError, TransportError, CredentialsError) as error:
        return replace(empty, problem=unreadable(session, cell.place, error))
    return await read_pointers(session, empty, cell, target)
