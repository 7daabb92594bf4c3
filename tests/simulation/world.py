"""One simulated world: a cloud, a state, time, and what really happened in it."""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from cloudwright.app.targets import LOCAL_REGION
from cloudwright.control.model import Reply
from cloudwright.errors import NotAnswered, NotSent
from cloudwright.local.cloud import DEFAULT_ACCOUNT, LocalCloud
from cloudwright.schema.catalog import Catalog
from cloudwright.state.memory import MemoryBackend, MemoryDatabase
from cloudwright.state.sealing.keys import Key
from cloudwright.testing.loop import VirtualClock
from simulation.deeds import Deeds
from simulation.facts import Facts
from simulation.faults import Fate, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from cloudwright.control.model import Call
    from cloudwright.local.rows import StoredResource
    from cloudwright.state.snapshot import Snapshot

APP, STAGE = "simulation", "s"
HTML = Reply(503, {"content-type": "text/html"}, b"<html><h1>503 Service Unavailable</h1></html>")
_CHANGES = frozenset({"UpdateResource", "DeleteResource"})

SIGNATURE_LIFETIME = 300.0
"""Seconds for which AWS accepts a signed request (IAM User Guide, "Elements of an AWS API request signature")."""

MARK = "theirs-"
"""What each element that others add to a resource of ours begins with."""

Physical = tuple[str, str, str, str]
"""Type, account, Region, identifier."""


@cache
def catalog() -> Catalog:
    """The bundled types, opened once a process."""
    return Catalog.bundled()


class FixedKeys:
    """A sealing key that needs no file."""

    def __init__(self) -> None:
        self._key = Key("k", bytes(range(32)))

    def current(self) -> Key:
        return self._key

    def find(self, key_id: str) -> Key:
        return self._key

    @property
    def document(self) -> Mapping[str, object]:
        return {}


