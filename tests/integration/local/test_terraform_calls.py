"""The calls of Terraform's `aws_cloudcontrolapi_resource`, sent as its SDK sends them, where it can't run itself.

What it asks, in its order: the type's schema (a form, answered in XML) for the plan, CreateResource with a client
token, GetResourceRequestStatus until the end, GetResource, a patch of whole top-level values, DeleteResource. Source:
`internal/service/cloudcontrol/resource.go` of hashicorp/terraform-provider-aws. `test_terraform.py` runs the real one.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cloudwright.local.api.signatures import SignatureCheck
from local_kit import FLAGSHIP

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT, SECRET, REGION = "111122223333", "any", "us-east-1"
AGENT = {"User-Agent": "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 aws-sdk-go-v2/1.36", "Accept-Encoding": "identity"}


class Provider:
    """Sends signed requests as the Go SDK writes them."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint + "/"

    def control(self, action: str, **members: Any) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"CloudApiService.{action}"}
        answered: dict[str, Any] = json.loads(self._send("cloudcontrolapi", json.dumps(members), headers))
        return answered

    def settled(self, action: str, **members: Any) -> dict[str, Any]:
        event = self.control(action, ClientToken=str(uuid.uuid4()), TypeName=FLAGSHIP, **members)["ProgressEvent"]
        while event["OperationStatus"] in {"PENDING", "IN_PROGRESS"}:
            event = self.control("GetResourceRequestStatus", RequestToken=event["RequestToken"])["ProgressEvent"]
        assert event["OperationStatus"] == "SUCCESS", event
        return dict(event)

    def schema(self) -> dict[str, Any]:
        form = f"Action=DescribeType&Type=RESOURCE&TypeName={FLAGSHIP.replace(':', '%3A')}&Version=2010-05-15"
        text = self._send("cloudformation", form, {"Content-Type": "application/x-www-form-urlencoded"})
        space = "{http://cloudformation.amazonaws.com/doc/2010-05-15/}"
        found = ET.fromstring(text).findtext(f"{space}DescribeTypeResult/{space}Schema")
        schema: dict[str, Any] = json.loads(found or "{}")
        return schema

    def _send(self, service: str, body: str, headers: dict[str, str]) -> bytes:
        request = AWSRequest("POST", self._endpoint, headers={**AGENT, **headers}, data=body)
        SigV4Auth(Credentials(ACCOUNT, SECRET), service, REGION).add_auth(request)
        sent = urllib.request.Request(
            self._endpoint, data=body.encode(), headers=dict(request.headers.items()), method="POST"
        )
        with urllib.request.urlopen(sent, timeout=10) as reply:
            return bytes(reply.read())


@pytest.fixture
def provider(serve: Callable[..., Any]) -> Provider:
    return Provider(serve(operation_time=0.05, signatures=SignatureCheck(SECRET)).endpoint)


def desired(name: str, description: str) -> dict[str, Any]:
    images = [{"Region": REGION, "AmiDistributionConfiguration": {"Name": "basic-ami"}}]
    return {"Name": name, "Description": description, "Distributions": images}


def read(provider: Provider, arn: str) -> dict[str, Any]:
    found = provider.control("GetResource", Identifier=arn, TypeName=FLAGSHIP)["ResourceDescription"]
    properties: dict[str, Any] = json.loads(found["Properties"])
    return properties


def test_the_schema_says_what_the_providers_plan_needs(provider: Provider) -> None:
    schema = provider.schema()

    assert {"typeName", "description", "properties", "primaryIdentifier", "additionalProperties"} <= schema.keys()
    assert schema["createOnlyProperties"] == ["/properties/Name"]


def test_a_resource_lives_as_terraform_drives_it(provider: Provider) -> None:
    created = provider.settled("CreateResource", DesiredState=json.dumps(desired("First", "one")))
    arn = created["Identifier"]
    assert desired("First", "one").items() <= read(provider, arn).items()

    patch = json.dumps([{"op": "replace", "path": "/Description", "value": "two"}])
    provider.settled("UpdateResource", Identifier=arn, PatchDocument=patch)
    assert read(provider, arn)["Description"] == "two"

    provider.settled("DeleteResource", Identifier=arn)
    with pytest.raises(urllib.error.HTTPError) as gone:
        read(provider, arn)
    with gone.value as refused:
        assert json.loads(refused.read())["__type"].endswith("#ResourceNotFoundException")
