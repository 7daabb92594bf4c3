"""What `cloudwright images` needs beyond reading the resources: to build, follow, compare, promote and retire.

The actions are those of the operations that `services/image_builds`, `ec2`, `ssm` and `autoscaling` call, by the names
of the Service Authorization Reference (2026-11-28).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.permissions.model import EVERY_RESOURCE, Permission, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.plan.model import Declared, Plan

PASS_ROLE = "iam:PassRole"  # noqa: S105 - the name of an action
_DISTRIBUTION = "AWS::ImageBuilder::DistributionConfiguration"
_BUILDER = {
    "images run, follow": (
        "imagebuilder:StartImagePipelineExecution",
        "imagebuilder:GetImagePipeline",
        "imagebuilder:GetImage",
        "imagebuilder:ListImagePipelineImages",
        "imagebuilder:ListWorkflowExecutions",
        "imagebuilder:ListWorkflowStepExecutions",
        "imagebuilder:CancelImageCreation",
    ),
    "images retry": ("imagebuilder:RetryImage",),
    "images approve, reject": ("imagebuilder:ListWaitingWorkflowSteps", "imagebuilder:SendWorkflowStepAction"),
    "images promote": ("imagebuilder:DistributeImage", PASS_ROLE),
    "images retire": ("imagebuilder:StartResourceStateUpdate", "imagebuilder:GetLifecycleExecution"),
}
_OWNERS = {
    "images --live": ("ec2:DescribeImages", "ec2:DescribeImageAttribute"),
    "images --usage": (
        "ec2:CreateImageUsageReport",
        "ec2:DescribeImageUsageReports",
        "ec2:DescribeImageUsageReportEntries",
        "ec2:DescribeImageReferences",
    ),
    "images retire": (
        "ec2:DescribeImageReferences",
        "ec2:DescribeLaunchTemplateVersions",
        "autoscaling:DescribeAutoScalingGroups",
        "ec2:EnableImageDeprecation",
        "ec2:DisableImage",
        "ec2:DeregisterImage",
        "ec2:DeleteSnapshot",
    ),
}
_PARAMETERS = {"images --live": ("ssm:GetParameters",), "images rollback": ("ssm:PutParameter",)}
_TEMPLATES = {
    "images --live": ("ec2:DescribeLaunchTemplateVersions",),
    "images rollback": ("ec2:ModifyLaunchTemplate",),
}
_SHARED = {"images rollback": ("ec2:ModifyImageAttribute",)}


def image_permissions(plan: Plan) -> Iterator[tuple[tuple[str, str], Permission]]:
    """The actions that the commands on images need, each with the partition and account where it is needed."""
    for declared in plan.declared:
        if declared.type == _DISTRIBUTION:
            yield from _of(declared)


def _of(declared: Declared) -> Iterator[tuple[tuple[str, str], Permission]]:
    build, partition = declared.target.account, declared.target.partition
    for account, needs in _accounts(declared, build).items():
        for commands in needs:
            for command, actions in commands.items():
                reason = Reason(key=declared.key, type=declared.type, operation="images", note=f"`{command}`")
                for action in actions:
                    resources = (f"arn:{partition}:iam::{account}:role/*",) if action == PASS_ROLE else EVERY_RESOURCE
                    yield (partition, account), Permission(action=action, resources=resources, reasons=(reason,))


def _accounts(declared: Declared, build: str) -> dict[str, list[Mapping[str, tuple[str, ...]]]]:
    """Account -> the groups of commands that touch it."""
    found: dict[str, list[Mapping[str, tuple[str, ...]]]] = {build: [_BUILDER, _OWNERS]}
    for entry in _objects(declared.properties.get("Distributions")):
        ami = entry.get("AmiDistributionConfiguration")
        targets = ami.get("TargetAccountIds") if isinstance(ami, dict) else None
        for account in targets if isinstance(targets, list) else ():
            if isinstance(account, str):
                found.setdefault(account, [_OWNERS])
        if isinstance(ami, dict) and ami.get("LaunchPermissionConfiguration"):
            found[build].append(_SHARED)
        for name, member, needs in _POINTERS:
            for one in _objects(entry.get(name)):
                found.setdefault(str(one.get(member) or build), []).append(needs)
    return found


_POINTERS = (
    ("SsmParameterConfigurations", "AmiAccountId", _PARAMETERS),
    ("LaunchTemplateConfigurations", "AccountId", _TEMPLATES),
)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
