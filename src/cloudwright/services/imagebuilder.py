"""Image Builder's dry runs: would the service create this resource? They check only parameters and permissions.

The only method here sets `dryRun`, after everything else, so no request without it can leave. Source: botocore's
service model `imagebuilder/2019-12-02`; the table of names is made from it and the registry's schemas.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import field
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from cloudwright.control import wire
from cloudwright.control.model import Call
from cloudwright.errors import ServiceError
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.services.port import ServicePort
    from cloudwright.target import Target

SERVICE = "imagebuilder"

CONFIRMED = "DryRunOperationException"
"""The error by which the service says that it would have carried the request out (HTTP 412)."""

_DENIED = frozenset({"AccessDenied", "Forbidden", "UnauthorizedOperation"})
_PARAMETER = re.compile(r"parameter '?([A-Za-z][\w.\[\]]*)")
_STEP = re.compile(r"([A-Za-z]\w*)|\[(\d+)\]")


class Answer(StrEnum):
    """What the service said."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    DENIED = "denied"
    CARRIED_OUT = "carried-out"


@dataclass(frozen=True, slots=True)
class DryRun:
    """The end of one dry run.

    Attributes:
        operation: Such as `CreateComponent`.
        message: The service's own words; empty if it confirmed.
        path: JSON pointer into the declared properties, where the words name a parameter; else empty.
    """

    operation: str
    answer: Answer
    message: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """How the API spells one resource type.

    Attributes:
        operation: The create operation.
        method: Its HTTP method.
        path: Its HTTP path.
        members: Pointer with `*` for list items -> the API's name of that member. What is below a pointer that
            has no members of its own is the user's (a map, a text).
    """

    operation: str
    method: str
    path: str
    members: Mapping[str, str] = field(repr=False)

    def spelled(self, properties: Mapping[str, object]) -> dict[str, Any]:
        """A document of Cloud Control in the API's names.

        Raises:
            KeyError: A property has no counterpart in the API; the key is its pointer.
        """
        return dict(self._object(properties, ""))

    def pointer(self, parameter: str) -> str:
        """Our pointer of a parameter that the service names, as deep as it is known.

        Args:
            parameter: Such as `distributions[0].amiDistributionConfiguration.name`.
        """
        found, pattern = "", ""
        for name, index in _STEP.findall(parameter):
            known = index or self._declared(pattern, name)
            if not known:
                break
            found, pattern = f"{found}/{known}", f"{pattern}/{'*' if index else known}"
        return found

    def _object(self, value: Mapping[str, object], path: str) -> Iterator[tuple[str, Any]]:
        for name, child in value.items():
            pointer = f"{path}/{name}"
            if pointer not in self.members:
                raise KeyError(pointer)
            yield self.members[pointer], self._value(child, pointer)

    def _value(self, value: object, path: str) -> Any:
        if isinstance(value, list):
            return [self._value(item, f"{path}/*") for item in value]
        if isinstance(value, dict) and self._structured(path):
            return dict(self._object(value, path))
        return value

    def _structured(self, path: str) -> bool:
        return any(one.startswith(f"{path}/") for one in self.members)

    def _declared(self, path: str, name: str) -> str:
        inside = ((one, api) for one, api in self.members.items() if one.rpartition("/")[0] == path)
        return next((one.rpartition("/")[2] for one, api in inside if api == name), "")


class DryRuns:
    """Asks Image Builder whether it would make a resource."""

    def __init__(self, port: ServicePort) -> None:
        """Send nothing yet."""
        self._port = port

    async def ask(self, target: Target, type_name: str, properties: Mapping[str, object]) -> DryRun:
        """Have the service check a resource without making it.

        Args:
            target: Where the resource would live.
            type_name: One of those in `forms()`.
            properties: As Cloud Control takes them, everything known.

        Raises:
            KeyError: A property has no counterpart in the API; nothing was sent.
            ServiceError: The service failed, or is too busy.
            TransportError: The service did not answer.
            CredentialsError: There are no credentials, or AWS does not take them.
        """
        form = forms()[type_name]
        body = {**form.spelled(properties), "clientToken": str(uuid.uuid4()), "dryRun": True}
        call = Call(SERVICE, form.operation, json.dumps(body).encode(), target, form.method, form.path)
        try:
            await self._port.ask(call, wire.parse)
        except ServiceError as error:
            return _answer(form, error)
        return DryRun(form.operation, Answer.CARRIED_OUT)


def _answer(form: Form, error: ServiceError) -> DryRun:
    if error.code == CONFIRMED:
        return DryRun(form.operation, Answer.CONFIRMED)
    if error.status >= 500 or error.name == "CallRateLimitExceeded":
        raise error
    if error.name in _DENIED:
        return DryRun(form.operation, Answer.DENIED, error.service_message)
    named = _PARAMETER.search(error.service_message)
    path = form.pointer(named[1]) if named else ""
    return DryRun(form.operation, Answer.REFUSED, error.service_message or error.code, path)


@lru_cache(maxsize=1)
def forms() -> dict[str, Form]:
    """The types that have a dry run, with how the API spells them."""
    text = resources.files("cloudwright.services").joinpath("data", "imagebuilder_dry_run.json").read_text("utf-8")
    return {name: Form(**form) for name, form in json.loads(text).items()}
