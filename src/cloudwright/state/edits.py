"""Manual changes of a state, as data: rename, forget, push, copy. Pure functions; the caller commits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloudwright.errors import LockHeld, StateError
from cloudwright.lazy_dataclass import replace
from cloudwright.state import codec
from cloudwright.state.audit import AppendAudit, AuditAction
from cloudwright.state.changes import (
    DropAction,
    DropDelivery,
    DropEntry,
    DropRecord,
    PutAction,
    PutDelivery,
    PutEntry,
    PutLearned,
    PutLookups,
    PutOutputs,
    PutRecord,
    PutSealing,
    StateChange,
)
from cloudwright.state.edit_audit import edited, editor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.state.hosted_store import HostedStore
    from cloudwright.state.leases.lease import Holder, Lease
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot
    from cloudwright.state.store import StateStore

TTL = 60.0
"""Time to live, in seconds, of the lease for a manual change."""

_WAITS = 12
"""How often a restore looks within that time whether the lease of a former run has run out."""


def dump(snapshot: Snapshot) -> str:
    """A state as a JSON document, for `state pull` and `state export --json`. Secrets in it are masked or sealed."""
    return codec.dumps(codec.encode_snapshot(snapshot))


def parse(text: str, where: str) -> Snapshot:
    """The state that a document of `dump` holds.

    Args:
        text: The document.
        where: The file's name, for messages.

    Raises:
        StateCorrupt, StateTooNew: It is not a state of this version.
    """
    return codec.decode_snapshot(codec.loads(text, where), where)


def rename(snapshot: Snapshot, old: str, new: str) -> list[StateChange]:
    """Rename a key in all its generations and in the records that depend on it.

    Raises:
        StateError: There is no such key, the new one is taken, or a request for the old one is in progress.
    """
    moved = _of_key(snapshot, old)
    if any(record.key == new for record in snapshot.records):
        raise StateError(
            f"{new} already exists in {_name(snapshot)}", hint="choose a free key, or forget that one first"
        )
    dependents = [record for record in snapshot.records if old in record.depends_on and record.key != old]
    return [
        *(DropRecord(record.key, record.generation) for record in moved),
        *(PutRecord(_repointed(replace(record, key=new), old, new)) for record in moved),
        *(PutRecord(_repointed(record, old, new)) for record in dependents),
        *_renamed_deliveries(snapshot, old, new),
    ]


def _renamed_deliveries(snapshot: Snapshot, old: str, new: str) -> list[StateChange]:
    """What was delivered under the old key can be rolled back under the new one."""
    return [
        PutDelivery(replace(one, key=_other(one.key, old, new), pipeline=_other(one.pipeline, old, new)))
        for one in snapshot.deliveries
        if old in {one.key, one.pipeline}
    ]


def _other(key: str, old: str, new: str) -> str:
    return new if key == old else key


def forget(snapshot: Snapshot, key: str) -> list[StateChange]:
    """Drop all generations of a key from the state; the physical resources remain, unmanaged.

    Raises:
        StateError: There is no such key, or a request for it is in progress.
    """
    return [DropRecord(record.key, record.generation) for record in _of_key(snapshot, key)]


def replace_all(now: Snapshot, then: Snapshot) -> list[StateChange]:
    """The changes that turn one state into another, for `state push` and `state copy`."""
    records, entries = {each.id: each for each in now.records}, {each.id: each for each in now.journal}
    kept_records, kept_entries = {each.id for each in then.records}, {each.id for each in then.journal}
    changes: list[StateChange] = [DropRecord(*identity) for identity in records if identity not in kept_records]
    changes += [DropEntry(identity) for identity in entries if identity not in kept_entries]
    changes += [PutRecord(each) for each in then.records if records.get(each.id) != each]
    changes += [PutEntry(each) for each in then.journal if entries.get(each.id) != each]
    if (dict(now.outputs), now.uses) != (dict(then.outputs), then.uses):
        changes.append(PutOutputs(then.outputs, then.uses))
    if dict(now.sealing) != dict(then.sealing):
        changes.append(PutSealing(then.sealing))
    deliveries, kept_deliveries = {each.id: each for each in now.deliveries}, {each.id for each in then.deliveries}
    changes += [DropDelivery(identity) for identity in deliveries if identity not in kept_deliveries]
    changes += [PutDelivery(each) for each in then.deliveries if deliveries.get(each.id) != each]
    actions, kept_actions = {each.key: each for each in now.actions}, {each.key for each in then.actions}
    changes += [DropAction(key) for key in actions if key not in kept_actions]
    changes += [PutAction(each) for each in then.actions if actions.get(each.key) != each]
    if dict(now.lookups) != dict(then.lookups):
        changes.append(PutLookups(then.lookups))
    if then.learned:
        changes.append(PutLearned(then.learned))
    return changes


async def push(store: StateStore, document: Snapshot, holder: Holder) -> int:
    """Replace a state by an edited copy of it.

    Returns:
        The serial afterwards.

    Raises:
        StateError: The state changed since the copy was pulled, or is another state.
        LockHeld: A run is in progress.
    """
    lease = await store.acquire(holder, ttl=TTL)
    try:
        now = await store.read()
        if (now.app, now.stage) != (document.app, document.stage):
            raise StateError(f"the document is the state of {_name(document)}, not of {_name(now)}")
        if now.serial != document.serial:
            raise StateError(
                f"{_name(now)} is at serial {now.serial}, the document at {document.serial}: it changed meanwhile",
                hint="pull again and repeat the edit",
            )
        changes = replace_all(now, document)
        return await store.commit(lease, [*changes, *edited(now, changes, editor(holder, "state push"))])
    finally:
        await store.release(lease)


async def restore(store: HostedStore, holder: Holder) -> int:
    """Restore the objects of a state that were deleted from its bucket, and write a line in its audit.

    Waits for the lease of a run that the deletion cut off: it comes back with the state, and runs out.

    Returns:
        The number of restored objects.

    Raises:
        StateError: It is no state in a bucket, or it can't be restored.
        LockHeld: A run is in progress on the restored state; the line is missing.
    """
    objects = await store.restore()
    if objects:
        lease = await _free_lease(store, holder)
        try:
            line = editor(holder, "state restore").line(AuditAction.RESTORE, detail=f"{objects} objects")
            await store.commit(lease, [AppendAudit(line)])
        finally:
            await store.release(lease)
    return objects


async def _free_lease(store: StateStore, holder: Holder) -> Lease:
    """A lease, once the former one has run out; one that is still renewed after that is of a live run."""
    for _ in range(_WAITS):
        try:
            return await store.acquire(holder, ttl=TTL)
        except LockHeld:
            await asyncio.sleep(TTL / _WAITS)
    return await store.acquire(holder, ttl=TTL)


async def copy(source: StateStore, destination: StateStore, holder: Holder) -> Snapshot:
    """Copy a state into an empty store, under both leases.

    Args:
        source: Where it is; not changed.
        destination: For the same app and stage, since sealed values can't be opened under others. Holds no records,
            journal or outputs yet.
        holder: The holder of the leases.

    Returns:
        The state at its destination, read back.

    Raises:
        StateError: The destination is not empty, or belongs to another app or stage.
        LockHeld: A run is in progress on one of the two.
    """
    from_lease = await source.acquire(holder, ttl=TTL)
    try:
        to_lease = await destination.acquire(holder, ttl=TTL)
        try:
            state, there = await source.read(), await destination.read()
            if (there.app, there.stage) != (state.app, state.stage):
                raise StateError(f"the state of {_name(state)} can't become that of {_name(there)}")
            if there.records or there.journal or there.outputs:
                raise StateError(
                    f"the destination already has {_name(there)} at serial {there.serial}; nothing was copied",
                    hint="copy to an empty store, or push a pulled document over it",
                )
            copy = editor(holder, "state copy").line(AuditAction.COPY, detail=f"from {source.place}")
            past = map(AppendAudit, (*await source.audit(), copy))
            await destination.commit(to_lease, [*replace_all(there, state), *past])
            copied = await destination.read()
        finally:
            await destination.release(to_lease)
    finally:
        await source.release(from_lease)
    if replace(copied, serial=state.serial) != state:
        raise StateError(f"the copy of {_name(state)} does not read back as it was written; use the original")
    return copied


def _of_key(snapshot: Snapshot, key: str) -> Sequence[Record]:
    found = [record for record in snapshot.records if record.key == key]
    if not found:
        raise StateError(f"{_name(snapshot)} has no resource {key}", hint=_known(snapshot))
    if any(entry.key == key for entry in snapshot.journal):
        raise StateError(f"a request for {key} is in progress", hint="let `cloudwright deploy FILE` finish it first")
    return found


def _known(snapshot: Snapshot) -> str:
    keys = sorted({record.key for record in snapshot.records})
    if not keys:
        return "it has none; check the stage (--stage) and $CLOUDWRIGHT_STATE"
    return f"its keys are: {', '.join([*keys[:5], *(['...'] if len(keys) > 5 else [])])}"


def _repointed(record: Record, old: str, new: str) -> Record:
    return replace(record, depends_on=tuple(_other(key, old, new) for key in record.depends_on))


def _name(snapshot: Snapshot) -> str:
    return f"{snapshot.app}/{snapshot.stage}"
