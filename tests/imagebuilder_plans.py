"""Plans for the tests of Image Builder: from the rules file, from the golden image, from bare declarations."""

from __future__ import annotations

import json
import pathlib
from typing import TYPE_CHECKING, Any

from cloudwright.plan.model import Declared, Plan
from cloudwright.target import CredentialSource, Target

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA = pathlib.Path(__file__).parent / "data"
BUILD = "111111111111"
HOME = "us-east-1"

DISTRIBUTION = "AWS::ImageBuilder::DistributionConfiguration"
PIPELINE = "AWS::ImageBuilder::ImagePipeline"
RECIPE = "AWS::ImageBuilder::ImageRecipe"
INFRASTRUCTURE = "AWS::ImageBuilder::InfrastructureConfiguration"
TEMPLATE = "AWS::EC2::LaunchTemplate"
NAME = "golden-{{ imagebuilder:buildDate }}"

_IDENTIFIERS = {
    "AWS::EC2::LaunchTemplate": "LaunchTemplateId",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::S3::Bucket": "BucketName",
}


def declare(
    key: str,
    type: str = DISTRIBUTION,
    properties: Mapping[str, object] | None = None,
    *,
    account: str = BUILD,
    region: str = HOME,
    profile: str = "",
    **more: Any,
) -> Declared:
    source = CredentialSource("profile", profile) if profile else CredentialSource()
    target = Target(account, region, source=source)
    return Declared(key=key, type=type, target=target, properties=properties or {}, **more)


def plan_of(*declared: Declared) -> Plan:
    return Plan(app="images", stage="test", serial=1, digest="d", declared=declared)


def distribution(*entries: Mapping[str, object], **more: Any) -> Declared:
    return declare("dist", properties={"Name": "golden-dist", "Distributions": list(entries)}, **more)


def entry(region: str = HOME, ami: Mapping[str, object] | None = None, **more: object) -> dict[str, object]:
    return {"Region": region, "AmiDistributionConfiguration": {"Name": NAME, **(ami or {})}, **more}


def pipeline(key: str = "pipeline", recipe: str = "recipe", dist: str = "dist", **more: Any) -> Declared:
    arns = {
        "ImageRecipeArn": {"$unknown": f"{recipe}:/Arn"},
        "DistributionConfigurationArn": {"$unknown": f"{dist}:/Arn"},
    }
    references = {f"/{name}": str(value["$unknown"]) for name, value in arns.items()}
    return declare(key, PIPELINE, {"Name": key, **arns}, references=references, **more)


def recipe(*, parent: str = "ami-0123456789abcdef0", encrypted: bool | None = None, **ebs: object) -> Declared:
    block = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": encrypted, **ebs}}
    blocks = {"BlockDeviceMappings": [block]} if encrypted is not None else {}
    return declare("recipe", RECIPE, {"Name": "r-1", "Version": "1.0.0", "ParentImage": parent, **blocks})


def rule_cases() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / "image-builder-rules.json").read_text())
    return found


def case_plan(case: Mapping[str, Any], block: str) -> Plan:
    """The plan in which a rule meets its `bad` or `good` block, with everything that its context tells."""
    context = case["context"] or {}
    context = context.get(block, context)
    subject = declare(
        "dist" if case["type"] == DISTRIBUTION else "subject",
        case["type"],
        case[block],
        account=context.get("build_account", BUILD),
        region=context.get("build_region", context.get("region", HOME)),
        previous=_previous(case, context),
        references=_references(context),
    )
    return plan_of(subject, *_neighbours(subject, context))


def _previous(case: Mapping[str, Any], context: Mapping[str, Any]) -> Mapping[str, object] | None:
    if "previous_name" in context:
        return {**case["good"], "Name": context["previous_name"]}
    if "previous_regions" in context:
        return {**case["good"], "Distributions": [entry(region) for region in context["previous_regions"]]}
    previous: Mapping[str, object] | None = context.get("previous")
    return previous


