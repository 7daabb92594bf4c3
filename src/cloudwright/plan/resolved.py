"""What planning knows about one declared resource when it decides its step."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.diff.context import ComparisonContext
from cloudwright.diff.masking import holds_secret
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.document import is_unknown
from cloudwright.schema.pointer import PointerSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.program.declaration import Declaration
    from cloudwright.schema.override import Override
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.target import Target

ABSENT = object()
"""In place of the live document of a resource that a read did not find."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedResource:
    """One declaration with everything derived from it alone.

    Attributes:
        desired: Resolved properties, aliases applied, default tags merged; may hold `Unknown` and `Secret`.
        masked: The same as it may be stored and shown.
        target: Its account and Region.
        fingerprint: Keyed digest of a value.
        unseal: Opens sealed values of a record.
        placed: Whether the program itself names the Region (else the recorded one applies).
        requested: Replace it even if nothing changed (`--replace`).
        teardown: Replace it delete-first because something it refers to is replaced delete-first.
        replace_on: The values whose change replaces it, resolved and masked.
        own_name: The identifier ends with a random suffix that we chose.
    """

    declaration: Declaration
    kind: ResourceType
    desired: dict[str, Any] = field(repr=False)
    masked: Mapping[str, Any] = field(repr=False)
    target: Target
    fingerprint: Callable[[object], str]
    unseal: Callable[..., bytes]
    placed: bool = False
    requested: bool = False
    teardown: bool = False
    replace_on: Any = None
    own_name: bool = False

    @property
    def override(self) -> Override:
        """What is known about the type beyond its schema."""
        return self.kind.override

    @property
    def comparison(self) -> ComparisonContext:
        """How to compare documents of this resource."""
        return ComparisonContext(
            resource_type=self.kind,
            override=self.override,
            fingerprint=self.fingerprint,
            is_unknown=is_unknown,
            target=self.target,
            exclusive=PointerSet.of(self.declaration.options.exclusive),
        )

    @property
    def has_secrets(self) -> bool:
        """Whether the document holds secret or write-only values.

        So that its request bodies are sealed in the journal.
        """
        return holds_secret(self.masked)

    @property
    def key(self) -> str:
        """The resource's key."""
        return self.declaration.key
