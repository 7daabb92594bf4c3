"""Rules about the types around the distribution: pipelines, components, recipes, lifecycle, infrastructure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.configuration import Configuration, managed_by_aws
from cloudwright.imagebuilder.graph import (
    COMPONENT,
    CONTAINER_RECIPE,
    DISTRIBUTION,
    IMAGE,
    IMAGE_RECIPE,
    INFRASTRUCTURE,
    LIFECYCLE,
    PIPELINE,
    WORKFLOW,
)
from cloudwright.imagebuilder.property_node import PropertyNode
from cloudwright.imagebuilder.rules.rule import Note, neighbour, quote
from cloudwright.plan.findings import is_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import RuleSubject

_RECIPES = (IMAGE_RECIPE, CONTAINER_RECIPE)
_PIPELINE_ARNS = {
    "ImageRecipeArn": IMAGE_RECIPE,
    "ContainerRecipeArn": CONTAINER_RECIPE,
    "InfrastructureConfigurationArn": INFRASTRUCTURE,
    "DistributionConfigurationArn": DISTRIBUTION,
}
_LISTED_ARNS = (("Workflows", "WorkflowArn", WORKFLOW), ("Components", "ComponentArn", COMPONENT))
_CREATE_ONLY = {
    IMAGE_RECIPE: ("Components", "ParentImage", "Description", "BlockDeviceMappings", "WorkingDirectory"),
    CONTAINER_RECIPE: (
        "Components", "ContainerType", "Description", "DockerfileTemplateData", "DockerfileTemplateUri",
        "ImageOsVersionOverride", "InstanceConfiguration", "KmsKeyId", "ParentImage", "PlatformOverride",
        "TargetRepository", "WorkingDirectory",
    ),
    COMPONENT: ("ChangeDescription", "Description", "Platform", "Data", "Uri", "KmsKeyId", "SupportedOsVersions"),
    WORKFLOW: ("ChangeDescription", "Description", "Data", "Uri", "Type", "KmsKeyId"),
}  # fmt: skip


@neighbour("IB201", "error", "Image Builder API, Distribution; CDK L2 keeps two lists", PIPELINE, IMAGE)
def outputs_match(pipeline: RuleSubject) -> Iterator[Note]:
    """A container recipe needs a container distribution, an image recipe an AMI distribution."""
    node = pipeline.root["DistributionConfigurationArn"]
    found = pipeline.graph.referred(pipeline.declared, node)
    if found is None or found.type != DISTRIBUTION:
        return
    container = pipeline.root["ContainerRecipeArn"].present
    if container == pipeline.root["ImageRecipeArn"].present:
        return
    entries = Configuration(found, pipeline.graph).entries
    blocks = [
        (entry, *((entry.ami, entry.container) if container else (entry.container, entry.ami))) for entry in entries
    ]
    wrong = [entry for entry, other, needed in blocks if other.present and not needed.present]
    if wrong:
        made, sent = ("a container image", "AMIs") if container else ("an AMI", "container images")
        yield Note(
            node,
            f"The recipe builds {made}, but {found.key} distributes {sent} ({wrong[0].node.path}).",
            f"Refer to a configuration for {made.split(' ', 1)[1]}s, or use the other kind of recipe.",
        )


@neighbour("IB202", "error", "Image Builder API, DistributeImage: in the same Region", PIPELINE, IMAGE)
def one_region(pipeline: RuleSubject) -> Iterator[Note]:
    """Everything that a pipeline refers to is in the pipeline's Region."""
    for name in _PIPELINE_ARNS:
        node = pipeline.root[name]
        other = pipeline.graph.referred(pipeline.declared, node)
        match = re.match(r"arn:[^:]*:imagebuilder:([^:]+):", node.text or "")
        region = match[1] if match else (other.target.region if other is not None else "")
        if region and pipeline.region and region != pipeline.region:
            fix = f"Declare it in {pipeline.region}, or move this resource to {region}."
            yield Note(node, f"{name} is in {region}, but this resource is in {pipeline.region}.", fix)


@neighbour("IB219", "error", "Image Builder API model, patterns of the ARNs", PIPELINE, IMAGE, *_RECIPES)
def arn_of_the_right_type(subject: RuleSubject) -> Iterator[Note]:
    """A property that takes an ARN takes that of one type only."""
    for name, node, wanted in _arns(subject.root):
        found = subject.graph.arn_type(subject.declared, node)
        if found and found != wanted:
            text = f"{name} takes the ARN of {_with_article(wanted)}, and this is that of {_with_article(found)}."
            yield Note(node, text, f"Refer to the Arn of {_with_article(wanted)}.")