@dataclass(slots=True)
class World:
    """Everything that outlives a run.

    Attributes:
        foreign: Resources that are not ours, with the properties they had.
        adoptable: Foreign resources that an approved step takes over.
        added: What others added to the collections of our resources, by its mark.
        shown: All values that an approved plan showed as going.
        released: Resources that an approved step forgets on purpose.
        deeds: What actions did.
        facts: What lookups ask for.
        violations: What must never happen but did.
        log: What happened, for the report of a failing seed.
        visitor: Sees each call right before the cloud does; somebody who changes what is ours acts then.
        closing: Set once the story is over, so that what still hangs may end.
    """

    operation_time: float = 2.0
    clock: VirtualClock = field(default_factory=VirtualClock)
    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    cloud: LocalCloud = field(init=False)
    foreign: dict[Physical, str] = field(default_factory=dict)
    adoptable: set[Physical] = field(default_factory=set)
    released: set[Physical] = field(default_factory=set)
    added: dict[str, Physical] = field(default_factory=dict)
    shown: str = ""
    deeds: Deeds = field(default_factory=Deeds)
    facts: Facts = field(default_factory=Facts)
    violations: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    closing: bool = False
    visitor: Callable[[Call], None] | None = None
    machines: int = 0
    _sending: Counter[str] = field(default_factory=Counter)
    _deliveries: set[asyncio.Task[Reply]] = field(default_factory=set)
    _late: set[asyncio.Task[None]] = field(default_factory=set)
    _graves: list[asyncio.Future[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cloud = LocalCloud(catalog(), clock=self.clock, operation_time=self.operation_time)

    # -- looking

    def snapshot(self) -> Snapshot:
        """The state as it is on record."""
        return self.backend().read()

    def backend(self) -> MemoryBackend:
        """The state's backend, by the world's clock."""
        return MemoryBackend(self.database, APP, STAGE, clock=self.clock)

    def live(self) -> dict[Physical, StoredResource]:
        """The live physical resources."""
        return {physical(each): each for each in self.cloud.resources()}

    def ours(self) -> dict[Physical, StoredResource]:
        """Those that runs of ours made."""
        return {one: r for one, r in self.live().items() if one not in self.foreign}

    def remove_by_hand(self, one: Physical) -> None:
        """What its owner deletes in the console."""
        type_name, account, region, identifier = one
        self.say(f"  deleted by hand: {type_name} {identifier}")
        self.cloud.remove(account, region, type_name, identifier)
        self.gone(one)

    def gone(self, one: Physical) -> None:
        """What others added goes with its resource; a new one may have its name."""
        self.added = {mark: place for mark, place in self.added.items() if place != one}

    def plant(self, type_name: str, properties: Mapping[str, Any]) -> Physical:
        """Make a resource that is not ours."""
        identifier = self.cloud.put(DEFAULT_ACCOUNT, LOCAL_REGION, type_name, properties)
        one = (type_name, DEFAULT_ACCOUNT, LOCAL_REGION, identifier)
        self.foreign[one] = json.dumps(self.live()[one].properties, sort_keys=True)
        return one

    def stir_facts(self) -> None:
        """The answer of a lookup may change now."""
        if printed := self.facts.stir():
            self.say(printed)

    def say(self, text: str) -> None:
        """Note what happened."""
        self.log.append(f"{self.clock.boot():10.2f} {text}")

    def violated(self, text: str) -> None:
        """Note what must never happen."""
        self.say(f"VIOLATION {text}")
        self.violations.append(text)

    async def grave(self) -> None:
        """Where the tasks of dead machines wait for the end of the world; kept, or they would be collected before."""
        grave = asyncio.get_running_loop().create_future()
        self._graves.append(grave)
        await grave

    # -- the network

    async def deliver(self, call: Call, fate: Fate) -> Reply:
        """Carry a request; what is under way arrives even if its sender is dead by then."""
        task = self._spawn(self._carry(call, fate))
        return await asyncio.shield(task)

    def _spawn(self, work: Coroutine[Any, Any, Reply]) -> asyncio.Task[Reply]:
        task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
        self._deliveries.add(task)
        task.add_done_callback(self._delivered)
        return task

    def _delivered(self, task: asyncio.Task[Reply]) -> None:
        self._deliveries.discard(task)
        if not task.cancelled():
            task.exception()

    def is_sending(self, identifier: str) -> bool:
        """Whether an update or a delete of a resource is on its way."""
        return bool(self._sending[identifier])

    async def _carry(self, call: Call, fate: Fate) -> Reply:
        identifier = self._changed(call)
        self._sending[identifier] += 1
        try:
            return await self._carried(call, fate)
        finally:
            self._sending[identifier] -= 1

    async def _carried(self, call: Call, fate: Fate) -> Reply:
        await asyncio.sleep(fate.out)
        if fate.way is Way.REFUSED:
            raise NotSent("no connection")
        if fate.way is Way.LOST:
            await asyncio.sleep(fate.silence)
            raise NotAnswered("no answer in time")
        if fate.way is Way.LATE:
            self._send_late(call, fate.again)
            await asyncio.sleep(fate.silence)
            raise NotAnswered("no answer in time")
        if fate.way is Way.THROTTLED:
            return await self._back(fate, refusal("ThrottlingException", "Rate exceeded"))
        if fate.way is Way.EXPIRED:
            return await self._back(fate, refusal("ExpiredTokenException", "The security token is expired"))
        if fate.way is Way.HTML_BEFORE:
            return await self._back(fate, HTML)
        reply = self._handle(call)
        if fate.way is Way.TWICE:
            self._spawn(self._carry(call, Fate(out=fate.again)))
        if fate.way is Way.UNANSWERED:
            await asyncio.sleep(fate.silence)
            raise NotAnswered("no answer in time")
        return await self._back(fate, HTML if fate.way is Way.HTML_AFTER else reply)

    def _send_late(self, call: Call, seconds: float) -> None:
        task = asyncio.get_running_loop().create_task(self._arrive(call, seconds), context=contextvars.Context())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _arrive(self, call: Call, seconds: float) -> None:
        """Deliver what nobody waits for any more; AWS refuses it once its signature is too old."""
        signed, identifier = self.clock.boot(), self._changed(call)
        self._sending[identifier] += 1
        await asyncio.sleep(seconds)
        self._sending[identifier] -= 1
        if self.clock.boot() - signed > SIGNATURE_LIFETIME:
            self.say(f"    a late {call.action} {brief(call)} is refused: its signature has expired")
        else:
            self.say(f"    a late {call.action} arrives")
            self._handle(call)

    @property
    def is_late(self) -> bool:
        """Whether a request is on its way that nobody waits for."""
        return bool(self._late)

    async def landed(self) -> None:
        """Wait until every late request has arrived, and nothing goes on any more."""
        while self._late:
            await asyncio.wait(self._late)
        await self.settled()

    def _changed(self, call: Call) -> str:
        """The identifier of what a request changes or deletes."""
        return str(json.loads(call.body).get("Identifier", "")) if call.action in _CHANGES else ""

    def _handle(self, call: Call) -> Reply:
        if self.visitor is not None:
            self.visitor(call)
        reply = self.cloud.handle(call.service, call.action, call.body, DEFAULT_ACCOUNT, call.target.region)
        if call.action.endswith("Resource") and call.action != "GetResource":
            self.say(f"    cloud: {call.action} {brief(call)} -> {reply.status}")
        return reply

    async def _back(self, fate: Fate, reply: Reply) -> Reply:
        await asyncio.sleep(fate.back)
        return reply

    async def settled(self) -> None:
        """Wait until nothing is under way that is not late, and no operation goes on."""
        while self._deliveries:
            await asyncio.wait(self._deliveries)
        while (at := self.cloud.next_effect()) is not None:
            await asyncio.sleep(max(0.01, at - self.clock.now()))
            self.cloud.settle()


def physical(resource: StoredResource) -> Physical:
    """What names a physical resource."""
    return (resource.type_name, *resource.place, resource.identifier)


def refusal(code: str, message: str) -> Reply:
    """A refusal by the framework before the service."""
    body = {"__type": f"com.amazon.coral.service#{code}", "message": message}
    return Reply(400, {"content-type": "application/x-amz-json-1.0"}, json.dumps(body).encode())


def brief(call: Call) -> str:
    """What a call is about, for the log."""
    fields = json.loads(call.body)
    what = fields.get("Identifier") or fields.get("DesiredState", "")[:60]
    return f"{fields.get('TypeName', '').removeprefix('AWS::')} {what} token {fields.get('ClientToken', '')[:6]}"
