"""Rules about entries and their Regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder.regions import regions as known_regions
from cloudwright.imagebuilder.rules.rule import Note, distribution, listed, quote
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import Configuration, DistributionEntry


@distribution(
    "IB101",
    "error",
    "CloudFormation reference, ImageBuilder Distribution; error text in pulumi-aws#2065, aws-cdk#12882",
)
def one_output(configuration: Configuration) -> Iterator[Note]:
    """Each entry has exactly one of the AMI and the container block."""
    for entry in configuration.entries:
        if entry.node.unknown or not entry.node.fields:
            continue
        place = f"for {entry.region}" if entry.region else "of this entry"
        if entry.ami.present and entry.container.present:
            yield Note(
                entry.node,
                f"The distribution {place} has both an AMI and a container block. The documentation requires exactly "
                "one; a recipe builds one kind of image, so the other block has no effect.",
                "Keep the block that fits the recipe, and declare a separate configuration for the other output.",
                severity="warning",
            )
        elif not entry.ami.present and not entry.container.present:
            yield Note(
                entry.node,
                f'The distribution {place} has nothing to distribute; the service answers "One or more outputs '
                'should be provided for each region".',
                'Add "AmiDistributionConfiguration": {"Name": "NAME-{{ imagebuilder:buildDate }}"} '
                'or "ContainerDistributionConfiguration": {...}.',
            )


@distribution("IB102", "error", "AWS CDK ImageBuilder L2, check DuplicateAmiDistribution; Image Builder pipeline guide")
def region_once(configuration: Configuration) -> Iterator[Note]:
    """A Region appears once."""
    first: dict[str, str] = {}
    for entry in configuration.entries:
        if entry.region is None:
            continue
        if entry.region in first:
            yield Note(
                entry.node["Region"],
                f"{entry.region} already has an entry at {first[entry.region]}; a Region may appear only once.",
                f"Merge this entry into {first[entry.region]}.",
            )
        first.setdefault(entry.region, entry.node.path)


_SETTINGS = {
    "launch permissions": ("AmiDistributionConfiguration", "LaunchPermissionConfiguration"),
    "tags": ("AmiDistributionConfiguration", "AmiTags"),
    "SSM parameters": ("SsmParameterConfigurations",),
    "launch templates": ("LaunchTemplateConfigurations",),
}
"""What an entry sets up only for the AMI of its own Region."""


def _set(entry: DistributionEntry, names: tuple[str, ...]) -> bool:
    node = entry.node
    for name in names:
        node = node[name]
    return node.present


@distribution("IB109", "warning", "EC2 Image Builder User Guide: cross-account-dist; dist-using-launch-template")
def build_region_has_an_entry(configuration: Configuration) -> Iterator[Note]:
    """The build Region has an entry."""
    named = [entry.region for entry in configuration.entries]
    if not configuration.images or None in named or not configuration.region or configuration.region in named:
        return
    lost = [name for name, paths in _SETTINGS.items() if any(_set(entry, paths) for entry in configuration.images)]
    if lost:
        yield Note(
            configuration.root["Distributions"],
            f"No entry for the build Region {configuration.region}: the {' and '.join(lost)} of the other Regions do "
            "not apply to the source AMI, which remains in the build Region.",
            f'Add {{"Region": {quote(configuration.region)}, "AmiDistributionConfiguration": {{...}}}}.',
        )


@distribution("IB110", "error", "botocore partitions.json, bundled as imagebuilder/data/regions.json")
def region_exists(configuration: Configuration) -> Iterator[Note]:
    """A Region belongs to the partition of the build."""
    known = known_regions()
    partition = configuration.declared.target.partition
    names = known.of(partition)
    for entry in configuration.entries:
        if entry.region is None or entry.region in names or not names:
            continue
        other = known.by_name.get(entry.region)
        near = did_you_mean(entry.region.strip(), names)
        if other is not None:
            text = f"{entry.region} is a Region of the partition {other.partition}; this build is in {partition}."
            fix = f"Images can't be copied between partitions: declare a separate pipeline in {other.partition}."
        else:
            text = f"{quote(entry.region)} is not a Region of {partition} (list of {known.date})."
            fix = f"Write {quote(near)}." if near else f"The Regions of {partition} are: {', '.join(names)}."
        yield Note(entry.node["Region"], text, fix)


@distribution(
    "IB111", "info", "AWS Account Management reference: enable or disable Regions; packer-plugin-ami-copy#102"
)
def opt_in_region(configuration: Configuration) -> Iterator[Note]:
    """An opt-in Region must be enabled in the build account and in every target account."""
    known = known_regions().by_name
    for entry in configuration.entries:
        region = known.get(entry.region or "")
        if region is None or not region.opt_in:
            continue
        accounts = [account for account in (configuration.account, *entry.targets.texts) if account]
        yield Note(
            entry.node["Region"],
            f"{region.name} is an opt-in Region: it is disabled in each account until you enable it.",
            f"Enable {region.name} in {listed(accounts) or 'the build account'}.",
        )