@neighbour("IB205", "warning", "cloudformation-coverage-roadmap#927; ec2-image-builder-roadmap#71", *_CREATE_ONLY)
def new_content_needs_a_new_version(subject: RuleSubject) -> Iterator[Note]:
    """Content that can't be changed in place changes only with the version."""
    now, was = subject.root, PropertyNode(subject.declared.previous or {})
    version = now["Version"]
    same = all(now[name].text is not None and now[name].text == was[name].text for name in ("Name", "Version"))
    if not same or "x" in (version.text or ""):
        return
    # The state holds only a fingerprint of write-only content, so comparing documents can't show that it changed:
    # the planned step does.
    forced = {path.split("/")[1] for path in subject.graph.forced.get(subject.declared.key, ()) if path}
    names = _CREATE_ONLY[subject.declared.type]
    # An adopted resource did not return this content, so it is declared for the first time: nothing shows that it
    # changed.
    changed = [name for name in names if name in forced or (was[name].present and _differs(now[name], was[name]))]
    if changed:
        raised = _raised(version.text or "")
        wildcard = ', or "1.0.x" to have it numbered for you' if subject.declared.type in _RECIPES else ""
        yield Note(
            version,
            f"{' and '.join(changed)} changed under the same name and version {version.text}. Versions are immutable: "
            "this one is deleted before the new one is made, with everything that references it.",
            f"Write {quote(raised)}{wildcard}.",
        )


@neighbour("IB206", "warning", "AWS re:Post knowledge center: image-builder-distr-error-encrypted-ami", IMAGE_RECIPE)
def shared_image_needs_a_customer_key(recipe: RuleSubject) -> Iterator[Note]:
    """A recipe whose image is shared or copied encrypts with a customer-managed key."""
    users = recipe.graph.distributions(recipe.declared)
    entries = [entry for user in users for entry in Configuration(user, recipe.graph).images]
    if not any(entry.copied or entry.shared for entry in entries):
        return
    for device in recipe.root["BlockDeviceMappings"].elements:
        volume = device["Ebs"]
        key = volume["KmsKeyId"]
        if volume["Encrypted"].value is True and (not key.present or managed_by_aws(key.text or "")):
            yield Note(
                key if key.present else volume,
                "The volume is encrypted with an AWS-managed key, but the distribution shares or copies the image; "
                '"Snapshots encrypted with the AWS Managed CMK can\'t be shared".',
                'Add "KmsKeyId" with the ARN of a customer-managed key whose policy allows the accounts.',
            )


@neighbour("IB207", "error", "AWS CDK ImageBuilder L2, check of ResourceSelection", LIFECYCLE)
def one_selection(policy: RuleSubject) -> Iterator[Note]:
    """A lifecycle policy selects by exactly one of Recipes and TagMap."""
    selection = policy.root["ResourceSelection"]
    if selection.unknown:
        return
    given = [name for name in ("Recipes", "TagMap") if selection[name].present]
    if len(given) != 1:
        what = "both Recipes and TagMap" if given else "neither Recipes nor TagMap"
        fix = "Remove one; to use both, declare two policies." if given else "Add one of the two."
        yield Note(selection, f"The policy selects by {what}; the service takes exactly one.", fix)


@neighbour("IB208", "error", "Image Builder API model, LifecyclePolicyDetailFilter", LIFECYCLE)
def filter_fields(policy: RuleSubject) -> Iterator[Note]:
    """An AGE filter needs Unit; a COUNT filter deletes and takes neither Unit nor RetainAtLeast."""
    for detail in policy.root["PolicyDetails"].elements:
        rule = detail["Filter"]
        if rule["Type"].text == "AGE" and not rule["Unit"].present:
            fix = 'Add "Unit": "DAYS", "WEEKS", "MONTHS" or "YEARS".'
            yield Note(rule, "A filter by AGE needs a Unit: days, weeks, months or years.", fix)
        action = detail["Action"]["Type"]
        if rule["Type"].text == "COUNT" and action.text not in {None, "DELETE"}:
            text = f"A filter by COUNT supports only the action DELETE, not {action.text}."
            yield Note(action, text, 'Write "DELETE", or filter by AGE.')
        if rule["Type"].text == "COUNT":
            for name in ("Unit", "RetainAtLeast"):
                if rule[name].present:
                    yield Note(
                        rule[name], f"A filter by COUNT takes no {name}.", "Remove it; Value says how many to keep."
                    )


