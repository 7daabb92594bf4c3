"""What is where, promotion, rollback and retirement, over the real engine and the local cloud."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.errors import ProgramError
from cloudwright.imagebuilder.delivery.matrix import CellStatus, DifferenceKind
from cloudwright.imagebuilder.delivery.retirement import RetireAction, RetireRules
from cloudwright.imagebuilder.delivery.scope import Place
from cloudwright.local.faults import Fault
from cloudwright.target import Target
from images_kit import (
    ABROAD,
    BUILD,
    DEV,
    GUEST,
    HOME,
    PARAMETER,
    PROD,
    Gallows,
    Killed,
    Outside,
    deployed,
    program,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app_kit import World
    from cloudwright import App

STRANGER = "888888888888"


async def test_what_somebody_changed_is_reported_cell_by_cell(world: World) -> None:
    app = await deployed(world)
    outside = Outside(world)
    for _ in range(2):
        await app.images.run()
        await asyncio.sleep(60)
    ami = (await outside.amis(BUILD, ABROAD))[-1]
    older = (await outside.amis(BUILD, HOME))[0]
    former, copy = await outside.amis(DEV, HOME)
    await outside.ec2.deregister(Target(DEV, HOME), former, _unguarded)
    await outside.revoke(ABROAD, ami, GUEST)
    await outside.share(ABROAD, ami, STRANGER)
    await outside.parameters.put_image(Target(BUILD, HOME), PARAMETER, older, _unguarded)
    await outside.ec2.deregister(Target(DEV, HOME), copy, _unguarded)
    report = await app.images.live()

    assert {
        (DifferenceKind.PERMISSION_MISSING, GUEST),
        (DifferenceKind.PERMISSION_ADDED, STRANGER),
        (DifferenceKind.PARAMETER, PARAMETER),
        (DifferenceKind.IMAGE, copy),
    } == {(one.kind, one.subject) for one in report.matrices[0].differences}
    cells = {cell.place: cell.status for cell in report.matrices[0].cells}
    assert CellStatus.MISSING is cells[Place(DEV, HOME)]
    assert CellStatus.CURRENT is cells[Place(PROD, ABROAD)]


async def test_copies_that_are_no_longer_declared_are_found(world: World) -> None:
    app = await deployed(world)
    await app.images.run()
    less = world.app(program(abroad=False))
    await less.deploy()
    (matrix,) = (await less.images.live()).matrices

    found = {one.place: one.text for one in matrix.differences}
    assert {Place(BUILD, ABROAD), Place(PROD, ABROAD)} == set(found)
    assert "stayed there, though the program no longer delivers to this place" in found[Place(PROD, ABROAD)]


async def test_an_account_that_can_not_be_read_is_unknown_and_never_missing(world: World) -> None:
    app = await deployed(world)
    await app.images.run()
    refusal = {"code": "UnauthorizedOperation", "message": "You are not authorized"}
    world.cloud.faults.add(Fault("refuse", operation="DescribeImages", options=refusal, count=1))
    report = await app.images.live()

    (unknown,) = report.matrices[0].unknown
    assert CellStatus.UNKNOWN is unknown.status
    assert "You are not authorized" in unknown.reason
    assert not report.drifted


async def test_a_rollback_without_a_former_image_says_so(world: World) -> None:
    app = await deployed(world)
    with pytest.raises(ProgramError, match="the state records no delivery of images"):
        await app.images.rollback("images")
    await app.images.run()

    with pytest.raises(ProgramError, match="is the first image that images delivered"):
        await app.images.rollback("images")


async def test_a_rollback_takes_permissions_away_with_consent_alone(world: World) -> None:
    app = await deployed(world)
    await app.images.run()
    await app.images.run()
    outside = Outside(world)
    newest = (await outside.amis(BUILD, HOME))[-1]
    back = await app.images.rollback("images")
    kept = await outside.ec2.permissions(Target(BUILD, HOME), newest)
    await app.images.rollback("images", version="1.0.0/2")
    await app.images.rollback("images", version="1.0.0/1", permissions=True)
    taken = await outside.ec2.permissions(Target(BUILD, HOME), newest)

    assert 0 == back.exit_code
    assert any("--permissions removes them" in text for text in back.plan.cannot)
    assert kept
    assert not taken


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("ami-0000000000000000f", "there is no AMI ami-0000000000000000f"),
        ("ssm:/no/such", "there is no parameter /no/such"),
        ("imagez", "no distribution configuration 'imagez'; did you mean 'images'"),
        ("images", "images has no finished image to promote"),
        (f"arn:aws:imagebuilder:{HOME}:{BUILD}:image/golden/1.0.0/9", "AWS has no image"),
    ],
)
async def test_a_source_that_does_not_fit_is_refused_and_nothing_is_sent(world: World, source: str, words: str) -> None:
    app = await deployed(world)

    with pytest.raises(ProgramError, match=words):
        await app.images.promote(source, "images")

    assert "DistributeImage" not in [call.action for call in world.cloud.calls]


async def test_an_ami_of_another_account_is_not_promoted(world: World) -> None:
    app = await deployed(world)
    await app.images.run()
    outside = Outside(world)
    (copy,) = await outside.amis(DEV, HOME)

    with pytest.raises(ProgramError, match=f"{copy}"):
        await app.images.promote(copy, "images")


async def test_a_promotion_that_is_declined_sends_nothing(world: World) -> None:
    app = await deployed(world)
    await app.images.run()

    async def decline(_: object) -> bool:
        return False

    assert await app.images.promote("images", "images", approve=decline) is None
    assert 1 == len((await world.snapshot()).deliveries)


async def test_retirement_refuses_what_is_newest_and_what_is_pointed_at(world: World) -> None:
    app = await deployed(world)
    await app.images.run()
    plan = await app.images.plan_retire(None, RetireRules(keep=0))

    assert () == plan.steps
    assert {"it is the newest image of its line there"} == {one.reason for one in plan.refused}
    with pytest.raises(ProgramError, match="no images were chosen"):
        await app.images.plan_retire(None, RetireRules())
    with pytest.raises(ProgramError, match="no such AMI of this line"):
        await app.images.plan_retire(None, RetireRules(amis=("ami-0",)))


async def test_each_step_that_can_be_undone_names_the_command(world: World) -> None:
    app = await deployed(world)
    await app.images.run()
    await app.images.run()
    result = await app.images.retire(rules=RetireRules(keep=1, action=RetireAction.DISABLE))

    assert 0 == result.exit_code
    assert result.done
    assert all(step.undo.startswith("aws ec2 enable-image --image-id ami-") for step in result.done)


async def cut_off(world: World, act: Callable[[App], Awaitable[object]], at: str, **options: Any) -> None:
    """Kill a run right after the first call of a name."""
    gallows = Gallows(world, on=at)
    app = world.app(program(**options)).configure(runtime=gallows.runtime)
    with pytest.raises(Killed):
        await act(app)
    await asyncio.sleep(61)


async def test_a_rollback_that_was_cut_off_is_forgotten_once_another_image_was_delivered(world: World) -> None:
    app = await deployed(world)
    for _ in range(2):
        await app.images.run()
    await cut_off(world, lambda one: one.images.rollback("images"), "PutParameter")
    await app.images.run()
    back = await app.images.rollback("images")

    assert ("1.0.0/3", "1.0.0/2", False) == (back.plan.leaves, back.plan.version, back.plan.resumed)
    assert not (await app.images.live()).drifted


async def test_a_rollback_that_was_cut_off_does_not_go_where_another_version_was_asked_for(world: World) -> None:
    app = await deployed(world)
    for _ in range(3):
        await app.images.run()
    await cut_off(world, lambda one: one.images.rollback("images"), "PutParameter")
    back = await app.images.rollback("images", version="1.0.0/1")

    assert ("1.0.0/1", False) == (back.plan.version, back.plan.resumed)
    assert not (await app.images.live()).drifted


async def test_a_retirement_that_was_cut_off_spares_what_is_used_by_now(world: World) -> None:
    app = await two_images(world)
    outside = Outside(world)
    older = (await outside.amis(BUILD, HOME))[0]
    rules = RetireRules(keep=1, protect_days=0)
    await cut_off(world, lambda one: one.images.retire(rules=rules), "state:commit", launch=False)
    await outside.parameters.put_image(Target(BUILD, HOME), PARAMETER, older, _unguarded)
    rest = await app.images.retire(rules=rules)

    assert rest.plan.resumed
    assert older in await outside.amis(BUILD, HOME)
    assert {older: f"parameter {PARAMETER} points at it"}.items() <= {
        one.image: one.reason for one in rest.plan.refused
    }.items()
    assert all(one.ended_at for one in (await world.snapshot()).deliveries)


ROLE = f"arn:aws:iam::{BUILD}:role/lifecycle"


async def two_images(world: World) -> App:
    """Two images of which nothing launches the older one."""
    app = await deployed(world, launch=False)
    await app.images.run()
    await app.images.run()
    return app


async def test_image_builder_retires_a_whole_image_of_its_own_with_a_role(world: World) -> None:
    app = await two_images(world)
    before = len(world.cloud.calls)
    result = await app.images.retire(rules=RetireRules(keep=1, role=ROLE))
    sent = [call.action for call in list(world.cloud.calls)[before:]]

    (step,) = result.done
    assert (True, 5, "1.0.0/1", ROLE) == (step.whole_image, len(step.amis), step.version, step.role)
    assert 1 == sent.count("StartResourceStateUpdate")
    assert "DeregisterImage" not in sent
    for place in [(BUILD, HOME), (DEV, HOME), (PROD, HOME), (BUILD, ABROAD), (PROD, ABROAD)]:
        assert 1 == len(await Outside(world).amis(*place))


async def test_what_image_builder_has_disabled_can_be_enabled_again(world: World) -> None:
    app = await two_images(world)
    result = await app.images.retire(rules=RetireRules(keep=1, role=ROLE, action=RetireAction.DISABLE))

    (step,) = result.done
    assert step.undo == (
        "aws imagebuilder start-resource-state-update --state status=AVAILABLE --resource-arn "
        f"arn:aws:imagebuilder:{HOME}:{BUILD}:image/golden/1.0.0/1 --execution-role {ROLE} "
        f"--include-resources amis=true --region {HOME}"
    )


async def test_without_a_role_each_ami_is_retired_by_itself(world: World) -> None:
    app = await two_images(world)
    result = await app.images.retire(rules=RetireRules(keep=1))

    assert 5 == len(result.done)
    assert not any(step.whole_image for step in result.done)


async def test_a_role_that_image_builder_may_not_use_is_reported(world: World) -> None:
    app = await two_images(world)
    refusal = {"code": "InvalidRequestException", "message": "Image Builder can't assume the role lifecycle"}
    world.cloud.faults.add(Fault("refuse", operation="StartResourceStateUpdate", options=refusal))
    result = await app.images.retire(rules=RetireRules(keep=1, role=ROLE))

    assert 1 == result.exit_code
    ((_, why),) = result.failed
    assert why == "InvalidRequestException: Image Builder can't assume the role lifecycle"
    assert not [one for one in (await world.snapshot()).deliveries if one.verb == "retire"]


async def _unguarded() -> None:
    pass
