"""Other owners in the same store: if two states own a resource, either can delete it."""

from __future__ import annotations

import asyncio
from dataclasses import field
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.identity import Identity, physical
from cloudwright.state.records import RecordStatus
from cloudwright.state.snapshot import Neighbour
from cloudwright.state.store import SharedStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.state.store import StateStore
    from cloudwright.target import Target


class Owner(NamedTuple):
    """The record of another state."""

    app: str
    stage: str
    key: str

    @property
    def advice(self) -> str:
        """How to make that state forget it."""
        return (
            f"to move it here, forget it there first, with the program of {self.app}: "
            f"state rm {quote(self.key)} --stage {quote(self.stage)}"
        )


@dataclass(frozen=True, slots=True)
class Claims:
    """What the other states of a store own.

    Attributes:
        owners: Their records by physical resource, without doubtful ones.
        unread: The states that can't be read, each with its error.
    """

    owners: Mapping[Identity, Owner]
    unread: tuple[str, ...] = ()

    def owner(self, type_name: str, target: Target, identifier: str) -> Owner | None:
        """The other state's record of a physical resource.

        Args:
            type_name: Such as `AWS::S3::Bucket`.
            target: Its account and Region.
            identifier: As AWS returned it.
        """
        return self.owners.get(physical(type_name, target, identifier))


@dataclass(slots=True)
class OtherOwners:
    """The other states of a store, read on demand; concurrent callers share one read."""

    store: StateStore
    _claims: Claims = field(default_factory=lambda: Claims({}))
    _begun: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def claims(self) -> Claims:
        """What they own, from a read that begins after this call.

        Raises:
            StateError: The store can't be read.
        """
        if not isinstance(self.store, SharedStore):
            return self._claims
        begun = self._begun
        async with self._turn:
            if self._begun == begun:
                self._begun += 1
                self._claims = await _read(self.store)
            return self._claims


async def _read(store: SharedStore) -> Claims:
    owners: dict[Identity, Owner] = {}
    unread: list[str] = []
    for other in await store.others():
        if isinstance(other, Neighbour):
            unread.append(f"{other.app}/{other.stage} ({other.damage})")
            continue
        for record in other.records:
            if record.status is not RecordStatus.DOUBTFUL and record.identifier:
                identity = physical(record.type, record.target, record.identifier)
                owners[identity] = Owner(other.app, other.stage, record.key)
    return Claims(owners, tuple(unread))
