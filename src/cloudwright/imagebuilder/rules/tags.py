"""Rules about tags, and about lists that must be omitted if empty."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.configuration import CREATED_BY
from cloudwright.imagebuilder.rules.rule import Note, distribution, listed, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import Configuration, DistributionEntry
    from cloudwright.imagebuilder.property_node import PropertyNode

_KEY = re.compile(r"[a-zA-Z0-9\s_.:/=+\-@]{1,128}", re.ASCII)
_LONGEST_VALUE = 256
_MOST = 50


@distribution("IB150", "error", "Registry schema; the example of awscc uses a list")
def tags_are_maps(configuration: Configuration) -> Iterator[Note]:
    """Tags and AmiTags are maps, not lists of Key and Value."""
    for tags in _tags(configuration):
        if isinstance(tags.value, (list, tuple)):
            pairs = {tag["Key"].text: _shown(tag["Value"]) for tag in tags.elements if tag["Key"].text is not None}
            name = tags.path.rpartition("/")[2]
            fix = f"Write {quote(name)}: {quote(pairs)}." if pairs else f'Write {quote(name)}: {{"key": "value"}}.'
            yield Note(tags, f"{name} is a map in this type, not a list of Key and Value.", fix)


@distribution("IB151", "error", "Image Builder API model, TagKey, TagValue and TagMap; the schema has no limits")
def tag_limits(configuration: Configuration) -> Iterator[Note]:
    """Tag keys and values have allowed characters and lengths; at most 50 tags."""
    for tags in _tags(configuration):
        for key in tags.fields:
            problem, fix = _key_problem(key)
            if problem:
                yield Note(tags[key], f"The tag key {quote(key[:140])} {problem}.", fix)
            value = tags[key].text
            if value is not None and len(value) > _LONGEST_VALUE:
                text = f"The tag value has {len(value)} characters; at most {_LONGEST_VALUE} are allowed."
                yield Note(tags[key], text, "Shorten it.")
        if len(tags.fields) > _MOST:
            yield Note(tags, f"{len(tags.fields)} tags; at most {_MOST} are allowed.", "Remove some.")


@distribution("IB152", "warning", "EC2ImageBuilderLifecycleExecutionPolicy v1; policy of the service-linked role v27")
def created_by_is_taken(configuration: Configuration) -> Iterator[Note]:
    """AmiTags leaves the tag CreatedBy to the service."""
    for entry in configuration.images:
        node = entry.ami["AmiTags"]["CreatedBy"]
        if node.known and node.value != CREATED_BY:
            yield Note(
                node,
                f"Image Builder tags its AMIs CreatedBy: {CREATED_BY}, and its service and lifecycle policies rely on "
                "that; this value overrides it.",
                'Use another key, such as "Owner".',
            )


@distribution("IB153", "info", "ec2-image-builder-roadmap#62")
def tags_on_shared_images(configuration: Configuration) -> Iterator[Note]:
    """AmiTags are not visible to accounts that the AMI is shared with but not copied to."""
    for entry in configuration.images:
        tags = entry.ami["AmiTags"]
        if not tags.fields or not entry.targets.whole:
            continue
        blind = _only_shared(configuration, entry)
        if blind:
            yield Note(
                tags,
                f"{listed(blind)} can't see these tags: the AMI is shared with them, not copied, and tags are visible "
                "only in the owner's account.",
                "Copy to the accounts that need the tags (TargetAccountIds), or mark the image by AmiWatermarks of its "
                "recipe: they travel with copies and are visible on shared AMIs.",
            )


@distribution("IB154", "error", "go-to-k/cdk-real-drift#506: refused by the live service, July 2026")
def empty_lists(configuration: Configuration) -> Iterator[Note]:
    """A list is omitted rather than empty: the service refuses empty lists."""
    for node in configuration.root.walk():
        if isinstance(node.value, (list, tuple)) and not node.value:
            name = node.path.rpartition("/")[2]
            distributions = node.path == "/Distributions"
            yield Note(
                node,
                f"{name} is empty; the service refuses empty lists.",
                "Name at least one Region." if distributions else f"Omit {name}.",
            )


def _tags(configuration: Configuration) -> tuple[PropertyNode, ...]:
    return (configuration.root["Tags"], *(entry.ami["AmiTags"] for entry in configuration.images))


def _key_problem(key: str) -> tuple[str, str]:
    if key.lower().startswith("aws:"):
        return "starts with aws:, which is reserved for AWS", f"Write {quote(key[4:] or 'key')}."
    if _KEY.fullmatch(key):
        return "", ""
    clean = re.sub(r"[^a-zA-Z0-9\s_.:/=+\-@]+", "-", key, flags=re.ASCII)[:128]
    return "must be 1 to 128 letters, digits, blanks and _.:/=+-@", f"Write {quote(clean or 'key')}."


def _only_shared(configuration: Configuration, entry: DistributionEntry) -> list[str]:
    permission = entry.permission
    copied = {configuration.account, *entry.targets.texts}
    accounts = [account for account in permission["UserIds"].texts if account not in copied]
    groups = (*permission["OrganizationalUnitArns"].texts, *permission["OrganizationArns"].texts)
    everyone = ["every other account"] if entry.public else []
    return [*dict.fromkeys(accounts), *(arn.rpartition("/")[2] for arn in groups), *everyone]


def _shown(node: PropertyNode) -> object:
    return node.value if isinstance(node.value, str | int | float | bool) else "..."
