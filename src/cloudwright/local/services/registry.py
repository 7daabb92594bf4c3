"""The service whose rules apply to a type."""

from __future__ import annotations

from cloudwright.local.services.base import ServiceRules
from cloudwright.local.services.ec2_addresses import ADDRESS_TYPES, AddressRules
from cloudwright.local.services.imagebuilder import ImageBuilderRules
from cloudwright.local.services.s3 import BucketRules

_NONE = ServiceRules()


def rules_for(type_name: str, *, strict: bool) -> ServiceRules:
    """The rules of a type's service.

    Args:
        type_name: Such as `AWS::ImageBuilder::Image`.
        strict: Also enforce rules that the evidence only suggests.
    """
    if type_name.startswith("AWS::ImageBuilder::"):
        return ImageBuilderRules(strict=strict)
    if type_name in ADDRESS_TYPES:
        return AddressRules()
    return BucketRules() if type_name == "AWS::S3::Bucket" else _NONE
