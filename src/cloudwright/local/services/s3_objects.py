"""Objects that cloudwright itself uploads: the local cloud notes that they are there, and keeps no content.

In process only, as JSON; S3's own REST protocol is not served.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.local.api.wire import Refused, answer, decode, refusal
from cloudwright.local.documents import StoredDocument
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.control.model import Reply
    from cloudwright.local.context import CloudContext
    from cloudwright.local.rows import AccountRegion

OPERATIONS = frozenset({"HeadObject", "PutObject"})

_OBJECT, _BUCKET = "s3-object", "AWS::S3::Bucket"


def serve(context: CloudContext, action: str, body: bytes, place: AccountRegion, headers: Mapping[str, str]) -> Reply:
    """Answer HeadObject or PutObject.

    Args:
        context: The parts of the cloud.
        action: The operation.
        body: `Bucket` and `Key`; for PutObject, `ContentLength`, too.
        place: The caller's account and Region.
        headers: What every answer carries.
    """
    try:
        return answer(_served(context, action, decode(body), place), headers)
    except Refused as error:
        return refusal(error, headers)


def _served(context: CloudContext, action: str, members: dict[str, object], place: AccountRegion) -> dict[str, object]:
    bucket, key = str(members.get("Bucket")), str(members.get("Key"))
    if refused := context.gate.refusal(place, *_needed(action, bucket, key, place)):
        raise Refused("AccessDenied", refused)
    if context.store.find(place, _BUCKET, bucket) is None:
        raise Refused("NoSuchBucket", "The specified bucket does not exist")
    found = context.store.documents.find(place, _OBJECT, f"{bucket}/{key}")
    if action == "HeadObject":
        if found is None:
            raise Refused("NotFound", "Not Found")
        return dict(found.content)
    content = {"ContentLength": members.get("ContentLength", 0)}
    context.store.documents.put(StoredDocument(place, _OBJECT, f"{bucket}/{key}", content))
    return {}


def _needed(action: str, bucket: str, key: str, place: AccountRegion) -> tuple[str, str]:
    """The IAM action of an operation, and the resource on which S3 checks it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    """
    arn = f"arn:{partition_of(place.region)}:s3:::{bucket}"
    return ("s3:PutObject", f"{arn}/{key}") if action == "PutObject" else ("s3:ListBucket", arn)
