"""The local cloud: requests in, answers out, no I/O except its store and no background tasks.

Operations take time on the cloud's clock: all due effects are applied, in order, before a request is handled. So the
same cloud works under a virtual clock, behind HTTP and in process, and can be closed in the middle of an operation.
"""

from __future__ import annotations

import io
from email.utils import formatdate
from http import HTTPStatus
from threading import RLock
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import replace
from cloudwright.local.access.gate import Gate
from cloudwright.local.api import query_services, rest_services, service_calls, unserved
from cloudwright.local.api.operations import ControlOperations
from cloudwright.local.api.wire import Refused, answer, decode, refusal
from cloudwright.local.builds.build import KIND, build_of
from cloudwright.local.call_log import CallLog, CallRecord
from cloudwright.local.context import OPERATION_TIME, CloudContext, CloudSettings
from cloudwright.local.faults import Fault, Faults, calls
from cloudwright.local.generated.values import ValueMaker
from cloudwright.local.handlers import Handlers
from cloudwright.local.lookup_fixtures import LookupFixtures
from cloudwright.local.model import identifiers
from cloudwright.local.model.paths import clone
from cloudwright.local.model.type_index import TypeIndex
from cloudwright.local.objects.requests import SERVICE, ObjectRequest, operation_of
from cloudwright.local.objects.service import OPERATIONS, ObjectService
from cloudwright.local.protocols.model import service_models
from cloudwright.local.rows import AccountRegion, StoredRequest, StoredResource
from cloudwright.local.services import stacks
from cloudwright.local.store import CloudStore
from cloudwright.local.synchronized import synchronized
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cloudwright.clock import Clock
    from cloudwright.control.model import Reply
    from cloudwright.local.access.policy import AccessPolicy
    from cloudwright.local.builds.build import Build
    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import ResourceSearch
    from cloudwright.local.stack import LocalStack
    from cloudwright.schema.catalog import Catalog

    Listener = Callable[["CallRecord", bytes, Reply], None]

DEFAULT_ACCOUNT = "000000000000"
_CALLS_KEPT = 10_000
_MUTATING = {"CreateResource", "UpdateResource", "DeleteResource", "CancelResourceRequest"}


