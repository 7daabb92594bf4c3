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
"""`zone: Annotated[str, create_only]`: another value is another resource, so the plan shows a replacement."""


class AttributeField:
    """What `attribute()` leaves in the class body until the class is complete.

    Attributes:
        follows: See `attribute`.
    """

    def __init__(self, follows: tuple[str, ...] = ()) -> None:
        """Note what the attribute follows."""
        self.follows = follows


def attribute(*, follows: Sequence[str] = (), init: Literal[False] = False) -> Any:
    """Mark a field that the service sets and that no program declares: `fqdn: str = ...`.

    Args:
        follows: The properties whose change may change it. Where one changes, the plan shows what refers to it as
            known after the deploy; every other change is taken to leave it alone.
        init: Tells type checkers that the constructor doesn't take it.
    """
    del init
    return AttributeField(tuple(follows))


def positional(*, kw_only: bool) -> Any:
    """A field that the constructor takes by position.

    Args:
        kw_only: Tells type checkers so.
    """
    del kw_only
    return AttributeField()
