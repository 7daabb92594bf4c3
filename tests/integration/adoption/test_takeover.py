"""Resources of another tool are bound to declarations, and nothing is sent but reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.app.takeover import TakeoverRequest
from cloudwright.aws import EC2, SNS, SQS, ApiGateway
from cloudwright.errors import PlanError
from cloudwright.plan.physical_ids import PhysicalId
from cloudwright.plan.takeover import DifferenceCause

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudwright.app.takeover import Takeover

HERE = ("000000000000", "us-east-1")
TOPIC = "arn:aws:sns:us-east-1:000000000000:orders"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def taken(world: World, program: Callable[[], Any], ids: dict[str, Any], **options: Any) -> Takeover:
    known = {key: one if isinstance(one, PhysicalId) else PhysicalId(one) for key, one in ids.items()}
    world.cloud.calls.clear()
    asked = TakeoverRequest(ids=known, claims=dict.fromkeys(known, "stack:web"), **options)
    found: Takeover = await world.app(program).take_over(asked)
    assert {call.action for call in world.cloud.calls} <= {"GetResource", "ListResources", "GetCallerIdentity"}
    return found


async def test_what_is_as_declared_is_recorded_and_nothing_differs(world: World) -> None:
    world.cloud.put(*HERE, "AWS::SNS::Topic", {"TopicName": "orders", "DisplayName": "Orders"})

    async def program() -> None:
        SNS.Topic("Topic", TopicName="orders", DisplayName="Orders")

    found = await taken(world, program, {"Topic": TOPIC})

    assert (dict(found.adopted), found.leftovers, found.plan.empty) == ({"Topic": TOPIC}, (), True)
    (record,) = (await world.app(program).snapshot()).records
    assert (record.claim, record.adopted, record.identifier) == ("stack:web", True, TOPIC)


async def test_a_difference_stays_and_is_named_with_what_closes_it(world: World) -> None:
    world.cloud.put(*HERE, "AWS::SNS::Topic", {"TopicName": "orders", "DisplayName": "By hand"})

    async def program() -> None:
        SNS.Topic("Topic", TopicName="orders", DisplayName="Orders", KmsMasterKeyId="alias/a")

    found = await taken(world, program, {"Topic": TOPIC})

    reported = {one.path: (one.cause, one.text) for one in found.leftovers}
    assert reported == {
        "/DisplayName": (DifferenceCause.CHANGED, 'live: "By hand", declared: "Orders"'),
        "/KmsMasterKeyId": (DifferenceCause.WITHOUT_EFFECT, 'live: nothing, declared: "alias/a"'),
    }
    assert world.cloud.shown(*HERE, "AWS::SNS::Topic", TOPIC)["DisplayName"] == "By hand"
    # once more: nothing is lost, and nothing is recorded twice
    again = await taken(world, program, {"Topic": TOPIC})
    assert again.leftovers == found.leftovers


async def test_parts_of_an_identifier_come_from_what_is_adopted_beside(world: World) -> None:
    api = world.cloud.put(*HERE, "AWS::ApiGateway::RestApi", {"Name": "api"})
    root = world.cloud.shown(*HERE, "AWS::ApiGateway::RestApi", api)["RootResourceId"]
    child = {"RestApiId": api, "ParentId": root, "PathPart": "orders"}
    part = world.cloud.put(*HERE, "AWS::ApiGateway::Resource", child).rpartition("|")[2]

    async def program() -> None:
        rest = ApiGateway.RestApi("Api", Name="api")
        ApiGateway.Resource("Orders", RestApiId=rest.ref, ParentId=rest.RootResourceId, PathPart="orders")

    found = await taken(world, program, {"Api": api, "Orders": part})

    assert (found.adopted["Orders"], found.leftovers) == (f"{api}|{part}", ())


async def test_an_id_that_is_a_property_is_searched_for(world: World) -> None:
    for _ in range(3):
        identifier = world.cloud.put(*HERE, "AWS::EC2::EIP", {"Domain": "vpc"})
    address = identifier.partition("|")[0]

    async def program() -> None:
        EC2.EIP("Door", Domain="vpc")

    assert (await taken(world, program, {"Door": address})).adopted == {"Door": identifier}


async def test_an_id_of_another_type_leaves_it_to_the_declared_names(world: World) -> None:
    queue = world.cloud.put(*HERE, "AWS::SQS::Queue", {"QueueName": "jobs"})
    policy = {"Version": "2012-10-17", "Statement": []}
    world.cloud.put(*HERE, "AWS::SQS::QueueInlinePolicy", {"Queue": queue, "PolicyDocument": policy})

    async def program() -> None:
        jobs = SQS.Queue("Queue", QueueName="jobs")
        SQS.QueueInlinePolicy("Policy", Queue=jobs.ref, PolicyDocument=policy)

    ids = {"Queue": queue, "Policy": PhysicalId("web-Poli-1ABC", "AWS::SQS::QueuePolicy")}
    found = await taken(world, program, ids)

    assert (set(found.adopted), found.leftovers) == ({"Queue", "Policy"}, ())


async def test_what_is_gone_is_left_out_with_what_depends_on_it(world: World) -> None:
    world.cloud.put(*HERE, "AWS::SNS::Topic", {"TopicName": "orders"})

    async def program() -> None:
        SNS.Topic("Topic", TopicName="orders")
        gone = SQS.Queue("Gone", QueueName="gone")
        SQS.Queue("After", QueueName="after", Tags=[{"Key": "of", "Value": gone.Arn}])

    url = "https://sqs.us-east-1.amazonaws.com/000000000000/"
    after = world.cloud.put(*HERE, "AWS::SQS::Queue", {"QueueName": "after"})
    found = await taken(world, program, {"Topic": TOPIC, "Gone": f"{url}gone", "After": after})

    assert set(found.adopted) == {"Topic"}
    assert "it was deleted" in found.refused["Gone"]
    assert {(one.key, one.cause) for one in found.leftovers} == {
        ("Gone", DifferenceCause.NOT_ADOPTED),
        ("After", DifferenceCause.NOT_ADOPTED),
    }


async def test_what_no_update_can_change_is_not_adopted(world: World) -> None:
    world.cloud.put(*HERE, "AWS::SQS::Queue", {"QueueName": "jobs", "FifoQueue": False})

    async def program() -> None:
        SQS.Queue("Queue", QueueName="jobs", FifoQueue=True)

    queue = "https://sqs.us-east-1.amazonaws.com/000000000000/jobs"
    found = await taken(world, program, {"Queue": queue})

    assert not found.adopted
    assert "can't be adopted as declared" in found.refused["Queue"]


async def test_a_stacks_tags_need_consent(world: World) -> None:
    tags = [{"Key": "aws:cloudformation:stack-name", "Value": "web"}]
    world.cloud.put(*HERE, "AWS::SNS::Topic", {"TopicName": "orders", "Tags": tags})

    async def program() -> None:
        SNS.Topic("Topic", TopicName="orders")

    with pytest.raises(PlanError, match="Topic: it carries the tags of the CloudFormation stack web"):
        await taken(world, program, {"Topic": TOPIC})
    assert (await world.app(program).snapshot()).records == ()
    found = await taken(world, program, {"Topic": TOPIC}, consent=True)
    assert (dict(found.adopted), found.leftovers) == ({"Topic": TOPIC}, ())
