"""What a dead run left behind: entries of a journal, and the requests that it sent to the local cloud."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudwright.app.runtime import RunSettings
from cloudwright.control import wire
from cloudwright.control.model import Operation
from cloudwright.engine.recovery import inspect_journal
from cloudwright.engine.run import DeployRun
from cloudwright.state.changes import PutRecord
from cloudwright.state.journal import JournalEntry
from cloudwright.state.leases.lease import Holder
from cloudwright.state.records import Record
from cloudwright.state.snapshot import Snapshot
from cloudwright.target import CredentialSource, Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from app_kit import World
    from cloudwright.app.runtime import Runtime
    from cloudwright.control.model import ProgressEvent
    from cloudwright.engine.run import Services


async def raise_undecided(snapshot: Snapshot, services: Services) -> None:
    """Inspect a journal, and raise what the user would have to decide about `a`."""
    inspection = await inspect_journal(snapshot, services)
    if "a" in inspection.undecided:
        raise inspection.undecided["a"]


HERE = Target("000000000000", "us-east-1", "aws", CredentialSource())
TOPIC, VPC = "AWS::SNS::Topic", "AWS::EC2::VPC"
VPC_DOCUMENT = {"CidrBlock": "10.0.0.0/16"}
HOLDER = Holder(user="ada", host="box", pid=7, command="deploy", since=0.0)


@asynccontextmanager
async def opened(world: World) -> AsyncIterator[Runtime]:
    """The parts of a run of the test's app."""
    runtime = await world.runtime(RunSettings("test", "dev", world.folder, None, local=True))
    try:
        yield runtime
    finally:
        await runtime.close()


@asynccontextmanager
async def running(world: World) -> AsyncIterator[DeployRun]:
    """A run that holds the lease."""
    async with opened(world) as runtime:
        lease = await runtime.services.store.acquire(HOLDER, ttl=60.0)
        yield DeployRun(services=runtime.services, lease=lease, observe=lambda _: None)
        await runtime.services.store.release(lease)


def record(type_name: str = TOPIC, identifier: str = "", key: str = "a", **more: Any) -> Record:
    return Record(key=key, type=type_name, identifier=identifier, target=HERE, **more)


def entry_of(operation: Operation, draft: Record, services: Services, **more: Any) -> JournalEntry:
    """An open request, with the bytes that its run sent or would have sent."""
    entry = JournalEntry(
        id=f"entry-{draft.key}",
        key=draft.key,
        generation=draft.generation,
        operation=operation,
        type=draft.type,
        target=HERE,
        client_token=f"token-{draft.key}-{draft.generation}",
        body="",
        draft=draft,
        identifier=draft.identifier or None,
        created_at=services.control.now(HERE),
    )
    entry = replace(entry, **more)
    return replace(entry, body=body_of(entry).decode())


def body_of(entry: JournalEntry) -> bytes:
    if entry.operation is Operation.CREATE:
        return wire.create_body(entry.type, dict(entry.draft.declared), entry.client_token)
    if entry.operation is Operation.DELETE:
        return wire.delete_body(entry.type, entry.identifier or "", entry.client_token)
    patch = [{"op": "add", "path": path, "value": "x"} for path in entry.attempted]
    return wire.update_body(entry.type, entry.identifier or "", patch, entry.client_token)


async def sent(entry: JournalEntry, services: Services) -> ProgressEvent:
    """Send an entry's request, as its run did before it died."""
    return await services.control.mutate(HERE, entry.operation, entry.body.encode())


def state(records: Iterable[Record] = (), journal: Iterable[JournalEntry] = ()) -> Snapshot:
    return Snapshot(app="test", stage="dev", serial=1, records=tuple(records), journal=tuple(journal))


def put(world: World, type_name: str, document: dict[str, Any]) -> str:
    """A live resource that was made some other way; gives its identifier."""
    return world.cloud.put(HERE.account, HERE.region, type_name, json.loads(json.dumps(document)))


def vpc_create(run: DeployRun, **more: Any) -> JournalEntry:
    """An open create of a VPC."""
    return entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), run.services, **more)


async def recorded_topic(world: World, run: DeployRun) -> Record:
    """A topic that exists and is recorded."""
    document = {"TopicName": "a", "DisplayName": "old"}
    made = record(identifier=put(world, TOPIC, document), declared=document, observed=document)
    await run.commit(PutRecord(made))
    return made