@synchronized("handle", "handle_object", "settle", "next_effect", "resources", "requests", "counts", "matching")
@synchronized("running", "count_running", "ended", "builds", "shown", "put", "put_stack", "modify", "remove")
class LocalCloud:
    """An embedded Cloud Control service, together with STS and the type registry.

    Threads may share it: its calls take turns.
    """

    def __init__(
        self,
        catalog: Catalog,
        *,
        clock: Clock,
        store: CloudStore | None = None,
        seed: int = 0,
        operation_time: float | Callable[[str, str], float] = OPERATION_TIME,
        faults: Iterable[Fault] = (),
        strict_services: bool = False,
        lenient_values: bool = False,
        policy: AccessPolicy | None = None,
    ) -> None:
        """Set up a cloud.

        Args:
            catalog: The resource types.
            clock: Wall time; the duration of operations is measured with it.
            store: Stores resources and requests; in memory without one.
            seed: The seed of all generated values.
            operation_time: Seconds that an operation takes, or a function of the type and CREATE, UPDATE or DELETE.
            faults: Faults that are on from the start; see `faults`.
            strict_services: Enforce also the service rules for which the evidence is not certain.
            lenient_values: Let enums, patterns, lengths, counts and ranges pass validation.
            policy: What callers may do, from `access.policy.policy_of`; everything without one.
        """
        settings = CloudSettings(
            seed=seed,
            operation_time=operation_time,
            strict_services=strict_services,
            lenient_values=lenient_values,
        )
        kinds, gate = TypeIndex(catalog), Gate(policy)
        self._context = CloudContext(store or CloudStore(), kinds, clock, Faults(faults), settings, gate)
        self._control = ControlOperations(self._context)
        self._query = query_services.QueryServices(self._context)
        self._rest = rest_services.RestServices(self._context)
        self._handlers = Handlers(self._context)
        self._objects = ObjectService(self._context)
        self._services = service_calls.ServiceCalls(self._context, self._handlers.lifecycle)
        self._number = 0
        self.fixtures: LookupFixtures = LookupFixtures()
        self._listeners: list[Listener] = []
        self.calls: CallLog = CallLog(maxlen=_CALLS_KEPT)
        self.turn: RLock = RLock()

    @property
    def faults(self) -> Faults:
        """The faults, which can be switched on and off at any time."""
        return self._context.faults

    @property
    def clock(self) -> Clock:
        """The clock that measures the duration of operations."""
        return self._context.clock

    def close(self) -> None:
        """Close the store."""
        self._context.store.close()

    def handle(self, service: str, action: str, body: bytes, account: str, region: str, path: str = "") -> Reply:
        """Answer one request.

        Args:
            service: The endpoint prefix: `cloudcontrolapi`, `sts`, `cloudformation`, `iam`, `imagebuilder`, `ec2`,
                `ssm` or `autoscaling`.
            action: The operation, such as `CreateResource`.
            body: A JSON document for Cloud Control, Image Builder and Systems Manager, a form for the others.
            account: Twelve digits.
            region: Such as `us-east-1`.
            path: Path and query of a REST service.

        Raises:
            AnswerLost: Because of a fault, the call was served but its answer is lost (CC68, CC69).
        """
        if service == SERVICE and action in OPERATIONS:
            method = service_models()[SERVICE].operations[action].method
            return self.handle_object(ObjectRequest(method, path, io.BytesIO(body)), account, region)
        now, headers = self._begin()
        if service != "cloudcontrolapi":
            reply = self._of_service((service, action, body, path), AccountRegion(account, region), headers)
            self._notify(CallRecord(service, action, account, region, now, reply.status), body, reply)
            if reply.status == HTTPStatus.OK:
                calls.lose(self._context.faults, action, service)
            return reply
        type_name = ""
        try:
            members = decode(body)
            type_name = self._subject(AccountRegion(account, region), members)
            calls.refuse(self._context.faults, action, type_name, self._number)
            reply = answer(self._serve(action, AccountRegion(account, region), members, now), headers)
        except Refused as error:
            reply = refusal(error, headers)
        self._notify(CallRecord(service, action, account, region, now, reply.status, type_name), body, reply)
        if reply.status == HTTPStatus.OK:
            calls.lose(self._context.faults, action, type_name)
        return reply

    def handle_object(self, request: ObjectRequest, account: str, region: str) -> Reply:
        """Answer one request of S3.

        Args:
            request: With its body, which is read in pieces.
            account: Twelve digits.
            region: Such as `us-east-1`.

        Raises:
            AnswerLost: Because of a fault, the request was served but its answer is lost.
        """
        now, headers = self._begin()
        self._handlers.settle(now)
        action = operation_of(request) or request.method
        reply = self._objects.handle(request, AccountRegion(account, region), headers, self._number)
        # Contents may be large and private, so listeners don't get them.
        self._notify(CallRecord(SERVICE, action, account, region, now, reply.status), b"", replace(reply, body=b""))
        if reply.status < HTTPStatus.MULTIPLE_CHOICES:
            calls.lose(self._context.faults, action, SERVICE)
        return reply

    def _begin(self) -> tuple[float, dict[str, str]]:
        """The time of a new call, and the headers of its answer."""
        now = self._context.clock.now()
        self._number += 1
        request_id = self._context.uuid("call", now, self._number)
        return now, {"x-amzn-requestid": request_id, "date": formatdate(now, usegmt=True)}

    def _of_service(self, call: tuple[str, str, bytes, str], place: AccountRegion, headers: Mapping[str, str]) -> Reply:
        """The answer of a service other than Cloud Control."""
        service, action, body, _ = call
        if service in query_services.SERVICES and not service_calls.serves(service, action):
            return self._query.handle(service, action, body, place, headers)
        self._handlers.settle(self._context.clock.now())
        if service == rest_services.SERVICE and action in rest_services.OPERATIONS:
            return self._rest.handle(action, body, place, headers)
        if service in service_calls.TABLES:
            return self._services.handle(call, place, headers, self._number)
        return unserved.refuse(unserved.UnservedCall(service), headers["x-amzn-requestid"])

    def _subject(self, place: AccountRegion, members: dict[str, Any]) -> str:
        """The type of a call; for a poll, the type of its request, and only if a fault may need it."""
        token = members.get("RequestToken")
        if self._context.faults and isinstance(token, str):
            request = self._context.store.request(place, token)
            return request.type_name if request else ""
        return str(members.get("TypeName") or "")

    def _serve(self, action: str, place: AccountRegion, members: dict[str, Any], now: float) -> dict[str, Any]:
        self._handlers.settle(now)
        if refused := self._context.gate.refusal(place, f"cloudformation:{action}"):
            raise Refused("AccessDeniedException", refused)
        if action not in _MUTATING:
            return self._control.serve(action, place, members, now)
        try:
            with self._context.store.transaction():
                return self._control.serve(action, place, members, now)
        except Refused as error:
            if error.code == "TypeNotFoundException":
                self._control.remember_unknown_type(place, members, now, error.message)
            raise

    def _notify(self, record: CallRecord, body: bytes, reply: Reply) -> None:
        self.calls.append(record)
        for listener in self._listeners:
            listener(record, body, reply)

    def answer(self, lookup: str, answer: Any, **arguments: Any) -> None:
        """Set the answer of a lookup, for the programs that `app_runner` runs; a later answer overrides an earlier one.

        Args:
            lookup: Its name, such as `ami`; for a function decorated with `@lookup`, the function's name.
            answer: The lookup's result; for `identity`, a mapping of its fields.
            arguments: All or some of the lookup's arguments; without any, all its calls get this answer.
        """
        self.fixtures.add(lookup, arguments, answer)

    # Looking inside and changing things outside the API

    def listen(self, listener: Listener) -> None:
        """Call a function after each answer, with both bodies, which may contain secrets.

        Args:
            listener: Takes the record, the request's body and the reply. It must not call the cloud.
        """
        self._listeners.append(listener)

    def settle(self) -> None:
        """Apply everything that is due by now."""
        self._handlers.settle(self._context.clock.now())

    def next_effect(self) -> float | None:
        """When the next operation in progress will take effect; seconds since the epoch."""
        return self._context.store.next_effect()

    def resources(self, account: str | None = None, region: str | None = None) -> list[StoredResource]:
        """The live physical resources, including hidden write-only values, oldest first."""
        self.settle()
        return self._context.store.resources(account, region)

    def requests(self) -> list[StoredRequest]:
        """Every request that is still remembered, oldest first."""
        self.settle()
        return self._context.store.all_requests()

    def counts(self) -> list[tuple[AccountRegion, str, int]]:
        """The number of live resources, by account, Region and type."""
        self.settle()
        return self._context.store.counts()

    def matching(self, wanted: ResourceSearch, limit: int) -> list[StoredResource]:
        """Up to `limit` matching live resources, newest first, hidden write-only values included."""
        self.settle()
        return self._context.store.matching(wanted, limit)

    def running(self, limit: int) -> list[StoredRequest]:
        """Up to `limit` requests in progress, the next to end first."""
        self.settle()
        return self._context.store.open_requests(limit)

    def count_running(self) -> int:
        """Number of requests in progress."""
        self.settle()
        return self._context.store.count_open()

    def ended(self, limit: int) -> list[StoredRequest]:
        """Up to `limit` requests that have ended, the newest first."""
        self.settle()
        return self._context.store.ended_requests(limit)

    def builds(self, limit: int) -> list[Build]:
        """Up to `limit` image builds of all accounts and Regions, the newest first; also of deleted images."""
        self.settle()
        return [build_of(one.content) for one in self._context.store.documents.newest(KIND, limit)]

    def kind(self, type_name: str) -> LocalType | None:
        """The cloud's facts about a type."""
        return self._context.kinds.find(type_name)

    def shown(self, account: str, region: str, type_name: str, identifier: str) -> dict[str, Any]:
        """The document that a read without faults would show, without write-only values.

        Raises:
            KeyError: There is no such resource.
        """
        found = self._find(account, region, type_name, identifier)
        kind = self.kind(type_name)
        return dict(found.properties) if kind is None else self._context.shown(kind, found)

    def put(self, account: str, region: str, type_name: str, properties: Mapping[str, Any]) -> str:
        """Create a resource out of band, immediately; missing values that the service decides are filled in.

        Returns:
            The identifier.

        Raises:
            ValueError: The type is unknown, or the model has no identifier and none can be generated.
        """
        place, now = AccountRegion(account, region), self._context.clock.now()
        kind = self._context.kinds.find(type_name)
        if kind is None:
            raise ValueError(f"there is no schema for the type {type_name}")
        model: dict[str, Any] = clone(dict(properties))
        if identifiers.of_model(kind, model) is None:
            self._context.rules(kind).complete(kind, model, self._context.near(place))
        self._number += 1
        dice = self._context.random("put", type_name, *place, self._number)
        ordinal = self._handlers.ordinal(kind, place, self._number)
        ValueMaker(kind, place, partition_of(region), dice, now, ordinal).create(model)
        identifier = identifiers.of_model(kind, model)
        if identifier is None:
            raise ValueError(f"{type_name}: the properties contain no identifier")
        with self._context.store.transaction():
            self._context.store.put(StoredResource(place, type_name, identifier, model, now, now))
        return identifier

    def put_stack(self, stack: LocalStack, *, account: str = DEFAULT_ACCOUNT, region: str = "us-east-1") -> str:
        """Add a CloudFormation stack, which replaces an earlier one with its name.

        Args:
            stack: The stack; its resources are not created: see `put`.
            account: Twelve digits.
            region: Such as `us-east-1`.

        Returns:
            The stack's ARN.
        """
        with self._context.store.transaction():
            documents, now = self._context.store.documents, self._context.clock.now()
            return stacks.put_stack(documents, AccountRegion(account, region), stack, now)

    def modify(self, account: str, region: str, type_name: str, identifier: str, changes: Mapping[str, Any]) -> None:
        """Change top-level properties out of band; a value of `None` removes the property.

        Raises:
            KeyError: There is no such resource.
        """
        found = self._find(account, region, type_name, identifier)
        model = {name: value for name, value in {**found.properties, **changes}.items() if value is not None}
        now = self._context.clock.now()
        with self._context.store.transaction():
            self._context.store.put(StoredResource(found.place, type_name, identifier, model, found.created, now))

    def remove(self, account: str, region: str, type_name: str, identifier: str) -> None:
        """Delete a resource out of band.

        Raises:
            KeyError: There is no such resource.
        """
        found = self._find(account, region, type_name, identifier)
        with self._context.store.transaction():
            self._context.store.remove(found)

    def _find(self, account: str, region: str, type_name: str, identifier: str) -> StoredResource:
        self.settle()
        found = self._context.store.find(AccountRegion(account, region), type_name, identifier)
        if found is None:
            raise KeyError(f"{account}/{region}: no {type_name} {identifier}")
        return found
