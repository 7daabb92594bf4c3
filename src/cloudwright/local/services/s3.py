"""The rule of S3's buckets that their objects need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.local.services.base import HandlerFailed, ServiceRules

if TYPE_CHECKING:
    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import StoredResource
    from cloudwright.local.services.base import StoredNeighbours


class BucketRules(ServiceRules):
    """A bucket that contains objects can't be deleted (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html)."""

    def check_delete(self, kind: LocalType, resource: StoredResource, near: StoredNeighbours) -> None:
        """See `ServiceRules.check_delete`."""
        del kind
        if near.objects_in(resource.identifier):
            words = "The bucket you tried to delete is not empty (Service: S3, Status Code: 409)"
            raise HandlerFailed("GeneralServiceException", words)
