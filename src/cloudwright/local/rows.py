"""Resources and requests as the local cloud stores them."""

from __future__ import annotations

import json
from dataclasses import field
from typing import Any, NamedTuple

from cloudwright.lazy_dataclass import dataclass


class AccountRegion(NamedTuple):
    """An account and a Region: nothing is ever shared between two of them."""

    account: str
    region: str


@dataclass(frozen=True, slots=True)
class ResourceSearch:
    """A search among all resources; an empty text matches everything.

    Attributes:
        account: Twelve digits.
        region: Such as `us-east-1`.
        type_name: Such as `AWS::S3::Bucket`.
        text: Part of the type, a space and the identifier, in any case.
        before: Only resources created before the one with this number; 0 for all.
    """

    account: str = ""
    region: str = ""
    type_name: str = ""
    text: str = ""
    before: int = 0


@dataclass(frozen=True, slots=True)
class StoredResource:
    """One physical resource.

    Attributes:
        place: Its account and Region.
        type_name: Its type.
        identifier: Its primary identifier.
        properties: The whole model, hidden write-only values included; never change it in place.
        created: Seconds since the epoch.
        updated: Seconds since the epoch.
        seq: The order of creation; 0 before it is stored.
    """

    place: AccountRegion
    type_name: str
    identifier: str
    properties: dict[str, Any] = field(repr=False)
    created: float
    updated: float
    seq: int = 0


@dataclass(slots=True)
class StoredRequest:
    """One mutating request and its pending effect.

    Attributes:
        place: The account and Region it was sent to.
        token: The request token.
        client_token: The caller's idempotency token.
        digest: SHA-256 of everything but the client token: distinguishes a repeated request from a different one.
        type_name: The resource type.
        operation: CREATE, UPDATE or DELETE.
        identifier: Known from the start if the caller supplies it, else once the operation is done.
        status: An OperationStatus.
        event_time: When the request was initiated; seconds since the epoch.
        effect_at: When its effect takes place; seconds since the epoch, `None` once it is terminal.
        error_code: A HandlerErrorCode.
        message: The StatusMessage.
        payload: The desired model of a create, the patched model of an update.
        notes: State of faults for this request.
        seq: The order of arrival; 0 before it is stored.
    """

    place: AccountRegion
    token: str
    client_token: str
    digest: str
    type_name: str
    operation: str
    identifier: str | None
    status: str
    event_time: float
    effect_at: float | None
    error_code: str | None = None
    message: str = ""
    payload: dict[str, Any] | None = field(default=None, repr=False)
    notes: dict[str, Any] = field(default_factory=dict)
    seq: int = 0

    @property
    def open(self) -> bool:
        """Whether the request is still in progress."""
        return self.effect_at is not None


def resource_of(row: tuple[Any, ...]) -> StoredResource:
    """A resource from its columns, in the order of the fields of `StoredResource`."""
    account, region, type_name, identifier, properties, created, updated, seq = row
    return StoredResource(
        AccountRegion(account, region), type_name, identifier, json.loads(properties), created, updated, seq
    )


def request_of(row: tuple[Any, ...]) -> StoredRequest:
    """A request from its columns, in the order of the fields of `StoredRequest`."""
    account, region, token, client_token, digest, type_name, operation, identifier, *rest = row
    status, event_time, effect_at, error_code, message, payload, notes, seq = rest
    return StoredRequest(
        place=AccountRegion(account, region),
        token=token,
        client_token=client_token,
        digest=digest,
        type_name=type_name,
        operation=operation,
        identifier=identifier,
        status=status,
        event_time=event_time,
        effect_at=effect_at,
        error_code=error_code,
        message=message,
        payload=None if payload is None else json.loads(payload),
        notes={} if notes == "{}" else json.loads(notes),
        seq=seq,
    )
