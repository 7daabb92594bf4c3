"""Answers of S3's REST protocol: members in headers, in a document, or as the body itself; errors in XML.

Source of codes and statuses: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from email.utils import formatdate
from html import escape
from typing import TYPE_CHECKING, Any

from cloudwright.control.model import Reply
from cloudwright.local.protocols.model import service_models
from cloudwright.local.protocols.xml import write_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.local.api.wire import Refused
    from cloudwright.local.protocols.model import ServiceOperation

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_ROOTS = {
    "ListObjectsV2": "ListBucketResult",
    "CopyObject": "CopyObjectResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "DeleteObjects": "DeleteResult",
}
"""The operations that answer with a document, and its root."""

_EMPTY = {"DeleteObject", "AbortMultipartUpload"}
"""Answered with 204."""

_NAMES = {
    "AccessDeniedException": "AccessDenied",
    "ThrottlingException": "SlowDown",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "ExpiredTokenException": "ExpiredToken",
    "MissingAuthenticationTokenException": "AccessDenied",
    "IncompleteSignatureException": "AuthorizationHeaderMalformed",
    "UnknownOperationException": "NotImplemented",
    "ValidationException": "InvalidArgument",
    "ServiceInternalErrorException": "InternalError",
    "InternalFailure": "InternalError",
    "RequestEntityTooLargeException": "EntityTooLarge",
    "SerializationException": "IncompleteBody",
}
_STATUSES = {
    "AccessDenied": 403,
    "SignatureDoesNotMatch": 403,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NoSuchUpload": 404,
    "PreconditionFailed": 412,
    "NotModified": 304,
    "InvalidRange": 416,
    "PermanentRedirect": 301,
    "InternalError": 500,
    "SlowDown": 503,
}
"""Every other error is 400."""


def answer(operation: ServiceOperation, document: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
    """A successful answer.

    Args:
        operation: The operation.
        document: The output, in the members' own names; times are seconds since the epoch.
        headers: What every answer carries.
    """
    given = {**_request_ids(headers), **_in_headers(operation, document)}
    if operation.name in _ROOTS:
        body = _document(operation, document)
        return Reply(200, {"content-type": "application/xml", **given}, body)
    status = 204 if operation.name in _EMPTY else 206 if document.get("ContentRange") else 200
    return Reply(status, given, b"".join(document.get("Body", ())))


def _document(operation: ServiceOperation, document: Mapping[str, Any]) -> bytes:
    model, root = service_models()["s3"], _ROOTS[operation.name]
    payload = model.shapes[operation.output].get("payload", "")
    if payload:
        return write_document(model, _places(operation)[payload]["shape"], document[payload], root, _NAMESPACE)
    inner = {name: value for name, value in document.items() if "location" not in _places(operation)[name]}
    return write_document(model, operation.output, inner, root, _NAMESPACE)


def _request_ids(headers: Mapping[str, str]) -> dict[str, str]:
    return {**headers, "x-amz-request-id": headers["x-amzn-requestid"]}


def _places(operation: ServiceOperation) -> dict[str, dict[str, Any]]:
    shapes = service_models()["s3"].shapes
    found: dict[str, dict[str, Any]] = shapes[operation.output]["members"] if operation.output else {}
    return found


def _in_headers(operation: ServiceOperation, document: Mapping[str, Any]) -> dict[str, str]:
    shapes, found = service_models()["s3"].shapes, {}
    for name, value in document.items():
        place = _places(operation)[name]
        if place.get("location") == "header":
            is_time = shapes[place["shape"]]["type"] == "timestamp"
            found[place["locationName"].lower()] = formatdate(value, usegmt=True) if is_time else str(value)
        elif place.get("location") == "headers":
            found.update({place["locationName"] + key: str(one) for key, one in value.items()})
    return found


def refusal(error: Refused, resource: str, headers: Mapping[str, str], more: Mapping[str, str] | None = None) -> Reply:
    """A refusal.

    Args:
        error: The error, with Cloud Control's name for it if every service has it.
        resource: The path that was asked for.
        headers: The headers of every answer.
        more: Additional headers of this error.
    """
    code = _NAMES.get(error.code, error.code)
    parts = {"Code": code, "Message": error.message, "Resource": resource, "RequestId": headers["x-amzn-requestid"]}
    inner = "".join(f"<{name}>{escape(value, quote=False)}</{name}>" for name, value in parts.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error>{inner}</Error>'.encode()
    given = {"content-type": "application/xml", **_request_ids(headers), **(more or {})}
    return Reply(_STATUSES.get(code, 400), given, b"" if code == "NotModified" else body)
