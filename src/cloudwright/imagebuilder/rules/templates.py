"""Rules about launch templates that a distribution updates with the new AMI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.configuration import CREATED_BY
from cloudwright.imagebuilder.graph import TEMPLATE, root
from cloudwright.imagebuilder.rules.rule import Note, distribution, listed, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import Configuration, DistributionEntry
    from cloudwright.imagebuilder.property_node import PropertyNode
    from cloudwright.plan.model import Declared

_ID = re.compile(r"lt-[a-z0-9_-]{17}")
_MOST = 5
_PARAMETER = "resolve:ssm:"
"""Prefix of an `ImageId` that EC2 reads from a parameter when an instance is launched (EC2 API model, ImageId)."""


@distribution("IB136", "error", "Image Builder API model, LaunchTemplateConfiguration.required; optional in the schema")
def template_id(configuration: Configuration) -> Iterator[Note]:
    """A launch template entry has an id: `lt-` and 17 characters."""
    for setting in _settings(configuration):
        node = setting["LaunchTemplateId"]
        if setting.known and not node.present:
            yield Note(setting, "LaunchTemplateId is missing; the service requires it.", "Add the template's id.")
        elif node.known and not _ID.fullmatch(str(node.value)):
            yield Note(
                node,
                f"{quote(node.value)} is not a launch template id: that is lt- and 17 characters.",
                'Write an id such as "lt-0123456789abcdef0", or refer to the template\'s LaunchTemplateId.',
            )


@distribution("IB137", "info", "EC2 Image Builder User Guide: cr-upd-ami-distribution-settings (console: 5; API: 100)")
def few_templates(configuration: Configuration) -> Iterator[Note]:
    """At most 5 launch templates in a Region can be edited in the console."""
    for entry in configuration.entries:
        node = entry.node["LaunchTemplateConfigurations"]
        count = len(node.elements)
        if count > _MOST:
            yield Note(
                node,
                f"{count} launch templates{_where(entry)}; the console can edit only {_MOST} (the API allows 100).",
                "Update fewer templates, or have them read the AMI from an SSM parameter.",
            )


@distribution("IB138", "error", "Image Builder API, LaunchTemplateConfiguration.accountId (rule inferred)")
def template_account(configuration: Configuration) -> Iterator[Note]:
    """A launch template's account is the build account or a target account of the Region."""
    for entry in configuration.entries:
        owners = entry.owners(configuration.account)
        for setting in entry.node["LaunchTemplateConfigurations"].elements:
            account = setting["AccountId"]
            if owners is not None and account.text and account.text not in owners:
                yield Note(
                    account,
                    f"{account.text} receives no AMI{_where(entry)}, so its launch template can't be updated.",
                    f"Add {quote(account.text)} to TargetAccountIds, or name one of {listed(sorted(owners))}.",
                )


@distribution(
    "IB139", "warning", "EC2 Image Builder User Guide: cross-account-dist, condition aws:ResourceTag/CreatedBy"
)
def foreign_template_is_tagged(configuration: Configuration) -> Iterator[Note]:
    """A launch template of another account is tagged `CreatedBy: EC2 Image Builder`."""
    for setting in _settings(configuration):
        account = setting["AccountId"].text
        if not account or not configuration.account or account == configuration.account:
            continue
        template = configuration.graph.referred(configuration.declared, setting["LaunchTemplateId"])
        if template is None or not _tagged(template):
            what = f"the template {template.key}" if template is not None else "the template"
            seen = template is not None and template.type == TEMPLATE
            yield Note(
                setting["LaunchTemplateId"],
                f"In account {account}, Image Builder may update {what} only if it has the tag CreatedBy.",
                f'Tag it "CreatedBy": {quote(CREATED_BY)} (on the template itself: TagSpecifications with '
                'ResourceType "launch-template").',
                severity="" if seen else "info",
            )


@distribution("IB140", "warning", "terraform-aws-autoscaling#214; EC2 API model, CreateLaunchTemplateVersion")
def two_managers(configuration: Configuration) -> Iterator[Note]:
    """A launch template of this program that builds update reads its image from a parameter."""
    for setting in _settings(configuration):
        template = configuration.graph.referred(configuration.declared, setting["LaunchTemplateId"])
        if template is None or template.type != TEMPLATE or template.existing:
            continue
        image = root(template)["LaunchTemplateData"]["ImageId"]
        if not image.unknown and not (image.text or "").startswith(_PARAMETER):
            yield Note(
                setting["LaunchTemplateId"],
                f"Each build adds a version with its AMI to {template.key}; the next change of {template.key} in this "
                f"program adds a newer version with {_shown(image)}, which then becomes the latest.",
                f'Write "ImageId": "{_PARAMETER}/imagebuilder/NAME" in the LaunchTemplateData of {template.key}, and '
                "have the distribution write that parameter (SsmParameterConfigurations): every version then uses "
                "the newest AMI.",
            )


@distribution("IB157", "info", "Image Builder API, LaunchTemplateConfiguration.setDefaultVersion: unset is true")
def default_version(configuration: Configuration) -> Iterator[Note]:
    """A launch template entry says whether its new version becomes the default."""
    for setting in _settings(configuration):
        node = setting["SetDefaultVersion"]
        if setting.known and not node.present:
            yield Note(
                setting,
                "SetDefaultVersion is not set, which means true: each build makes its version the default one, and new "
                "instances use it at once.",
                'Add "SetDefaultVersion": true if that is meant, or false to choose the default version yourself.',
            )


def _shown(image: PropertyNode) -> str:
    return f"the image {image.text}" if image.text else "no image"


def _settings(configuration: Configuration) -> tuple[PropertyNode, ...]:
    return tuple(
        setting for entry in configuration.entries for setting in entry.node["LaunchTemplateConfigurations"].elements
    )


def _tagged(template: Declared) -> bool:
    """Whether the template has the tag, or may have it: an unknown tag counts as present."""
    groups = root(template)["TagSpecifications"]
    if template.existing or not groups.whole:
        return True
    tags = [tag for group in groups.elements if _of_template(group) for tag in group["Tags"].elements]
    return any(
        tag.unknown or (tag["Key"].text == "CreatedBy" and (tag["Value"].unknown or tag["Value"].text == CREATED_BY))
        for tag in tags
    )


def _of_template(group: PropertyNode) -> bool:
    return group["ResourceType"].unknown or group["ResourceType"].text == "launch-template"


def _where(entry: DistributionEntry) -> str:
    return f" in {entry.region}" if entry.region else ""
