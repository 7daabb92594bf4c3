"""A distribution configuration from its first plan to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright import scope, secret, target
from cloudwright.aws import SNS, ImageBuilder
from cloudwright.aws.control import AWS
from cloudwright.engine.outcome import Status
from cloudwright.errors import DuplicateKey, InvalidProperties, PlanError, ProgramError, StaleReference
from cloudwright.plan.model import Action, Order

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World

TYPE = "ImageBuilder::DistributionConfiguration"
REGIONS: list[ImageBuilder.DistributionConfiguration_Distribution] = [
    {"Region": "us-west-2", "AmiDistributionConfiguration": {"Name": "ami-{{ imagebuilder:buildDate }}"}}
]


def config(key: str = "config", **changes: Any) -> ImageBuilder.DistributionConfiguration:
    options = {name: value for name, value in changes.items() if name.islower()}
    properties = {name: value for name, value in changes.items() if not name.islower()}
    document: Any = {"Name": "golden", "Description": "one", "Distributions": REGIONS, **properties}
    return AWS.ImageBuilder.DistributionConfiguration(key, document, **options)


def only(key: str = "config", **changes: Any) -> Callable[[], None]:
    def program() -> None:
        config(key, **changes)

    return program


async def test_it_is_created_once_and_then_nothing_changes(world: World) -> None:
    async def program() -> dict[str, Any]:
        made = await config()
        return {"Arn": made.Arn}

    first = await world.deploy(program)
    second = await world.deploy(program)

    arn = "arn:aws:imagebuilder:us-east-1:000000000000:distribution-configuration/golden"
    assert [(outcome.key, outcome.status) for outcome in first.outcomes] == [("config", Status.DONE)]
    assert {"Arn": arn} == first.outputs == second.outputs
    assert len(world.live(TYPE)) == 1
    assert second.plans[0].empty
    assert second.calls == 0


async def test_an_edited_description_is_an_update_in_place(world: World) -> None:
    await world.deploy(only())
    result = await world.deploy(only(Description="two"))

    (step,) = result.plans[0].changes
    assert (step.action, [change.path for change in step.changes]) == (Action.UPDATE, ["/Description"])
    assert [found["Description"] for found in world.live(TYPE)] == ["two"]


async def test_edited_distributions_touch_only_the_leaves_that_differ(world: World) -> None:
    more = [*REGIONS, {"Region": "eu-west-1", "AmiDistributionConfiguration": {"TargetAccountIds": ["123456789012"]}}]
    await world.deploy(only())
    result = await world.deploy(only(Distributions=more))

    (step,) = result.plans[0].changes
    assert [(change.path, change.kind) for change in step.changes] == [("/Distributions/1", "add")]
    assert [entry["Region"] for entry in world.live(TYPE)[0]["Distributions"]] == ["us-west-2", "eu-west-1"]


async def test_a_new_name_makes_a_new_one_before_the_old_one_goes(world: World) -> None:
    await world.deploy(only())
    result = await world.deploy(only(Name="silver"))

    (step,) = result.plans[0].changes
    assert (step.action, step.order) == (Action.REPLACE, Order.CREATE_FIRST)
    assert [found["Name"] for found in world.live(TYPE)] == ["silver"]
    assert [record.generation for record in (await world.snapshot()).records] == [1]


async def test_a_name_with_the_same_slug_lets_the_old_one_go_first(world: World) -> None:
    await world.deploy(only(Name="Golden Dist"))
    result = await world.deploy(only(Name="golden-dist"))

    (step,) = result.plans[0].changes
    assert (step.action, step.order) == (Action.REPLACE, Order.DELETE_FIRST)
    assert [found["Name"] for found in world.live(TYPE)] == ["golden-dist"]


async def test_what_is_declared_no_more_is_deleted(world: World) -> None:
    await world.deploy(only())
    result = await world.deploy(lambda: None)

    assert [(step.key, step.action) for step in result.plans[0].changes] == [("config", Action.DELETE)]
    assert world.live(TYPE) == []
    assert (await world.snapshot()).records == ()


async def test_destroy_leaves_nothing(world: World) -> None:
    await world.deploy(only())
    result = await world.destroy()

    assert result.ok
    assert world.live(TYPE) == []
    assert (await world.snapshot()).records == ()


async def test_a_renamed_id_moves_the_record_and_sends_nothing(world: World) -> None:
    await world.deploy(only("before"))
    result = await world.deploy(only("after"))

    (step,) = result.plans[0].changes
    assert (step.action, step.moved_from) == (Action.MOVE, "before")
    assert result.calls == 0
    assert list(await world.records()) == ["after"]


async def test_an_alias_moves_the_record_of_a_type_whose_names_tell_nothing(world: World) -> None:
    def program(key: str, **options: Any) -> Callable[[], None]:
        def declare() -> None:
            AWS.EC2.VPC(key, CidrBlock="10.0.0.0/16", **options)

        return declare

    await world.deploy(program("old"))
    result = await world.deploy(program("new", aliases="old"))

    assert (result.calls, list(await world.records())) == (0, ["new"])


async def test_a_reference_makes_the_order(world: World) -> None:
    def program() -> dict[str, Any]:
        topic = SNS.Topic("topic", TopicName="builds")
        infra = ImageBuilder.InfrastructureConfiguration(
            "infra", Name="infra", InstanceProfileName="profile", SnsTopicArn=topic.TopicArn
        )
        return {"Topic": f"the topic is {topic.TopicArn}", "Infra": infra.Arn}

    result = await world.deploy(program)

    assert result.outputs["Topic"] == "the topic is arn:aws:sns:us-east-1:000000000000:builds"
    assert (await world.records())["infra"].depends_on == ("topic",)
    assert (await world.deploy(program)).calls == 0


async def test_places_are_kept_apart(world: World) -> None:
    def program() -> None:
        with target(region="eu-west-1", account="222222222222"), scope("eu"):
            config()
        config(region="us-west-2")

    await world.deploy(program)

    records = await world.records()
    assert {key: str(record.target) for key, record in records.items()} == {
        "eu/config": "222222222222/eu-west-1",
        "config": "000000000000/us-west-2",
    }


async def test_another_declared_region_is_a_replacement(world: World) -> None:
    await world.deploy(only(region="us-west-2"))
    result = await world.deploy(only(region="eu-west-1"))

    (step,) = result.plans[0].changes
    assert (step.action, step.changes[0].rule) == (Action.REPLACE, "target")
    assert [str(record.target) for record in (await world.records()).values()] == ["000000000000/eu-west-1"]


async def test_an_existing_resource_is_read_and_not_managed(world: World) -> None:
    arns: list[str] = []

    async def first() -> None:
        arns.append((await config()).Arn)

    await world.deploy(first)

    async def second() -> dict[str, Any]:
        config()
        found = AWS.ImageBuilder.DistributionConfiguration.get("found", arns[-1])
        return {"Description": (await found).Description}

    result = await world.deploy(second)

    assert result.outputs == {"Description": "one"}
    assert list(await world.records()) == ["config"]


async def test_what_a_new_resource_brings_along_is_read_once_it_is_there(world: World) -> None:
    async def program() -> dict[str, Any]:
        made = await config()
        found = AWS.ImageBuilder.DistributionConfiguration.get("found", made.Arn)
        return {"Description": (await found).Description}

    plan = await world.plan(program)
    result = await world.deploy(program)

    assert plan.partial is not None
    assert {"Description": "one"} == result.outputs
    assert (await world.deploy(program)).calls <= 1


async def test_what_is_read_of_a_new_resource_has_to_be_awaited(world: World) -> None:
    def program() -> None:
        AWS.ImageBuilder.DistributionConfiguration.get("found", config().Arn)

    with pytest.raises(PlanError, match="known only after deploy") as caught:
        await world.plan(program)
    assert "await the resource" in str(caught.value.hint)


async def test_a_missing_existing_resource_is_a_clear_error(world: World) -> None:
    def program() -> None:
        AWS.S3.Bucket.get("found", "no-such-bucket")

    with pytest.raises(PlanError, match="can't be read"):
        await world.plan(program)


async def test_protected_resources_are_neither_deleted_nor_replaced(world: World) -> None:
    await world.deploy(only(protect=True))

    with pytest.raises(PlanError, match="protected"):
        await world.deploy(only(Name="other", protect=True))
    with pytest.raises(PlanError, match="protected"):
        await world.deploy(lambda: None)
    with pytest.raises(PlanError, match="protected"):
        await world.destroy()
    assert len(world.live(TYPE)) == 1


async def test_protection_holds_from_the_edit_that_brings_it(world: World) -> None:
    await world.deploy(only())

    with pytest.raises(PlanError, match="protected"):
        await world.deploy(only(Name="other", protect=True))
    assert len(world.live(TYPE)) == 1


async def test_retained_resources_are_forgotten(world: World) -> None:
    await world.deploy(only(retain=True))
    result = await world.deploy(lambda: None)

    assert [step.action for step in result.plans[0].changes] == [Action.FORGET]
    assert len(world.live(TYPE)) == 1
    assert (await world.snapshot()).records == ()


async def test_ignored_changes_are_left_alone(world: World) -> None:
    await world.deploy(only())
    result = await world.deploy(only(Description="two", ignore_changes=["Description"]))

    assert result.plans[0].empty


async def test_a_value_in_replace_on_replaces(world: World) -> None:
    await world.deploy(only(replace_on=["v1"]))
    result = await world.deploy(only(replace_on=["v2"]))

    (step,) = result.plans[0].changes
    assert (step.action, step.changes[0].rule) == (Action.REPLACE, "replaceOn")


async def test_secrets_stay_out_of_plan_and_state(world: World) -> None:
    canary = "canary-5f1c"

    def program() -> dict[str, Any]:
        made = AWS.SecretsManager.Secret("password", SecretString=secret(canary), Name="password")
        return {"Name": made.Name, "Password": secret(canary)}

    result = await world.deploy(program)

    assert canary not in repr(result)
    assert canary not in repr(await world.snapshot())
    assert canary not in str(result.plans)
    assert result.outputs["Password"].reveal() == canary  # type: ignore[attr-defined]
    assert (await world.deploy(program)).calls == 0


# -- bad input: a clear error, nothing sent, nothing lost


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"Nmae": "x"}, "fix: Write Name"),
        ({"Description": 5}, "/Description"),
        ({"Distributions": None}, "missing required property 'Distributions'"),
        ({"Arn": "arn:aws:x"}, "/Arn"),
        ({"Distributions": [{"Regoin": "us-west-2"}]}, "fix: Write Region"),
    ],
)
async def test_properties_that_do_not_fit_are_refused_before_any_call(
    world: World, properties: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidProperties, match=words) as caught:
        await world.deploy(only(**properties))

    assert "test_distribution_life.py:" in str(caught.value)
    assert list(world.cloud.calls) == []


def test_an_unknown_type_suggests_a_near_one() -> None:
    with pytest.raises(ProgramError, match="DistributionConfiguration"):
        AWS.ImageBuilder.DistributionConfig  # type: ignore[attr-defined]  # noqa: B018 - the access is the point
    with pytest.raises(ProgramError, match="ImageBuilder"):
        AWS.ImageBulder.DistributionConfiguration  # type: ignore[attr-defined]  # noqa: B018


async def test_the_same_id_twice_names_both_places(world: World) -> None:
    def program() -> None:
        config()
        config(Name="other")

    with pytest.raises(DuplicateKey, match=r"test_distribution_life\.py:\d+ and at .*test_distribution_life\.py:\d+"):
        await world.deploy(program)


async def test_a_circle_of_dependencies_is_printed(world: World) -> None:
    def program() -> None:
        config("a", Name="aaa", depends_on="b")
        config("b", Name="bbb", depends_on="a")

    with pytest.raises(ProgramError, match=r"(?s)depend on each other in a cycle.*a.*b"):
        await world.deploy(program)


async def test_a_dependency_that_nobody_declares_is_named(world: World) -> None:
    def program() -> None:
        config()
        config("x", Name="xxx", depends_on="confg")

    with pytest.raises(ProgramError, match="did you mean 'config'"):
        await world.deploy(program)


async def test_an_exception_of_the_program_deletes_nothing(world: World) -> None:
    await world.deploy(only())

    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await world.deploy(broken)
    assert len(world.live(TYPE)) == 1


async def test_a_handle_from_an_earlier_run_is_named(world: World) -> None:
    cached: list[ImageBuilder.DistributionConfiguration] = []

    def program() -> dict[str, Any]:
        if not cached:
            cached.append(config())
        return {"Arn": cached[0].Arn}

    (failed,) = (await world.deploy(program)).failed
    assert isinstance(failed.error, StaleReference)
    assert "'config' survives" in failed.message


async def test_declaring_outside_of_a_program_says_where_it_belongs() -> None:
    with pytest.raises(ProgramError, match="while an app's program runs"):
        config()


async def test_a_name_left_out_is_made_once_and_kept(world: World) -> None:
    def program(description: str) -> Callable[[], None]:
        def declare() -> None:
            ImageBuilder.DistributionConfiguration("nameless", Description=description, Distributions=REGIONS)

        return declare

    await world.deploy(program("one"))
    (first,) = [found["Name"] for found in world.live(TYPE)]
    result = await world.deploy(program("two"))
    unchanged = await world.deploy(program("two"))
    replaced = await world.deploy(program("two"), replace=("nameless",))
    (second,) = [found["Name"] for found in world.live(TYPE)]

    assert first.startswith("test-dev-nameless-")
    assert [step.action for step in result.plans[0].changes] == [Action.UPDATE]
    assert unchanged.calls == 0
    assert [(step.action, step.order) for step in replaced.plans[0].changes] == [(Action.REPLACE, Order.CREATE_FIRST)]
    assert second != first
