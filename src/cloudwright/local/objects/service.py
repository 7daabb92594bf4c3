"""S3 as a whole: a request is routed, authorized, checked against the service's model, served and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.local.access.gate import caller_arn
from cloudwright.local.api.unserved import SERVED
from cloudwright.local.api.wire import Refused
from cloudwright.local.faults import calls
from cloudwright.local.objects import operations, uploads
from cloudwright.local.objects.answers import answer, refusal
from cloudwright.local.objects.bodies import check
from cloudwright.local.objects.calls import ObjectCall, OtherRegion, bucket_of
from cloudwright.local.objects.requests import SERVICE, members_of, operation_of
from cloudwright.local.protocols.checking import misfits
from cloudwright.local.protocols.model import service_models
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.control.model import Reply
    from cloudwright.local.context import CloudContext
    from cloudwright.local.objects.calls import Members, ServeObjects
    from cloudwright.local.objects.requests import ObjectRequest
    from cloudwright.local.protocols.model import ServiceOperation
    from cloudwright.local.rows import AccountRegion

OPERATIONS: dict[str, ServeObjects] = {**operations.OPERATIONS, **uploads.OPERATIONS}

_ACTIONS = {
    "CopyObject": "PutObject",
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "DeleteObjects": "DeleteObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}
"""IAM's action, if it has another name than the operation
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html)."""


class ObjectService:
    """Serves S3's requests against one context."""

    def __init__(self, context: CloudContext) -> None:
        """Take the parts of the cloud."""
        self._context = context

    def handle(self, request: ObjectRequest, place: AccountRegion, headers: Mapping[str, str], number: int) -> Reply:
        """Answer one request.

        Args:
            request: With its body.
            place: The caller's account and Region.
            headers: What every answer carries; with the request's id.
            number: How many calls there have been, this one included.
        """
        try:
            return self._answer(request, place, headers, number)
        except OtherRegion as error:
            return refusal(error, request.path, headers, {"x-amz-bucket-region": error.region})
        except Refused as error:
            return refusal(error, request.path, headers)

    def _answer(self, request: ObjectRequest, place: AccountRegion, headers: Mapping[str, str], number: int) -> Reply:
        name = operation_of(request)
        if not name:
            raise Refused("NotImplemented", f"{SERVICE} ({request.method} {request.path}) is not served: {SERVED}.")
        operation = service_models()[SERVICE].operations[name]
        calls.refuse(self._context.faults, name, SERVICE, number)
        members = members_of(request, operation)
        self._permit(operation, members, place)
        _validate(operation, members)
        md5, checksums = check(request.body, request.headers)
        bucket, now = bucket_of(self._context, place, request.bucket), self._context.clock.now()
        call = ObjectCall(self._context, bucket, now, number, request.body, md5, checksums)
        with self._context.store.transaction():
            document = OPERATIONS[name](call, members)
        return answer(operation, document, headers)

    def _permit(self, operation: ServiceOperation, members: Members, place: AccountRegion) -> None:
        action = f"{SERVICE}:{_ACTIONS.get(operation.name, operation.name)}"
        if self._context.faults and self._context.faults.fire("deny", f"{SERVICE}.{place.account}", operation.name):
            raise Refused("AccessDenied", f"User: {caller_arn(place)} is not authorized to perform: {action}")
        wanted = [(action, one) for one in _resources(members, place)]
        if operation.name == "CopyObject":
            wanted.append((f"{SERVICE}:GetObject", _arn(place, *operations.source_of(members))))
        for needed, resource in wanted:
            if refused := self._context.gate.refusal(place, needed, resource):
                raise Refused("AccessDenied", refused)


def _resources(members: Members, place: AccountRegion) -> Iterator[str]:
    """The ARNs that an action applies to: the bucket, or each object."""
    bucket = _arn(place, members["Bucket"])
    listed = (members.get("Delete") or {}).get("Objects")
    keys = [one.get("Key", "") for one in listed] if listed else [members["Key"]] if "Key" in members else []
    yield from (f"{bucket}/{key}" for key in keys)
    if not keys:
        yield bucket


def _arn(place: AccountRegion, bucket: str, key: str = "") -> str:
    arn = f"arn:{partition_of(place.region)}:s3:::{bucket}"
    return f"{arn}/{key}" if key else arn


def _validate(operation: ServiceOperation, members: dict[str, Any]) -> None:
    for one in misfits(service_models()[SERVICE], operation.input, members):
        if one.kind != "unknown":
            raise Refused("InvalidArgument", f"{one.path} {one.text}")
