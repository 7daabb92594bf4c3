"""The bucket for assets: what is in it, which of the store's states use it, and the deletion of what none does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cloudwright.app.state_admin import hosted
from cloudwright.assets.usage import PREFIX, references, used
from cloudwright.errors import CannotUnseal, ProgramError, StateError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.asset_places import bucket_for
from cloudwright.program.awaitable import awaitable
from cloudwright.state import codec
from cloudwright.target import DeclaredTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from cloudwright.app.runtime import Runtime
    from cloudwright.assets.uploads import UploadedAsset, Uploads
    from cloudwright.state.hosted_store import HostedStore
    from cloudwright.state.snapshot import Snapshot
    from cloudwright.state.store import StateStore
    from cloudwright.target import Target

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class KeptAsset:
    """An asset in the bucket.

    Attributes:
        asset: The object.
        used_by: The states that refer to it, or did as far as their history goes back: `APP/STAGE`.
    """

    asset: UploadedAsset
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssetInventory:
    """What a bucket for assets holds.

    Attributes:
        bucket: Its name.
        target: Its account and Region.
        assets: In the order of their keys.
        read_at: Seconds since the epoch.
    """

    bucket: str
    target: Target
    assets: tuple[KeptAsset, ...]
    read_at: float

    def unused(self, days: float) -> tuple[KeptAsset, ...]:
        """Those that no state refers to and that are older than so many days."""
        return tuple(one for one in self.assets if not one.used_by and self.read_at - one.asset.modified >= days * DAY)


class _Sibling(Protocol):
    """Opens the store of another app and stage."""

    def __call__(self, app: str, stage: str) -> AbstractAsyncContextManager[StateStore]: ...


@dataclass(frozen=True, slots=True)
class AssetAdmin:
    """The assets in the bucket of the account and Region that the environment names.

    Attributes:
        opened: Opens a run's parts.
        sibling: Opens the store of one of the other states of the store.
    """

    opened: Callable[[], AbstractAsyncContextManager[Runtime]]
    sibling: _Sibling

    @awaitable
    async def inventory(self) -> AssetInventory:
        """What the bucket holds, and which states of the store use it.

        Raises:
            AssetError: There is no bucket.
            StateError: A state can't be read, or a run is in progress: then nobody knows what is used.
        """
        async with self.opened() as runtime:
            return await self._inventory(runtime)

    @awaitable
    async def prune(self, wanted: AssetInventory, days: float) -> tuple[KeptAsset, ...]:
        """Delete what is unused; what was shown as unused and is used by now stays.

        Args:
            wanted: What the user saw.
            days: How old an asset must be.

        Returns:
            What was deleted.
        """
        seen = {one.asset.key for one in wanted.unused(days)}
        async with self.opened() as runtime:
            now = await self._inventory(runtime)
            gone = tuple(one for one in now.unused(days) if one.asset.key in seen)
            if gone:
                await _uploads(runtime).delete(now.target, now.bucket, [one.asset.key for one in gone])
        return gone

    async def _inventory(self, runtime: Runtime) -> AssetInventory:
        snapshot = await runtime.services.store.read()
        target = await runtime.places.resolve(DeclaredTarget(), snapshot.records)
        bucket = bucket_for(runtime.asset_bucket, target)
        found = await _uploads(runtime).listed(target, bucket, PREFIX)
        users: dict[str, list[str]] = {one.key: [] for one in found}
        for neighbour in await hosted(runtime.services.store).states():
            name = f"{neighbour.app}/{neighbour.stage}"
            if neighbour.damage:
                raise _unknown(name, neighbour.damage)
            async with self.sibling(neighbour.app, neighbour.stage) as store:
                for key in await _used_by(hosted(store), list(users), bucket, name):
                    users[key].append(name)
        kept = tuple(KeptAsset(one, tuple(users[one.key])) for one in found)
        return AssetInventory(bucket, target, kept, runtime.services.clock.now())


def _uploads(runtime: Runtime) -> Uploads:
    if runtime.uploads is None:
        raise ProgramError("this runtime has no access to a bucket for assets")
    return runtime.uploads()


async def _used_by(store: HostedStore, keys: Sequence[str], bucket: str, name: str) -> frozenset[str]:
    lease = await store.live_lease()
    if lease is not None:
        raise _unknown(name, f"{lease.holder.user} on {lease.holder.host} is running `{lease.holder.command}`")
    snapshot = await store.read()
    history = await store.history()
    past = (text for commit in history for line in commit.lines for text in (line.before, line.after) if text)
    found = references((codec.dumps(codec.encode_snapshot(snapshot)), *past))
    prints = _fingerprints(store, snapshot, found.key_ids, name) if found.masked else _none
    return used(keys, bucket, found, prints)


def _none(_: str) -> tuple[str, ...]:
    return ()


def _fingerprints(
    store: HostedStore, snapshot: Snapshot, key_ids: frozenset[str], name: str
) -> Callable[[str], tuple[str, ...]]:
    """What the state's keys, past ones included, make of a value.

    Raises:
        StateError: One of them is not there, so a masked value can't be restored.
    """
    from cloudwright.state.sealing.sealer import open_sealer

    sealer = open_sealer(snapshot.app, snapshot.stage, snapshot.sealing, place=store.place)
    try:
        known = {sealer.key.id, *(key.id for key in sealer.former)}
    except CannotUnseal as error:
        raise _unknown(name, error.message) from error
    if lost := sorted(key_ids - known):
        raise _unknown(name, f"it contains values that are masked with the key {lost[0]}, which no longer exists")
    return lambda value: (sealer.fingerprint(value), *sealer.former_fingerprints(value))


def _unknown(name: str, why: str) -> StateError:
    what = f"it is not known which assets {name} uses: {why}; nothing was deleted"
    return StateError(what, hint="repair the state, or wait for the run, then repeat the command")
