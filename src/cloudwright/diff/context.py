"""What a comparison needs to know in addition to the two documents."""

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
    """The test for documents that hold no placeholders."""
    del value
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonContext:
    """A type and the rules for comparing its documents.

    Attributes:
        resource_type: The documents' type.
        override: What the schema gets wrong about it.
        fingerprint: The state's keyed digest, for secrets and write-only values.
        is_unknown: Finds placeholders in the desired document.
        target: The resource's account and Region: an ARN that the service returns for a name must belong there (CC37).
        exclusive: Collections in which only declared elements may exist, with everything inside them.
    """

    resource_type: ResourceType
    override: Override
    fingerprint: Fingerprint
    is_unknown: UnknownTest = nothing_unknown
    target: Target | None = None
    exclusive: PointerSet = _NOWHERE

    @property
    def tag_paths(self) -> PointerSet:
        """The path of the type's tags."""
        tags = self.resource_type.tagging.property
        return PointerSet([tags] if tags else [])

    def is_exclusive(self, path: Path) -> bool:
        """Whether only declared elements may exist in the collection at this path."""
        return self.exclusive.covers(path)

    def is_hidden(self, path: Path) -> bool:
        """Whether reads never return this path: it is write-only, or inside something that is."""
        return self.resource_type.write_only.covers(path) and not self.is_given(path)

    def is_plain(self, path: Path) -> bool:
        """Whether this path is not secret although reads never return it: it is stored and shown in clear."""
        return self.is_hidden(path) and not self._is_masked_input(path)

    def is_given(self, path: Path) -> bool:
        """Whether only the service sets this path: it is read-only and can't be set on create either (CC105)."""
        return self.resource_type.read_only.covers(path) and not self.is_fixed(path)

    def is_fixed(self, path: Path) -> bool:
        """Whether this path can only be set on create."""
        return self.resource_type.create_only.covers(path)

    def is_locked(self, path: Path) -> bool:
        """Whether no patch may touch this path."""
        return self.resource_type.create_only.covers(path) or self.resource_type.read_only.covers(path)

    def locks_below(self, path: Path) -> bool:
        """Whether no patch may rewrite this whole path, since it contains a create-only or read-only leaf (CC1)."""
        return self.resource_type.create_only.reaches(path) or self.resource_type.read_only.reaches(path)

    def hides_below(self, path: Path) -> bool:
        """Whether a write-only leaf is at this path or below."""
        return self.resource_type.write_only.covers(path) or self.resource_type.write_only.reaches(path)

    def shown(self, value: Any, path: Path, *likes: Any) -> Any:
        """A copy of a value for display: what is secret, here or in a corresponding document, is a marker."""
        if value is None or self.is_unknown(value):
            return value
        if isinstance(value, Secret):
            return marker(value, self.fingerprint)
        if any(_is_secret(like) for like in likes):
            return self._as_one(value)
        if self._is_masked_input(path):
            return self.hidden_leaves(value)
        if isinstance(value, Mapping):
            return {
                key: self.shown(item, (*path, key), *(like.get(key) for like in likes if isinstance(like, Mapping)))
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            # Positions in two documents may differ, so one secret element masks all of its siblings.
            hides = [item for like in likes if isinstance(like, (list, tuple)) for item in like if _is_secret(item)]
            return [self.shown(item, (*path, str(at)), *hides) for at, item in enumerate(value)]
        return value

    def hidden_leaves(self, value: Any) -> Any:
        """A write-only value as records store it: a marker in place of each leaf, placeholders unchanged."""
        return leaf_markers(value, self.fingerprint, self.is_unknown)

    def holds_unknown(self, value: Any) -> bool:
        """Whether a value contains a placeholder."""
        if self.is_unknown(value):
            return True
        if isinstance(value, Mapping):
            return any(self.holds_unknown(item) for item in value.values())
        return isinstance(value, (list, tuple)) and any(self.holds_unknown(item) for item in value)

    def _as_one(self, value: Any) -> Any:
        """One marker, as in the corresponding document; a value that is not known yet has no digest."""
        return self.hidden_leaves(value) if self.holds_unknown(value) else marker(value, self.fingerprint)

    def _is_masked_input(self, path: Path) -> bool:
        return self.is_hidden(path) and masked_inputs(self.resource_type.name, self.resource_type.write_only).covers(
            path
        )


def _is_secret(value: object) -> bool:
    return isinstance(value, Secret) or is_secret_marker(value)
