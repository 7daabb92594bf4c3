"""Uploads in parts: CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload.

Limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cloudwright.local.api.wire import Refused
from cloudwright.local.objects.calls import check_write
from cloudwright.local.objects.documents import malformed
from cloudwright.local.objects.operations import LARGEST, facts_of, too_large
from cloudwright.local.objects.rows import BucketObject, StoredPart, StoredUpload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.local.objects.calls import Members, ObjectCall, ServeObjects

SMALLEST_PART = 5 * 1024**2
"""Bytes; the last part may be smaller."""

_MOST_PARTS = 10_000


def _create(call: ObjectCall, members: Members) -> Members:
    id = call.context.uuid("upload", call.now, call.number).replace("-", "")
    call.objects.begin(StoredUpload(id, call.bucket, members["Key"], facts_of(members)))
    return {"Bucket": call.bucket.name, "Key": members["Key"], "UploadId": id}


def _upload(call: ObjectCall, members: Members) -> StoredUpload:
    found = call.objects.upload(call.bucket, members["Key"], str(members["UploadId"]))
    if found is None:
        raise Refused(
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
            "completed.",
        )
    return found


def _put_part(call: ObjectCall, members: Members) -> Members:
    upload, number = _upload(call, members), members["PartNumber"]
    if not 1 <= number <= _MOST_PARTS:
        raise Refused("InvalidArgument", f"Part number must be an integer between 1 and {_MOST_PARTS}, inclusive")
    content, size = call.objects.write(call.body)
    if size > LARGEST:
        raise too_large()
    call.objects.put_part(upload, StoredPart(number, call.md5, size, content))
    return {"ETag": f'"{call.md5}"', **call.checksums}


def _complete(call: ObjectCall, members: Members) -> Members:
    upload = _upload(call, members)
    parts = _chosen(call.objects.parts(upload), (members.get("MultipartUpload") or {}).get("Parts") or [])
    check_write(call, upload.key, members)
    digest = hashlib.md5(b"".join(bytes.fromhex(one.etag) for one in parts), usedforsecurity=False)
    tag, contents = f"{digest.hexdigest()}-{len(parts)}", tuple(one.content for one in parts)
    size = sum(one.size for one in parts)
    call.objects.put(BucketObject(call.bucket, upload.key, tag, size, call.now, upload.facts, contents))
    call.objects.end(upload.id, contents)
    return {"Bucket": call.bucket.name, "Key": upload.key, "ETag": f'"{tag}"', "Location": f"/{call.bucket.name}"}


def _chosen(stored: Sequence[StoredPart], wanted: Sequence[Members]) -> list[StoredPart]:
    """The parts that a client lists; the order must be ascending."""
    if not wanted:
        raise malformed()
    numbers = [one.get("PartNumber", 0) for one in wanted]
    if numbers != sorted(set(numbers)):
        raise Refused("InvalidPartOrder", "The list of parts was not in ascending order.")
    known = {one.number: one for one in stored}
    for one in wanted:
        part = known.get(one.get("PartNumber", 0))
        if part is None or str(one.get("ETag", "")).strip('"') != part.etag:
            raise Refused(
                "InvalidPart",
                "One or more of the specified parts could not be found. The part may not have been uploaded, or the "
                "specified entity tag may not match the part's entity tag.",
            )
    chosen = [known[number] for number in numbers]
    if any(one.size < SMALLEST_PART for one in chosen[:-1]):
        raise Refused("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
    return chosen


def _abort(call: ObjectCall, members: Members) -> Members:
    call.objects.end(_upload(call, members).id, ())
    return {}


OPERATIONS: dict[str, ServeObjects] = {
    "CreateMultipartUpload": _create,
    "UploadPart": _put_part,
    "CompleteMultipartUpload": _complete,
    "AbortMultipartUpload": _abort,
}
