"""Everything that planning reads in addition to the declarations."""

from __future__ import annotations

from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cloudwright.errors import CannotUnseal
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.identity import Identity, identity
from cloudwright.plan.options import PlanOptions
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.errors import NeedsHuman
    from cloudwright.program.source import Source
    from cloudwright.schema.catalog import Catalog
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot


def nothing_opens(text: str, *, place: str) -> bytes:
    """Unseal function for planning without keys.

    Raises:
        CannotUnseal: Always.
    """
    del text
    raise CannotUnseal(f"the sealed value of {place} can't be opened here: there are no keys")


@dataclass(frozen=True, kw_only=True)
class PlanContext:
    """The state, the schemas and the switches of one planning.

    Attributes:
        snapshot: The state, with what recovery has already settled.
        live: Live documents that were read, by (key, generation); `ABSENT` if the read found nothing.
        resumes: Creates that are still running or were never answered, by key.
        undecided: Why the user has to find out the result of a create, by key.
        moves: Former key by new key, found by an earlier run of the same program.
        teardown: Keys to replace delete-first because something they refer to is; found likewise.
        sources: Where the program declares what a destroy would delete, by key; `None` for anything but a destroy.
        settled: What became of the requests of a run that died, for messages.
        concurrent: What a concurrent run has in progress, for messages.
        ran: Keys of the actions that an earlier plan of the same deploy has run.
        kept: What is left alone since the provider of its type is missing, for messages.
        unread: What AWS refused to let this plan read, for messages.
        tags: The app's default tags.
        fingerprint: Keyed digest of a secret value.
        former: The fingerprints that a value had before the sealing key was rotated.
        asset_bucket: The name of the bucket for assets; empty for that of `cloudwright bootstrap`.
        unseal: Opens a sealed value of a record: `unseal(text, place=...)`.
    """

    snapshot: Snapshot
    catalog: Catalog
    options: PlanOptions = field(default_factory=PlanOptions)
    live: Mapping[tuple[str, int], Any] = field(default_factory=dict)
    resumes: Mapping[str, JournalEntry] = field(default_factory=dict)
    undecided: Mapping[str, NeedsHuman] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    teardown: frozenset[str] = frozenset()
    sources: Mapping[str, Source] | None = None
    settled: tuple[str, ...] = ()
    concurrent: tuple[str, ...] = ()
    ran: frozenset[str] = frozenset()
    kept: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    fingerprint: Callable[[object], str]
    unseal: Callable[..., bytes] = nothing_opens
    former: Callable[[object], tuple[str, ...]] = lambda _: ()
    asset_bucket: str = ""

    @cached_property
    def by_key(self) -> dict[str, tuple[Record, ...]]:
        """The records of each key, newest generation first."""
        found: dict[str, list[Record]] = {}
        for record in self.snapshot.records:
            found.setdefault(record.key, []).append(record)
        return {key: tuple(sorted(each, key=lambda r: -r.generation)) for key, each in found.items()}

    def records(self, key: str) -> tuple[Record, ...]:
        """The generations that a declaration of this key is compared with, newest first, a moved record included."""
        own = self.by_key.get(key, ())
        former = self.moves.get(key)
        return own or (self.by_key.get(former, ()) if former else ())

    @cached_property
    def owned_identities(self) -> frozenset[Identity]:
        """The identities of what is certainly ours, in canonical form: different ones certainly are two resources."""
        owned = [record for record in self.snapshot.records if record.status is not RecordStatus.DOUBTFUL]
        found = (self._identity(record, self.catalog.override(record.type).canonical) for record in owned)
        return frozenset(identity for identity in found if identity is not None)

    @cached_property
    def identities(self) -> dict[tuple[str, int], Identity]:
        """The certain identity of every record whose properties decide it: equal ones certainly are one resource."""
        found = {r.id: self._identity(r, self.catalog.override(r.type).certain) for r in self.snapshot.records}
        return {one: identity for one, identity in found.items() if identity is not None}

    def _identity(self, record: Record, form: Callable[[str], str]) -> Identity | None:
        if record.type not in self.catalog:
            return None
        kind = self.catalog.get(record.type)
        return identity(kind, record.declared, record.target, form)
