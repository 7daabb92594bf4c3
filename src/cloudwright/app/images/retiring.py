"""Retiring old images: read what is there and what uses it, plan, carry out step by step under a journal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudwright.app.images.reading import finished_and_running, patterns, unreadable
from cloudwright.app.images.session import new_id, verify_builder
from cloudwright.errors import CredentialsError, ProgramError, ServiceError, TransportError
from cloudwright.imagebuilder.delivery.lifecycle import policies_of
from cloudwright.imagebuilder.delivery.present import belongs, by_age
from cloudwright.imagebuilder.delivery.retirement import (
    FoundAmi,
    RetireAction,
    RetirePlan,
    RetireResult,
    RetireRules,
    RetireStep,
    choose,
    step_document,
    step_of,
    steps_of,
)
from cloudwright.imagebuilder.delivery.scope import Place, chosen_line
from cloudwright.imagebuilder.delivery.times import iso_text
from cloudwright.services.autoscaling import scaling_groups
from cloudwright.state.changes import DropDelivery
from cloudwright.state.deliveries import ImageDelivery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.app.images.session import ImageSession, LeasedState
    from cloudwright.imagebuilder.delivery.lifecycle import AgePolicy
    from cloudwright.imagebuilder.delivery.scope import ImageLine
    from cloudwright.services.image_models import Ami, ImageBuild, ImageUse
    from cloudwright.target import Target

Approve = Callable[[RetirePlan], Awaitable[bool]]

_GONE = frozenset({"InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"})
"""What EC2 says of an AMI that is deregistered already."""

_UNREADABLE = (ServiceError, TransportError, CredentialsError)
_STATES = {RetireAction.DEPRECATE: "DEPRECATED", RetireAction.DISABLE: "DISABLED", RetireAction.DEREGISTER: "DELETED"}
_DEPRECATION_LEAD = 120.0
"""Seconds into the future: EC2 takes no deprecation time that has passed, and rounds to the minute."""


async def plan_retirement(session: ImageSession, key: str | None, rules: RetireRules) -> RetirePlan:
    """What a retirement would do; reads only.

    Args:
        session: With the clients.
        key: The distribution configuration's key; needed only if the program has several.
        rules: Which images.

    Raises:
        ProgramError: There is no such key, the rules choose nothing in particular, or a lifecycle policy would do the
            same.
    """
    line = chosen_line(session.lines, key)
    if not (rules.amis or rules.older_than is not None or rules.keep is not None):
        raise ProgramError(
            "which images? Nothing was sent",
            hint="name AMIs, or say --older-than 180d, --keep 3, or both",
        )
    policies = policies_of(session.plan, line.recipes)
    if not rules.role and policies:
        rules = replace(rules, role=policies[0].role)
    found, unknown = await _read_places(session, line)
    _refuse_unknown_amis(rules, found, unknown)
    chosen, refused = choose(found, rules, session.now())
    _refuse_work_of_a_policy([one for one in policies if one.does(rules.action, chosen, session.now())], chosen)
    steps = steps_of(chosen, await _builds(session, line, chosen), rules, line.builder)
    return RetirePlan(
        key=line.key,
        action=rules.action,
        steps=tuple(replace(step, token=new_id()) for step in steps),
        refused=tuple(refused),
        unknown=unknown,
        names=line.names,
        notes=tuple(f"the lifecycle policy {policy.key} {policy.words} by itself" for policy in policies),
    )


async def _read_places(session: ImageSession, line: ImageLine) -> tuple[list[FoundAmi], dict[Place, str]]:
    """The AMIs in every place of a line, former ones included; and why a place could not be read."""
    _, _, former = await finished_and_running(session, line)
    places = list(dict.fromkeys([*(cell.place for cell in line.cells), *sorted(former)]))
    read = await asyncio.gather(*(_read_place(session, line, place) for place in places))
    unknown = {place: why for place, (_, why) in zip(places, read, strict=True) if why}
    return [one for ones, _ in read for one in ones], unknown


def _refuse_work_of_a_policy(doing: Sequence[AgePolicy], chosen: Sequence[FoundAmi]) -> None:
    if chosen and doing:
        raise ProgramError(
            f"the lifecycle policy {doing[0].key} does the same to all {len(chosen)} of these AMIs ({doing[0].words}); "
            "nothing was sent",
            hint="leave it to the policy, or take its rule out of the program and deploy",
        )


def _refuse_unknown_amis(rules: RetireRules, found: Sequence[FoundAmi], unknown: dict[Place, str]) -> None:
    known = {one.ami.id for one in found}
    missing = [id for id in rules.amis if id not in known]
    if not missing:
        return
    unread = f"; {len(unknown)} places could not be read, such as {next(iter(unknown))}" if unknown else ""
    raise ProgramError(
        f"{', '.join(missing)}: no such AMI of this line in any account and Region of the distribution{unread}; "
        "nothing was sent",
        hint="`cloudwright images FILE --live` shows what is where; an AMI of another account or another line is not "
        "retired from here",
    )


# -- what is there, and what uses it


async def _read_place(session: ImageSession, line: ImageLine, place: Place) -> tuple[list[FoundAmi], str]:
    """The AMIs of a line in one place; none, and the reason, if their users can't be determined."""
    try:
        target = await session.reached(place)
        found = session.ec2.own_images(target, patterns(line, line.cell(place)))
        amis = [ami async for ami in found if belongs(ami, line.cell(place), line.recipes)]
        uses, published = await _uses(session, line, place, target, amis) if amis else ({}, set())
    except _UNREADABLE as error:
        return [], unreadable(session, place, error)
    usable = [ami for ami in amis if ami.state == "available"]
    newest = max(usable, key=by_age, default=None)
    return [
        FoundAmi(
            place=place,
            ami=ami,
            newest=ami is newest,
            uses=tuple(uses.get(ami.id, ())),
            published=ami.id in published,
        )
        for ami in amis
    ], ""


