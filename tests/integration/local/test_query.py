"""STS and the type registry, driven by boto3 over HTTP: services of the query protocol."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloudwright.local.api.signatures import SignatureCheck
from cloudwright.schema.catalog import Catalog
from local_kit import FLAGSHIP

if TYPE_CHECKING:
    from collections.abc import Callable

Client = Any


def test_sts_names_the_account_of_the_access_key(make_client: Callable[..., Client]) -> None:
    assert make_client("sts", access_key="111111111111").get_caller_identity()["Account"] == "111111111111"
    assert make_client("sts", access_key="AKIAEXAMPLE").get_caller_identity()["Account"] == "000000000000"


def test_an_assumed_role_acts_in_its_own_account(make_client: Callable[..., Client]) -> None:
    sts = make_client("sts", access_key="111111111111")
    role = sts.assume_role(RoleArn="arn:aws:iam::333333333333:role/deploy", RoleSessionName="test")

    there = make_client("sts", access_key=role["Credentials"]["AccessKeyId"])
    assert there.get_caller_identity()["Account"] == "333333333333"


def test_the_registry_describes_and_lists_types(make_client: Callable[..., Client]) -> None:
    registry = make_client("cloudformation")

    described = registry.describe_type(Type="RESOURCE", TypeName=FLAGSHIP)
    assert described["ProvisioningType"] == "FULLY_MUTABLE"
    assert json.loads(described["Schema"])["primaryIdentifier"] == ["/properties/Arn"]
    listed = registry.list_types(
        Visibility="PUBLIC", Type="RESOURCE", Filters={"TypeNamePrefix": "AWS::ImageBuilder::"}
    )
    assert len(listed["TypeSummaries"]) == 9
    assert listed["TypeSummaries"][0]["TypeArn"].endswith("::type/resource/AWS-ImageBuilder-Component")
    with pytest.raises(registry.exceptions.TypeNotFoundException):
        registry.describe_type(Type="RESOURCE", TypeName="AWS::Local::Nothing")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, False),
        ({"Visibility": "PRIVATE"}, False),
        ({"Visibility": "PUBLIC"}, True),
        ({"Visibility": "PUBLIC", "DeprecatedStatus": "DEPRECATED"}, False),
        ({"Visibility": "PUBLIC", "Type": "MODULE"}, False),
        ({"Visibility": "PUBLIC", "Filters": {"Category": "AWS_TYPES"}}, True),
        ({"Visibility": "PUBLIC", "Filters": {"Category": "THIRD_PARTY"}}, False),
        ({"Visibility": "PUBLIC", "ProvisioningType": "FULLY_MUTABLE"}, True),
        ({"Visibility": "PUBLIC", "ProvisioningType": "IMMUTABLE"}, False),
    ],
)
def test_the_registry_lists_what_was_asked_for(
    make_client: Callable[..., Client], asked: dict[str, Any], *, found: bool
) -> None:
    listed = make_client("cloudformation").get_paginator("list_types").paginate(**asked)

    names = {one["TypeName"] for page in listed for one in page["TypeSummaries"]}
    assert (FLAGSHIP in names) == found


def test_the_registry_knows_what_a_region_offers(make_client: Callable[..., Client]) -> None:
    catalog = Catalog.bundled()
    offered = {name: catalog.regions(name) or frozenset() for name in catalog.names()}
    name = next(name for name, regions in offered.items() if "us-east-1" in regions and "eu-west-1" not in regions)

    def listed(region: str) -> set[str]:
        registry = make_client("cloudformation", region=region)
        pages = registry.get_paginator("list_types").paginate(Visibility="PUBLIC", Filters={"TypeNamePrefix": name})
        return {one["TypeName"] for page in pages for one in page["TypeSummaries"]}

    assert (name in listed("us-east-1"), name in listed("eu-west-1")) == (True, False)


@pytest.mark.parametrize("service", ["sts", "cloudformation"])
def test_query_services_are_refused_in_their_own_form(
    serve: Callable[..., Any], client_of: Callable[..., Client], service: str
) -> None:
    def call(client: Client) -> str:
        ask = client.get_caller_identity if service == "sts" else client.list_types
        try:
            ask()
        except ClientError as error:
            return f"{error.response['ResponseMetadata']['HTTPStatusCode']} {error.response['Error']['Code']}"
        return "answered"

    throttled = client_of(serve(rate=1), service)
    strict = client_of(serve(signatures=SignatureCheck("right")), service, secret="wrong")

    assert [call(throttled), call(throttled)] == ["answered", "400 Throttling"]
    assert call(strict) == "403 SignatureDoesNotMatch"
