"""Rules about fast launch, which pre-provisions Windows AMIs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.graph import root
from cloudwright.imagebuilder.rules.rule import Note, distribution, listed, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import Configuration, DistributionEntry
    from cloudwright.imagebuilder.graph import DeclarationGraph
    from cloudwright.imagebuilder.property_node import PropertyNode
    from cloudwright.plan.model import Declared

_FEWEST_LAUNCHES = 6
_OTHER_SYSTEMS = re.compile(
    r"(?<![a-z0-9])(?:amazon-?linux|al2|al2023|linux|ubuntu|debian|rhel|red-?hat|suse|sles|centos|mac-?os)(?![a-z])",
    re.IGNORECASE,
)


@distribution("IB131", "error", "Image Builder API, FastLaunchConfiguration (Windows AMIs); packer-plugin-amazon#347")
def windows_only(configuration: Configuration) -> Iterator[Note]:
    """Fast launch is for Windows images."""
    other = next((found for recipe in configuration.recipes if (found := not_windows(configuration.graph, recipe))), "")
    for entry in configuration.entries:
        if other and _settings(entry):
            yield Note(
                entry.node["FastLaunchConfigurations"],
                f"Fast launch works only for Windows AMIs, but {other}.",
                "Remove FastLaunchConfigurations.",
            )


@distribution("IB132", "error", "Image Builder API, FastLaunchLaunchTemplateSpecification")
def template_by_id_or_name(configuration: Configuration) -> Iterator[Note]:
    """A fast launch template is named by its id or by its name."""
    for entry in configuration.entries:
        for setting in _settings(entry):
            template = setting["LaunchTemplate"]
            given = [name for name in ("LaunchTemplateId", "LaunchTemplateName") if template[name].present]
            if template.fields and len(given) != 1:
                what = "both its id and its name" if given else "neither its id nor its name"
                fix = "Remove LaunchTemplateName." if given else "Add LaunchTemplateId."
                yield Note(template, f"The template is given by {what}; the service takes one of the two.", fix)


@distribution("IB133", "error", "EC2 API, EnableFastLaunch.MaxParallelLaunches; CDK L2 check MinParallelLaunches")
def enough_parallel_launches(configuration: Configuration) -> Iterator[Note]:
    """MaxParallelLaunches is 6 or more."""
    for entry in configuration.entries:
        for setting in _settings(entry):
            node = setting["MaxParallelLaunches"]
            if type(node.value) is int and node.value < _FEWEST_LAUNCHES:
                yield Note(
                    node,
                    f"{node.value} parallel launches: EC2 requires at least {_FEWEST_LAUNCHES}, although Image "
                    "Builder's API model allows 1.",
                    f"Write {_FEWEST_LAUNCHES}, or omit it to get EC2's default.",
                )


@distribution("IB134", "error", "Image Builder API model, FastLaunchConfiguration.required; optional in the schema")
def enabled_is_required(configuration: Configuration) -> Iterator[Note]:
    """A fast launch setting says whether it is enabled."""
    for entry in configuration.entries:
        for setting in _settings(entry):
            if setting.known and not setting["Enabled"].present:
                yield Note(setting, "Enabled is missing; the service requires it.", 'Add "Enabled": true.')


@distribution("IB135", "warning", "Image Builder API, FastLaunchConfiguration.accountId; packer-plugin-amazon#451")
def owner_account(configuration: Configuration) -> Iterator[Note]:
    """A fast launch account owns the AMI: the build account or a target account."""
    for entry in configuration.entries:
        owners = entry.owners(configuration.account)
        for setting in _settings(entry):
            account = setting["AccountId"]
            if owners is not None and account.text and account.text not in owners:
                yield Note(
                    account,
                    f"{account.text} owns no AMI here; fast launch applies to the owner's account, not to accounts "
                    "that the AMI is only shared with.",
                    f"Add {quote(account.text)} to TargetAccountIds, or name one of {listed(sorted(owners))}.",
                )


def not_windows(graph: DeclarationGraph, recipe: Declared) -> str:
    """Why a recipe certainly builds no Windows image; empty if it may.

    Args:
        graph: Contains the recipe's components.
        recipe: An image recipe.
    """
    parent = root(recipe)["ParentImage"].text or ""
    if "windows" in parent.lower():
        return ""
    if ":aws:image/" in parent or _OTHER_SYSTEMS.search(parent):
        return f"the parent image of {recipe.key} is {parent}"
    for node in root(recipe)["Components"].elements:
        component = graph.referred(recipe, node["ComponentArn"])
        platform = root(component)["Platform"].text if component is not None else None
        if component is not None and platform not in {None, "Windows"}:
            return f"the component {component.key} of {recipe.key} is for {platform}"
    return ""


def _settings(entry: DistributionEntry) -> tuple[PropertyNode, ...]:
    return entry.node["FastLaunchConfigurations"].elements