async def _uses(
    session: ImageSession, line: ImageLine, place: Place, target: Target, amis: Sequence[Ami]
) -> tuple[dict[str, list[str]], set[str]]:
    """What uses an AMI or points at it, in words; and the AMIs that a parameter or a default version publishes."""
    uses: dict[str, list[str]] = {ami.id: [] for ami in amis}
    published: set[str] = set()
    cell = line.cell(place)
    if cell is not None and cell.parameters:
        for name, value in (await session.parameters.values(target, cell.parameters)).items():
            uses.setdefault(value, []).append(f"parameter {name} points at it")
            published.add(value)
    images = {}
    for version in await session.ec2.versions_in_use(target):
        images[version.template, version.number] = version.image
        which = "default" if version.default else "latest"
        published |= {version.image} if version.default else set()
        uses.setdefault(version.image, []).append(
            f"the {which} version ({version.number}) of launch template {version.template} launches it"
        )
    for group in await scaling_groups(session.port, target):
        for template, number in group.templates:
            image = images.get((template, number)) or await _image_of(session, target, template, number)
            uses.setdefault(image, []).append(f"Auto Scaling group {group.name} launches it")
    for one in await session.ec2.references(target, [ami.id for ami in amis]):
        _add_reference(uses.setdefault(one.image, []), one)
    return {image: list(dict.fromkeys(words)) for image, words in uses.items()}, published


def _add_reference(words: list[str], use: ImageUse) -> None:
    """Add what EC2 itself knows to refer to an AMI, unless it is listed already in other words."""
    name = use.arn.rpartition("/")[2] or use.arn.rpartition(":")[2]
    if any(name in word for word in words):
        return
    if use.type == "ec2:LaunchTemplate":
        words.append(
            f"an older version of launch template {name} launches it; delete that version first "
            "(`aws ec2 delete-launch-template-versions`)"
        )
    else:
        words.append(f"{_KINDS.get(use.type, use.type)} {name} uses it")


_KINDS = {
    "ec2:Instance": "instance",
    "ssm:Parameter": "parameter",
    "imagebuilder:ImageRecipe": "image recipe",
    "imagebuilder:ContainerRecipe": "container recipe",
}


async def _image_of(session: ImageSession, target: Target, template: str, version: str) -> str:
    versions = await session.ec2.template_versions(target, template, [version])
    return versions[0].image if versions else ""


async def _builds(session: ImageSession, line: ImageLine, chosen: Sequence[FoundAmi]) -> dict[str, ImageBuild]:
    """The images that made the chosen AMIs, as far as Image Builder still knows them."""
    found: dict[str, ImageBuild] = {}
    for arn in dict.fromkeys(one.ami.builder for one in chosen if one.ami.builder):
        try:
            found[arn] = await session.builds.image(line.target, arn)
        except ServiceError:
            continue
    return found


# -- carrying it out


async def retire(session: ImageSession, key: str | None, rules: RetireRules, approve: Approve) -> RetireResult:
    """Retire what a plan shows; an interrupted retirement continues where it stopped.

    Args:
        session: With the clients.
        key: The distribution configuration's key; needed only if the program has several.
        rules: Which images.
        approve: Asked for the plan.

    Raises:
        ProgramError: See `plan_retirement`; nothing was sent.
        LockHeld: Another run works on this stage.
    """
    line = chosen_line(session.lines, key)
    await verify_builder(session, line)
    async with session.leased() as held:
        found = session.deliveries(line.key, held.snapshot)
        opened = next((one for one in found if one.verb == "retire" and not one.ended_at), None)
        plan = await _rest_of(session, line, opened) if opened else await plan_retirement(session, line.key, rules)
        if not plan.steps or not await approve(plan):
            if opened is not None and not plan.steps:
                await held.put(replace(opened, ended_at=session.now(), outcome="delivered"))
            return RetireResult(plan=plan, declined=bool(plan.steps))
        delivery = await held.put(_narrowed(opened, plan) if opened else _begun(held, line, plan))
        return await _carried_out(session, held, plan, delivery)


