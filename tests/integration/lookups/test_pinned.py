"""Lookups are pinned: a plan's answers are those of its apply, and the state's those of `--frozen`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright import Secret, lookup, outputs, secret
from cloudwright.aws import EC2, SNS, SSM
from cloudwright.errors import ForgottenAwait, LookupFailed, ProgramError, StalePlan
from cloudwright.plan.lookups import differing
from cloudwright.plan.model import Action
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.saved import Saved, from_json, plan_from, to_json
from cloudwright.render.plan.text import PlanText
from cloudwright.render.terminal.style import TerminalStyle

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.plan.model import Plan


FROZEN = PlanOptions(frozen=True)
OLD, NEW = "ami-0aaaaaaaaaaaaaaaa", "ami-0bbbbbbbbbbbbbbbb"


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.cloud.answer("ami", OLD)
    return world


async def server() -> None:
    image = await lookup.ami(owner="amazon", name="al2023-*", newest=True, label="base-ami")
    EC2.LaunchTemplate("server", LaunchTemplateName="server", LaunchTemplateData={"ImageId": image})


def images(world: World) -> list[Any]:
    return [one["LaunchTemplateData"]["ImageId"] for one in world.live("EC2::LaunchTemplate")]


def text(plan: Plan) -> str:
    return "\n".join(PlanText(TerminalStyle()).lines(plan))


async def test_the_first_plan_holds_the_answer_and_calls_it_no_change(world: World) -> None:
    plan = await world.app(server).plan()
    (pinned,) = plan.lookups
    assert (pinned.label, pinned.answer, pinned.recorded, pinned.effects) == ("base-ami", OLD, False, ())
    assert pinned.question == 'ami(name="al2023-*", newest=true, owner="amazon")'
    assert "Lookups" not in text(plan)


async def test_the_answer_moves_between_plan_and_apply(world: World) -> None:
    saved = from_json(to_json(Saved(await world.app(server).plan())))
    world.cloud.answer("ami", NEW)
    result = await world.app(server).deploy(saved.plan)
    assert result.ok
    assert images(world) == [OLD]


async def test_the_next_plan_shows_the_move_and_what_it_changes(world: World) -> None:
    await world.deploy(server)
    world.cloud.answer("ami", NEW)
    plan = await world.app(server).plan()
    assert plan.lookups[0].effects == ("server /LaunchTemplateData/ImageId",)
    assert f"  ~ base-ami: {OLD} -> {NEW}\n      changes server /LaunchTemplateData/ImageId" in text(plan)
    assert plan.count(Action.UPDATE) == 1


async def test_frozen_keeps_the_recorded_answer(world: World) -> None:
    await world.deploy(server)
    world.cloud.answer("ami", NEW)
    plan = await world.app(server).plan(FROZEN)
    assert plan.empty
    assert not any(map(differing, plan.lookups))
    await world.deploy(server, frozen=True)
    assert images(world) == [OLD]
    await world.deploy(server)
    assert images(world) == [NEW]
    assert (await world.app(server).plan(FROZEN)).empty


async def test_frozen_without_a_recorded_answer_is_an_error(world: World) -> None:
    with pytest.raises(LookupFailed, match=r"lookup base-ami at .*test_pinned.py:\d+ has no recorded answer"):
        await world.app(server).plan(FROZEN)


async def test_an_answer_that_changes_nothing_is_recorded_by_a_quiet_deploy(world: World) -> None:
    async def program() -> None:
        await lookup.ami(owner="self", name="x")
        SNS.Topic("alarms", TopicName="alarms")

    await world.deploy(program)
    world.cloud.answer("ami", NEW)
    plan = await world.app(program).plan()
    assert plan.empty
    assert "changes nothing in this plan" in text(plan)
    await world.deploy(program)
    (kept,) = (await world.snapshot()).lookups.values()
    assert kept == {"label": 'ami(name="x", newest=false, owner="self")', "answer": NEW}
    assert "Lookups" not in text(await world.app(program).plan())


async def test_what_is_no_longer_asked_leaves_the_state(world: World) -> None:
    await world.deploy(server)

    async def program() -> None:
        EC2.LaunchTemplate("server", LaunchTemplateName="server", LaunchTemplateData={"ImageId": OLD})

    await world.deploy(program)
    assert (await world.snapshot()).lookups == {}


async def test_a_plan_of_a_part_keeps_the_answer_that_changes_nothing_in_it(world: World) -> None:
    async def program() -> None:
        await server()
        SNS.Topic("alarms", TopicName="alarms")

    await world.deploy(program)
    world.cloud.answer("ami", NEW)
    await world.deploy(program, targets=("alarms",))
    assert (await world.app(program).plan(FROZEN)).empty
    await world.deploy(program, targets=("server",))
    assert images(world) == [NEW]
    assert (await world.app(program).plan(FROZEN)).empty


async def test_a_question_is_asked_once_for_all_who_await_it(world: World) -> None:
    asked: list[str] = []

    @lookup
    async def release(repository: str, *, channel: str | None = "stable") -> dict[str, list[int]]:
        asked.append(f"{repository} {channel}")
        await asyncio.sleep(0)
        return {"version": [1, 2]}

    async def program() -> dict[str, Any]:
        one, other = await asyncio.gather(release("web"), release("web"))
        one["version"].append(3)
        again, edge = await release("web"), await release("web", channel=None)
        topic = SNS.Topic("alarms", TopicName="alarms")
        await topic
        SNS.Topic("more", TopicName=f"{topic.TopicName}-{again['version'][1]}")
        return {"other": other, "again": again, "edge": edge}

    result = await world.deploy(program)
    assert asked == ["web stable", "web None"]
    same = {"version": [1, 2]}
    assert result.outputs == {"other": same, "again": same, "edge": same}


async def test_a_partial_plan_sees_the_same_answer_in_all_its_stages(world: World) -> None:
    asked: list[str] = []

    @lookup
    async def length_of(arn: str) -> int:
        asked.append(arn)
        return len(arn)

    async def program() -> None:
        image = await lookup.ami(owner="amazon", name="al2023-*", newest=True)
        topic = SNS.Topic("alarms")
        count = await length_of(topic.TopicArn)  # known only after deploy: the plan ends here
        world.cloud.answer("ami", NEW)
        EC2.LaunchTemplate("server", LaunchTemplateName=f"server-{count}", LaunchTemplateData={"ImageId": image})

    result = await world.deploy(program)
    assert result.ok
    assert len(result.plans) == 2
    assert result.plans[0].partial
    assert images(world) == [OLD]
    assert len(asked) == 1
    assert asked[0].startswith("arn:aws:sns:")


async def test_a_question_without_an_answer_has_none_in_the_second_run_either(world: World) -> None:
    async def program() -> dict[str, object]:
        try:
            image = await lookup.ssm("/images/golden")
        except LookupFailed:
            image = OLD
        world.cloud.answer("ssm", NEW)
        EC2.LaunchTemplate("server", LaunchTemplateName="server", LaunchTemplateData={"ImageId": image})
        return {"image": image}

    result = await world.deploy(program)
    assert [outcome.message for outcome in result.failed] == []
    assert result.outputs == {"image": OLD}


async def test_a_program_that_asks_another_question_in_its_second_run_is_refused(world: World) -> None:
    runs: list[int] = []

    async def program() -> None:
        runs.append(1)
        await lookup.ami(owner="self", name=f"build-{len(runs)}")
        SNS.Topic("alarms", TopicName="alarms")

    result = await world.deploy(program)
    assert not result.ok
    failed = result.failed[0]
    assert "the second run of the program made a lookup that is not in the plan" in failed.message
    assert failed.key == 'ami(name="build-2", newest=false, owner="self")'


async def test_a_saved_plan_is_stale_once_the_program_asks_otherwise(world: World) -> None:
    saved = from_json(to_json(Saved(await world.app(server).plan())))

    async def program() -> None:
        await lookup.ami(owner="self", name="x")
        EC2.LaunchTemplate("server", LaunchTemplateName="server", LaunchTemplateData={"ImageId": OLD})

    with pytest.raises(StalePlan, match="the program changed"):
        await world.app(program).deploy(saved.plan)


@pytest.mark.parametrize("yes", [True, False])
async def test_a_fleet_applies_the_answers_that_were_approved(world: World, yes: bool) -> None:  # noqa: FBT001 - a parameter
    from cloudwright.fleet.consent import FleetConsent
    from cloudwright.fleet.model import Verb
    from cloudwright.fleet.verb_handlers import HANDLERS

    handler = HANDLERS[Verb.DEPLOY]
    inspected = await handler.inspect(world.app(server), PlanOptions())
    world.cloud.answer("ami", NEW)
    assert handler.apply is not None
    consent = FleetConsent(plan_from(inspected["plan"]), yes)
    assert (await handler.apply(world.app(server), PlanOptions(), consent)).ok
    assert consent.beyond is None
    assert images(world) == [OLD]


# -- secrets


async def with_secret() -> None:
    token = await lookup.secret("/token", label="token")
    SSM.Parameter("copy", Name="/copy", Type="String", Value=token)


async def test_a_secret_answer_is_masked_in_plans_and_sealed_in_the_state(world: World) -> None:
    world.cloud.answer("secret", secret("hunter2"))
    plan = await world.app(with_secret).plan()
    assert "hunter2" not in to_json(Saved(plan))
    await world.deploy(with_secret)
    assert "hunter2" not in json.dumps(dict((await world.snapshot()).lookups))
    assert [one.properties["Value"] for one in world.cloud.resources()] == ["hunter2"]
    world.cloud.answer("secret", secret("hunter3"))
    moved = await world.app(with_secret).plan()
    assert "token: (secret), another value than before" in text(moved)
    assert "hunter" not in text(moved)
    assert (await world.app(with_secret).plan(FROZEN)).empty


async def test_a_saved_plan_is_stale_once_a_secret_changed(world: World) -> None:
    world.cloud.answer("secret", secret("hunter2"))
    saved = from_json(to_json(Saved(await world.app(with_secret).plan())))
    assert (await world.app(with_secret).deploy(saved.plan)).ok
    saved = from_json(to_json(Saved(await world.app(with_secret).plan())))
    world.cloud.answer("secret", secret("hunter3"))
    with pytest.raises(StalePlan, match="token contains a secret that changed since the plan was made"):
        await world.app(with_secret).deploy(saved.plan)


async def test_a_new_sealing_key_opens_recorded_secrets(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from cloudwright.app.key_rotation import rotated
    from cloudwright.plan.sealed_values import unseal_value
    from cloudwright.state.changes import PutLookups
    from cloudwright.state.sealing.keys import PassphraseKeys
    from cloudwright.state.sealing.sealer import Sealer

    world.cloud.answer("secret", secret("hunter2"))
    await world.deploy(with_secret)
    monkeypatch.setenv("CLOUDWRIGHT_KEY_FILE", str(world.folder / "key"))
    keys = PassphraseKeys("another")
    (kept,) = [one for one in rotated(await world.snapshot(), keys) if isinstance(one, PutLookups)]
    ((key, one),) = kept.lookups.items()
    assert isinstance(one, dict)
    assert unseal_value(one["answer"], f"lookups/{key}", Sealer("test", "dev", keys)) == Secret("hunter2")


# -- lookups of the user's


async def test_a_lookup_of_ones_own_may_give_secrets_and_refuses_what_is_no_json(world: World) -> None:
    @lookup
    async def login(user: str) -> dict[str, Any]:
        return {"user": user, "password": secret("hunter2")}

    @lookup
    async def wrong() -> dict[str, Any]:
        return {"one": [1, (2, 3)]}

    async def program() -> None:
        SSM.Parameter("copy", Name="/copy", Type="String", Value=(await login("app"))["password"])

    plan = await world.app(program).plan()
    assert plan.lookups[0].label.endswith('.login(user="app")')
    assert "hunter2" not in to_json(Saved(plan))

    async def bad() -> None:
        await wrong()

    with pytest.raises(ProgramError, match=r"the answer/one/1 is a tuple, which has no JSON form of its own"):
        await world.app(bad).plan()


async def test_a_lookup_of_ones_own_can_not_declare(world: World) -> None:
    @lookup
    async def careless() -> int:
        SNS.Topic("alarms")
        return 1

    async def program() -> None:
        await careless()

    with pytest.raises(ProgramError, match="while an app's program runs"):
        await world.app(program).plan()


async def test_its_own_error_reaches_the_program(world: World) -> None:
    @lookup
    async def broken() -> int:
        raise ConnectionError("no route to the office")

    async def program() -> None:
        await broken()

    with pytest.raises(ConnectionError, match="no route to the office"):
        await world.app(program).plan()


def test_only_asynchronous_functions_are_lookups() -> None:
    def plain() -> int:
        return 1

    with pytest.raises(ProgramError, match="takes an `async def` function"):
        lookup(plain)  # type: ignore[arg-type]


async def test_a_lookup_that_nobody_awaits_is_an_error(world: World) -> None:
    async def forgetful() -> None:
        lookup.ami(owner="amazon", name="al2023-*")  # type: ignore[unused-coroutine]

    with pytest.raises(ForgottenAwait, match=r"lookup.ami\('amazon'\) at .* was never awaited"):
        await world.app(forgetful).plan()

    async def careless() -> None:
        image: Any = lookup.ami(owner="amazon", name="al2023-*")
        EC2.LaunchTemplate("server", LaunchTemplateData={"ImageId": image})

    with pytest.raises(ForgottenAwait, match="was not awaited before it was put into /LaunchTemplateData/ImageId"):
        await world.app(careless).plan()


async def test_arguments_hold_no_secrets(world: World) -> None:
    async def program() -> None:
        path: Any = secret("/token")
        await lookup.ssm(path)

    with pytest.raises(ProgramError, match=r"lookup.ssm at .*: a lookup's arguments can't hold a secret"):
        await world.app(program).plan()


async def test_destroy_needs_no_answers(world: World) -> None:
    await world.deploy(server)
    world.cloud.fixtures.clear()
    assert (await world.app(server).destroy()).ok


async def test_other_apps_outputs_and_lookups_work_together(world: World) -> None:
    async def network() -> dict[str, str]:
        return {"image": await lookup.ami(owner="amazon", name="al2023-*", newest=True)}

    async def web() -> None:
        image = await lookup.ami(owner="amazon", name="al2023-*", newest=True)
        assert (await outputs("test", stage="dev"))["image"] == image

    await world.deploy(network)
    await world.app(web).plan()
