"""Which differences no update can apply, so that the resource must be replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from cloudwright.diff.shape import Shape
from cloudwright.lazy_dataclass import dataclass
from cloudwright.schema.pointer import get
from cloudwright.secret import is_secret_marker

if TYPE_CHECKING:
    from cloudwright.diff.model import Difference, Path
    from cloudwright.schema.pointer import PointerSet
    from cloudwright.schema.resource_type import ResourceType

Rule = Literal["createOnly", "conditionalCreateOnly", "noUpdateHandler"]

BLOCKED = "noUpdatePossible"
"""The rule's name if `update_blockers` finds something."""


@dataclass(frozen=True, slots=True)
class ReplacementCause:
    """Why a difference forces a replacement, or may force one.

    Attributes:
        path: The difference's own path.
        rule: `createOnly`, `conditionalCreateOnly` (the service decides at the update), or `noUpdateHandler`.
        certain: Whether it is certain now. If not, it needs consent: the value is known only after deploy, or the
            service may yet update in place.
        leaf: The property that can't change in place; inside a block, if the block differs as a whole.
    """

    path: Path
    rule: Rule
    certain: bool
    leaf: Path = ()


def replacement_causes(resource_type: ResourceType, differences: Iterable[Difference]) -> tuple[ReplacementCause, ...]:
    """What forces or may force a replacement, leaf by leaf (CC57, CC58, CC59).

    The removal of a declared create-only property counts; one that was never declared is no difference at all.

    Args:
        resource_type: The type of the compared documents.
        differences: From `compare_declared` or `compare_live`.

    Returns:
        The causes, those of one difference together, the certain ones last.
    """
    return tuple(cause for one in differences for cause in _causes(resource_type, one))


def update_blockers(resource_type: ResourceType, desired: Mapping[str, Any]) -> tuple[Path, ...]:
    """Declared properties that make every update impossible (CC6).

    They are required and write-only, so the patched model lacks them unless they are sent again; and create-only, so
    they can't be sent again.

    Args:
        resource_type: The resource's type.
        desired: Its desired document.
    """
    return tuple(_blockers(resource_type, Shape.of(resource_type), desired, ()))


def _causes(resource_type: ResourceType, difference: Difference) -> Iterator[ReplacementCause]:
    certain = not difference.unknown
    if not resource_type.updatable:
        yield ReplacementCause(difference.path, "noUpdateHandler", certain, difference.path)
        return
    fixed = list(_leaves(resource_type.create_only, difference))
    conditional = _leaves(resource_type.conditional_create_only, difference)
    may = [leaf for leaf in conditional if leaf not in fixed]
    yield from (ReplacementCause(difference.path, "conditionalCreateOnly", certain=False, leaf=leaf) for leaf in may)
    yield from (
        ReplacementCause(difference.path, "createOnly", certain and resource_type.create_only.covers(leaf), leaf)
        for leaf in fixed
    )


def _leaves(members: PointerSet, difference: Difference) -> Iterator[Path]:
    """The paths of a set at which a difference's two values differ."""
    path = difference.path
    if members.covers(path):
        yield path
    elif members.reaches(path):
        if is_secret_marker(difference.old) or is_secret_marker(difference.new):
            yield path  # the block is masked: which of its leaves differ is unknown
            return
        old, new = _rooted(path, difference.old), _rooted(path, difference.new)
        places = dict.fromkeys([*members.expand(new), *members.expand(old)])
        yield from (place for place in places if difference.unknown or get(old, place) != get(new, place))


def _rooted(path: Path, value: object) -> object:
    for segment in reversed(path):
        value = {segment: value}
    return value


def _blockers(resource_type: ResourceType, shape: Shape, value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, Mapping):
        # Only the plain schema counts: what a branch of a union requires may not apply to this document.
        required = shape.nodes[0].get("required", ()) if shape.nodes else ()
        names = [name for name in value if isinstance(required, (list, tuple)) and name in required]
        yield from ((*path, name) for name in names if _is_blocker(resource_type, (*path, name)))
        for name, item in value.items():
            yield from _blockers(resource_type, shape.child(name), item, (*path, name))
    elif isinstance(value, (list, tuple)):
        for at, item in enumerate(value):
            yield from _blockers(resource_type, shape.item(), item, (*path, str(at)))


def _is_blocker(resource_type: ResourceType, path: Path) -> bool:
    starts = (path[:length] for length in range(1, len(path) + 1))
    hidden = next((start for start in starts if resource_type.write_only.matches(start)), None)
    if hidden is None or not resource_type.create_only.covers(path):
        return False
    # A write-only block that is create-only as a whole is omitted as a whole, so nothing inside it is missing.
    return hidden == path or not resource_type.create_only.covers(hidden)
