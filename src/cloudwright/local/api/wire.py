"""The wire forms of awsJson 1.0: answers, errors and their statuses (cloud-control.md 1.1).

An error's body is `{"__type": "<namespace>#<Name>Exception", "Message": "..."}`. Errors that the service model
declares carry `Message`, those of the framework before it (`com.amazon.coral.*`) carry `message`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudwright.control.model import Reply
from cloudwright.local.model.json_text import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTENT_TYPE = "application/x-amz-json-1.0"
MODELLED = "com.amazon.cloudapiservice"
CORAL = "com.amazon.coral.service"
VALIDATE = "com.amazon.coral.validate"
AVAILABILITY = "com.amazon.coral.availability"

_SERVER_SIDE = {
    "ConcurrentModificationException",
    "HandlerFailureException",
    "HandlerInternalFailureException",
    "NetworkFailureException",
    "ServiceInternalErrorException",
}
"""Errors with `fault: true` in the service model, which are 5xx; every other error is 400."""

_NAMESPACES = {
    "ValidationException": VALIDATE,
    "ThrottlingException": AVAILABILITY,
    "AccessDeniedException": CORAL,
    "ExpiredTokenException": CORAL,
    "IncompleteSignatureException": CORAL,
    "InvalidSignatureException": CORAL,
    "MissingAuthenticationTokenException": CORAL,
    "RequestEntityTooLargeException": CORAL,
    "SerializationException": CORAL,
    "UnknownOperationException": CORAL,
    "UnrecognizedClientException": CORAL,
    "InternalFailure": CORAL,
}


class Refused(Exception):
    """The service refuses a call synchronously."""

    def __init__(self, code: str, message: str) -> None:
        """Create the error.

        Args:
            code: The exception's name, such as `ResourceNotFoundException`.
            message: AWS's message.
        """
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")

    @property
    def status(self) -> int:
        """AWS's HTTP status for this error."""
        return 500 if self.code in _SERVER_SIDE or self.code == "InternalFailure" else 400


def invalid(message: str) -> Refused:
    """A `ValidationException`, the most common error."""
    return Refused("ValidationException", message)


def answer(document: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
    """A successful answer."""
    return Reply(200, {"content-type": CONTENT_TYPE, **headers}, encode(document))


def refusal(error: Refused, headers: Mapping[str, str]) -> Reply:
    """An error in AWS's form.

    Args:
        error: The service's error.
        headers: The headers of every answer.
    """
    namespace = _NAMESPACES.get(error.code, MODELLED)
    member = "Message" if namespace == MODELLED else "message"
    body = {"__type": f"{namespace}#{error.code}", member: error.message}
    return Reply(error.status, {"content-type": CONTENT_TYPE, **headers}, encode(body))


def encode(document: Any) -> bytes:
    """Compact JSON, as the service writes it."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()


def decode(body: bytes) -> dict[str, Any]:
    """The members of a request.

    Raises:
        Refused: `SerializationException`, as for every body that is not a JSON object.
    """
    try:
        document = parse_json(body or b"{}")
    except ValueError as error:
        raise Refused("SerializationException", "") from error
    if not isinstance(document, dict):
        raise Refused("SerializationException", "Start of structure or map found where not expected.")
    return document
