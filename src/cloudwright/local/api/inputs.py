"""The constraints on the members of the eight operations, checked before anything else.

The table is the service model's (`cloudcontrol/2021-09-30`); the messages are those of the framework in front of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.api.wire import Refused, invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DOCUMENT_LIMIT = 262_144
"""Characters of DesiredState, PatchDocument and ResourceModel."""

_OPERATIONS = ("CREATE", "DELETE", "UPDATE")
_STATUSES = ("PENDING", "IN_PROGRESS", "SUCCESS", "FAILED", "CANCEL_IN_PROGRESS", "CANCEL_COMPLETE")


@dataclass(frozen=True, slots=True)
class TextInput:
    """A string member."""

    low: int = 1
    high: int = 1024
    pattern: str = ""
    required: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class IntegerInput:
    """An integer member."""

    low: int
    high: int
    required: bool = False


_TYPE = TextInput(10, 196, "[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}", required=True)
_IDENTIFIER = TextInput(1, 1024, ".+", required=True)
_TOKEN = TextInput(1, 128, "[-A-Za-z0-9+/=]+")
_REQUEST = TextInput(1, 128, "[-A-Za-z0-9+/=]+", required=True)
_DOCUMENT = TextInput(1, DOCUMENT_LIMIT, required=True, sensitive=True)
_COMMON = {
    "TypeVersionId": TextInput(1, 128, "[A-Za-z0-9-]+"),
    "RoleArn": TextInput(20, 2048, "arn:.+:iam::[0-9]{12}:role/.+"),
}
_PAGE = IntegerInput(1, 100)

MEMBERS: dict[str, dict[str, TextInput | IntegerInput]] = {
    "CreateResource": {"TypeName": _TYPE, "DesiredState": _DOCUMENT, "ClientToken": _TOKEN, **_COMMON},
    "UpdateResource": {
        "TypeName": _TYPE,
        "Identifier": _IDENTIFIER,
        "PatchDocument": _DOCUMENT,
        "ClientToken": _TOKEN,
        **_COMMON,
    },
    "DeleteResource": {"TypeName": _TYPE, "Identifier": _IDENTIFIER, "ClientToken": _TOKEN, **_COMMON},
    "GetResource": {"TypeName": _TYPE, "Identifier": _IDENTIFIER, **_COMMON},
    "ListResources": {
        "TypeName": _TYPE,
        "NextToken": TextInput(1, 4096, ".+"),
        "MaxResults": _PAGE,
        "ResourceModel": TextInput(1, DOCUMENT_LIMIT, sensitive=True),
        **_COMMON,
    },
    "GetResourceRequestStatus": {"RequestToken": _REQUEST},
    "ListResourceRequests": {"NextToken": TextInput(1, 2048, "[-A-Za-z0-9+/=]+"), "MaxResults": _PAGE},
    "CancelResourceRequest": {"RequestToken": _REQUEST},
}


def check(action: str, members: Mapping[str, Any]) -> None:
    """Refuse members that the service model does not allow.

    Args:
        action: One of the eight operations.
        members: The decoded request.

    Raises:
        Refused: `SerializationException` for a wrong JSON type, `ValidationException` for all else at once.
    """
    found = [text for name, rule in MEMBERS[action].items() for text in _member(name, rule, members.get(name))]
    if action == "ListResourceRequests":
        found += _filter(members.get("ResourceRequestStatusFilter"))
    if found:
        plural = "error" if len(found) == 1 else "errors"
        raise invalid(f"{len(found)} validation {plural} detected: {'; '.join(found)}")


def _member(name: str, rule: TextInput | IntegerInput, value: Any) -> Iterator[str]:
    place = name[0].lower() + name[1:]
    if value is None:
        if rule.required:
            yield f"Value null at '{place}' failed to satisfy constraint: Member must not be null"
        return
    if isinstance(rule, IntegerInput):
        yield from _whole(place, rule, value)
    else:
        yield from _text(place, rule, value)


def _text(place: str, rule: TextInput, value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        raise Refused("SerializationException", f"{_token(value)} can not be converted to a String")
    shown = "Value" if rule.sensitive else f"Value '{value[:1100]}'"
    head = f"{shown} at '{place}' failed to satisfy constraint: Member must"
    if len(value) < rule.low:
        yield f"{head} have length greater than or equal to {rule.low}"
    if len(value) > rule.high:
        yield f"{head} have length less than or equal to {rule.high}"
    elif rule.pattern and re.fullmatch(rule.pattern, value) is None:
        yield f"{head} satisfy regular expression pattern: {rule.pattern}"


def _whole(place: str, rule: IntegerInput, value: Any) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused("SerializationException", f"{_token(value)} can not be converted to an Integer")
    head = f"Value '{value}' at '{place}' failed to satisfy constraint: Member must have value"
    if value < rule.low:
        yield f"{head} greater than or equal to {rule.low}"
    if value > rule.high:
        yield f"{head} less than or equal to {rule.high}"


def _filter(given: Any) -> Iterator[str]:
    if given is None:
        return
    if not isinstance(given, dict):
        raise Refused("SerializationException", "Start of structure or map found where not expected.")
    for name, allowed in (("Operations", _OPERATIONS), ("OperationStatuses", _STATUSES)):
        values = given.get(name)
        if values is None:
            continue
        if not isinstance(values, list):
            raise Refused("SerializationException", f"{_token(values)} found where a list was expected")
        if any(value not in allowed for value in values):
            place = f"resourceRequestStatusFilter.{name[0].lower()}{name[1:]}"
            yield (
                f"Value '{values}' at '{place}' failed to satisfy constraint: Member must satisfy constraint: "
                f"[Member must satisfy enum value set: [{', '.join(allowed)}]]"
            )


def _token(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    return "NUMBER_VALUE" if isinstance(value, (int, float)) else "Structure or list"
