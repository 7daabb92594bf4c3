"""The service whose rules apply to a type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.local.services.base import HandlerFailed, ServiceRules
from cloudwright.local.services.ec2_addresses import ADDRESS_TYPES, AddressRules
from cloudwright.local.services.imagebuilder import ImageBuilderRules

if TYPE_CHECKING:
    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import StoredResource
    from cloudwright.local.services.base import StoredNeighbours


class BucketRules(ServiceRules):
    """A bucket with objects can't be deleted (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html)."""

    def check_delete(self, kind: LocalType, resource: StoredResource, near: StoredNeighbours) -> None:
        """See `ServiceRules.check_delete`."""
        del kind
        if near.objects_in(resource.identifier):
            words = "The bucket you tried to delete is not empty (Service: S3, Status Code: 409)"
            raise HandlerFailed("GeneralServiceException", words)


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
