"""Every operation of Cloud Control, driven by boto3 over HTTP."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

if TYPE_CHECKING:
    from collections.abc import Callable

FLAGSHIP = "AWS::ImageBuilder::DistributionConfiguration"
ARN = "arn:aws:imagebuilder:us-west-2:{account}:distribution-configuration/{slug}"

Client = Any


def configuration(name: str = "Basic Distribution", **more: object) -> str:
    ami = {"Name": "basic-ami", "TargetAccountIds": ["123456789012"]}
    entry = {"Region": "us-west-2", "AmiDistributionConfiguration": ami}
    return json.dumps({"Name": name, "Distributions": [entry], **more})


def settled(client: Client, token: str) -> dict[str, Any]:
    event: dict[str, Any] = client.get_resource_request_status(RequestToken=token)["ProgressEvent"]
    while event["OperationStatus"] not in {"SUCCESS", "FAILED", "CANCEL_COMPLETE"}:
        event = client.get_resource_request_status(RequestToken=token)["ProgressEvent"]
    return event


def created(client: Client, type_name: str, desired: str) -> str:
    token = client.create_resource(TypeName=type_name, DesiredState=desired)["ProgressEvent"]["RequestToken"]
    event = settled(client, token)

    assert event["OperationStatus"] == "SUCCESS", event
    return str(event["Identifier"])


def test_a_resource_lives_from_create_to_delete(client: Client) -> None:
    arn = created(client, FLAGSHIP, configuration(Description="first", Tags={"Project": "demo"}))

    assert ARN.format(account="000000000000", slug="basic-distribution") == arn
    read = client.get_resource(TypeName=FLAGSHIP, Identifier=arn)
    model = json.loads(read["ResourceDescription"]["Properties"])
    assert {**json.loads(configuration(Description="first", Tags={"Project": "demo"})), "Arn": arn} == model

    patch = json.dumps([{"op": "replace", "path": "/Description", "value": "second"}])
    answer = client.update_resource(TypeName=FLAGSHIP, Identifier=arn, PatchDocument=patch)
    assert ("UPDATE", "IN_PROGRESS", arn) == (
        answer["ProgressEvent"]["Operation"],
        answer["ProgressEvent"]["OperationStatus"],
        answer["ProgressEvent"]["Identifier"],
    )
    assert settled(client, answer["ProgressEvent"]["RequestToken"])["OperationStatus"] == "SUCCESS"
    read = client.get_resource(TypeName=FLAGSHIP, Identifier=arn)
    assert json.loads(read["ResourceDescription"]["Properties"])["Description"] == "second"

    token = client.delete_resource(TypeName=FLAGSHIP, Identifier=arn)["ProgressEvent"]["RequestToken"]
    assert settled(client, token)["OperationStatus"] == "SUCCESS"
    with pytest.raises(client.exceptions.ResourceNotFoundException, match=r"HandlerErrorCode: NotFound"):
        client.get_resource(TypeName=FLAGSHIP, Identifier=arn)


def test_boto3s_own_waiter_and_paginators_work(client: Client) -> None:
    names = [f"paged {number}" for number in range(5)]
    for name in names:
        token = client.create_resource(TypeName=FLAGSHIP, DesiredState=configuration(name))["ProgressEvent"]
        waiter = client.get_waiter("resource_request_success")
        waiter.wait(RequestToken=token["RequestToken"], WaiterConfig={"Delay": 0, "MaxAttempts": 500})

    pages = list(client.get_paginator("list_resources").paginate(TypeName=FLAGSHIP, MaxResults=2))
    assert [len(page["ResourceDescriptions"]) for page in pages] == [2, 2, 1]
    listed = [json.loads(one["Properties"]) for page in pages for one in page["ResourceDescriptions"]]
    assert names == [model["Name"] for model in listed]
    assert all("Distributions" not in model for model in listed)

    requests = list(client.get_paginator("list_resource_requests").paginate(MaxResults=2))
    times = [one["EventTime"] for page in requests for one in page["ResourceRequestStatusSummaries"]]
    assert len(times) == 5
    assert sorted(times, reverse=True) == times


def test_cancel_says_that_a_finished_request_is_finished(client: Client) -> None:
    token = client.create_resource(TypeName=FLAGSHIP, DesiredState=configuration())["ProgressEvent"]["RequestToken"]
    settled(client, token)

    with pytest.raises(ClientError, match=f"Request {token} is already in status SUCCESS") as caught:
        client.cancel_resource_request(RequestToken=token)

    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_running_request_can_be_cancelled(slow_client: Client) -> None:
    answer = slow_client.create_resource(TypeName=FLAGSHIP, DesiredState=configuration())
    token = answer["ProgressEvent"]["RequestToken"]

    first = slow_client.cancel_resource_request(RequestToken=token)["ProgressEvent"]["OperationStatus"]
    second = slow_client.cancel_resource_request(RequestToken=token)["ProgressEvent"]["OperationStatus"]

    assert (first, second) == ("CANCEL_IN_PROGRESS", "CANCEL_IN_PROGRESS")


def test_retry_after_is_a_moment_in_the_future(slow_client: Client) -> None:
    answer = slow_client.create_resource(TypeName=FLAGSHIP, DesiredState=configuration())
    event = slow_client.get_resource_request_status(RequestToken=answer["ProgressEvent"]["RequestToken"])

    assert "RetryAfter" not in answer["ProgressEvent"]
    wait = (event["ProgressEvent"]["RetryAfter"] - event["ProgressEvent"]["EventTime"]).total_seconds()
    assert 0 < wait <= 6


def test_one_token_is_one_request(slow_client: Client) -> None:
    token = str(uuid.uuid4())
    first = slow_client.create_resource(TypeName=FLAGSHIP, DesiredState=configuration(), ClientToken=token)
    again = slow_client.create_resource(TypeName=FLAGSHIP, DesiredState=configuration(), ClientToken=token)

    request = first["ProgressEvent"]["RequestToken"]
    assert request == again["ProgressEvent"]["RequestToken"]
    text = f"ClientToken {token} is already associated with an existing operation with RequestToken {request}"
    with pytest.raises(slow_client.exceptions.ClientTokenConflictException, match=text):
        slow_client.create_resource(TypeName=FLAGSHIP, DesiredState=configuration("other"), ClientToken=token)


def test_a_second_operation_on_a_resource_is_refused_with_the_firsts_token(slow_client: Client) -> None:
    bucket = {"TypeName": "AWS::S3::Bucket", "DesiredState": json.dumps({"BucketName": "one-at-a-time"})}
    event = slow_client.create_resource(**bucket)["ProgressEvent"]

    assert event["Identifier"] == "one-at-a-time"
    with pytest.raises(
        slow_client.exceptions.ConcurrentOperationException, match=f"RequestToken {event['RequestToken']}"
    ):
        slow_client.delete_resource(TypeName="AWS::S3::Bucket", Identifier="one-at-a-time")


@pytest.mark.parametrize(
    ("call", "code", "status", "text"),
    [
        (
            lambda c: c.get_resource(TypeName="AWS::Local::Nothing", Identifier="x"),
            "TypeNotFoundException",
            400,
            "The type 'AWS::Local::Nothing' cannot be found.",
        ),
        (
            lambda c: c.create_resource(TypeName="AWS::S3::Bucket", DesiredState='{"BucketName": true}'),
            "ValidationException",
            400,
            "Model validation failed (#/BucketName: expected type: String, found: Boolean)",
        ),
        (
            lambda c: c.update_resource(TypeName="AWS::S3::Bucket", Identifier="no-such", PatchDocument="[]"),
            "ResourceNotFoundException",
            400,
            "HandlerErrorCode: NotFound",
        ),
        (
            lambda c: c.get_resource_request_status(RequestToken="unknown"),
            "RequestTokenNotFoundException",
            400,
            "Request with token unknown was not found",
        ),
        (
            lambda c: c.list_resources(TypeName="AWS::EKS::Nodegroup"),
            "InvalidRequestException",
            400,
            "#: required key [ClusterName] not found",
        ),
        (
            lambda c: c.create_resource(TypeName="AWS::CodeBuild::Project", DesiredState="{}"),
            "UnsupportedActionException",
            400,
            "Resource type AWS::CodeBuild::Project does not support CREATE action",
        ),
        (
            lambda c: c.list_resources(TypeName=FLAGSHIP, NextToken="c3RhbGU="),
            "ValidationException",
            400,
            "Invalid NextToken",
        ),
    ],
)
def test_refusals_carry_awss_codes_and_texts(
    client: Client, call: Callable[[Client], object], code: str, status: int, text: str
) -> None:
    with pytest.raises(ClientError) as caught:
        call(client)

    response = caught.value.response
    assert (code, status) == (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"])
    assert text in response["Error"]["Message"]


def test_accounts_and_regions_share_nothing(make_client: Callable[..., Client]) -> None:
    mine = make_client(access_key="111111111111", region="us-west-2")
    arn = created(mine, FLAGSHIP, configuration())
    others = [
        make_client(access_key="222222222222", region="us-west-2"),
        make_client(access_key="111111111111", region="eu-west-1"),
    ]

    assert ":111111111111:" in arn
    for other in others:
        assert other.list_resources(TypeName=FLAGSHIP)["ResourceDescriptions"] == []
        assert other.list_resource_requests()["ResourceRequestStatusSummaries"] == []
        with pytest.raises(other.exceptions.ResourceNotFoundException):
            other.get_resource(TypeName=FLAGSHIP, Identifier=arn)


def test_a_lost_answer_is_found_again_by_the_same_client_token(
    serve: Callable[..., Any], client_of: Callable[..., Client]
) -> None:
    server = serve()
    client = client_of(server)
    server.cloud.faults.add("CC69:operation=CreateResource,count=1")
    server.cloud.faults.add("CC68:count=1")
    body = {"TypeName": FLAGSHIP, "DesiredState": configuration(), "ClientToken": "mine"}

    with pytest.raises(ConnectionClosedError):
        client.create_resource(**body)
    token = client.create_resource(**body)["ProgressEvent"]["RequestToken"]
    with pytest.raises(ConnectionClosedError):
        client.get_resource_request_status(RequestToken=token)

    assert settled(client, token)["OperationStatus"] == "SUCCESS"
    assert len(client.list_resource_requests()["ResourceRequestStatusSummaries"]) == 1
