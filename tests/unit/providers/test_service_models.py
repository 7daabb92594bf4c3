"""What the shipped providers send, held to botocore's service models."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs

import botocore.session
import pytest
from botocore.validate import ParamValidator

from cloudwright.control.model import Reply
from cloudwright.provider import Context
from cloudwright.providers.codebuild import Project, ProjectEnvironment, Projects, ProjectSource
from cloudwright.providers.ec2 import ImageCopies, ImageCopy
from cloudwright.providers.iam import AccessKey, AccessKeys
from cloudwright.providers.network_acls import NetworkAclEntries, NetworkAclEntry
from cloudwright.providers.s3 import Object, Objects, ObjectSource
from cloudwright.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.control.model import Call
    from cloudwright.provider import CustomResource, Provider
    from cloudwright.services.port import Guard

T = TypeVar("T")

PROJECT = Project.of(
    {
        "Name": "app",
        "ServiceRole": "arn:aws:iam::000000000000:role/build",
        "Source": ProjectSource("GITHUB", "https://github.com/acme/app.git", "build.yml"),
        "Environment": ProjectEnvironment("LINUX_CONTAINER", "aws/codebuild/standard:7.0", "BUILD_GENERAL1_SMALL"),
        "Description": "",
        "TimeoutInMinutes": 60,
    }
)
COPY = ImageCopy.of(
    {
        "SourceImageId": "ami-0123456789abcdef0",
        "SourceRegion": "eu-west-1",
        "Name": "golden",
        "Description": "d",
        "Encrypted": True,
        "KmsKeyId": "k",
    }
)
OBJECT = Object.of(
    {
        "Bucket": "site",
        "Key": "a b/index.html",
        "Source": ObjectSource("assets", "assets/1.html"),
        "ContentType": "text/html",
        "CacheControl": "max-age=60",
    }
)
RULE = NetworkAclEntry.of(
    {
        "NetworkAclId": "acl-1",
        "RuleNumber": 100,
        "Egress": True,
        "Protocol": 6,
        "RuleAction": "allow",
        "CidrBlock": "10.0.0.0/8",
        "Ipv6CidrBlock": "::/0",
        "PortRange": {"From": 80, "To": 443},
        "Icmp": {"Type": -1, "Code": -1},
    }
)
KEY = AccessKey.of({"UserName": "ci", "Status": "Inactive"})
S3_ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:ListBucket")
COPIED = b"<R><imageId>ami-1</imageId><imagesSet><item><imageState>available</imageState></item></imagesSet></R>"
CREATED = b"<R><AccessKeyId>AKIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey></R>"


class Recorder:
    """Answers every call alike, and keeps it."""

    def __init__(self, body: bytes) -> None:
        self.calls: list[Call] = []
        self.body = body

    async def ask(self, call: Call, parse: Callable[[Reply], T]) -> T:
        return await self.send(call, parse)

    async def send(self, call: Call, parse: Callable[[Reply], T], guard: Guard | None = None) -> T:
        self.calls.append(call)
        return parse(Reply(200, {"etag": '"1"'}, self.body))


async def through_its_life(provider: Provider[Any], new: CustomResource, services: Recorder) -> None:
    context = Context("token", Target("000000000000", "us-east-1"), services)
    made = await provider.create(new, context)
    await provider.read(made.identifier, context)
    if "update" in provider.schema()["handlers"]:
        await provider.update(made.identifier, new, new, context)
    await provider.delete(made.identifier, context)


LIVES: list[tuple[Provider[Any], CustomResource, bytes]] = [
    (Projects(), PROJECT, b"{}"),
    (ImageCopies(), COPY, COPIED),
    (AccessKeys(), KEY, CREATED),
    (NetworkAclEntries(), RULE, b"<R/>"),
    (Objects(), OBJECT, b"<CopyObjectResult/>"),
]


@pytest.mark.parametrize(("provider", "new", "body"), LIVES)
def test_every_call_fits_its_operation(provider: Provider[Any], new: CustomResource, body: bytes) -> None:
    services = Recorder(body)
    asyncio.run(through_its_life(provider, new, services))

    assert len(services.calls) >= 3
    for call in services.calls:
        shape = botocore.session.get_session().get_service_model(call.service).operation_model(call.action).input_shape
        if call.service == "codebuild":
            assert not ParamValidator().validate(json.loads(call.body), shape).has_errors(), call.action
        elif call.service == "s3":
            names = {one.serialization.get("name", name).lower() for name, one in shape.members.items()}
            sent = {"x-amz-meta-" if name.startswith("x-amz-meta-") else name for name in call.headers}
            assert sent <= names, call.action
            assert call.path == "/site/a%20b/index.html"
        else:
            sent = {name.partition(".")[0] for name in parse_qs(call.body.decode())} - {"Action", "Version"}
            names = {member.serialization.get("name", name) for name, member in shape.members.items()}
            assert sent <= names | set(shape.members), call.action
            assert set(shape.required_members) <= sent, call.action


def test_every_permission_is_an_operation_that_is_called() -> None:
    for provider, new, body in LIVES:
        services = Recorder(body)
        asyncio.run(through_its_life(provider, new, services))
        called = {f"{call.service}:{call.action}" for call in services.calls}
        # S3's actions are named after other operations, and the tests of the local cloud hold them to its policies.
        assert called <= set(provider.permissions) or isinstance(provider, Objects)
        assert set(provider.permissions) - called <= {"iam:PassRole", "ec2:DeleteSnapshot", *S3_ACTIONS}
