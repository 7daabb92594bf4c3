"""Cloud Control's wire format: request bodies and answers. Pure functions, no I/O.

Source of the shapes: botocore's service model `cloudcontrol/2021-09-30` (awsJson 1.0); of the error forms:
recorded answers. Every field of an answer may be missing (CC85) and unknown codes and states are accepted.
"""

from __future__ import annotations

import functools
import json
import math
import re
from typing import TYPE_CHECKING, Any

from cloudwright.control.model import (
    PROVIDER_HEADER,
    HookEvent,
    Operation,
    OperationStatus,
    ProgressEvent,
    RequestPage,
    ResourceDescription,
    ResourcePage,
)
from cloudwright.errors import InvalidProperties, NotAnswered, ProviderError, ServiceError
from cloudwright.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloudwright.control.model import Reply

_OPERATIONS = {each.value: each for each in Operation}
_STATUSES = {each.value: each for each in OperationStatus}

DOCUMENT_LIMIT = 262_144
"""Characters of DesiredState and PatchDocument as encoded strings (CC100; botocore's service model)."""

PAGE_SIZE = 100
"""The largest MaxResults of ListResourceRequests (botocore's service model)."""


def dumps(value: object) -> str:
    """Canonical JSON: sorted keys, no spaces, no escapes beyond JSON's own. Nulls are kept; callers decide about them.

    Args:
        value: A JSON value; a `Secret` anywhere in it is refused, because this text may be stored or shown.

    Raises:
        InvalidProperties: The value has no JSON form.
    """
    return _dumps(value, None)


def check_size(text: str, what: str) -> str:
    """Return an encoded document if it is within Cloud Control's size limit (CC100).

    Raises:
        InvalidProperties: It is longer than 262,144 characters.
    """
    if len(text) > DOCUMENT_LIMIT:
        raise InvalidProperties(
            f"{what} is {len(text):,} characters as JSON; Cloud Control takes at most {DOCUMENT_LIMIT:,}",
            hint="move large parts out, for example inline content to S3, or split the resource",
        )
    return text


def create_body(type_name: str, desired: Mapping[str, object], client_token: str) -> bytes:
    """The body of CreateResource. `Secret` leaves are unwrapped here and not earlier.

    Args:
        type_name: Such as `AWS::S3::Bucket`.
        desired: The document, references resolved; only what was declared.
        client_token: 1 to 128 characters; the service's idempotency key (36 hours).

    Raises:
        InvalidProperties: The document has no JSON form or is too long.
    """
    state = check_size(_dumps(desired, _reveal), f"the desired state of {type_name}")
    return _encode({"TypeName": type_name, "DesiredState": state, "ClientToken": client_token})


def update_body(
    type_name: str, identifier: str, operations: Sequence[Mapping[str, object]], client_token: str
) -> bytes:
    """The body of UpdateResource. `Secret` values are unwrapped here and not earlier.

    Args:
        type_name: Such as `AWS::S3::Bucket`.
        identifier: The primary identifier.
        operations: An RFC 6902 patch; its paths start with `/` and are relative to the properties.
        client_token: 1 to 128 characters.

    Raises:
        InvalidProperties: The patch has no JSON form or is too long.
    """
    patch = check_size(_dumps(list(operations), _reveal), f"the patch of {type_name} {identifier}")
    fields = {"TypeName": type_name, "Identifier": identifier, "PatchDocument": patch, "ClientToken": client_token}
    return _encode(fields)


def delete_body(type_name: str, identifier: str, client_token: str) -> bytes:
    """The body of DeleteResource."""
    return _encode({"TypeName": type_name, "Identifier": identifier, "ClientToken": client_token})


def get_body(type_name: str, identifier: str) -> bytes:
    """The body of GetResource."""
    return _encode({"TypeName": type_name, "Identifier": identifier})


def list_body(type_name: str, model: Mapping[str, object] | None = None, next_token: str | None = None) -> bytes:
    """The body of ListResources.

    Args:
        type_name: Such as `AWS::EKS::Nodegroup`.
        model: The parent's properties that the type's list handler needs (CC91).
        next_token: From the previous page.
    """
    fields: dict[str, object] = {"TypeName": type_name}
    if model:
        fields["ResourceModel"] = dumps(model)
    if next_token:
        fields["NextToken"] = next_token
    return _encode(fields)


def status_body(request_token: str) -> bytes:
    """The body of GetResourceRequestStatus and of CancelResourceRequest."""
    return _encode({"RequestToken": request_token})


def requests_body(
    next_token: str | None = None, *, operations: Sequence[Operation] = (), statuses: Sequence[OperationStatus] = ()
) -> bytes:
    """The body of ListResourceRequests.

    Args:
        next_token: From the previous page.
        operations: Only these; note that any such filter hides entries without an operation.
        statuses: Only these.
    """
    fields: dict[str, object] = {"MaxResults": PAGE_SIZE}
    wanted = {"Operations": [str(each) for each in operations], "OperationStatuses": [str(each) for each in statuses]}
    if chosen := {name: values for name, values in wanted.items() if values}:
        fields["ResourceRequestStatusFilter"] = chosen
    if next_token:
        fields["NextToken"] = next_token
    return _encode(fields)


def type_name_in(body: bytes) -> str:
    """The resource type that a mutating body names; empty if it names none."""
    return _text(json.loads(body), "TypeName")


