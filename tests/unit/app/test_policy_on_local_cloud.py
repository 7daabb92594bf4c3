"""Deploys under a policy: what it allows goes on, what it doesn't fails with AWS's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.aws import SNS, ImageBuilder, NetworkFirewall
from cloudwright.clock import SystemClock
from cloudwright.engine.outcome import Status
from cloudwright.local.access.policy import policy_of
from cloudwright.local.cloud import LocalCloud
from cloudwright.permissions.actions import permissions_of
from cloudwright.permissions.model import Purpose
from cloudwright.permissions.policy import policies
from cloudwright.schema.catalog import Catalog
from cloudwright.schema.override import override_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

CLOUD_CONTROL = [
    f"cloudformation:{action}"
    for action in (
        "CreateResource",
        "UpdateResource",
        "DeleteResource",
        "GetResource",
        "GetResourceRequestStatus",
        "ListResourceRequests",
    )
]
TOPIC = sorted(
    {action for handler in Catalog.bundled().get("AWS::SNS::Topic").handlers.values() for action in handler.permissions}
)

CREATES = sorted(
    {*Catalog.bundled().get("AWS::SNS::Topic").handlers["create"].permissions}
    - {"iam:PassRole", *override_for("AWS::SNS::Topic").spared("create", {})}
)


def allowing(actions: list[str], *more: Mapping[str, Any]) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [allowed, *more]}


class Guarded(World):
    """A world whose cloud has a policy."""

    def allow(self, policy: Any) -> Guarded:
        self.cloud = LocalCloud(Catalog.bundled(), clock=SystemClock(), operation_time=0, policy=policy_of(policy))
        return self


@pytest.fixture
def world(tmp_path: Path) -> Guarded:
    return Guarded(tmp_path)


def topic(display: str = "Orders") -> None:
    SNS.Topic("orders", TopicName="orders", DisplayName=display)


def other() -> None:
    SNS.Topic("other", TopicName="other")


async def failure_of(world: World, program: Callable[[], Any] = topic) -> str:
    """What the first step that failed says; empty if all went well."""
    result = await world.deploy(program)
    return next((outcome.message for outcome in result.outcomes if outcome.status is Status.FAILED), "")


async def test_the_actions_of_the_handlers_and_of_cloud_control_suffice(world: Guarded) -> None:
    world.allow(allowing([*CLOUD_CONTROL, *TOPIC]))

    assert await failure_of(world) == ""
    assert await failure_of(world, lambda: topic("Returns")) == ""
    await world.destroy()
    assert world.cloud.resources() == []


@pytest.mark.parametrize("missing", CREATES)
async def test_without_one_action_of_the_create_handler_nothing_is_made(world: Guarded, missing: str) -> None:
    world.allow(allowing([*CLOUD_CONTROL, *(action for action in TOPIC if action != missing)]))

    failure = await failure_of(world)

    assert f"User: arn:aws:iam::000000000000:user/local is not authorized to perform: {missing}" in failure
    assert f"because no identity-based policy allows the {missing} action" in failure
    assert world.cloud.resources() == []


LOGGER = "arn:aws:iam::000000000000:role/logger"


def logged_topic(role: str = LOGGER) -> None:
    SNS.Topic("orders", TopicName="orders", DeliveryStatusLogging=[{"Protocol": "sqs", "SuccessFeedbackRoleArn": role}])


async def test_only_a_role_that_is_handed_over_takes_the_permission_to_pass_it(world: Guarded) -> None:
    world.allow(allowing([*CLOUD_CONTROL, *(action for action in TOPIC if action != "iam:PassRole")]))

    assert await failure_of(world) == ""
    failure = await failure_of(world, logged_topic)
    assert f"not authorized to perform: iam:PassRole on resource: {LOGGER} because no identity-based policy" in failure


async def test_a_role_may_be_passed_and_another_one_not(world: Guarded) -> None:
    without = [action for action in TOPIC if action != "iam:PassRole"]
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": LOGGER}
    world.allow(allowing([*CLOUD_CONTROL, *without], passing))

    assert await failure_of(world, logged_topic) == ""
    assert "iam:PassRole on resource: " in await failure_of(world, lambda: logged_topic(f"{LOGGER}2"))


@pytest.mark.parametrize("missing", ["cloudformation:CreateResource"])
async def test_without_cloud_controls_own_action_nothing_is_asked_for(world: Guarded, missing: str) -> None:
    world.allow(allowing([*(action for action in CLOUD_CONTROL if action != missing), *TOPIC]))

    assert f"not authorized to perform: {missing} on resource: *" in await failure_of(world)
    assert world.cloud.requests() == []


async def test_a_deny_of_one_topic_is_explicit(world: Guarded) -> None:
    arn = "arn:aws:sns:*:*:orders"
    world.allow(allowing(["*"], {"Effect": "Deny", "Action": "sns:CreateTopic", "Resource": arn}))

    failure = await failure_of(world)

    assert "arn:aws:sns:us-east-1:000000000000:orders with an explicit deny in an identity-based policy" in failure
    assert await failure_of(world, other) == ""


async def test_a_topic_outside_of_the_allowed_ones_is_refused(world: Guarded) -> None:
    others = [action for action in TOPIC if not action.startswith("sns:")]
    statement = {"Effect": "Allow", "Action": "sns:*", "Resource": "arn:aws:sns:*:*:team-*"}
    world.allow(allowing([*CLOUD_CONTROL, *others], statement))

    assert (
        "arn:aws:sns:us-east-1:000000000000:orders because no identity-based policy allows the sns:"
        in await failure_of(world)
    )


async def test_the_printed_policy_of_a_program_suffices(world: Guarded) -> None:
    plan = await world.plan(topic)
    (needed,) = permissions_of(plan, Catalog.bundled(), Purpose.DEPLOY)
    world.allow([dict(one.document) for one in policies(needed, "deploy")])

    assert await failure_of(world) == ""


async def test_a_dry_run_finds_a_missing_permission(world: Guarded) -> None:
    world.allow(allowing(CLOUD_CONTROL))

    def program() -> None:
        ImageBuilder.InfrastructureConfiguration("infra", Name="infra", InstanceProfileName="p")

    app = world.app(program)
    plan = await app.ask_service(await app.plan())
    (shown,) = (one for one in plan.findings if one.id.startswith("aws-"))

    assert (shown.id, shown.severity) == ("aws-refused", "error")
    assert "not authorized to perform: imagebuilder:CreateInfrastructureConfiguration" in shown.text
    assert "imagebuilder:CreateInfrastructureConfiguration" in shown.fix
    assert world.cloud.resources() == []


async def test_a_destroy_that_may_not_read_tells_why_in_awss_words(world: Guarded) -> None:
    await world.deploy(topic)
    (live,) = world.cloud.resources()
    world.cloud.remove(live.place.account, live.place.region, live.type_name, live.identifier)
    world.allow({"Statement": {"Effect": "Allow", "NotAction": "sns:GetTopicAttributes", "Resource": "*"}})

    (ended,) = (await world.destroy()).failed

    shown = "the resource can't be read, so its record is kept: AccessDeniedException: User: "
    assert shown in ended.message
    assert "is not authorized to perform: sns:GetTopicAttributes on resource: " in ended.message
    assert list(await world.records()) == ["orders"]


async def test_an_identifier_that_only_begins_like_an_arn_is_no_arn(world: Guarded) -> None:
    world.allow(allowing(["*"]))

    def logged() -> None:
        place: Any = {"LogType": "FLOW", "LogDestinationType": "S3", "LogDestination": {"bucketName": "logs"}}
        logging: Any = {"LogDestinationConfigs": [place]}
        NetworkFirewall.LoggingConfiguration("log", FirewallArn="arn:aws", LoggingConfiguration=logging)

    assert await failure_of(world, logged) == ""


async def test_a_create_may_lack_what_only_other_properties_take(world: Guarded) -> None:
    world.allow(allowing([*CLOUD_CONTROL, *(action for action in TOPIC if action != "sns:Subscribe")]))

    def subscribed() -> None:
        SNS.Topic("news", TopicName="news", Subscription=[{"Endpoint": "a@example.com", "Protocol": "email"}])

    assert await failure_of(world) == ""
    assert "is not authorized to perform: sns:Subscribe" in await failure_of(world, subscribed)


async def test_a_plan_that_may_not_refresh_names_its_source(world: Guarded) -> None:
    def both(display: str = "Orders") -> None:
        topic(display)
        other()

    await world.deploy(both)
    store = world.cloud._context.store
    policy = policy_of({"Statement": {"Effect": "Allow", "NotAction": "sns:GetTopicAttributes", "Resource": "*"}})
    world.cloud = LocalCloud(Catalog.bundled(), clock=SystemClock(), store=store, operation_time=0, policy=policy)

    plan = await world.plan(lambda: both("Returns"), refresh=True)

    shown = "could not be read, so the plan uses the state: AccessDeniedException: User: "
    assert [(note.split(" ")[0], shown in note) for note in plan.notes] == [("orders", True), ("other", True)]
    assert "is not authorized to perform: sns:GetTopicAttributes on resource: " in plan.notes[0]
    assert (await world.plan(both)).notes == ()