@neighbour("IB209", "error", "AWS CDK ImageBuilder L2, OnlyDeleteRulesForContainerPolicies", LIFECYCLE)
def action_fits_the_kind(policy: RuleSubject) -> Iterator[Note]:
    """A container policy only deletes and names no AMIs or snapshots; an AMI policy names no containers."""
    kind = policy.root["ResourceType"].text
    of_other_kind = {"CONTAINER_IMAGE": ("Amis", "Snapshots"), "AMI_IMAGE": ("Containers",)}.get(kind or "", ())
    for detail in policy.root["PolicyDetails"].elements:
        action = detail["Action"]
        if kind == "CONTAINER_IMAGE" and action["Type"].text not in {None, "DELETE"}:
            text = f"A policy for container images supports only the action DELETE, not {action['Type'].text}."
            yield Note(action["Type"], text, 'Write "DELETE", or set ResourceType to AMI_IMAGE.')
        only_images = action["Type"].text in {"DEPRECATE", "DISABLE"}
        for name in dict.fromkeys((*of_other_kind, *(("Snapshots", "Containers") if only_images else ()))):
            node = action["IncludeResources"][name]
            if node.present and node.value is not False:
                who = f"A policy for {kind}" if name in of_other_kind else f"The action {action['Type'].text}"
                yield Note(node, f"{who} can't include {name}.", f"Remove {name}.")
        amis, snapshots = action["IncludeResources"]["Amis"], action["IncludeResources"]["Snapshots"]
        if snapshots.value is True and not amis.unknown and amis.value is not True and kind != "CONTAINER_IMAGE":
            yield Note(
                snapshots,
                "Snapshots are deleted only together with their AMIs.",
                'Add "Amis": true, or remove Snapshots.',
            )


@neighbour("IB210", "error", "AWS CDK ImageBuilder L2, HostIdRequiresHostTenancy", INFRASTRUCTURE)
def host_needs_host_tenancy(infrastructure: RuleSubject) -> Iterator[Note]:
    """A host or a host group needs the tenancy `host`; only one of the two is named."""
    placement = infrastructure.root["Placement"]
    given = [name for name in ("HostId", "HostResourceGroupArn") if placement[name].present]
    tenancy = placement["Tenancy"]
    if given and not tenancy.unknown and tenancy.text != "host":
        fix = f'Add "Tenancy": "host", or remove {given[0]}.'
        yield Note(tenancy if tenancy.present else placement, f"{given[0]} requires the tenancy host.", fix)
    if len(given) > 1:
        text = "HostId and HostResourceGroupArn can't be combined."
        yield Note(placement["HostResourceGroupArn"], text, "Remove one of them.")


def _arns(root: PropertyNode) -> Iterator[tuple[str, PropertyNode, str]]:
    """The properties that take an ARN of Image Builder: name, node and type."""
    for name, wanted in _PIPELINE_ARNS.items():
        yield name, root[name], wanted
    for listed, name, wanted in _LISTED_ARNS:
        for element in root[listed].elements:
            yield name, element[name], wanted


def _with_article(type_name: str) -> str:
    """Such as `an ImageRecipe`."""
    name = type_name.rpartition("::")[2]
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def _differs(now: PropertyNode, was: PropertyNode) -> bool:
    """Whether two values certainly differ; unknown and secret leaves agree with anything."""
    if now.present != was.present:
        return True
    return now.present and not _agree(now.value, was.value)


def _agree(now: object, was: object) -> bool:
    if is_unknown(now) or is_unknown(was):
        return True
    if isinstance(now, dict) and isinstance(was, dict):
        return now.keys() == was.keys() and all(_agree(now[name], was[name]) for name in now)
    if isinstance(now, list | tuple) and isinstance(was, list | tuple):
        return len(now) == len(was) and all(_agree(one, two) for one, two in zip(now, was, strict=True))
    return now == was


def _raised(version: str) -> str:
    """The next version: the last number plus one."""
    head, dot, last = version.rpartition(".")
    return f"{head}{dot}{int(last) + 1}" if re.fullmatch(r"[0-9]+", last) else version
