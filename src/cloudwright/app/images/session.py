"""What every image command works with: the plan's delivery lines, typed clients, and the state under a lease."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.app.images.build_polls import poll_delay
from cloudwright.app.lease_holder import LEASE_TTL, holder
from cloudwright.errors import LockHeld, ProgramError, StateError
from cloudwright.imagebuilder.delivery.reasons import ROLE
from cloudwright.imagebuilder.delivery.scope import image_lines
from cloudwright.imagebuilder.graph import DISTRIBUTION, IMAGE_RECIPE, PIPELINE
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.partitions import partition_of
from cloudwright.services.ec2 import Ec2
from cloudwright.services.image_builds import ImageBuilds
from cloudwright.services.port import RatedPort
from cloudwright.services.ssm import Parameters
from cloudwright.state.changes import DropDelivery, PutDelivery
from cloudwright.target import CredentialSource, Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from cloudwright.app.runtime import Runtime
    from cloudwright.imagebuilder.delivery.scope import ImageLine, Place
    from cloudwright.plan.model import Plan
    from cloudwright.services.port import Guard
    from cloudwright.state.changes import StateChange
    from cloudwright.state.deliveries import ImageDelivery
    from cloudwright.state.leases.lease import Lease
    from cloudwright.state.snapshot import Snapshot

KEPT = 20
"""Ended deliveries of a configuration that the state keeps; a rollback can go back that far."""

ARRIVALS = frozenset({"run", "promote"})
"""The verbs by which images arrive."""

_TICK = 0.001
_LOCK_TRIES = 20
_LOCK_PAUSE = 3.0


@dataclass(slots=True)
class ImageSession:
    """One command's view of what the program delivers.

    Attributes:
        runtime: The store, the clients and the clock.
        plan: The program's plan; its declarations are what is delivered.
        snapshot: The state, as it was read before the command.
        port: Carries the calls, and counts them.
    """

    runtime: Runtime
    plan: Plan
    snapshot: Snapshot
    port: RatedPort = field(init=False)
    builds: ImageBuilds = field(init=False)
    ec2: Ec2 = field(init=False)
    parameters: Parameters = field(init=False)
    lines: tuple[ImageLine, ...] = field(init=False)
    _sources: dict[str, CredentialSource] = field(init=False)

    def __post_init__(self) -> None:
        """Make the clients; nothing is sent."""
        self.port = RatedPort(self.runtime.services.control)
        self.builds, self.ec2, self.parameters = ImageBuilds(self.port), Ec2(self.port), Parameters(self.port)
        self.lines = image_lines(self.plan, self.snapshot)
        known = [record.target for record in self.snapshot.records]
        self._sources = {}
        for target in [*(one.target for one in self.plan.declared), *known]:
            self._sources.setdefault(target.account, target.source)

    def now(self) -> float:
        """Seconds since the epoch, as AWS's clock shows them."""
        return self.runtime.services.clock.now()

    def poll(self, before: float = 0.0) -> float:
        """Seconds until the next poll of something that runs: soon after a change, then less and less often.

        Args:
            before: Seconds before the last poll; 0 if that one showed a change.
        """
        return poll_delay(before, local=self.runtime.local)

    def target(self, place: Place) -> Target:
        """How a place is reached: as the program reaches its account, else through the cross-account role.

        The managed policy of that role allows `ec2:DescribeImages`
        (Ec2ImageBuilderCrossAccountDistributionAccess, 2026-11-28).

        Args:
            place: Account and Region.
        """
        partition = partition_of(place.region)
        source = self._sources.get(place.account)
        if source is None:
            source = CredentialSource("role", f"arn:{partition}:iam::{place.account}:role/{ROLE}")
        return Target(place.account, place.region, partition, source)

    async def reached(self, place: Place) -> Target:
        """How a place is reached, once it is sure that the credentials are those of its account.

        A role's credentials can't be another account's; those of a profile or the environment are asked for theirs.

        Args:
            place: Account and Region.

        Raises:
            WrongAccount: They are another account's, which would look empty.
            CloudwrightError: It can't be determined.
        """
        target = self.target(place)
        if f":iam::{place.account}:role/" not in target.source.name:
            await self.runtime.services.control.verify(target)
        return target

    def declares(self, account: str) -> bool:
        """Whether the program itself says how an account is reached."""
        return account in self._sources

    @property
    def pending(self) -> tuple[str, ...]:
        """What a deploy would change of what images are built and delivered by."""
        kinds = {DISTRIBUTION, PIPELINE, IMAGE_RECIPE}
        return tuple(step.key for step in self.plan.changes if step.type in kinds)

    def deliveries(self, key: str, snapshot: Snapshot | None = None) -> list[ImageDelivery]:
        """What was delivered by a configuration, the latest first.

        Args:
            key: The configuration's key.
            snapshot: The state; as it was read before the command by default.
        """
        found = [one for one in (snapshot or self.snapshot).deliveries if one.key == key]
        return sorted(found, key=lambda one: (one.started_at, one.id), reverse=True)

    @contextlib.asynccontextmanager
    async def leased(self, *, patient: bool = False) -> AsyncIterator[LeasedState]:
        """The state, while this command alone may write it.

        Args:
            patient: Wait a minute for another run to end: what was started is to be recorded.

        Raises:
            LockHeld: Another run works on this stage.
        """
        store = self.runtime.services.store
        lease = await self._acquire(_LOCK_TRIES if patient else 1)
        try:
            yield LeasedState(self, lease, await store.read())
        finally:
            with contextlib.suppress(StateError):
                await asyncio.shield(store.release(lease))

    async def _acquire(self, tries: int) -> Lease:
        store = self.runtime.services.store
        for attempt in range(tries):
            try:
                return await store.acquire(holder(self.now()), ttl=LEASE_TTL)
            except LockHeld:
                if attempt + 1 == tries:
                    raise
            await asyncio.sleep(_LOCK_PAUSE)
        raise AssertionError  # pragma: no cover