async def _rest_of(session: ImageSession, line: ImageLine, delivery: ImageDelivery) -> RetirePlan:
    """The rest of an interrupted retirement, without AMIs in use by now or whose users can't be determined."""
    steps = [step_of(step) for step in delivery.steps.values() if isinstance(step, dict)]
    left = [step for step in steps if not step.done]
    action = RetireAction(str(delivery.request.get("action", "deregister")))
    amis = [one for step in left for one in step.amis]
    places = list(dict.fromkeys([*(cell.place for cell in line.cells), *(place for place, _ in amis)]))
    read = await asyncio.gather(*(_read_place(session, line, place) for place in places))
    unknown = {place: why for place, (_, why) in zip(places, read, strict=True) if why}
    # Its rules are not kept: whether an AMI is old enough has not changed, only what uses it may have.
    rules = RetireRules(amis=tuple(ami for _, ami in amis), action=action, protect_days=0)
    _, refused = choose([one for found, _ in read for one in found], rules, session.now())
    spared = {(one.place, one.image) for one in refused} | {one for one in amis if one[0] in unknown}
    return RetirePlan(
        key=line.key,
        action=action,
        steps=tuple(step for step in left if not spared & set(step.amis)),
        refused=tuple(refused),
        unknown=unknown,
        names=line.names,
        resumed=True,
    )


def _narrowed(delivery: ImageDelivery, plan: RetirePlan) -> ImageDelivery:
    """A retirement without the steps that are refused by now."""
    kept = {step.image for step in plan.steps}
    steps = {
        number: document
        for number, document in delivery.steps.items()
        if isinstance(document, dict) and (document.get("done") or document.get("image") in kept)
    }
    return replace(delivery, steps=steps)


def _begun(held: LeasedState, line: ImageLine, plan: RetirePlan) -> ImageDelivery:
    return ImageDelivery(
        id=new_id(),
        verb="retire",
        key=line.key,
        target=line.target,
        client_token=new_id(),
        request={"action": str(plan.action)},
        started_at=held.moment(line.key),
        steps={f"{number:06d}": step_document(step) for number, step in enumerate(plan.steps)},
    )


async def _carried_out(
    session: ImageSession, held: LeasedState, plan: RetirePlan, delivery: ImageDelivery
) -> RetireResult:
    done: list[RetireStep] = []
    failed: list[tuple[RetireStep, str]] = []
    kept: list[str] = []
    for number, document in delivery.steps.items():
        step = step_of(document) if isinstance(document, dict) else None
        if step is None or step.done:
            continue
        try:
            kept += await _retire(session, held, delivery, step)
        except _UNREADABLE as error:
            failed.append((step, error.message))
            continue
        done.append(replace(step, done=True))
        steps: dict[str, Any] = {**delivery.steps, number: step_document(done[-1])}
        delivery = await held.put(replace(delivery, steps=steps))
    if failed and not done and not plan.resumed:
        await held.commit(DropDelivery(delivery.id))
    elif not failed or plan.resumed:
        # What failed twice stays as it is: the next retirement makes a plan of its own.
        outcome = "partial" if failed else "delivered"
        await held.put(replace(delivery, ended_at=session.now(), outcome=outcome))
    return RetireResult(plan=plan, done=tuple(done), failed=tuple(failed), kept=tuple(kept))


async def _retire(
    session: ImageSession, held: LeasedState, delivery: ImageDelivery, step: RetireStep
) -> tuple[str, ...]:
    """Carry out one step; gives the snapshots that EC2 kept."""
    target = session.target(step.place)
    if step.whole_image:
        await _retire_image(session, held, delivery, step)
        return ()
    if step.action is RetireAction.DEPRECATE:
        at = iso_text(session.now() + _DEPRECATION_LEAD)
        await session.ec2.deprecate(target, step.image, at, held.guard)
    elif step.action is RetireAction.DISABLE:
        await session.ec2.disable(target, step.image, held.guard)
    else:
        return await _deregister(session, held, step, target)
    return ()


async def _deregister(session: ImageSession, held: LeasedState, step: RetireStep, target: Target) -> tuple[str, ...]:
    try:
        return await session.ec2.deregister(target, step.image, held.guard)
    except ServiceError as error:
        # A delivery whose answer got lost, or the run before this one, has done it.
        if error.code in _GONE:
            return ()
        raise


async def _retire_image(session: ImageSession, held: LeasedState, delivery: ImageDelivery, step: RetireStep) -> None:
    """Have Image Builder retire an image with all its AMIs, and wait until it has."""
    resources = {"amis": True, **({"snapshots": True} if step.action is RetireAction.DEREGISTER else {})}
    members = {
        "resourceArn": step.image,
        "state": {"status": _STATES[step.action]},
        "executionRole": step.role,
        "includeResources": resources,
        "clientToken": step.token,
    }
    execution = await session.builds.update_state(delivery.target, members, held.guard)
    delay = 0.0
    while execution:
        status, reason = await session.builds.lifecycle_status(delivery.target, execution)
        if status == "SUCCESS":
            return
        if status not in {"PENDING", "IN_PROGRESS"}:
            raise ServiceError(f"lifecycle execution {status}", reason or "Image Builder gave no reason")
        delay = session.poll(delay)
        await asyncio.sleep(delay)
