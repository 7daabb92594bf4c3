"""The services' answers, from an implementation that is not ours (moto), over HTTP with signed requests."""

from __future__ import annotations

import traceback
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.aws.session import Sessions
from cloudwright.clock import SystemClock
from cloudwright.control.client import CloudControl
from cloudwright.control.limiter import Limiter
from cloudwright.control.transport import HttpTransport
from cloudwright.errors import LookupFailed, ProgramError
from cloudwright.lookups.answers import Asker
from cloudwright.program.question import LookupQuestion
from cloudwright.program.source import Source
from cloudwright.secret import Secret
from cloudwright.services.port import RatedPort
from cloudwright.target import Target
from conformance.s3_server import client, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

TARGET = Target("123456789012", "us-east-1")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    pytest.importorskip("moto.ec2")
    with running() as url:
        yield url


@pytest.fixture
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "123456789012")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clients: dict[str, Any] = {}

    def of(service: str) -> Any:
        return clients.setdefault(service, client(endpoint, service))

    yield of
    for one in clients.values():
        one.close()


@asynccontextmanager
async def asker() -> AsyncIterator[Asker]:
    control = CloudControl(HttpTransport(Sessions()), Limiter({}), SystemClock())
    try:
        yield Asker(RatedPort(control), control, TARGET)
    finally:
        await control.close()


async def ask(kind: str, label: str = "", **arguments: Any) -> Any:
    question = LookupQuestion(kind=kind, arguments=arguments, label=label, source=Source("infra.py", 7))
    async with asker() as asking:
        return await asking.answer(question)


async def test_zones(aws: Any) -> None:
    shown = aws("ec2").describe_availability_zones()["AvailabilityZones"]
    assert await ask("zones") == sorted(zone["ZoneName"] for zone in shown)


async def test_identity(aws: Any) -> None:
    shown = aws("sts").get_caller_identity()
    expected = {"account": shown["Account"], "arn": shown["Arn"], "partition": "aws", "region": "us-east-1"}
    assert await ask("identity") == expected


async def test_parameters(aws: Any) -> None:
    ssm = aws("ssm")
    ssm.put_parameter(Name="/plain", Value='a "quoted" <text>', Type="String", Overwrite=True)
    ssm.put_parameter(Name="/list", Value="a,b", Type="StringList", Overwrite=True)
    ssm.put_parameter(Name="/sealed", Value="hunter2", Type="SecureString", Overwrite=True)
    assert await ask("ssm", path="/plain") == 'a "quoted" <text>'
    assert await ask("ssm", path="/list") == "a,b"
    assert await ask("secret", path="/sealed") == Secret("hunter2")
    with pytest.raises(LookupFailed, match="is a SecureString, which a plan must not show") as refused:
        await ask("ssm", path="/sealed")
    assert "lookup.secret" in str(refused.value.hint)
    with pytest.raises(LookupFailed, match=r'^lookup ssm\(path="/none"\) at infra.py:7: there is no such parameter\n'):
        await ask("ssm", path="/none")


async def test_secrets(aws: Any) -> None:
    manager = aws("secretsmanager")
    held = '{"user": "app", "password": "hunter2", "port": 5432}'
    arn = manager.create_secret(Name="db", SecretString=held)["ARN"]
    first = manager.describe_secret(SecretId="db")["VersionIdsToStages"]
    manager.create_secret(Name="plain", SecretString="hunter3")
    manager.create_secret(Name="bytes", SecretBinary=b"hunter4")
    assert await ask("secret_value", id="db") == await ask("secret_value", id=arn) == Secret(held)
    assert await ask("secret_value", id=arn, key="password") == Secret("hunter2")
    assert await ask("secret_value", id="db", key="port") == Secret("5432")
    manager.put_secret_value(SecretId="db", SecretString='{"password": "hunter5"}')
    assert await ask("secret_value", id="db", key="password") == Secret("hunter5")
    assert await ask("secret_value", id="db", key="password", stage="AWSPREVIOUS") == Secret("hunter2")
    assert await ask("secret_value", id="db", key="password", version=next(iter(first))) == Secret("hunter2")
    for arguments, words in (
        ({"id": "none"}, "there is no such secret, or no such version of it"),
        ({"id": "db", "key": "host"}, "the secret has no key 'host'"),
        ({"id": "plain", "key": "host"}, "the secret is not a JSON object"),
        ({"id": "bytes"}, "the secret is binary, not text"),
    ):
        with pytest.raises(LookupFailed, match=words) as refused:
            await ask("secret_value", **arguments)
        assert "hunter" not in "".join(traceback.format_exception(refused.value))


async def test_images(aws: Any) -> None:
    ec2 = aws("ec2")
    instance = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    made = [ec2.create_image(InstanceId=instance, Name=f"golden-{number}")["ImageId"] for number in (1, 2)]
    shown = ec2.describe_images(ImageIds=made)["Images"]
    newest = max(shown, key=lambda one: (one["CreationDate"], one["ImageId"]))["ImageId"]
    assert await ask("ami", owner="self", name="golden-*", newest=True) == newest
    assert await ask("ami", owner="self", name="golden-2", filters={"image-type": ["machine"]}) == made[1]
    with pytest.raises(LookupFailed) as two:
        await ask("ami", "base-ami", owner="self", name="golden-*", architecture="x86_64")
    assert two.value.message.startswith("base-ami: lookup ami(architecture=")
    assert "2 match: " in two.value.message
    assert all(f"{id} (golden-{number})" in two.value.message for number, id in enumerate(made, 1))
    assert "`newest=True`" in str(two.value.hint)
    with pytest.raises(LookupFailed, match="nothing matches"):
        await ask("ami", owner="self", name="silver-*", newest=True)


async def test_networks(aws: Any) -> None:
    ec2 = aws("ec2")
    default = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    assert await ask("vpc", default=True) == default
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "main"}])
    assert await ask("vpc", tags={"Name": "main"}) == vpc
    assert await ask("vpc", id=vpc) == vpc
    zones = ["us-east-1b", "us-east-1a"]
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    assert await ask("subnets", vpc=vpc) == made[::-1]
    assert await ask("subnets", vpc=vpc, zones=["us-east-1b"]) == made[:1]
    with pytest.raises(LookupFailed, match="nothing matches"):
        await ask("subnets", vpc=vpc, tags={"tier": "public"})
    with pytest.raises(ProgramError, match="name the VPC"):
        await ask("vpc")


async def test_accounts(aws: Any) -> None:
    organizations = aws("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
    made = []
    for number in range(23):
        status = organizations.create_account(Email=f"a{number}@example.com", AccountName=f"a{number}")
        account = status["CreateAccountStatus"]["AccountId"]
        organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
        made.append(account)
    assert await ask("accounts", ou=unit) == sorted(made)
    shown = organizations.list_accounts()["Accounts"]
    assert await ask("accounts", ou=root) != sorted(one["Id"] for one in shown)
    assert await ask("accounts", ou=root, recursive=True) == sorted(one["Id"] for one in shown)
    with pytest.raises(LookupFailed, match="ParentNotFoundException"):
        await ask("accounts", ou="ou-0000-00000000")
