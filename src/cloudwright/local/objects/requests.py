"""Requests of S3's REST protocol: which operation they name, and the members of its input."""

from __future__ import annotations

import re
from dataclasses import field
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.api.wire import Refused
from cloudwright.local.objects.documents import read_document
from cloudwright.local.protocols.model import service_models

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.local.protocols.model import ServiceModel, ServiceOperation

SERVICE = "s3"

_ON_BUCKETS = {
    ("GET", "list-type"): "ListObjectsV2",
    ("HEAD", ""): "HeadBucket",
    ("POST", "delete"): "DeleteObjects",
}
_ON_OBJECTS = {
    ("POST", "uploads"): "CreateMultipartUpload",
    ("PUT", "uploadId"): "UploadPart",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("PUT", ""): "PutObject",
    ("GET", ""): "GetObject",
    ("HEAD", ""): "HeadObject",
    ("DELETE", ""): "DeleteObject",
}
_MARKS = ("list-type", "delete", "uploads", "uploadId")
_ANY_QUERY = {*_MARKS, "x-id", "AWSAccessKeyId", "Signature", "Expires"}
"""Query parameters that are allowed in every URL; the last three in presigned ones of the older form."""

_COPY = "x-amz-copy-source"
_LONGEST_KEY = 1024


@dataclass(frozen=True, slots=True)
class ObjectRequest:
    """A request, independent of how it arrived.

    Attributes:
        method: The HTTP method.
        path: As it was sent, with its query; the bucket is its first part.
        body: At its start, decoded from `aws-chunked`.
        headers: With lower-case names, including trailers.
    """

    method: str
    path: str
    body: IO[bytes] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def bucket(self) -> str:
        """The bucket; empty without one."""
        return unquote(self._parts[0])

    @property
    def key(self) -> str:
        """The key; empty for a request about a bucket."""
        return unquote(self._parts[1])

    @property
    def _parts(self) -> tuple[str, str]:
        bucket, _, key = urlsplit(self.path).path.removeprefix("/").partition("/")
        return bucket, key

    @property
    def query(self) -> dict[str, str]:
        """The query parameters."""
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))


def operation_of(request: ObjectRequest) -> str:
    """The operation of a request; empty if it is not served."""
    query = request.query
    if not request.bucket:
        return ""
    if _COPY in request.headers:
        return "CopyObject" if request.method == "PUT" and request.key and "uploadId" not in query else ""
    mark = next((one for one in _MARKS if one in query), "")
    name = (_ON_OBJECTS if request.key else _ON_BUCKETS).get((request.method, mark), "")
    return name if name and not _strange(name, query) else ""


def _strange(name: str, query: Mapping[str, str]) -> list[str]:
    """Parameters that the operation does not have: they select another one, such as `?acl`."""
    model = service_models()[SERVICE]
    places = _places(model, model.operations[name]).values()
    known = {place["locationName"] for place in places if _is_in(place, "querystring")}
    return [one for one in query if one not in known | _ANY_QUERY and not one.lower().startswith("x-amz-")]


def members_of(request: ObjectRequest, operation: ServiceOperation) -> dict[str, Any]:
    """The members of a request's input; times and a body of bytes are left out.

    Raises:
        Refused: A value can't be read.
    """
    model = service_models()[SERVICE]
    given: dict[str, Any] = {"Bucket": request.bucket} | ({"Key": request.key} if request.key else {})
    if len(request.key.encode()) > _LONGEST_KEY:
        raise Refused("KeyTooLongError", "Your key is too long")
    for name, place in _places(model, operation).items():
        kind, where = model.shapes[place["shape"]]["type"], place.get("locationName", "")
        text = _text(request, place)
        if text is not None and kind != "timestamp":
            given[name] = _value(kind, text, where)
        elif _is_in(place, "headers"):
            given[name] = _metadata(request.headers, where)
    return given | _document(request, model, operation)


def _text(request: ObjectRequest, place: Mapping[str, Any]) -> str | None:
    """The text of a member's header or parameter; `None` if it is missing."""
    if _is_in(place, "header"):
        return request.headers.get(place["locationName"].lower())
    return request.query.get(place["locationName"]) if _is_in(place, "querystring") else None


def _document(request: ObjectRequest, model: ServiceModel, operation: ServiceOperation) -> dict[str, Any]:
    name = model.shapes[operation.input].get("payload", "")
    shape = _places(model, operation)[name]["shape"] if name else ""
    if not name or model.shapes[shape]["type"] != "structure":
        return {}
    document = read_document(model, shape, request.body.read())
    request.body.seek(0)
    return {name: document}


def _places(model: ServiceModel, operation: ServiceOperation) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = model.shapes[operation.input]["members"]
    return found


def _is_in(place: Mapping[str, Any], location: str) -> bool:
    return place.get("location") == location


def _value(kind: str, text: str, where: str) -> Any:
    if kind in {"integer", "long"}:
        if not re.fullmatch(r"-?\d{1,18}", text):
            raise Refused("InvalidArgument", f"Provided {where} not an integer or within integer range")
        return int(text)
    return text.lower() == "true" if kind == "boolean" else text


def _metadata(headers: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in headers.items() if name.startswith(prefix)}
