"""The eight operations of Cloud Control, typed, with only those retries that are safe."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

from cloudwright.clock import SystemClock
from cloudwright.control import query, wire
from cloudwright.control.callers import Callers
from cloudwright.control.error_classes import final, is_missing, may_have_arrived
from cloudwright.control.evidence import Lookup, LookupResult
from cloudwright.control.limiter import CallPurpose, Limiter
from cloudwright.control.model import Call
from cloudwright.control.retries import ANSWER_TRIES, RetryPolicy
from cloudwright.control.sender import Sender
from cloudwright.control.verdict import THROTTLES
from cloudwright.errors import CredentialsError, NotAnswered, ServiceError, TransportError, WrongAccount

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from cloudwright.clock import Clock
    from cloudwright.control.callers import Caller
    from cloudwright.control.model import (
        Operation,
        OperationStatus,
        ProgressEvent,
        Reply,
        RequestPage,
        ResourceDescription,
        Transport,
    )
    from cloudwright.target import Target

_T = TypeVar("_T")

SERVICE = "cloudcontrolapi"

RESEND_WINDOW = 120.0
"""Seconds, suspend included, within which a mutation's identical bytes may be sent again."""

READS_AT_ONCE = 64
"""Concurrent reads; more would only queue at the service, with the polls behind them."""

_POLL_TRIES = 3
_SAME_PAGE_TRIES = 10


