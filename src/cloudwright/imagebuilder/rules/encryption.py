"""Rules about encryption: the recipe decides for the source AMI, the distribution for the copies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.configuration import managed_by_aws
from cloudwright.imagebuilder.model import source_key
from cloudwright.imagebuilder.rules.rule import Note, distribution, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import Configuration, DistributionEntry

_KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:([a-z0-9-]+):[0-9]{12}:(?:key|alias)/.+")


@distribution("IB114", "error", "EC2: snapshots that are encrypted can't be public; bosh-aws-light-stemcell-builder#38")
def public_and_encrypted(configuration: Configuration) -> Iterator[Note]:
    """A public AMI is not encrypted."""
    for entry in configuration.images:
        if not entry.public:
            continue
        if entry.ami["KmsKeyId"].present:
            node, why = entry.ami["KmsKeyId"], "has a KmsKeyId"
            fix = (
                'Remove KmsKeyId, or replace "all" in UserGroups with the accounts that may launch the AMI, in UserIds.'
            )
        elif configuration.encrypted:
            node, why = entry.permission["UserGroups"], "comes from a recipe that encrypts its volumes"
            fix = 'Remove Encrypted from the recipe\'s BlockDeviceMappings, or replace "all" with UserIds.'
        else:
            continue
        yield Note(node, f"The AMI is public and {why}; EC2 does not make encrypted snapshots public.", fix)


@distribution("IB120", "error", "AWS re:Post knowledge center: image-builder-distr-error-encrypted-ami")
def managed_key_is_not_shared(configuration: Configuration) -> Iterator[Note]:
    """An AMI that is copied or shared is not encrypted with the AWS-managed key."""
    for entry in configuration.images:
        node = entry.ami["KmsKeyId"]
        if managed_by_aws(node.text or "") and (entry.copied or entry.shared):
            yield Note(
                node,
                f"{node.text} is an AWS-managed key, and \"Snapshots encrypted with the AWS Managed CMK can't be "
                f'shared".',
                "Use the ARN of a customer-managed key of this Region whose policy allows the accounts.",
            )


@distribution("IB121", "error", "EC2 Image Builder User Guide: cross-account-dist (a key in every Region)")
def key_of_the_same_region(configuration: Configuration) -> Iterator[Note]:
    """A key is in the entry's Region."""
    for entry in configuration.images:
        home = _key_region(configuration, entry)
        if home and entry.region and home != entry.region:
            yield Note(
                entry.ami["KmsKeyId"],
                f"The key is in {home}, but the entry is for {entry.region}; a key works only in its own Region.",
                _moved(entry, home),
            )


@distribution("IB122", "warning", "Image Builder API, kmsKeyId: a key ARN or an alias ARN")
def key_is_an_arn(configuration: Configuration) -> Iterator[Note]:
    """KmsKeyId is the ARN of a key or of an alias."""
    for entry in configuration.images:
        key = entry.ami["KmsKeyId"].text
        if key is None or _KEY_ARN.fullmatch(key):
            continue
        target = configuration.declared.target
        name = key if key.startswith("alias/") else f"key/{key.removeprefix('key/')}"
        arn = f"arn:{target.partition}:kms:{entry.region or 'REGION'}:{configuration.account or 'ACCOUNT'}:{name}"
        yield Note(
            entry.ami["KmsKeyId"],
            f"{quote(key)} is not an ARN; a bare id or alias resolves to a different key in each account and Region.",
            f"Write {quote(arn)}.",
        )


@distribution("IB123", "warning", "EC2 Image Builder User Guide: cross-account-dist, limits of encrypted AMIs")
def copies_of_an_encrypted_image_have_a_key(configuration: Configuration) -> Iterator[Note]:
    """With an encrypting recipe, an entry that is shared or for another Region names a key."""
    if not configuration.encrypted or not configuration.region:
        return
    shareable = source_key(configuration) is not None
    for entry in configuration.images:
        away = entry.region is not None and entry.region != configuration.region
        shared = entry.shared and not (entry.region == configuration.region and shareable)
        if not entry.ami["KmsKeyId"].present and (away or entry.copied or shared):
            yield Note(
                entry.ami,
                f"The recipe encrypts its volumes, but the entry{f' for {entry.region}' if entry.region else ''} names "
                "no key: the copy falls back to the account's default EBS key and can't be shared.",
                f'Add "KmsKeyId" with the ARN of a customer-managed key in {entry.region or "this Region"}.',
            )


@distribution(
    "IB124", "info", "EC2 Image Builder User Guide: cr-upd-ami-distribution-settings (not for the original AMI)"
)
def key_of_the_build_region(configuration: Configuration) -> Iterator[Note]:
    """A key on the build Region's entry does not encrypt the source AMI."""
    if configuration.encrypted or (configuration.encrypted is None and configuration.recipes):
        return
    for entry in configuration.images:
        if entry.region and entry.region == configuration.region and entry.ami["KmsKeyId"].present:
            yield Note(
                entry.ami["KmsKeyId"],
                f"This key does not encrypt the source AMI in the build Region {entry.region}, only copies of it.",
                'Encrypt in the recipe: "BlockDeviceMappings": [{"DeviceName": ..., "Ebs": {"Encrypted": true, '
                '"KmsKeyId": ...}}].',
            )


def _key_region(configuration: Configuration, entry: DistributionEntry) -> str | None:
    node = entry.ami["KmsKeyId"]
    match = _KEY_ARN.fullmatch(node.text or "")
    if match:
        return match[1]
    key = configuration.graph.key(configuration.declared, node)
    return key.target.region if key is not None else None


def _moved(entry: DistributionEntry, home: str) -> str:
    key = entry.ami["KmsKeyId"].text
    if key is None:
        return f"Refer to a key of {entry.region}; for a multi-Region key, to its AWS::KMS::ReplicaKey there."
    return (
        f"Name a key of {entry.region}; if this is a multi-Region key with a replica there: "
        f"{quote(key.replace(f':{home}:', f':{entry.region}:', 1))}."
    )
