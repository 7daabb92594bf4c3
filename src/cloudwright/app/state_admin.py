"""Administration of a state: read it, edit it, move it, show its history.

Every write takes the lease, and is refused if the state has changed since it was read.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cloudwright.app.state_names import looks_alike, refuse_look_alike
from cloudwright.errors import StateError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.program.awaitable import awaitable
from cloudwright.schema.suggest import did_you_mean
from cloudwright.state import edits, history
from cloudwright.state.changes import DropAction, DropEntry
from cloudwright.state.edit_audit import edited, editor
from cloudwright.state.hosted_store import HostedStore
from cloudwright.state.journal import EntryEnd
from cloudwright.state.snapshot import Neighbour

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from cloudwright.app.runtime import RunSettings
    from cloudwright.state.audit import AuditLine
    from cloudwright.state.changes import StateChange
    from cloudwright.state.history import PastCommit
    from cloudwright.state.leases.lease import Holder
    from cloudwright.state.snapshot import Snapshot
    from cloudwright.state.store import StateStore


@dataclass(frozen=True, slots=True)
class StateAdmin:
    """The state of one app and stage, for manual administration.

    Attributes:
        settings: The app's settings.
        opened: Opens its store.
    """

    settings: RunSettings
    opened: Callable[[], AbstractAsyncContextManager[StateStore]]

    @awaitable
    async def read(self) -> Snapshot:
        """The current state."""
        async with self.opened() as store:
            return await store.read()

    @awaitable
    async def neighbours(self) -> tuple[Neighbour, ...]:
        """Every app and stage of the same store, this one included; empty if the store can't list them."""
        async with self.opened() as store:
            return await store.states() if isinstance(store, HostedStore) else ()

    @awaitable
    async def change(
        self, make: Callable[[Snapshot], Sequence[StateChange]], *, serial: int, command: str = "by hand"
    ) -> int:
        """Write an approved change, with a line in the audit for each record that it touches.

        Args:
            make: Computes the change from the state; may refuse.
            serial: The serial of the state that was shown.
            command: What makes the change, for the audit.

        Returns:
            The serial afterwards.

        Raises:
            StateError: The state has changed meanwhile, or the change is refused.
            LockHeld: A run is in progress.
        """
        async with self.opened() as store:
            holder = self._holder()
            lease = await store.acquire(holder, ttl=edits.TTL)
            try:
                now = await store.read()
                if now.serial != serial:
                    raise StateError(
                        f"the state of {now.app}/{now.stage} changed from serial {serial} to {now.serial} "
                        f"meanwhile; nothing was changed",
                        hint="look at it again, then repeat the command",
                    )
                changes = make(now)
                return await store.commit(lease, [*changes, *edited(now, changes, editor(holder, command))])
            finally:
                await store.release(lease)

    @awaitable
    async def push(self, document: Snapshot) -> int:
        """Replace the state by an edited copy of it; see `state.edits.push`."""
        async with self.opened() as store:
            return await edits.push(store, document, self._holder())

    @awaitable
    async def copy(self, source: str, destination: str) -> Snapshot:
        """Copy this app and stage from one store into another that has none of it.

        Args:
            source: URL of the store that holds it.
            destination: URL of the store to copy to.

        Raises:
            StateError: There is nothing to copy, the destination holds something, or they are the same.
            LockHeld: A run is in progress.
        """
        from cloudwright.state.address import place_of, public
        from cloudwright.state.open import open_store

        app, stage = self.settings.app, self.settings.stage
        if place_of(source) == place_of(destination):
            raise StateError(f"{public(source)} is the source and the destination; nothing was copied")
        here, there = open_store(source, app, stage), open_store(destination, app, stage)
        try:
            # Read first: taking a lease would create an empty store if there is none.
            if not (await here.read()).serial:
                raise StateError(
                    f"{public(source)} has no state of {app}/{stage}; nothing was copied",
                    hint="check the address, and the stage (--stage)",
                )
            return await edits.copy(here, there, self._holder())
        finally:
            await here.close()
            await there.close()

    @awaitable
    async def sealed(self) -> Snapshot:
        """The state, after proving that its sealing key is available.

        Raises:
            StateError: Nothing is sealed.
            CannotUnseal: The available key is not the state's.
        """
        from cloudwright.app.key_rotation import check_sealed

        async with self.opened() as store:
            now = await store.read()
            check_sealed(now, store.place)
        return now

    @awaitable
    async def rotate(self, kind: str, secret: str = "") -> tuple[int, str]:
        """Give the state another sealing key; see `cloudwright.app.key_rotation`.

        Args:
            kind: `file`, `passphrase` or `kms`.
            secret: The new passphrase, or the KMS key.

        Returns:
            The serial afterwards and the new key's id.

        Raises:
            CannotUnseal: The available key is not the state's; nothing was changed.
        """
        from cloudwright.app.key_rotation import new_keys, rotated

        now = await self.sealed()
        keys = new_keys(kind, secret, now.app, now.stage)
        serial = await self.change(
            lambda snapshot: rotated(snapshot, keys), serial=now.serial, command="secrets rotate"
        )
        return serial, keys.current().id

    @awaitable
    async def history(self) -> tuple[PastCommit, ...]:
        """What the latest commits did, oldest first."""
        async with self.opened() as store:
            return await hosted(store).history()

    @awaitable
    async def audit(self, since: float = 0.0) -> tuple[AuditLine, ...]:
        """What runs, and people by hand, changed, oldest first; nothing is ever dropped from it.

        Args:
            since: Leave out what is older, seconds since the epoch.
        """
        async with self.opened() as store:
            return tuple(line for line in await store.audit() if line.at >= since)

    @awaitable
    async def at(self, *serials: int | None) -> tuple[Snapshot, ...]:
        """Earlier versions of the state.

        Args:
            serials: Earlier serials; `None` for the current one.

        Raises:
            StateError: One is not, or no longer, in the history.
        """
        async with self.opened() as store:
            now, past = await store.read(), await hosted(store).history()
        return tuple(now if serial is None else history.state_at(now, past, serial) for serial in serials)

    @awaitable
    async def prepare(self) -> None:
        """Create the store: a bucket, tables or a file."""
        async with self.opened() as store:
            await hosted(store).prepare()

    @awaitable
    async def deleted(self) -> int:
        """How many objects of the state were deleted from its bucket and can be restored.

        Raises:
            StateError: The state is not in a bucket.
        """
        async with self.opened() as store:
            return await hosted(store).deleted()

    @awaitable
    async def restore(self) -> tuple[int, Snapshot]:
        """Restore the objects of the state that were deleted from its bucket.

        Returns:
            The number of restored objects, and the state afterwards.
        """
        async with self.opened() as store:
            return await edits.restore(hosted(store), self._holder()), await store.read()

    def address(self, environ: Mapping[str, str] | None = None) -> str:
        """The URL or path of the store."""
        from cloudwright.app.runtime import state_address

        return state_address(self.settings, os.environ if environ is None else environ)

    def _holder(self) -> Holder:
        from cloudwright.app.lease_holder import holder
        from cloudwright.clock import SystemClock

        return holder(SystemClock().now())


