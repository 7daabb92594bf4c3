"""What remains after a plan, indexed by identifier, so that the cost of many removals grows with their number alone."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.mentions import Mentions
from cloudwright.plan.twins import KeptTwins, Twins
from cloudwright.schema.pointer import get, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.plan.context import PlanContext
    from cloudwright.state.records import Record


@dataclass(frozen=True)
class Remaining:
    """What remains after the plan, as far as deletes depend on it.

    Attributes:
        records: Records that are kept.
        documents: By key, the values that each will have; see `uses`.
        context: The state, for the identities of its records.
    """

    records: tuple[Record, ...]
    documents: Mapping[str, Any]
    context: PlanContext

    def naming(self, record: Record) -> str:
        """The key of a kept resource whose properties name this one; empty if none does."""
        return next((key for key in self._mentions.of(record.identifier) if key != record.key), "")

    def twin(self, record: Record) -> str:
        """The key of a kept record of the same physical resource; empty if there is none."""
        return self._twins.twin(record)

    def look_alike(self, record: Record) -> Record | None:
        """A kept record with a look-alike identifier, which may or may not mean the same resource."""
        return self._twins.look_alike(record)

    def keeps(self, key: str) -> bool:
        """Whether anything of this key remains."""
        return key in self._keys or key in self.documents

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(record.key for record in self.records)

    @cached_property
    def _mentions(self) -> Mentions[str]:
        return Mentions(self.documents.items())

    @cached_property
    def _twins(self) -> KeptTwins:
        return KeptTwins(Twins(self.records, self.context))


def uses(declared: Any, record: Record | None, ignored: Iterable[str]) -> list[Any]:
    """All values of a resource that may name another one: declared ones, and those kept because they are ignored.

    Args:
        declared: Its properties.
        record: Its record; `None` before it is created.
        ignored: Pointers whose changes are not sent.
    """
    kept = [get(record.observed, parse(pointer), None) for pointer in ignored] if record is not None else []
    return [declared, *kept]
