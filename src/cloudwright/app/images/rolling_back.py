"""Rolling back, step by step under a journal: an interrupted rollback continues where it stopped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudwright.app.images.reading import kept, read_cells
from cloudwright.app.images.session import ARRIVALS, new_id, verify_builder
from cloudwright.errors import CredentialsError, ServiceError, TransportError
from cloudwright.imagebuilder.delivery.promotion import Move, MoveKind
from cloudwright.imagebuilder.delivery.rollback import (
    BACK_TO,
    RollbackPlan,
    RollbackResult,
    former_delivery,
    move_document,
    move_of,
    names,
    plan_rollback,
    version_in,
)
from cloudwright.imagebuilder.delivery.scope import chosen_line
from cloudwright.state.changes import DropDelivery
from cloudwright.state.deliveries import ImageDelivery

if TYPE_CHECKING:
    from cloudwright.app.images.session import ImageSession, LeasedState
    from cloudwright.imagebuilder.delivery.rollback import FormerDelivery
    from cloudwright.imagebuilder.delivery.scope import ImageLine

Approve = Callable[[RollbackPlan], Awaitable[bool]]


async def roll_back(
    session: ImageSession, key: str, version: str | None, *, permissions: bool, approve: Approve
) -> RollbackResult:
    """Point everything back to a former delivery.

    Args:
        session: With the clients.
        key: The distribution configuration's key.
        version: The image version to go back to; the one before by default.
        permissions: Also take the launch permissions of the newer AMIs away.
        approve: Asked for the plan.

    Raises:
        ProgramError: There is nothing to go back to; nothing was sent.
        LockHeld: Another run works on this stage.
    """
    line = chosen_line(session.lines, key)
    await verify_builder(session, line)
    async with session.leased() as held:
        opened = await _resumable(session, held, line, version)
        if opened is not None:
            plan = _rest_of(line, opened)
        else:
            plan = await _planned(session, held, line, version, permissions=permissions)
        if not await approve(plan):
            return RollbackResult(plan=plan, declined=True)
        delivery = opened or await held.put(_begun(held, line, plan))
        return await _carried_out(session, held, line, plan, delivery)


async def _resumable(
    session: ImageSession, held: LeasedState, line: ImageLine, version: str | None
) -> ImageDelivery | None:
    """The rollback that was cut off, if it is still what the user wants: nothing was delivered since.

    Any other one is forgotten: every move sets a value, so a new plan covers the rest.
    """
    found = session.deliveries(line.key, held.snapshot)
    opened = next((one for one in found if _unfinished(one)), None)
    if opened is None:
        return None
    later = any(one.verb in ARRIVALS and one.started_at > opened.started_at for one in found)
    if not later and (version is None or names(version, str(opened.request.get(BACK_TO, "")))):
        return opened
    await held.commit(DropDelivery(opened.id))
    held.snapshot = await session.runtime.services.store.read()
    return None


def _unfinished(delivery: ImageDelivery) -> bool:
    return delivery.verb == "rollback" and not delivery.ended_at


def _rest_of(line: ImageLine, delivery: ImageDelivery) -> RollbackPlan:
    steps = [step for step in delivery.steps.values() if isinstance(step, dict) and not step.get("done")]
    back_to = str(delivery.request.get(BACK_TO, ""))
    return RollbackPlan(
        key=line.key,
        leaves=str(delivery.request.get("leaves", "")),
        version=version_in(back_to),
        image=back_to,
        moves=tuple(map(move_of, steps)),
        names=line.names,
        resumed=True,
    )


async def _planned(
    session: ImageSession, held: LeasedState, line: ImageLine, version: str | None, *, permissions: bool
) -> RollbackPlan:
    former = former_delivery(line.key, session.deliveries(line.key, held.snapshot), version)
    present = await read_cells(session, line)
    return plan_rollback(line, former, present, await _gone(session, former), permissions=permissions)


async def _gone(session: ImageSession, former: FormerDelivery) -> frozenset[str]:
    """The AMIs of a former delivery that no longer exist; one that can't be looked for counts as there."""
    gone: set[str] = set()
    for place, cell in former.cells.items():
        wanted = {*cell.parameters.values(), *(one.image for one in cell.templates.values()), cell.image} - {""}
        if not wanted:
            continue
        try:
            found = await session.ec2.images(session.target(place), sorted(wanted))
        except (ServiceError, TransportError, CredentialsError):
            continue
        usable = {ami.id for ami in found if ami.state == "available"}
        gone |= {id for id in wanted if id.startswith("ami-")} - usable
    return frozenset(gone)


def _begun(held: LeasedState, line: ImageLine, plan: RollbackPlan) -> ImageDelivery:
    return ImageDelivery(
        id=new_id(),
        verb="rollback",
        key=line.key,
        target=line.target,
        client_token=new_id(),
        request={BACK_TO: plan.image, "leaves": plan.leaves},
        started_at=held.moment(line.key),
        steps={f"{number:04d}": move_document(move) for number, move in enumerate(plan.moves)},
    )


async def _carried_out(
    session: ImageSession, held: LeasedState, line: ImageLine, plan: RollbackPlan, delivery: ImageDelivery
) -> RollbackResult:
    done: list[Move] = []
    failed: list[tuple[Move, str]] = []
    for number, step in delivery.steps.items():
        document: dict[str, Any] = dict(step) if isinstance(step, dict) else {}
        if document.get("done"):
            continue
        move = move_of(document)
        try:
            await _make(session, held, move)
        except (ServiceError, TransportError, CredentialsError) as error:
            failed.append((move, error.message))
            continue
        done.append(move)
        delivery = await held.put(replace(delivery, steps={**delivery.steps, number: {**document, "done": True}}))
    if failed and not done and not plan.resumed:
        await held.commit(DropDelivery(delivery.id))
    elif not failed or plan.resumed:
        # What failed twice stays as it is: the next rollback makes a plan of its own.
        standing, outcome = await read_cells(session, line), "partial" if failed else "delivered"
        await held.put(replace(delivery, ended_at=session.now(), outcome=outcome, delivered=kept(standing)))
    return RollbackResult(plan=plan, done=tuple(done), failed=tuple(failed))


async def _make(session: ImageSession, held: LeasedState, move: Move) -> None:
    """Make one move; each sets a value, so that made twice it is the same."""
    target = session.target(move.place)
    if move.kind is MoveKind.PARAMETER:
        await session.parameters.put_image(target, move.subject, move.new, held.guard)
    elif move.kind is MoveKind.TEMPLATE:
        await session.ec2.set_default_version(target, move.subject, move.new, held.guard)
    else:
        await session.ec2.change_permissions(target, move.subject, held.guard, add=move.added, remove=move.removed)
