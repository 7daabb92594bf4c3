"""A cursor over a document as the program wrote it: any shape, with unknown values anywhere.

Rules run even if validation rejects the program, so nothing here assumes that a value has the right type.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.findings import is_unknown
from cloudwright.program.document import UNKNOWN_MARKER, is_unknown_marker
from cloudwright.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""A property that the program did not set."""


@dataclass(slots=True, eq=False)
class PropertyNode:
    """A value and the JSON pointer that leads to it. It caches its parts, since dozens of rules read the same ones.

    Attributes:
        value: The value as written; `MISSING` if the program did not set it.
        step: The pointer from the resource's properties to the value, empty for the properties themselves; for a part
            of another node, the name or the number of that part.
        parent: The node that it is a part of.
    """

    value: object
    step: str = ""
    parent: PropertyNode | None = None
    _properties: dict[str, PropertyNode] = field(default_factory=dict, init=False, repr=False)
    _elements: tuple[PropertyNode, ...] | None = field(default=None, init=False, repr=False)

    @property
    def path(self) -> str:
        """The JSON pointer from the resource's properties; formed when a finding needs it, since few nodes have one."""
        return self.step if self.parent is None else f"{self.parent.path}/{escape(self.step)}"

    def __getitem__(self, name: str) -> PropertyNode:
        """The property of this name; a missing node if there is none."""
        found = self._properties.get(name)
        if found is None:
            value = self.value.get(name, MISSING) if isinstance(self.value, dict) else MISSING
            found = self._properties[name] = PropertyNode(value, name, self)
        return found

    def first(self, *names: str) -> PropertyNode:
        """The first of these properties that is set; if none is, the missing node of the first."""
        return next((self[name] for name in names if self[name].present), self[names[0]])

    @property
    def present(self) -> bool:
        """Whether the program set a value here other than `None`."""
        return self.value is not MISSING and self.value is not None

    @property
    def unknown(self) -> bool:
        """Whether the value is known only after the deploy, or is secret."""
        return is_unknown(self.value)

    @property
    def known(self) -> bool:
        """Whether there is a value that can be read."""
        return self.present and not self.unknown

    @property
    def text(self) -> str | None:
        """The value if it is a string that is known."""
        return self.value if isinstance(self.value, str) else None

    @property
    def fields(self) -> Mapping[str, object]:
        """The properties of an object; empty for anything else, and for a value that is not known."""
        return self.value if isinstance(self.value, dict) and not self.unknown else {}

    @property
    def elements(self) -> tuple[PropertyNode, ...]:
        """The elements of a list; none for anything else."""
        if self._elements is None:
            values = self.value if isinstance(self.value, (list, tuple)) else ()
            self._elements = tuple(PropertyNode(value, str(index), self) for index, value in enumerate(values))
        return self._elements

    @property
    def texts(self) -> tuple[str, ...]:
        """The known strings of a list."""
        return tuple(node.text for node in self.elements if node.text is not None)

    @property
    def whole(self) -> bool:
        """Whether all elements of a list are known; true for a missing list."""
        return not self.unknown and not any(node.unknown for node in self.elements)

    @property
    def label(self) -> str:
        """A short text for messages: the string, or the source of the value."""
        if is_unknown_marker(self.value):
            return f"({self.value[UNKNOWN_MARKER]})"
        return MASK if self.unknown else str(self.value)

    def walk(self) -> Iterator[PropertyNode]:
        """This node and all nodes below it, except those below unknown values."""
        yield self
        for name in self.fields:
            yield from self[name].walk()
        for node in self.elements:
            yield from node.walk()


def escape(name: str) -> str:
    """One reference token of a JSON pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")
