"""One provider in place of Cloud Control: requests with tokens, which run while their status is polled."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from cloudwright.control.model import PROVIDER_HEADER, PROVIDER_TOKEN, Operation, OperationStatus, Reply
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.user_code import Rejected
from cloudwright.provider.calls import MethodFailed, ProviderCalls
from cloudwright.provider.operations import RequestEnd, carry_out
from cloudwright.provider.port import Context

if TYPE_CHECKING:
    from cloudwright.control.model import Call
    from cloudwright.provider.port import Provider
    from cloudwright.services.port import ServicePort
    from cloudwright.target import Target

ANSWER_AFTER = 1.0
"""Seconds for which the answer to a request waits for its end, so that quick ones need no poll."""

_POLL_FOR = 5.0
_OPERATIONS = {operation.action: operation for operation in Operation}


@dataclass(slots=True, kw_only=True)
class _Request:
    token: str
    operation: Operation
    identifier: str | None
    task: asyncio.Task[RequestEnd]


@dataclass(slots=True)
class ProviderBackend:
    """Answers the calls about one provider's type.

    A request lives as long as this process. A later run finds no request with its token, as with Cloud Control after a
    week, and its recovery decides by what the provider reports.

    Attributes:
        calls: The provider's methods.
        services: For their contexts.
    """

    calls: ProviderCalls
    services: ServicePort
    _requests: dict[str, _Request] = field(default_factory=dict)
    _secrets: dict[tuple[object, ...], dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, provider: Provider[Any], services: ServicePort) -> ProviderBackend:
        """The backend of a provider.

        Args:
            provider: The user's object.
            services: For the contexts of its methods.
        """
        return cls(ProviderCalls.of(provider), services)

    async def answer(self, call: Call) -> Reply:
        """Carry out a call, or start to.

        Args:
            call: A Cloud Control call for this provider's type or one of its requests.
        """
        fields = json.loads(call.body)
        if call.action in _OPERATIONS:
            return await self._mutate(_OPERATIONS[call.action], fields, call.target)
        match call.action:
            case "GetResource":
                return await self._get(fields["Identifier"], call.target)
            case "GetResourceRequestStatus":
                return await self._progress(self._requests[fields["RequestToken"]], _POLL_FOR)
        return refusal("UnsupportedActionException", f"a type written in Python does not support {call.action}")

    def knows(self, request_token: str) -> bool:
        """Whether a request token is one of this process."""
        return request_token in self._requests

    async def close(self) -> None:
        """Stop running requests: nothing can record their end, so their journal entries stay for the next run."""
        tasks = [request.task for request in self._requests.values() if not request.task.done()]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task

    async def _mutate(self, operation: Operation, fields: dict[str, Any], target: Target) -> Reply:
        token = PROVIDER_TOKEN + fields["ClientToken"]
        if token not in self._requests:  # a second delivery of the same bytes joins the first
            context = Context(fields["ClientToken"], target, self.services)
            self._requests[token] = _Request(
                token=token,
                operation=operation,
                identifier=fields.get("Identifier"),
                task=asyncio.create_task(self._carried_out(operation, fields, context)),
            )
        return await self._progress(self._requests[token], ANSWER_AFTER)

    async def _carried_out(self, operation: Operation, fields: dict[str, Any], context: Context) -> RequestEnd:
        outcome = await carry_out(self.calls, operation, fields, context)
        if outcome.secrets:
            self._secrets[(context.target.place, outcome.identifier)] = dict(outcome.secrets)
        return outcome

    async def _progress(self, request: _Request, seconds: float) -> Reply:
        await asyncio.wait({request.task}, timeout=seconds)
        event: dict[str, object] = {
            "TypeName": self.calls.resource.definition.type_name,
            "RequestToken": request.token,
            "Operation": request.operation.value,
        }
        if not request.task.done():
            return success({"ProgressEvent": {**event, "OperationStatus": OperationStatus.IN_PROGRESS.value}})
        outcome = request.task.result()
        if request.operation is Operation.CREATE and outcome.identifier and not outcome.code:
            event["RequestToken"] = ended(request.token, outcome.identifier)
        status = OperationStatus.FAILED if outcome.code else OperationStatus.SUCCESS
        event |= {"OperationStatus": status.value, "ErrorCode": outcome.code, "StatusMessage": outcome.message}
        return success({"ProgressEvent": {**event, "Identifier": outcome.identifier or request.identifier}})

    async def _get(self, identifier: str, target: Target) -> Reply:
        try:
            live = await self.calls.read(identifier, Context("", target, self.services))
        except (MethodFailed, Rejected) as failed:
            return refusal("GeneralServiceException", str(failed))
        if live is None:
            return refusal("ResourceNotFoundException", f"{identifier} does not exist")
        live = {**self._secrets.get((target.place, identifier), {}), **live}
        return success({"ResourceDescription": {"Identifier": identifier, "Properties": json.dumps(live)}})


def ended(token: str, identifier: str) -> str:
    """The request token of a create that has ended; a later run, in another process, reads the result from it.

    Args:
        token: The request's token while it ran.
        identifier: The created resource.
    """
    return f"{token}/{quote(identifier, safe='')}"


def end_in(request_token: str) -> Reply | None:
    """The result that a request token contains, if any.

    Args:
        request_token: The token of any request of a provider.
    """
    token, slash, identifier = request_token.partition("/")
    if not slash:
        return None
    event = {"RequestToken": token, "Operation": "CREATE", "OperationStatus": "SUCCESS"}
    return success({"ProgressEvent": {**event, "Identifier": unquote(identifier)}})


def success(document: dict[str, object]) -> Reply:
    """An answer with a document."""
    return Reply(200, {}, json.dumps(document).encode())


def refusal(code: str, message: str) -> Reply:
    """An answer that is an error."""
    return Reply(400, {PROVIDER_HEADER: "1"}, json.dumps({"__type": code, "message": message}).encode())
