"""Shared by the operations on objects: the bucket, conditions on writes and reads, and S3's errors."""

from __future__ import annotations

from dataclasses import field
from typing import IO, TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.api.wire import Refused
from cloudwright.local.objects.rows import BUCKET, BucketAddress

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.local.context import CloudContext
    from cloudwright.local.objects.rows import BucketObject, ObjectRows
    from cloudwright.local.rows import AccountRegion

    Members = dict[str, Any]
    ServeObjects = Callable[["ObjectCall", Members], Members]


class OtherRegion(Refused):
    """The bucket is in another Region.

    Attributes:
        region: The bucket's Region.
    """

    def __init__(self, region: str) -> None:
        """Create the error.

        Args:
            region: The bucket's.
        """
        words = "The bucket you are attempting to access must be addressed using the specified endpoint."
        super().__init__("PermanentRedirect", words)
        self.region = region


@dataclass(frozen=True, slots=True)
class ObjectCall:
    """One call about a bucket that exists.

    Attributes:
        context: The parts of the cloud.
        bucket: The bucket.
        now: Seconds since the epoch.
        number: How many calls there have been, this one included.
        body: The body, at its start.
        md5: Its MD5 in hexadecimal digits.
        checksums: The client's checksums of the body, by member.
    """

    context: CloudContext
    bucket: BucketAddress
    now: float
    number: int
    body: IO[bytes] = field(repr=False)
    md5: str = ""
    checksums: dict[str, str] = field(default_factory=dict)

    @property
    def objects(self) -> ObjectRows:
        """The cloud's objects."""
        return self.context.store.objects

    def object(self, key: str) -> BucketObject:
        """The object with a key.

        Raises:
            Refused: There is none.
        """
        found = self.objects.find(self.bucket, key)
        if found is None:
            raise no_such_key()
        return found


def bucket_of(context: CloudContext, place: AccountRegion, name: str) -> BucketAddress:
    """The declared bucket with this name.

    Args:
        context: The parts of the cloud.
        place: The caller's account and Region; the Region is empty if the request does not name one.
        name: A bucket's name, which is unique across accounts.

    Raises:
        Refused: There is none, or it is another account's.
        OtherRegion: It is in another Region of the account.
    """
    found = context.store.find_anywhere(BUCKET, name)
    if not found:
        raise Refused("NoSuchBucket", "The specified bucket does not exist")
    own = [one for one in found if one.place.account == place.account]
    if not own:
        raise Refused("AccessDenied", "Access Denied")
    if place.region and all(one.place.region != place.region for one in own):
        raise OtherRegion(own[0].place.region)
    return BucketAddress(place if place.region else own[0].place, name)


def no_such_key() -> Refused:
    """S3's error for a key without an object."""
    return Refused("NoSuchKey", "The specified key does not exist.")


def check_write(call: ObjectCall, key: str, members: Members) -> None:
    """Check the conditions of a write.

    Raises:
        Refused: They are not met.
    """
    found = call.objects.find(call.bucket, key)
    if members.get("IfNoneMatch") is not None and found is not None:
        raise _unmet("If-None-Match")
    if members.get("IfMatch") is not None:
        if found is None:
            raise no_such_key()
        check_tag(found, members)


def check_read(found: BucketObject, members: Members) -> None:
    """Check the conditions of a read.

    Raises:
        Refused: They are not met.
    """
    check_tag(found, members)
    if members.get("IfNoneMatch") is not None and _fits(found, str(members["IfNoneMatch"])):
        raise Refused("NotModified", "Not Modified")


def check_tag(found: BucketObject, members: Members) -> None:
    """Check an object against `If-Match`.

    Raises:
        Refused: It has another tag.
    """
    if members.get("IfMatch") is not None and not _fits(found, str(members["IfMatch"])):
        raise _unmet("If-Match")


def _fits(found: BucketObject, tags: str) -> bool:
    return tags.strip() == "*" or found.etag in {one.strip().strip('"') for one in tags.split(",")}


def _unmet(condition: str) -> Refused:
    words = f"At least one of the pre-conditions you specified did not hold (Condition: {condition})"
    return Refused("PreconditionFailed", words)
