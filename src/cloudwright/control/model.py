"""Requests to Cloud Control and its answers, as plain data. A leaf: any module may import it.

The fields follow the service model `cloudcontrol/2021-09-30` of botocore.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.target import Target


PROVIDER_TOKEN = "provider-"  # noqa: S105 - no password: it is shown to everybody
"""What the request tokens of types that are written in Python begin with; AWS's are UUIDs."""


PROVIDER_HEADER = "x-cloudwright-provider"
"""The header of an error that the provider of a type written in Python reports in place of AWS."""


class Operation(StrEnum):
    """The three mutating operations, as a ProgressEvent names them."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"

    @property
    def action(self) -> str:
        """The API action, such as `CreateResource`."""
        return f"{self.value.capitalize()}Resource"


class OperationStatus(StrEnum):
    """The states of a request."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    CANCEL_IN_PROGRESS = "CANCEL_IN_PROGRESS"
    CANCEL_COMPLETE = "CANCEL_COMPLETE"

    @property
    def terminal(self) -> bool:
        """Whether nothing more will happen to the request."""
        return self in {OperationStatus.SUCCESS, OperationStatus.FAILED, OperationStatus.CANCEL_COMPLETE}


@dataclass(frozen=True, slots=True)
class HookEvent:
    """One invocation of a CloudFormation hook on a request (HooksProgressEvent)."""

    type_name: str
    status: str
    message: str = ""
    failure_mode: str = "FAIL"
    invocation_point: str = ""


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """The state of one request. Every field may be missing in an answer (CC85).

    Attributes:
        status: `None` if the answer holds a status that this version doesn't know.
        event_time: Seconds since the epoch at which the request was initiated.
        retry_after: An **absolute** time, seconds since the epoch (CC79).
    """

    type_name: str = ""
    identifier: str | None = None
    request_token: str | None = None
    hooks_request_token: str | None = None
    operation: Operation | None = None
    status: OperationStatus | None = None
    event_time: float | None = None
    retry_after: float | None = None
    message: str = ""
    error_code: str | None = None
    hooks: tuple[HookEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceDescription:
    """An identifier and its live document."""

    identifier: str
    properties: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RequestPage:
    """One page of ListResourceRequests."""

    events: tuple[ProgressEvent, ...]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """One page of ListResources; its documents may hold identifiers only (CC92)."""

    resources: tuple[ResourceDescription, ...]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to an AWS service, before it is signed.

    Attributes:
        service: The endpoint prefix: `cloudcontrolapi`, `sts`, `cloudformation`, `s3`, `kms`,
            `iam`, `imagebuilder`, `ec2`, `ssm`, `secretsmanager`, `autoscaling`,
            `organizations`.
        action: The operation, such as `CreateResource`.
        body: The exact bytes to sign and send (JSON for Cloud Control and REST services, a form for query services).
        target: Account, Region and credential source to sign with.
        method: The HTTP method; REST services have others than `POST`.
        path: The URL path of a REST operation, such as `/CreateComponent`, with its query; empty for the other
            protocols.
        headers: Further headers, which S3 has for what others put into the body.
    """

    service: str
    action: str
    body: bytes = field(repr=False)
    target: Target
    method: str = "POST"
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer.

    Attributes:
        status: The HTTP status.
        headers: Names in lower case.
        body: The bytes of the body.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Transport(Protocol):
    """The port that sends every request: HTTP, the local cloud in process, or a test's wrapper."""

    async def send(self, call: Call) -> Reply:
        """Send one request and wait for its answer.

        Raises:
            NotSent: The request certainly did not reach the service.
            NotAnswered: It may have reached the service.
            CredentialsError: It can't be signed.
        """
        ...

    async def close(self) -> None:
        """Close connections."""
        ...
