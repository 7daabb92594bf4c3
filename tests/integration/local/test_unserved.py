"""Services that the local cloud does not serve: their own clients understand the refusal, and learn what is served."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local_kit import ACCOUNT, REGION, signed

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("s3", "list_buckets", {}),
    ("s3", "get_object_acl", {"Bucket": "b", "Key": "k"}),
    ("s3", "put_bucket_policy", {"Bucket": "b", "Policy": "{}"}),
    ("s3", "delete_bucket", {"Bucket": "b"}),
    ("ec2", "describe_volumes", {}),
    ("iam", "list_users", {}),
    ("rds", "describe_db_instances", {}),
    ("sqs", "list_queues", {}),
    ("dynamodb", "list_tables", {}),
    ("logs", "describe_log_groups", {}),
    ("lambda", "list_functions", {}),
    ("imagebuilder", "list_components", {}),
    ("apigateway", "get_rest_apis", {}),
    ("route53", "list_hosted_zones", {}),
    ("cloudfront", "list_distributions", {}),
    ("cloudwatchomni", "", {}),
    ("sts", "get_session_token", {}),
    ("cloudformation", "list_stack_sets", {}),
]
"""Each protocol, each method of HTTP; of a service without a named call, the first one that needs nothing."""


def refused(client: Any, operation: str, given: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        getattr(client, operation or first_call(client))(**given)
    error: dict[str, Any] = dict(caught.value.response["Error"])
    return error


def first_call(client: Any) -> str:
    """The first operation of a client that needs no input."""
    model = client.meta.service_model
    free = (name for name in model.operation_names if not _needs(model.operation_model(name).input_shape))
    python_names: dict[str, str] = {operation: name for name, operation in client.meta.method_to_api_mapping.items()}
    return python_names[next(free)]


def _needs(shape: Any) -> bool:
    return bool(shape is not None and shape.required_members)


@pytest.mark.parametrize(("service", "operation", "given"), CALLS)
def test_the_client_of_a_service_understands_that_it_is_not_served(
    make_client: Callable[..., Any], service: str, operation: str, given: dict[str, Any]
) -> None:
    error = refused(make_client(service), operation, given)

    assert error["Code"] in {"UnknownOperationException", "InvalidAction", "NotImplemented"}
    assert "the local cloud serves Cloud Control (cloudcontrolapi), STS" in error["Message"]
    assert service in error["Message"] or error["Message"].startswith("cloudwatch")


def test_the_operation_is_named_where_the_request_names_it(make_client: Callable[..., Any]) -> None:
    assert refused(make_client("dynamodb"), "list_tables", {})["Message"].startswith("dynamodb (ListTables) is not")


def test_a_presigned_address_is_a_call_and_a_browser_gets_its_page(
    serve: Callable[..., Any], client_of: Callable[..., Any]
) -> None:
    server = serve()
    address = client_of(server, "s3").generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(address)
    with caught.value as answer:
        assert (answer.status, b"<Code>NoSuchBucket" in answer.read()) == (404, True)
    with urllib.request.urlopen(f"{server.endpoint}/_cloudwright/health") as answer:
        assert answer.status == 200


def test_an_operation_that_cloud_control_does_not_have_is_named(serve: Callable[..., Any]) -> None:
    headers = {"Authorization": signed(ACCOUNT, REGION), "Content-Type": "application/x-amz-json-1.0"}
    request = urllib.request.Request(serve().endpoint, b"{}", {**headers, "X-Amz-Target": "CloudApiService."})

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    with caught.value as answer:
        assert "names no operation" in json.loads(answer.read())["message"]
