"""Programs as data: resources of a handful of types that refer to each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from cloudwright.program.action import ActionContext, ActionRun, Delivery, When, action
from cloudwright.program.lookup import lookup
from cloudwright.program.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


class Doer(Protocol):
    """Does what the functions of a program do."""

    async def act(self, context: ActionContext, spec: Spec, what: str) -> str:
        """Does what an action does; returns its result."""
        ...

    async def ask(self, fact: str) -> str:
        """Looks a fact up."""
        ...

    def see(self, fact: str, answer: str) -> None:
        """Learns which answer the program gets."""
        ...


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
"""A step that is not a resource."""


@dataclass(frozen=True, slots=True)
class To:
    """A reference to an attribute of another resource; `text` around it makes it part of a longer text."""

    id: str
    attribute: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer of a lookup, with `text` before it."""

    fact: str
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

    @property
    def follows(self) -> frozenset[str]:
        """Ids that it refers to or depends on."""
        chosen = self.options.get("depends_on")
        return self.refers_to | ({chosen} if chosen else set())

    @property
    def asked(self) -> dict[str, Asked]:
        """The properties that are answers of lookups."""
        return {name: value for name, value in self.properties.items() if isinstance(value, Asked)}


Program = tuple[Spec, ...]
"""Resources in an order in which each comes after those it refers to."""


def _ids(value: Any) -> set[str]:
    if isinstance(value, To):
        return {value.id}
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return set[str]().union(*map(_ids, parts))


def function_of(program: Program, doer: Doer) -> Callable[[], Coroutine[Any, Any, None] | None]:
    """The function that declares a program; asynchronous if the program asks for anything."""
    facts = sorted({asked.fact for spec in program for asked in spec.asked.values()})

    async def ask_and_declare() -> None:
        @lookup
        async def fact_of(name: str) -> str:
            return await doer.ask(name)

        answers = {fact: await fact_of(fact) for fact in facts}
        for fact, answer in answers.items():
            doer.see(fact, answer)
        _declare(program, doer, answers)

    return ask_and_declare if facts else lambda: _declare(program, doer, {})


def _declare(program: Program, doer: Doer, answers: Mapping[str, str]) -> None:
    made: dict[str, Resource | ActionRun[str]] = {}
    for spec in program:
        properties = _filled(spec.properties, made, answers)
        if spec.type == ACTION:
            made[spec.id] = _acting(spec, doer, [made[one] for one in sorted(spec.follows)])(**properties)
        else:
            made[spec.id] = Resource(spec.id, type=spec.type, properties=properties, **spec.options)


def _acting(spec: Spec, doer: Doer, after: list[Resource | ActionRun[str]]) -> Callable[..., ActionRun[str]]:
    delivery: Delivery = "at-most-once" if spec.options["once"] else "at-least-once"

    @action(id=spec.id, after=after, delivery=delivery, when=spec.options["when"])
    async def run(context: ActionContext, of: str, note: str) -> str:
        return await doer.act(context, spec, f"{note} {of}")

    return run


def _filled(value: Any, made: Mapping[str, Resource | ActionRun[str]], answers: Mapping[str, str]) -> Any:
    if isinstance(value, Asked):
        return f"{value.text}{answers[value.fact]}"
    if isinstance(value, To):
        attribute = getattr(made[value.id], value.attribute)
        return f"{value.text}{attribute}" if value.text else attribute
    if isinstance(value, Mapping):
        return {name: _filled(member, made, answers) for name, member in value.items()}
    return [_filled(item, made, answers) for item in value] if isinstance(value, list) else value


# -- one maker for each type; `name` is the physical name, `note` a mutable text


def _tags(note: str) -> list[dict[str, str]]:
    return [{"Key": "note", "Value": note}]


def topic(id: str, name: str, note: str = "a") -> Spec:
    return Spec(id=id, type=TOPIC, properties={"TopicName": name, "DisplayName": note, "Tags": _tags(note)})


def parameter(id: str, name: str | Asked, value: Any = "a") -> Spec:
    called = replace(name, text=f"/{name.text}") if isinstance(name, Asked) else f"/{name}"
    return Spec(id=id, type=PARAMETER, properties={"Name": called, "Type": "String", "Value": value})


def acting(id: str, of: To | str, note: Any = "a", *, once: bool = False, when: When = "changed") -> Spec:
    """An action that follows what its argument refers to; its `result` is a text."""
    return Spec(id=id, type=ACTION, properties={"of": of, "note": note}, options={"once": once, "when": when})


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
