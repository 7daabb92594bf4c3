from __future__ import annotations

import keyword
from typing import Any

import pytest

from catalog_kit import CATALOG
from cloudwright.generate.live import LiveResource
from cloudwright.generate.naming import names_for
from cloudwright.schema.override import override_for


def live(type_name: str, identifier: str, **properties: Any) -> LiveResource:
    kind = CATALOG.get(f"AWS::{type_name}")
    return LiveResource(kind=kind, override=override_for(kind.name), identifier=identifier, properties=properties)


def names(*resources: LiveResource, taken: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return names_for(resources, taken)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (live("SQS::Queue", "https://sqs/1/jobs", QueueName="jobs"), ("jobs", "jobs")),
        (live("EC2::VPC", "vpc-1", Tags=[{"Key": "Name", "Value": "Main net"}]), ("Main-net", "main_net")),
        (live("EC2::VPC", "vpc-0ab1", CidrBlock="10.0.0.0/8"), ("vpc-0ab1", "vpc_0ab1")),
        (live("Logs::LogGroup", "/aws/lambda/f", LogGroupName="/aws/lambda/f"), ("aws-lambda-f", "aws_lambda_f")),
        (live("SNS::Topic", "arn:aws:sns:us-east-1:1:newsFeed"), ("newsFeed", "news_feed")),
        (live("KMS::Key", "b0f5f941-c617-4a5b-81f0-2efdad4590bd"), ("Key-b0f5f941", "key_b0f5f941")),
        (live("Logs::LogGroup", "1st", LogGroupName="1st"), ("1st", "r_1st")),
        (live("Logs::LogGroup", "class", LogGroupName="class"), ("class", "class_log_group")),
        (live("Logs::LogGroup", "☃", LogGroupName="☃"), ("LogGroup", "log_group")),
        (live("ApiGateway::Stage", "a1|prod", StageName="prod", RestApiId="a1"), ("prod", "prod")),
    ],
)
def test_a_resource_is_called_as_people_call_it(resource: LiveResource, expected: tuple[str, str]) -> None:
    assert [expected] == names(resource)


def test_equal_names_are_told_apart_by_type_and_then_by_number() -> None:
    queues = [live("SQS::Queue", f"q{n}", QueueName="jobs") for n in range(3)]
    found = names(live("Logs::LogGroup", "jobs", LogGroupName="jobs"), *queues)

    assert ["jobs", "jobs-Queue", "jobs-Queue-2", "jobs-Queue-3"] == [key for key, _ in found]
    assert ["jobs", "jobs_queue", "jobs_queue_2", "jobs_queue_3"] == [variable for _, variable in found]


def test_names_that_mean_something_else_in_the_program_are_not_taken() -> None:
    ((key, variable),) = names(live("SQS::Queue", "q", QueueName="app"), taken=("app",))

    assert ("app", "app_queue") == (key, variable)
    assert all(one.isidentifier() and not keyword.iskeyword(one) for _, one in names(live("SQS::Queue", "q")))
