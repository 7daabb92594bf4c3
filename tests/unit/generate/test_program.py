from __future__ import annotations

from typing import Any

from catalog_kit import CATALOG
from cloudwright.generate.live import LiveResource
from cloudwright.generate.program import write_program
from cloudwright.schema.catalog import from_schema
from cloudwright.schema.override import override_for
from cloudwright.target import CredentialSource, Target

HERE = Target("111122223333", "us-east-1")
TEXT = {"type": "string"}


def live(type_name: str, identifier: str, **properties: Any) -> LiveResource:
    kind = CATALOG.get(f"AWS::{type_name}")
    return LiveResource(kind=kind, override=override_for(kind.name), identifier=identifier, properties=properties)


def written(*resources: LiveResource, target: Target = HERE) -> str:
    return write_program("found", target, resources, CATALOG.is_bundled)


def test_the_place_and_its_credentials_are_said() -> None:
    queue = live("SQS::Queue", "u", QueueName="q")

    assert '    with target(account="111122223333", region="us-east-1"):\n' in written(queue)
    by_profile = Target("111122223333", "us-east-1", "aws", CredentialSource("profile", "prod"))
    assert 'region="us-east-1", profile="prod"):\n' in written(queue, target=by_profile)
    role = "arn:aws:iam::111122223333:role/a-role-with-a-rather-long-name"
    by_role = Target("111122223333", "us-east-1", "aws", CredentialSource("role", role))
    assert f'        role_arn="{role}",\n    ):\n' in written(queue, target=by_role)


def test_names_in_a_list_of_such_things_are_references() -> None:
    role = live("IAM::Role", "worker", RoleName="worker", AssumeRolePolicyDocument={})
    profile = live("IAM::InstanceProfile", "host", InstanceProfileName="host", Roles=["worker"])

    assert "Roles=[worker]" in written(profile, role)


def test_a_schema_that_says_what_a_text_refers_to_is_believed() -> None:
    vpc = live("EC2::VPC", "vpc-1", VpcId="vpc-1", CidrBlock="10.0.0.0/16")
    subnet = live("EC2::Subnet", "subnet-1", SubnetId="subnet-1", VpcId="vpc-1", CidrBlock="10.0.0.0/24")

    assert "VpcId=vpc_1" in written(subnet, vpc)


def test_a_type_without_a_class_is_declared_in_the_generic_form() -> None:
    schema = {
        "typeName": "MyOrg::Net::Thing",
        "properties": {"Name": TEXT, "class": TEXT},
        "primaryIdentifier": ["/properties/Name"],
        "handlers": {"create": {}, "read": {}, "list": {}},
    }
    kind = from_schema(schema)
    thing = LiveResource(
        kind=kind, override=override_for(kind.name), identifier="a", properties={"Name": "a", "class": "b"}
    )
    source = written(thing)

    assert "from cloudwright import App, Resource, target\n" in source
    assert "cloudwright.aws" not in source
    assert 'type="MyOrg::Net::Thing"' in source
    assert 'properties={"Name": "a", "class": "b"}' in source
    compile(source, "found.py", "exec")


def test_only_what_is_referred_to_gets_a_python_name() -> None:
    source = written(live("SQS::Queue", "u", QueueName="q"))

    assert '        SQS.Queue("q", QueueName="q", adopt="u")\n' in source
    assert " = SQS" not in source