def hosted(store: StateStore) -> HostedStore:
    """A store that also has a history and lists other states, as all built-in ones do.

    Raises:
        StateError: It is a custom store.
    """
    if not isinstance(store, HostedStore):
        raise StateError(f"a {type(store).__name__} keeps no history")
    return store


def forget(snapshot: Snapshot, key: str) -> list[StateChange]:
    """Drop all records of a key, and the requests for it whose end is unknown; of an action what is known about it.

    Args:
        snapshot: The state.
        key: The key of a resource or an action.

    Raises:
        StateError: The state has no such key.
    """
    requests: list[StateChange] = [
        DropEntry(entry.id, EntryEnd.ABANDONED) for entry in snapshot.journal if entry.key == key
    ]
    known = any(record.key == key for record in snapshot.records)
    if not known and any(action.key == key for action in snapshot.actions):
        return [*requests, DropAction(key)]
    if requests and not known:
        return requests
    return [*requests, *edits.forget(replace(snapshot, journal=()), key)]


async def notes_on_names(store: StateStore, snapshot: Snapshot) -> tuple[str, ...]:
    """Warns that the name of a state that does not exist yet is similar to that of another one: a misspelling.

    Raises:
        ProgramError: It is the name of another state, but for case or its Unicode form.
    """
    if snapshot.serial or not isinstance(store, HostedStore):
        return ()
    try:
        states = await store.states()
    except StateError:
        return ()
    if any(looks_alike(each, snapshot) for each in states):
        # One that a run opened and wrote nothing to is no state yet.
        others = [each for each in await store.others() if isinstance(each, Neighbour) or each.serial]
        refuse_look_alike(snapshot, others)
    near = near_name(snapshot.app, snapshot.stage, states)
    return (f"there is no state of {snapshot.app}/{snapshot.stage} yet; did you mean {near}?",) if near else ()


def near_name(app: str, stage: str, states: Sequence[Neighbour]) -> str | None:
    """The name of the state that was meant: another stage of the app, or an app with a similar name."""
    stages = {each.stage for each in states if each.app == app}
    if near := did_you_mean(stage, stages):
        return f"{app}/{near}"
    apps = {each.app for each in states if each.stage == stage and each.app != app}
    return f"{near}/{stage}" if (near := did_you_mean(app, apps)) else None


async def notes_on_users(
    store: StateStore, app: str, stage: str, *, leaving: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Sentences about the apps in the same store that used the outputs of an app and stage at their last deploy.

    This is advice next to a plan that the user reviews, and apps in other stores are not visible here. So an unreadable
    state is reported and stops nothing: another app's damage must not block this app's destroy.

    Args:
        store: The store; empty result if it can't list other states.
        app: The app that is used.
        stage: Its stage.
        leaving: Users that are destroyed in the same run, before it.
    """
    if not isinstance(store, HostedStore):
        return ()
    try:
        states = [each for each in await store.states() if (each.app, each.stage) != (app, stage)]
    except StateError as error:
        return (f"can't check whether other apps use its outputs: {error.message}",)
    names = [f"{each.app}/{each.stage}" for each in states if f"{app}/{stage}" in each.uses]
    users = [name for name in names if name not in leaving]
    used = [f"other apps use its outputs: {', '.join(users)}"] if users else []
    unread = (
        f"can't check whether {each.app}/{each.stage} uses its outputs: {each.damage}" for each in states if each.damage
    )
    return (*used, *unread)
