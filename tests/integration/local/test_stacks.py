"""CloudFormation's stacks in the local cloud, read by boto3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloudwright.local.stack import LocalStack, StackOutput, StackResource, read_stacks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ACCOUNT = "111111111111"
BUCKET = "AWS::S3::Bucket"
TEMPLATE = "Resources:\n  Archive: {Type: AWS::S3::Bucket}\n"


def web(**changed: Any) -> LocalStack:
    given: dict[str, Any] = {
        "name": "web",
        "template": TEMPLATE,
        "resources": {"Archive": StackResource(type=BUCKET, id="web-archive"), "Soon": StackResource(type=BUCKET)},
        "parameters": {"Size": "3", "Image": "/golden/ami"},
        "resolved": {"Image": "ami-0123456789abcdef0"},
        "outputs": {
            "Archive": StackOutput(value="web-archive", export="shared-archive"),
            "Own": StackOutput(value="1"),
        },
        "tags": {"team": "web"},
        "description": "An archive",
    }
    return LocalStack(**{**given, **changed})


@pytest.fixture
def server(serve: Callable[..., Any]) -> Any:
    return serve()


@pytest.fixture
def stacks(server: Any, client_of: Callable[..., Any]) -> Any:
    return client_of(server, "cloudformation", access_key=ACCOUNT, region="us-east-1")


def test_a_stack_is_shown_to_its_account_and_region(server: Any, stacks: Any, client_of: Callable[..., Any]) -> None:
    arn = server.cloud.put_stack(web(), account=ACCOUNT)

    (shown,) = stacks.describe_stacks(StackName="web")["Stacks"]
    assert (shown["StackId"], shown["StackStatus"], shown["Description"]) == (arn, "CREATE_COMPLETE", "An archive")
    assert shown["Parameters"] == [
        {"ParameterKey": "Size", "ParameterValue": "3"},
        {"ParameterKey": "Image", "ParameterValue": "/golden/ami", "ResolvedValue": "ami-0123456789abcdef0"},
    ]
    assert shown["Outputs"] == [
        {"OutputKey": "Archive", "OutputValue": "web-archive", "ExportName": "shared-archive"},
        {"OutputKey": "Own", "OutputValue": "1"},
    ]
    assert shown["Tags"] == [{"Key": "team", "Value": "web"}]
    assert stacks.describe_stacks(StackName=arn)["Stacks"] == [shown]
    elsewhere = client_of(server, "cloudformation", access_key=ACCOUNT, region="us-west-2")
    assert elsewhere.describe_stacks()["Stacks"] == []


def test_its_template_resources_and_exports_are_shown(server: Any, stacks: Any) -> None:
    server.cloud.put_stack(web(processed='{"Resources": {}}'), account=ACCOUNT)

    assert stacks.get_template(StackName="web")["TemplateBody"] == TEMPLATE
    assert stacks.get_template(StackName="web", TemplateStage="Processed")["TemplateBody"] == {"Resources": {}}
    rows = stacks.list_stack_resources(StackName="web")["StackResourceSummaries"]
    assert [(one["LogicalResourceId"], one.get("PhysicalResourceId")) for one in rows] == [
        ("Archive", "web-archive"),
        ("Soon", None),
    ]
    (export,) = stacks.list_exports()["Exports"]
    assert (export["Name"], export["Value"]) == ("shared-archive", "web-archive")


def test_a_deleted_stack_is_known_by_its_arn_only(server: Any, stacks: Any) -> None:
    arn = server.cloud.put_stack(web(status="DELETE_COMPLETE"), account=ACCOUNT)

    assert stacks.describe_stacks(StackName=arn)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert stacks.describe_stacks()["Stacks"] == []
    assert [one["StackName"] for one in stacks.list_stacks()["StackSummaries"]] == ["web"]
    assert stacks.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"] == []
    assert stacks.list_exports()["Exports"] == []
    with pytest.raises(ClientError, match="Stack with id web does not exist"):
        stacks.describe_stacks(StackName="web")


@pytest.mark.parametrize("operation", ["describe_stacks", "get_template", "list_stack_resources"])
def test_a_stack_that_does_not_exist_is_a_validation_error(stacks: Any, operation: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(stacks, operation)(StackName="none")

    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("ValidationError", "Stack with id none does not exist")


def test_long_lists_have_pages(server: Any, stacks: Any) -> None:
    many = {f"Bucket{number}": StackResource(type=BUCKET, id=f"b-{number}") for number in range(230)}
    server.cloud.put_stack(web(resources=many), account=ACCOUNT)

    pages = list(stacks.get_paginator("list_stack_resources").paginate(StackName="web"))
    assert [len(page["StackResourceSummaries"]) for page in pages] == [100, 100, 30]
    with pytest.raises(ClientError, match="ValidationError"):
        stacks.list_stack_resources(StackName="web", NextToken="x")


def test_calls_are_denied_and_checked_in_cloudformations_words(server: Any, stacks: Any) -> None:
    with pytest.raises(ClientError) as unnamed:
        stacks.get_template()
    server.cloud.faults.add("deny:operation=ListStacks")
    with pytest.raises(ClientError) as denied:
        stacks.list_stacks()
    with pytest.raises(ClientError) as unserved:
        stacks.create_stack(StackName="x", TemplateBody=TEMPLATE)

    codes = [one.value.response["Error"]["Code"] for one in (unnamed, denied, unserved)]
    assert codes == ["ValidationError", "AccessDenied", "InvalidAction"]
    assert denied.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_file_names_stacks_and_their_templates(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(TEMPLATE, "utf-8")
    entry = {
        "name": "web",
        "account": ACCOUNT,
        "template": {"file": "web.yaml"},
        "processed": {"Resources": {}},
        "resources": {"Archive": {"type": BUCKET, "id": "web-archive"}},
        "outputs": {"Archive": {"value": "web-archive"}},
    }
    file = tmp_path / "stacks.json"
    file.write_text(json.dumps([entry]), "utf-8")

    ((place, stack),) = read_stacks(file)
    assert (place, stack.name, stack.template) == ({"account": ACCOUNT}, "web", TEMPLATE)
    assert json.loads(stack.processed) == {"Resources": {}}
    assert stack.resources["Archive"].id == "web-archive"


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ([1], "a stack must be an object"),
        ({"name": "web"}, "lacks template"),
        ({"name": "web", "template": "x", "owner": "me"}, "has no owner"),
        ({"name": "web", "template": "x", "status": "BUSY"}, "there is no status 'BUSY'"),
        ({"name": "", "template": "x"}, "a name and a template"),
        ({"name": "web", "template": "x", "resources": []}, None),
        ({"name": "web", "template": "x", "resources": ["a"]}, "resources of a stack must be an object"),
        ({"name": "web", "template": "x", "resources": {"A": "b"}}, "is not an object with type, id, status"),
    ],
)
def test_a_file_that_holds_no_stacks_is_refused(tmp_path: Path, given: Any, printed: str | None) -> None:
    file = tmp_path / "stacks.json"
    file.write_text(json.dumps(given), "utf-8")
    if printed is None:
        assert read_stacks(file)[0][1].resources == {}
        return
    with pytest.raises(ValueError, match=printed):
        read_stacks(file)