class CloudControl:
    """A typed client over a transport.

    Attributes:
        calls: Requests sent to Cloud Control so far, retries included; other services don't count.
        first_call_at: When the first of them was sent, seconds on the event loop's clock; 0 before.
        limiter: The rate limits that all calls share.
    """

    def __init__(
        self,
        transport: Transport,
        limiter: Limiter | None = None,
        clock: Clock | None = None,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Build a client; nothing is sent.

        Args:
            transport: Sends every request.
            limiter: Shared rate limits; a new one by default.
            clock: Wall time, for AWS's time and the re-send window.
            jitter: Returns numbers in [0, 1) for backoff; tests pass a seeded one.
        """
        self.calls: int = 0
        self.first_call_at: float = 0.0
        self.limiter: Limiter = limiter or Limiter()
        self._clock = clock or SystemClock()
        self._sender = Sender(transport, self._clock, RetryPolicy(jitter))
        self._in_flight: Counter[tuple[str, str, str]] = Counter()
        self._callers = Callers(self.ask_query)
        self._reads = asyncio.Semaphore(READS_AT_ONCE)

    async def close(self) -> None:
        """Close the transport's connections."""
        await self._sender.close()

    def divert(self, through: Callable[[Transport], Transport]) -> None:
        """Send through another transport from now on.

        Args:
            through: Makes it from the present one.
        """
        self._sender.divert(through)

    def now(self, target: Target) -> float:
        """AWS's time, in seconds since the epoch, from its `Date` headers in this Region."""
        return self._sender.now(target)

    def in_flight(self, target: Target) -> int:
        """Number of mutations sent to this account and Region that are not answered yet."""
        return self._in_flight[target.place]

    # -- mutations

    async def mutate(
        self,
        target: Target,
        operation: Operation,
        body: bytes,
        *,
        guard: Callable[[], Awaitable[None]] | None = None,
    ) -> ProgressEvent:
        """Send one mutating request, always the same bytes, until the service has accepted or refused it.

        The identical bytes, and so the same client token, are sent again after a synchronous throttle, when no
        connection could be established (nothing had arrived), and after a delivery without an answer. That is safe
        for creates, updates and deletes: the token makes it idempotent (36 hours; CC69), and it happens only within
        two minutes of the first delivery and under the guard. Any later retry is up to recovery, which has its own
        rules.

        Args:
            target: Where to send it.
            operation: CREATE, UPDATE or DELETE.
            body: From `wire.create_body`, `wire.update_body` or `wire.delete_body`.
            guard: Awaited right before each delivery, after the rate limiter: confirms the lease and the age of the
                journal entry. Its errors propagate, and nothing more is sent.

        Returns:
            The accepted request's first event.

        Raises:
            ServiceError: Refused. Its `unanswered` says that an earlier delivery got no answer (only with codes of
                `verdict.DETERMINISTIC_REFUSALS`, which every delivery would have got).
            NotSent: No delivery reached the service.
            NotAnswered: A delivery may have reached the service: the journal entry must stay.
            CredentialsError: No delivery could be signed, or AWS refused the signature.
        """
        call = Call(SERVICE, operation.action, body, target)
        started, unanswered = self._clock.boot(), False
        for attempt in itertools.count():
            try:
                return await self._deliver_mutation(call, guard)
            except (ServiceError, TransportError, CredentialsError) as error:
                unanswered = unanswered or may_have_arrived(error)
                delay = self._sender.resend_delay(call, error, attempt)
                if delay is None or self._clock.boot() - started + delay > RESEND_WINDOW:
                    if (last := final(error, unanswered=unanswered)) is error:
                        raise
                    raise last from error
            await asyncio.sleep(delay)
        raise AssertionError  # pragma: no cover

    async def cancel(self, target: Target, request_token: str) -> ProgressEvent:
        """Request the cancellation of a request. Nothing is rolled back (CC78).

        Raises:
            ServiceError: Among others when the request has ended already.
        """
        document = await self._ask(target, "CancelResourceRequest", wire.status_body(request_token), CallPurpose.MUTATE)
        return wire.parse_progress(document)

    # -- reads

    async def get(
        self, target: Target, type_name: str, identifier: str, *, missing_for: float = 0.0
    ) -> ResourceDescription:
        """Read one resource.

        Args:
            target: The resource's account and Region.
            type_name: Such as `AWS::S3::Bucket`.
            identifier: The primary identifier.
            missing_for: Seconds during which NotFound counts as a lag; only after a write of our own (CC54).

        Raises:
            ServiceError: `ResourceNotFoundException` if it does not exist; any other error of AWS.
            TransportError: No answer after several attempts.
        """
        body = wire.get_body(type_name, identifier)
        deadline = asyncio.get_running_loop().time() + missing_for
        for attempt in itertools.count():
            try:
                return wire.parse_resource(await self._ask(target, "GetResource", body, CallPurpose.READ))
            except ServiceError as error:
                delay = self._sender.delay(attempt, error)
                late = asyncio.get_running_loop().time() + delay > deadline
                if late or not is_missing(error):
                    raise
            await asyncio.sleep(delay)
        raise AssertionError  # pragma: no cover

    async def lookup(
        self, target: Target, type_name: str, identifier: str, *, missing_for: float = 0.0
    ) -> LookupResult:
        """Read one resource as evidence for a verdict.

        Present, absent, or unreadable because AWS refused the read (CC86).

        Args:
            target: The resource's account and Region.
            type_name: Such as `AWS::S3::Bucket`.
            identifier: The primary identifier.
            missing_for: Seconds during which NotFound counts as a lag (CC51, CC54).

        Raises:
            TransportError, CredentialsError: Nothing is known; decide later.
        """
        try:
            found = await self.get(target, type_name, identifier, missing_for=missing_for)
        except ServiceError as error:
            if is_missing(error):
                return LookupResult(Lookup.ABSENT)
            return LookupResult(Lookup.UNREADABLE, refusal=error.message)
        return LookupResult(Lookup.PRESENT, found)

    async def list(
        self, target: Target, type_name: str, model: Mapping[str, object] | None = None
    ) -> AsyncIterator[ResourceDescription]:
        """All resources of a type, page by page; an empty page doesn't end the listing (CC90).

        Args:
            target: Where to list; global types may list other Regions' resources too (CC89).
            type_name: Such as `AWS::S3::Bucket`.
            model: The parent's properties, if the list handler needs them (CC91).

        Yields:
            Descriptions whose documents may hold the identifier alone (CC92).
        """
        token: str | None = None
        seen: Counter[str] = Counter()
        while True:
            body = wire.list_body(type_name, model, token)
            page = wire.parse_resources(await self._ask(target, "ListResources", body, CallPurpose.READ))
            for resource in page.resources:
                yield resource
            token = page.next_token
            if token is None:
                return
            # An empty page may repeat the token that led to it, but not forever.
            seen[token] += 1
            if seen[token] > _SAME_PAGE_TRIES:
                raise NotAnswered(f"ListResources of {type_name} repeats a page token and would never end")

    async def status(self, target: Target, request_token: str) -> ProgressEvent:
        """The state of one request, its hooks included.

        Raises:
            ServiceError: `RequestTokenNotFoundException` once the request has expired (7 days).
        """
        body = wire.status_body(request_token)
        return wire.parse_progress(
            await self._ask(target, "GetResourceRequestStatus", body, CallPurpose.POLL, tries=_POLL_TRIES)
        )

    async def requests(
        self, target: Target, next_token: str | None = None, *, statuses: Sequence[OperationStatus] = ()
    ) -> RequestPage:
        """One page of the account's requests of the last seven days, other tools' included.

        Args:
            target: Where the requests run.
            next_token: From the previous page.
            statuses: Only requests with one of these; empty for all.
        """
        body = wire.requests_body(next_token, statuses=statuses)
        return wire.parse_requests(
            await self._ask(target, "ListResourceRequests", body, CallPurpose.POLL, tries=_POLL_TRIES)
        )

    # -- who is calling

    async def caller(self, target: Target) -> Caller:
        """The identity behind a target's credentials; requested once per credential source.

        Raises:
            CredentialsError, TransportError, ServiceError: It is unknown.
        """
        return await self._callers.of(target)

    async def verify(self, target: Target) -> Caller:
        """Check that the credentials belong to the target's account (CC61). Call it before the first request.

        Raises:
            WrongAccount: They don't; nothing was sent to Cloud Control.
        """
        caller = await self.caller(target)
        if target.account and caller.account != target.account:
            raise WrongAccount(
                f"the credentials ({target.source}) belong to account {caller.account} ({caller.arn}), "
                f"but {target.account} is expected; nothing was sent to Cloud Control",
                hint="switch AWS_PROFILE or the credentials, or declare the other account with target(...); if the "
                "state is another team's, give this app a name or a stage of its own",
            )
        return caller

    async def ask_query(self, call: Call) -> dict[str, str]:
        """Send a read of a query service (STS, CloudFormation), with retries.

        Returns:
            The answer's leaf elements by name.
        """
        return await self.ask(call, query.parse)

    async def ask(
        self, call: Call, parse: Callable[[Reply], _T], *, before: Callable[[], Awaitable[None]] | None = None
    ) -> _T:
        """Send a read-only call of another service, with retries.

        Args:
            call: The request.
            parse: Reads the answer; raises `ServiceError` for an error of the service.
            before: Awaited before each delivery, such as a rate limiter.

        Raises:
            ServiceError: The service refused.
            TransportError: No answer after several attempts.
            CredentialsError: It can't be signed, or AWS refused the signature.
        """

        async def once() -> _T:
            if before is not None:
                await before()
            return await self._sender.exchange(call, parse)

        return await self._sender.persist(call, once, ANSWER_TRIES)

    # -- delivery

    async def _ask(
        self, target: Target, action: str, body: bytes, use: CallPurpose, *, tries: int = ANSWER_TRIES
    ) -> dict[str, Any]:
        call = Call(SERVICE, action, body, target)

        async def once() -> dict[str, Any]:
            await self.limiter.acquire(target, use)
            return await self._deliver(call)

        if use is not CallPurpose.READ:
            return await self._sender.persist(call, once, tries)
        async with self._reads:
            return await self._sender.persist(call, once, tries)

    async def _deliver_mutation(self, call: Call, guard: Callable[[], Awaitable[None]] | None) -> ProgressEvent:
        if self.limiter.slows_types(call.target):
            await self.limiter.acquire_type(call.target, wire.type_name_in(call.body))
        await self.limiter.acquire(call.target, CallPurpose.MUTATE)
        if guard is not None:
            await guard()
        self._in_flight[call.target.place] += 1
        try:
            return wire.parse_progress(await self._deliver(call))
        finally:
            self._in_flight[call.target.place] -= 1

    async def _deliver(self, call: Call) -> dict[str, Any]:
        self.calls += 1
        sent_at = asyncio.get_running_loop().time()
        self.first_call_at = self.first_call_at or sent_at
        try:
            document = await self._sender.exchange(call, wire.parse)
        except ServiceError as error:
            self.limiter.answered(call.target, sent_at=sent_at, throttled=error.name in THROTTLES)
            raise
        self.limiter.answered(call.target, sent_at=sent_at, throttled=False)
        return document
