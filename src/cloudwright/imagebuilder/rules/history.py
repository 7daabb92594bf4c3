"""Rules about changes compared with the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder import access
from cloudwright.imagebuilder.configuration import Configuration
from cloudwright.imagebuilder.model import RecipientKind, build
from cloudwright.imagebuilder.property_node import PropertyNode
from cloudwright.imagebuilder.rules.rule import Note, distribution, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.model import Distribution, Grant


@distribution(
    "IB155",
    "warning",
    "createOnlyProperties of the type; DeleteDistributionConfiguration; terraform-provider-aws#40128",
)
def new_name_replaces(configuration: Configuration) -> Iterator[Note]:
    """A changed name replaces the configuration."""
    previous = PropertyNode(configuration.declared.previous or {})["Name"].text
    name = configuration.root["Name"]
    if previous is None or name.text is None or previous == name.text:
        return
    users = [user.key for user in configuration.graph.users(configuration.declared)]
    who = (
        f"{listed(users)} will be updated to refer to the new one" if users else "nothing in this program refers to it"
    )
    yield Note(
        name,
        f"The name changes from {previous} to {name.text}: that replaces the configuration, and {who}. Deleting the "
        "old one fails with ResourceDependencyException while any pipeline still refers to it.",
        f"Keep {previous}, or make sure that no pipeline outside this program uses the old configuration.",
    )


@distribution("IB156", "info", "EC2 Image Builder User Guide: cr-upd-ami-distribution-settings")
def distributed_images_stay(configuration: Configuration) -> Iterator[Note]:
    """AMIs that were distributed remain after a Region or account is removed."""
    if configuration.declared.previous == configuration.declared.properties:
        return
    graph = configuration.graph.before
    was = graph.by_key.get(configuration.declared.key)
    if was is None:
        return
    after = build(configuration)
    if _vague(configuration, after):
        return
    change = access.compare(build(Configuration(was, graph)), after)
    by_region: dict[str, list[Grant]] = {}
    for grant in change.loses:
        by_region.setdefault(grant.region, []).append(grant)
    for region, grants in by_region.items():
        who = list(dict.fromkeys(grant.principal.short for grant in grants))
        what = f"{region} is removed" if region not in after.regions else f"{listed(who)} removed from {region}"
        path = after.paths.get(region, "/Distributions")
        yield Note(
            PropertyNode(None, path),
            f"{what}: later builds skip it, but AMIs already distributed remain, launchable and billed.",
            "If you no longer need them, deregister them and delete their snapshots, or add a lifecycle policy.",
        )


def _vague(configuration: Configuration, after: Distribution) -> bool:
    """Whether an unknown value may be a Region or account: then nothing counts as removed."""
    blocks = [configuration.root["Distributions"]]
    blocks += [node for entry in configuration.entries for node in (entry.node, entry.node["Region"], entry.ami)]
    unnamed = any(grant.principal.kind is RecipientKind.UNKNOWN for grant in after.grants)
    return unnamed or any(block.unknown for block in blocks)
