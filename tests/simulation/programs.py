"""Programs as data: resources of a handful of types that refer to each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudwright.program.action import ActionContext, ActionRun, action
from cloudwright.program.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Act = Callable[[ActionContext, "Spec", str], Awaitable[str]]
    """What an action does: with its context, its declaration and its argument; returns its result."""

TOPIC = "AWS::SNS::Topic"
PARAMETER = "AWS::SSM::Parameter"
BUCKET = "AWS::S3::Bucket"
BUCKET_POLICY = "AWS::S3::BucketPolicy"
"""A create would overwrite what is there."""
ROLE = "AWS::IAM::Role"
VPC = "AWS::EC2::VPC"
SUBNET = "AWS::EC2::Subnet"
VPC_CIDR = "AWS::EC2::VPCCidrBlock"
"""Has no update handler."""
ACCESS_CONTROL = "AWS::CloudFront::OriginAccessControl"
"""Named by the server, and without tags."""
DISTRIBUTION = "AWS::ImageBuilder::DistributionConfiguration"
INFRASTRUCTURE = "AWS::ImageBuilder::InfrastructureConfiguration"
RECIPE = "AWS::ImageBuilder::ImageRecipe"
PIPELINE = "AWS::ImageBuilder::ImagePipeline"


ACTION = "Action"
"""A step that is no resource."""


@dataclass(frozen=True, slots=True)
class To:
    """A reference to an attribute of another resource; `text` around it makes it part of a longer text."""

    id: str
    attribute: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One declared resource."""

    id: str
    type: str
    properties: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def refers_to(self) -> frozenset[str]:
        """Ids that its properties name."""
        return frozenset(_ids(self.properties))


Program = tuple[Spec, ...]
"""Resources in an order in which each comes after those it refers to."""


def _ids(value: Any) -> set[str]:
    if isinstance(value, To):
        return {value.id}
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return set[str]().union(*map(_ids, parts))


def function_of(program: Program, act: Act) -> Callable[[], None]:
    """The function that declares a program; `act` does what its actions do."""

    def declare() -> None:
        made: dict[str, Resource | ActionRun[str]] = {}
        for spec in program:
            properties = _filled(spec.properties, made)
            if spec.type == ACTION:
                made[spec.id] = _acting(spec, act, [made[one] for one in sorted(spec.refers_to)])(**properties)
            else:
                made[spec.id] = Resource(spec.id, type=spec.type, properties=properties, **spec.options)

    return declare


def _acting(spec: Spec, act: Act, after: list[Resource | ActionRun[str]]) -> Callable[..., ActionRun[str]]:
    @action(id=spec.id, after=after, delivery="at-most-once" if spec.options["once"] else "at-least-once")
    async def run(context: ActionContext, of: str, note: str) -> str:
        return await act(context, spec, f"{note} {of}")

    return run


def _filled(value: Any, made: Mapping[str, Resource | ActionRun[str]]) -> Any:
    if isinstance(value, To):
        attribute = getattr(made[value.id], value.attribute)
        return f"{value.text}{attribute}" if value.text else attribute
    if isinstance(value, Mapping):
        return {name: _filled(member, made) for name, member in value.items()}
    return [_filled(item, made) for item in value] if isinstance(value, list) else value


# -- one maker for each type; `name` is the physical name, `note` a mutable text


def _tags(note: str) -> list[dict[str, str]]:
    return [{"Key": "note", "Value": note}]


def topic(id: str, name: str, note: str = "a") -> Spec:
    return Spec(id=id, type=TOPIC, properties={"TopicName": name, "DisplayName": note, "Tags": _tags(note)})


def parameter(id: str, name: str, value: Any = "a") -> Spec:
    return Spec(id=id, type=PARAMETER, properties={"Name": f"/{name}", "Type": "String", "Value": value})


def acting(id: str, of: str, note: str = "a", *, once: bool = False) -> Spec:
    """An action that follows a topic; its `result` is a text."""
    return Spec(id=id, type=ACTION, properties={"of": To(of, "TopicName"), "note": note}, options={"once": once})


def bucket(id: str, name: str, note: str = "a") -> Spec:
    return Spec(id=id, type=BUCKET, properties={"BucketName": name, "Tags": _tags(note)})


def bucket_policy(id: str, of: str, note: str = "a") -> Spec:
    """Allows somebody to read."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Sid": note}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return Spec(id=id, type=BUCKET_POLICY, properties={"Bucket": To(of, "BucketName"), "PolicyDocument": document})


def role(id: str, name: str, note: str = "a") -> Spec:
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    return Spec(id=id, type=ROLE, properties={"RoleName": name, "AssumeRolePolicyDocument": trust, "Description": note})


def vpc(id: str, number: int, note: str = "a") -> Spec:
    return Spec(id=id, type=VPC, properties={"CidrBlock": f"10.{number}.0.0/16", "Tags": _tags(note)})


def subnet(id: str, of: str, number: int, note: str = "a") -> Spec:
    return Spec(
        id=id,
        type=SUBNET,
        properties={"VpcId": To(of, "VpcId"), "CidrBlock": f"10.0.{number}.0/24", "Tags": _tags(note)},
    )


def vpc_cidr(id: str, of: str, number: int) -> Spec:
    return Spec(id=id, type=VPC_CIDR, properties={"VpcId": To(of, "VpcId"), "CidrBlock": f"10.{number}.0.0/16"})


def access_control(id: str, name: str, note: str = "a") -> Spec:
    config = {
        "Name": name,
        "Description": note,
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    return Spec(id=id, type=ACCESS_CONTROL, properties={"OriginAccessControlConfig": config})


def distribution(id: str, name: str, note: str = "a") -> Spec:
    regions = [
        {"Region": "us-east-1", "AmiDistributionConfiguration": {"Name": f"{note}-{{{{ imagebuilder:buildDate }}}}"}}
    ]
    return Spec(
        id=id,
        type=DISTRIBUTION,
        properties={"Name": name, "Description": note, "Distributions": regions, "Tags": {"note": note}},
    )


def infrastructure(id: str, name: str, note: str = "a", topic_id: str = "") -> Spec:
    properties: dict[str, Any] = {"Name": name, "InstanceProfileName": "profile", "Description": note}
    if topic_id:
        properties["SnsTopicArn"] = To(topic_id, "TopicArn")
    return Spec(id=id, type=INFRASTRUCTURE, properties=properties)


def recipe(id: str, name: str, version: str = "1.0.0", note: str = "a") -> Spec:
    return Spec(
        id=id,
        type=RECIPE,
        properties={"Name": name, "Version": version, "ParentImage": "ami-0abcdef1234567890", "Tags": {"note": note}},
    )


def pipeline(
    id: str, name: str, recipe_id: str, infrastructure_id: str, distribution_id: str = "", note: str = "a"
) -> Spec:
    properties: dict[str, Any] = {
        "Name": name,
        "Description": note,
        "ImageRecipeArn": To(recipe_id, "Arn"),
        "InfrastructureConfigurationArn": To(infrastructure_id, "Arn"),
    }
    if distribution_id:
        properties["DistributionConfigurationArn"] = To(distribution_id, "Arn")
    return Spec(id=id, type=PIPELINE, properties=properties)


def shown(program: Program) -> str:
    """A program as text, for the report of a failing seed."""
    return "\n".join(
        f"  {spec.id}: {spec.type} {json.dumps(spec.properties, default=repr)} {dict(spec.options) or ''}"
        for spec in program
    )
