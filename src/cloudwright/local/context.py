"""The parts that everything in the local cloud uses."""

from __future__ import annotations

import hashlib
import random
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.access.gate import Gate
from cloudwright.local.api.wire import Refused
from cloudwright.local.faults import reads
from cloudwright.local.model.paths import expand, without
from cloudwright.local.objects.rows import BucketAddress
from cloudwright.local.services import ServiceRules, rules_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudwright.clock import Clock
    from cloudwright.local.faults import Faults
    from cloudwright.local.model.type_index import TypeIndex
    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import AccountRegion, StoredResource
    from cloudwright.local.store import CloudStore

OPERATION_TIME = 0.3
"""Default duration of an operation, in seconds."""


@dataclass(frozen=True, slots=True)
class CloudSettings:
    """How a local cloud behaves.

    Attributes:
        seed: The seed of all generated values.
        operation_time: Seconds that an operation takes, or a function of the type and the operation.
        callback_delay: RetryAfter is at most so many seconds ahead, like a handler's callback.
        strict_services: Enforce also the service rules for which the evidence is not certain.
        lenient_values: Let enums, patterns, lengths, counts and ranges pass validation.
    """

    seed: int = 0
    operation_time: float | Callable[[str, str], float] = OPERATION_TIME
    callback_delay: float = 5.0
    strict_services: bool = False
    lenient_values: bool = False

    def duration(self, type_name: str, operation: str) -> float:
        """Seconds that an operation takes."""
        given = self.operation_time
        return max(0.0, given(type_name, operation) if callable(given) else given)


@dataclass(slots=True)
class CloudContext:
    """The parts of one local cloud."""

    store: CloudStore
    kinds: TypeIndex
    clock: Clock
    faults: Faults
    settings: CloudSettings
    gate: Gate = field(default_factory=Gate)
    reads: int = field(default=0, init=False)
    unreadable: dict[tuple[AccountRegion, str, str], int] = field(default_factory=dict, init=False)
    """How many more reads of a resource answer NotFound (CC54)."""
    stale: dict[tuple[AccountRegion, str, str], tuple[int, StoredResource]] = field(default_factory=dict, init=False)
    """How many more reads of a resource show what it was before."""

    def kind(self, type_name: str, region: str) -> LocalType:
        """A type, if it exists in a Region.

        Raises:
            Refused: `TypeNotFoundException`.
        """
        kind = self.kinds.find(type_name)
        fault = self.faults.fire("CC87", type_name) if self.faults else None
        banned = fault is not None and region not in str(fault.options.get("regions", "")).split("+")
        if kind is None or banned or not self.kinds.available(kind, region):
            raise Refused("TypeNotFoundException", f"The type '{type_name}' cannot be found.")
        return kind

    def rules(self, kind: LocalType) -> ServiceRules:
        """The rules of a type's service."""
        return rules_for(kind.name, strict=self.settings.strict_services)

    def near(self, place: AccountRegion) -> RegionResources:
        """The other resources of a place."""
        return RegionResources(self.store, place)

    def random(self, *words: object) -> random.Random:
        """A random generator that is deterministic for the same words and seed."""
        text = "/".join(map(str, (self.settings.seed, *words)))
        return random.Random(hashlib.sha256(text.encode()).digest())  # noqa: S311 - reproducible, no secret

    def uuid(self, *words: object) -> str:
        """A UUID that is deterministic for the same words and seed."""
        text = "/".join(map(str, (self.settings.seed, *words)))
        raw = hashlib.sha256(text.encode()).hexdigest()
        return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:32]}"

    def shown(self, kind: LocalType, resource: StoredResource) -> dict[str, Any]:
        """What a read handler without faults shows of a resource: no write-only values, nothing outside the schema."""
        known = kind.schema.get("properties") or {}
        closed = kind.schema.get("additionalProperties") is False
        model = self.rules(kind).related(kind, resource, self.near(resource.place))
        if closed and any(name not in known for name in model):
            model = {name: value for name, value in model.items() if name in known}
        if any(expand(model, pattern) for pattern in kind.write_only):
            model = without(model, kind.write_only)
        return self.rules(kind).readable(kind, model)

    def read_model(self, kind: LocalType, resource: StoredResource) -> dict[str, Any]:
        """The same, with the faults that disturb reads."""
        model = self.shown(kind, resource)
        if not self.faults:
            return model
        self.reads += 1
        return reads.disturb(self.faults, kind, model, self.random("read", kind.name, self.reads), self.reads)


@dataclass(frozen=True, slots=True)
class RegionResources:
    """The resources of one account and Region, as service rules see them."""

    store: CloudStore
    place: AccountRegion

    def objects_in(self, bucket: str) -> int:
        """Number of objects in a bucket."""
        return self.store.objects.count(BucketAddress(self.place, bucket))

    def of_type(self, type_name: str) -> Iterator[StoredResource]:
        """The live resources of a type, oldest first."""
        after, page = 0, self.store.page(self.place, type_name, 0, 500)
        while page:
            yield from page
            after = page[-1].seq
            page = self.store.page(self.place, type_name, after, 500)
