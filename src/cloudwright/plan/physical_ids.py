"""What another tool calls a resource, as Cloud Control identifies it.

CloudFormation's physical id is what `Ref` returns. For most types this is the primary identifier. Where it is one part
of an identifier of several, or another property, the type's facts say which (`ResourceType.ref_identifier`, from the
service specification of the AWS CDK); the other parts are in the declaration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.errors import InvalidProperties
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.attribute_values import known_identifier
from cloudwright.schema.pointer import get

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType


@dataclass(frozen=True, slots=True)
class PhysicalId:
    """What another tool calls a resource.

    Attributes:
        text: The id.
        type: The type that the tool gives it; empty if it does not say. Of another type than the declaration's, the id
            means nothing here: the declared properties identify the resource.
    """

    text: str
    type: str = ""

    def __str__(self) -> str:
        return self.text


def identifiers_for(subject: ResolvedResource, physical: PhysicalId) -> tuple[str, ...]:
    """The identifiers that a physical id may mean, the likeliest first; empty if only a search can tell.

    Args:
        subject: The declaration, resolved; references to adopted resources are known in it.
        physical: What the other tool calls the resource.
    """
    declared = known_identifier(subject)
    if physical.type not in {"", subject.kind.name}:
        return (declared,) if declared is not None else ()
    found = [*_candidates(subject, physical.text)]
    if declared is not None and subject.kind.ref_identifier:
        found.append(declared)
    return tuple(dict.fromkeys(found))


def _candidates(subject: ResolvedResource, physical: str) -> Iterator[str]:
    kind = subject.kind
    if _is_identifier(kind, physical):
        yield "|".join(kind.split_identifier(physical).values())
    if len(kind.identifiers) > 1:
        parts = [_part(subject, path, physical) for path in kind.identifiers]
        if all(isinstance(part, str) and part for part in parts):
            yield "|".join(map(str, parts))


def _is_identifier(kind: ResourceType, physical: str) -> bool:
    try:
        return bool(kind.split_identifier(physical))
    except InvalidProperties:
        return False


def _part(subject: ResolvedResource, path: Path, physical: str) -> Any:
    kind = subject.kind
    if kind.ref_identifier:
        own = path[-1] == kind.ref_identifier[-1]
    else:
        # Without such a fact, an id stands for the only part that the service chooses.
        own = [one for one in kind.identifiers if kind.read_only.covers(one)] == [path]
    return physical if own else get(subject.desired, path, None)


def shows(kind: ResourceType, live: Mapping[str, Any], identifier: str, physical: PhysicalId) -> bool:
    """Whether a live resource is the one that another tool calls by a physical id, as far as it can be seen.

    Args:
        kind: Its type.
        live: A read's answer.
        identifier: Its identifier.
        physical: What the other tool calls it.
    """
    if physical.type not in {"", kind.name}:
        return True
    if kind.ref_identifier:
        shown = get(live, (kind.ref_identifier[-1],), None)
        return shown is None or str(shown) == physical.text.rpartition("|")[2] or identifier == physical.text
    return len(kind.identifiers) == 1 or physical.text in {identifier, *identifier.split("|")}