def _references(context: Mapping[str, Any]) -> dict[str, str]:
    if "template" not in context:
        return {}
    return {"/Distributions/0/LaunchTemplateConfigurations/0/LaunchTemplateId": "template:/LaunchTemplateId"}


def _neighbours(subject: Declared, context: Mapping[str, Any]) -> list[Declared]:
    found: list[Declared] = []
    if "recipe_encrypted" in context:
        found += [recipe(encrypted=context["recipe_encrypted"]), pipeline()]
    if "parent_image" in context:
        found += [recipe(parent=context["parent_image"]), pipeline()]
    if context.get("shared"):
        found += [distribution(entry(ami={"TargetAccountIds": ["222222222222"]})), pipeline(recipe=subject.key)]
    if "template" in context:
        data = {"LaunchTemplateName": "app", "LaunchTemplateData": context["template"]}
        found.append(declare("template", TEMPLATE, data))
    for name in context.get("other_names", ()):
        found.append(declare(f"other/{name}", subject.type, {**subject.properties, "Name": name}))
    for account in context.get("declared_in", ()):
        found.append(declare(f"topic/{account}", "AWS::SNS::Topic", {}, account=account))
    if context.get("public"):
        shared = {"LaunchPermissionConfiguration": {"UserGroups": ["all"]}}
        found += [distribution(entry(ami=shared)), pipeline(recipe=subject.key)]
    for name in context.get("parameters", ()):
        found.append(declare("parameter", "AWS::SSM::Parameter", {"Name": name, "Type": "String", "Value": "ami-1"}))
    if "parent_instance" in context:
        parent = {"AutoScalingGroup": {"Name": context["parent_instance"]}}
        found.append(declare("i", INFRASTRUCTURE, {"Name": "i", "ParentInstance": parent}))
    for region, names in context.get("repositories", {}).items():
        found += [
            declare(f"repository/{name}", "AWS::ECR::Repository", {"RepositoryName": name}, region=region)
            for name in names
        ]
    found += [pipeline(key=key) for key in context.get("referenced_by", ())]
    if context.get("ami-dist") == "AMI":
        found.append(declare("other", properties={"Name": "ami-dist", "Distributions": [entry()]}))
    return found


def golden() -> Plan:
    """The golden image before its first deploy: every reference is still unknown."""
    resources = json.loads((DATA / "golden-image.json").read_text())["resources"]
    types = {resource["name"]: resource["type"] for resource in resources}
    return plan_of(*(_golden(resource, types) for resource in resources))


def _golden(resource: Mapping[str, Any], types: Mapping[str, str]) -> Declared:
    references: dict[str, str] = {}
    properties = _unknown(resource["properties"], "", types, references)
    name: str = resource["name"]
    profile = name.removeprefix("CrossRole").lower() if name.startswith("CrossRole") else ""
    return declare(
        name,
        resource["type"],
        properties,
        account=resource["account"],
        region=resource["region"],
        profile=profile,
        references=references,
        depends_on=tuple(resource["depends_on"]),
    )


def _unknown(value: Any, path: str, types: Mapping[str, str], references: dict[str, str]) -> Any:
    """References of CloudFormation as the planner shows them; each is noted under its pointer."""
    if isinstance(value, list):
        return [_unknown(item, f"{path}/{index}", types, references) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        references[path] = f"{value['Ref']}:/{_IDENTIFIERS[types[value['Ref']]]}"
    elif "Fn::GetAtt" in value:
        references[path] = ":/".join(value["Fn::GetAtt"])
    elif "Fn::Sub" in value:
        references[path] = value["Fn::Sub"].partition("}")[0].removeprefix("${").replace(".", ":/")
    else:
        return {key: _unknown(item, f"{path}/{key}", types, references) for key, item in value.items()}
    return {"$unknown": references[path]}
