"""All that a comparison needs to know beside the two documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from cloudwright.diff.masking import Fingerprint, leaf_markers, marker
from cloudwright.lazy_dataclass import dataclass
from cloudwright.schema.override import masked_inputs
from cloudwright.schema.pointer import PointerSet
from cloudwright.secret import Secret, is_secret_marker

if TYPE_CHECKING:
    from cloudwright.diff.model import Path
    from cloudwright.schema.override import Override
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.target import Target

_NOWHERE: Final = PointerSet([])

UnknownTest = Callable[[object], bool]
"""Whether a value of the desired document is a placeholder for one that is known after deploy."""


def nothing_unknown(value: object) -> bool:
    """The test for documents that hold no placeholders.

    Args:
        value: Any value.
    """
    del value
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonContext:
    """A type and how to look at its documents.

    Attributes:
        resource_type: The documents' type.
        override: What the schema gets wrong about it.
        fingerprint: The state's keyed digest, for secrets and write-only values.
        is_unknown: Finds placeholders in the desired document.
        target: Where the resource lives: an ARN that the service returns for a name must belong there (CC37).
        exclusive: Collections in which only declared elements may exist, with everything inside of them.
    """

    resource_type: ResourceType
    override: Override
    fingerprint: Fingerprint
    is_unknown: UnknownTest = nothing_unknown
    target: Target | None = None
    exclusive: PointerSet = _NOWHERE

    @property
    def tag_paths(self) -> PointerSet:
        """Where the type keeps its tags."""
        tags = self.resource_type.tagging.property
        return PointerSet([tags] if tags else [])

    def is_exclusive(self, path: Path) -> bool:
        """Whether only declared elements may exist in the collection at this place.

        Args:
            path: A place of a document.
        """
        return self.exclusive.covers(path)

    def is_hidden(self, path: Path) -> bool:
        """Whether reads never return this place: it is write-only or inside of something that is.

        Args:
            path: A place of a document.
        """
        return self.resource_type.write_only.covers(path) and not self.is_given(path)

    def is_plain(self, path: Path) -> bool:
        """Whether this place, though reads never return it, is no secret: it is kept and shown in clear.

        Args:
            path: A place of a document.
        """
        return self.is_hidden(path) and not self._is_veiled(path)

    def is_given(self, path: Path) -> bool:
        """Whether the service alone decides this place: it is read-only and nobody can set it at create either (CC105).

        Args:
            path: A place of a document.
        """
        return self.resource_type.read_only.covers(path) and not self.is_fixed(path)

    def is_fixed(self, path: Path) -> bool:
        """Whether this place can be set at create only.

        Args:
            path: A place of a document.
        """
        return self.resource_type.create_only.covers(path)

    def is_locked(self, path: Path) -> bool:
        """Whether no patch may touch this place.

        Args:
            path: A place of a document.
        """
        return self.resource_type.create_only.covers(path) or self.resource_type.read_only.covers(path)

    def locks_below(self, path: Path) -> bool:
        """Whether no patch may rewrite this place as a whole, since a create-only or read-only leaf is inside (CC1).

        Args:
            path: A place of a document.
        """
        return self.resource_type.create_only.reaches(path) or self.resource_type.read_only.reaches(path)

    def hides_below(self, path: Path) -> bool:
        """Whether a write-only leaf is at this place or inside.

        Args:
            path: A place of a document.
        """
        return self.resource_type.write_only.covers(path) or self.resource_type.write_only.reaches(path)

    def shown(self, value: Any, path: Path, *likes: Any) -> Any:
        """A copy of a value that can be shown: what is secret, here or in a like document, is a marker.

        Args:
            value: A part of a document.
            path: Where it stands.
            likes: The same part of other documents.
        """
        if value is None or self.is_unknown(value):
            return value
        if isinstance(value, Secret):
            return marker(value, self.fingerprint)
        if any(_is_secret(like) for like in likes):
            return self._as_one(value)
        if self._is_veiled(path):
            return self.hidden_leaves(value)
        if isinstance(value, Mapping):
            return {
                key: self.shown(item, (*path, key), *(like.get(key) for like in likes if isinstance(like, Mapping)))
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            # Positions of two documents need not agree, so one secret element masks all of its siblings.
            hides = [item for like in likes if isinstance(like, (list, tuple)) for item in like if _is_secret(item)]
            return [self.shown(item, (*path, str(at)), *hides) for at, item in enumerate(value)]
        return value

    def hidden_leaves(self, value: Any) -> Any:
        """A write-only value as records keep it: a marker in place of each leaf, placeholders as they are.

        Args:
            value: A part of a document.
        """
        return leaf_markers(value, self.fingerprint, self.is_unknown)

    def holds_unknown(self, value: Any) -> bool:
        """Whether a placeholder stands anywhere inside a value.

        Args:
            value: A part of a document.
        """
        if self.is_unknown(value):
            return True
        if isinstance(value, Mapping):
            return any(self.holds_unknown(item) for item in value.values())
        return isinstance(value, (list, tuple)) and any(self.holds_unknown(item) for item in value)

    def _as_one(self, value: Any) -> Any:
        """One marker, as the like document has it; of a value that is not known yet there is no digest."""
        return self.hidden_leaves(value) if self.holds_unknown(value) else marker(value, self.fingerprint)

    def _is_veiled(self, path: Path) -> bool:
        return self.is_hidden(path) and masked_inputs(self.resource_type.name, self.resource_type.write_only).covers(
            path
        )


def _is_secret(value: object) -> bool:
    return isinstance(value, Secret) or is_secret_marker(value)
