"""The markers of a custom resource's fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence


class CreateOnly:
    """Marks a property that only a replacement changes: `Annotated[str, create_only]`."""

    def __repr__(self) -> str:
        return "create_only"


create_only: Final = CreateOnly()
"""`zone: Annotated[str, create_only]`: another value means another resource, so the plan shows a replacement."""


class AttributeField:
    """Placeholder that `attribute()` puts into the class body until the class is complete.

    Attributes:
        follows: See `attribute`.
    """

    def __init__(self, follows: tuple[str, ...] = ()) -> None:
        """Store what the attribute follows."""
        self.follows = follows


def attribute(*, follows: Sequence[str] = (), init: Literal[False] = False) -> Any:
    """Mark a field that the service sets and that no program declares: `fqdn: str = ...`.

    Args:
        follows: The properties whose change may change it. If one changes, the plan shows references to the attribute
            as known after the deploy; other changes are assumed not to affect it.
        init: Tells type checkers that the constructor does not take it.
    """
    del init
    return AttributeField(tuple(follows))


def positional(*, kw_only: bool) -> Any:
    """A field that the constructor takes as a positional argument.

    Args:
        kw_only: Tells type checkers so.
    """
    del kw_only
    return AttributeField()
