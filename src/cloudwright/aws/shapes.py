"""What the generated stubs are written in: the values a property takes, the options, and what every resource has.

Nothing here is needed at run time. Programs may use the names to annotate functions of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex, TypeAlias, TypedDict, TypeVar, overload

from cloudwright.program.reference import Reference
from cloudwright.program.resource import Resource
from cloudwright.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Self, Unpack

    from cloudwright.program.handle import Handle
    from cloudwright.target import DeclaredTarget

Later: TypeAlias = Reference | Secret
"""A value that is not known yet, or not shown."""

Text: TypeAlias = str | Resource | Secret
"""A string; a resource is replaced by its identifier."""

Whole: TypeAlias = int | Later
"""An integer."""

Number: TypeAlias = float | Later
"""A number."""

Flag: TypeAlias = bool | Later
"""True or false."""

Tag: TypeAlias = Mapping[str, Text]
"""`{"Key": ..., "Value": ...}`; not checked further, so that one list of tags serves the resources of all types."""

Item_co = TypeVar("Item_co", covariant=True)


class List(Protocol[Item_co]):
    """A list or a tuple, but not a text, which would pass for a `Sequence` of texts."""

    def __contains__(self, value: object, /) -> bool:
        """Whether an item equals the value."""

    def __len__(self) -> int:
        """How many items there are."""

    def __iter__(self) -> Iterator[Item_co]:
        """The items."""

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> Item_co: ...
    @overload
    def __getitem__(self, index: slice, /) -> Sequence[Item_co]: ...


Size_co = TypeVar("Size_co", covariant=True)


class Anything(Protocol[Size_co]):
    """Every object, where the size in memory may be of any type."""

    def __sizeof__(self) -> Size_co:  # type: ignore[override]  # that is what makes it fit nothing
        """How many bytes it takes."""


class Nothing:
    """What no size is."""


Misfit: TypeAlias = Anything[Nothing]
"""Fits no value. A constructor that takes keywords or a mapping is overloaded, and of a call that fits no overload mypy
says only that, unless every argument looks like one of an overload when type arguments are left out: then it takes that
overload and names the argument. So each property takes this, too (`mypy.checkexpr.arg_approximate_similarity`).
"""


class ReadOptions(TypedDict, total=False):
    """The options of a resource that is only read; see `cloudwright.program.declaration.Options`."""

    region: str | None
    target: DeclaredTarget | None
    depends_on: Handle | str | Iterable[Handle | str] | None


class DeclarationKeywords(ReadOptions, total=False):
    """The options of a declaration; see `cloudwright.program.declaration.Options`."""

    adopt: bool | str
    protect: bool
    retain: bool
    ignore_changes: str | Iterable[str] | None
    exclusive: str | Iterable[str] | None
    replace_on: object
    delete_before_replace: bool
    timeout: float | None
    aliases: str | Iterable[str] | None
    silence: Mapping[str, str] | None


if TYPE_CHECKING:

    class Typed(Resource):
        """A resource whose attributes are all known: a misspelt one is an error. At run time a `Resource`."""

        @classmethod
        def get(cls, id: str, identifier: Text | Mapping[str, Any], /, **options: Unpack[ReadOptions]) -> Self:
            """Read an existing resource without managing it; see `cloudwright.aws.control.ResourceClass.get`."""