def parse(reply: Reply) -> dict[str, Any]:
    """The document of a successful answer.

    Raises:
        ServiceError: AWS answered with an error; its code is the part after `#`.
        NotAnswered: The answer is not a document, and the request may have been carried out: HTML from a gateway, a
            truncated body.
    """
    document = _document(reply.body)
    if 200 <= reply.status < 300 and document is not None:
        return document
    raise _error(reply, document)


def parse_progress(document: Mapping[str, Any]) -> ProgressEvent:
    """The ProgressEvent of an answer, with its hooks."""
    hooks = document.get("HooksProgressEvent")
    event = document.get("ProgressEvent")
    return _progress(event if isinstance(event, dict) else {}, hooks if isinstance(hooks, list) else [])


def parse_requests(document: Mapping[str, Any]) -> RequestPage:
    """One page of ListResourceRequests."""
    listed = document.get("ResourceRequestStatusSummaries")
    events = [_progress(entry, []) for entry in _dicts(listed)]
    return RequestPage(tuple(events), _text(document, "NextToken") or None)


def parse_resource(document: Mapping[str, Any]) -> ResourceDescription:
    """The answer of GetResource.

    Raises:
        NotAnswered: The description holds no readable document.
    """
    found = document.get("ResourceDescription")
    if not isinstance(found, dict):
        raise NotAnswered("GetResource answered without a resource description")
    return _description(found)


def parse_resources(document: Mapping[str, Any]) -> ResourcePage:
    """One page of ListResources."""
    found = tuple(_description(entry) for entry in _dicts(document.get("ResourceDescriptions")))
    return ResourcePage(found, _text(document, "NextToken") or None)


_REQUEST_TOKEN = re.compile(r"RequestToken[:\s]+([-A-Za-z0-9+/=]{1,128})")


def request_token_in(message: str) -> str | None:
    """The request token in the messages of ClientTokenConflict and ConcurrentOperation (CC70, CC71)."""
    found = _REQUEST_TOKEN.search(message)
    return found.group(1) if found else None


def _dumps(value: object, default: Callable[[object], object] | None) -> str:
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=default
        )
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        # The text of a ValueError may quote the value, which may be secret.
        raise InvalidProperties(f"a value has no JSON form ({type(error).__name__})") from None
    return text


def _reveal(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(type(value).__name__)


def _encode(fields: Mapping[str, object]) -> bytes:
    return dumps(fields).encode()


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _error(reply: Reply, document: dict[str, Any] | None) -> ServiceError | NotAnswered:
    fields = document or {}
    code = _text(fields, "__type") or _text(fields, "code") or reply.headers.get("x-amzn-errortype", "")
    request_id = reply.headers.get("x-amzn-requestid")
    if not code and reply.status == 429:
        code = "ThrottlingException"
    if not code and not 300 <= reply.status < 500:
        return NotAnswered(f"HTTP {reply.status} without a usable answer: {_excerpt(reply.body)}")
    if PROVIDER_HEADER in reply.headers:
        return ProviderError(error_code(code), _text(fields, "message"), status=reply.status)
    return ServiceError(
        error_code(code) or f"HTTP{reply.status}",
        _text(fields, "Message") or _text(fields, "message") or _excerpt(reply.body),
        status=reply.status,
        request_id=request_id,
        retry_after=_seconds(reply.headers.get("retry-after")),
    )


def error_code(text: str) -> str:
    """The bare name in an error's `__type` or error-type header: after the `#`, before a `:` (CC94)."""
    return text.rpartition("#")[2].partition(":")[0].strip()


def _excerpt(body: bytes) -> str:
    text = " ".join(re.sub(r"<[^>]*>", " ", body[:2000].decode(errors="replace")).split())
    return text[:200] or "an empty body"


def _progress(fields: Mapping[str, Any], hooks: Sequence[Any]) -> ProgressEvent:
    # Written for speed: a page of requests holds a hundred of these.
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    return ProgressEvent(
        type_name=texts.get("TypeName", ""),
        identifier=texts.get("Identifier") or None,
        request_token=texts.get("RequestToken") or None,
        hooks_request_token=texts.get("HooksRequestToken") or None,
        operation=_OPERATIONS.get(texts.get("Operation", "")),
        status=_STATUSES.get(texts.get("OperationStatus", "")),
        event_time=_seconds(fields.get("EventTime")),
        retry_after=_seconds(fields.get("RetryAfter")),
        message=texts.get("StatusMessage", ""),
        error_code=texts.get("ErrorCode") or None,
        hooks=tuple(_hook(entry) for entry in _dicts(hooks)) if hooks else (),
    )


def _hook(fields: Mapping[str, Any]) -> HookEvent:
    return HookEvent(
        type_name=_text(fields, "HookTypeName"),
        status=_text(fields, "HookStatus"),
        message=_text(fields, "HookStatusMessage"),
        failure_mode=_text(fields, "FailureMode") or "FAIL",
        invocation_point=_text(fields, "InvocationPoint"),
    )


def _description(fields: Mapping[str, Any]) -> ResourceDescription:
    properties = _document(_text(fields, "Properties").encode())
    if properties is None:
        raise NotAnswered("a resource description contains properties that are not a JSON object")
    return ResourceDescription(_text(fields, "Identifier"), properties)


def _dicts(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def server_time(reply: Reply) -> float | None:
    """The `Date` header in seconds since the epoch (resolution: one second), or `None` without a readable one."""
    return _parsed(reply.headers.get("date", ""))


@functools.lru_cache(maxsize=8)  # many answers come within one second
def _parsed(date: str) -> float | None:
    from email.utils import parsedate_to_datetime  # loads a good part of the email package

    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return None