@dataclass(slots=True)
class LeasedState:
    """The state under a lease.

    Attributes:
        snapshot: As it was read under the lease.
    """

    session: ImageSession
    lease: Lease
    snapshot: Snapshot

    @property
    def guard(self) -> Guard:
        """Confirms the lease; awaited right before every delivery of a call that changes something."""

        async def confirm() -> None:
            await self.session.runtime.services.store.confirm(self.lease)

        return confirm

    async def commit(self, *changes: StateChange) -> None:
        """Write changes durably.

        Raises:
            LeaseLost: The lease is gone; nothing was written.
        """
        if changes:
            await self.session.runtime.services.store.commit(self.lease, changes)

    async def put(self, delivery: ImageDelivery) -> ImageDelivery:
        """Write a delivery, and forget those that are too old to go back to."""
        await self.commit(PutDelivery(delivery), *self._outdated(delivery))
        return delivery

    def _outdated(self, delivery: ImageDelivery) -> Iterable[DropDelivery]:
        """The ended ones that are too many of their kind: what was delivered is never pushed out by what was undone."""
        kinds: dict[str, list[ImageDelivery]] = {}
        for one in self.session.deliveries(delivery.key, self.snapshot):
            if one.ended_at and one.id != delivery.id:
                kinds.setdefault("" if one.verb in ARRIVALS else one.verb, []).append(one)
        return [DropDelivery(one.id) for ones in kinds.values() for one in ones[KEPT:]]

    def moment(self, key: str) -> float:
        """When a new delivery begins: later than all before it, even if the machine's clock was set back.

        Args:
            key: The configuration's key.
        """
        latest = self.session.deliveries(key, self.snapshot)[:1]
        return max([self.session.now(), *(one.started_at + _TICK for one in latest)])

    def find(self, id: str) -> ImageDelivery | None:
        """A delivery of the state by its id."""
        return next((one for one in self.snapshot.deliveries if one.id == id), None)


async def unguarded() -> None:
    """The guard of a call that changes nothing that the state knows of."""


def new_id() -> str:
    """A random name or client token: 32 hexadecimal digits."""
    return secrets.token_hex(16)


async def verify_builder(session: ImageSession, line: ImageLine) -> None:
    """Make sure that the credentials belong to the build account, before anything is sent there.

    Raises:
        WrongAccount: They don't.
    """
    await session.runtime.services.control.verify(line.target)


def ended(delivery: ImageDelivery, outcome: str, at: float) -> ImageDelivery:
    """A delivery that has come to its end."""
    return replace(delivery, outcome=outcome, ended_at=at)


def refuse_nothing(lines: Sequence[ImageLine]) -> None:
    """Refuse a program that delivers nothing.

    Raises:
        ProgramError: It declares no distribution configuration.
    """
    if not lines:
        raise ProgramError(
            "the program declares no distribution configuration; nothing was sent",
            hint="docs/deliver.md starts with a program that delivers images",
        )
