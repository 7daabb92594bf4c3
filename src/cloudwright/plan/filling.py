"""Attributes that another resource fills, such as the IPv6 blocks of a VPC by an `AWS::EC2::VPCCidrBlock`.

The owner is created first, so the read after its create shows them empty. They are read again once the other resource
is deployed, and a plan reads them if a killed run did not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.model import Action
from cloudwright.program.document import references
from cloudwright.schema.pointer import format_pointer, get

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.plan.model import Step
    from cloudwright.program.declaration import Declaration
    from cloudwright.schema.catalog import Catalog
    from cloudwright.schema.override import Override
    from cloudwright.schema.pointer import Path
    from cloudwright.state.records import Record


@dataclass(frozen=True, slots=True)
class Filling:
    """What a declared resource fills.

    Attributes:
        property: The property that names the owner.
        owner: Key of the resource whose attributes they are.
        attributes: Their names.
    """

    property: Path
    owner: str
    attributes: frozenset[str]


def fillings(declaration: Declaration, override: Override) -> Iterator[Filling]:
    """What a declared resource fills of those that it refers to."""
    if not override.fills:
        return
    for path, ref in references(declaration.document):
        names = override.fills.at(path)
        if names and not ref.outside:
            yield Filling(path, ref.key, frozenset(name.partition("/")[2] for name in names))


def fills_after(step: Step, filling: Filling) -> bool:
    """Whether a step changes the values that a resource gives to attributes of its owner."""
    named = format_pointer(filling.property)
    renamed = step.action is Action.UPDATE and any(change.path == named for change in step.changes)
    return renamed or step.action in {Action.CREATE, Action.REPLACE, Action.RESUME}


def is_outdated(owner: Record, filler: Record) -> bool:
    """Whether the owner's attributes were read before the other resource filled them."""
    return filler.updated_at > max(owner.updated_at, owner.filled_at)


def outdated(records: Iterable[Record], catalog: Catalog) -> dict[tuple[str, int], float]:
    """The records whose attributes were filled after they had been read, as after a run that was killed in between.

    Returns:
        When the newest resource that fills them was written, in seconds since the epoch.
    """
    records = tuple(records)
    kinds = {name: override for name in {one.type for one in records} if (override := catalog.override(name)).fills}
    newest: dict[tuple[str, object], Record] = {}
    for filler in records:
        if filler.type in kinds:
            for place in _owners(filler, kinds[filler.type]):
                newest[place] = max(filler, newest.get(place, filler), key=lambda one: one.updated_at)
    found = ((one, newest.get((one.type, one.identifier))) for one in records if newest)
    return {one.id: filler.updated_at for one, filler in found if filler is not None and is_outdated(one, filler)}


def _owners(filler: Record, override: Override) -> Iterator[tuple[str, object]]:
    """Type and identifier of each resource whose attributes a recorded one fills."""
    for path, names in override.fills.items():
        identifier = get(filler.declared, path, None)
        yield from {(name.partition("/")[0], identifier) for name in names if isinstance(identifier, str)}
