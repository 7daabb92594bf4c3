"""References between live resources: where one's document holds the identifier or the ARN of another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.diff.shape import Shape
from cloudwright.generate.live import JsonText, Link
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.generate.live import LiveResource

_FORMAT = re.compile(r"(AWS::\w+::\w+)\.(\w+)")
"""How schemas say what a text refers to, such as `AWS::EC2::VPC.Id`."""

_SURE_LENGTH = 8
"""A generated identifier of this length doesn't occur by accident."""


@dataclass(slots=True)
class Linking:
    """Puts links into documents, never circular ones.

    Attributes:
        resources: All resources that the program will declare.
        needs: Position -> positions that it refers to.
    """

    resources: Sequence[LiveResource]
    needs: dict[int, set[int]] = field(default_factory=dict)
    _arns: dict[str, tuple[int, str]] = field(default_factory=dict)
    _identifiers: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the identifiers and ARNs."""
        for position, live in enumerate(self.resources):
            self._identifiers.setdefault(live.identifier, []).append(position)
            for name, value in live.properties.items():
                if isinstance(value, str) and value.startswith("arn:") and live.kind.read_only.covers((name,)):
                    self._arns.setdefault(value, (position, name))

    def link(self, position: int, document: Mapping[str, Any]) -> dict[str, Any]:
        """A document with links where it names other resources.

        Args:
            position: The position of the resource.
            document: Its declaration.
        """
        live = self.resources[position]
        shape = Shape.of(live.kind)
        return {name: self._value(position, value, (name,), shape.child(name)) for name, value in document.items()}

    def ordered(self) -> list[int]:
        """Positions, each after those that it refers to."""
        done: dict[int, None] = {}

        def visit(position: int) -> None:
            if position not in done:
                for other in sorted(self.needs.get(position, ())):
                    visit(other)
                done[position] = None

        for position in range(len(self.resources)):
            visit(position)
        return list(done)

    def _value(self, position: int, value: Any, path: tuple[str, ...], shape: Shape) -> Any:
        if isinstance(value, JsonText):
            return JsonText(self._value(position, value.document, path, shape))
        if isinstance(value, Mapping):
            return {key: self._value(position, one, (*path, key), shape.child(key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self._value(position, item, (*path, str(at)), shape.item()) for at, item in enumerate(value)]
        return self._text(position, value, path, shape) if isinstance(value, str) else value

    def _text(self, position: int, value: str, path: tuple[str, ...], shape: Shape) -> Any:
        for link in self._candidates(position, value, path, shape):
            if link.to != position and not self._reaches(link.to, position):
                self.needs.setdefault(position, set()).add(link.to)
                return link
        return value

    def _candidates(self, position: int, value: str, path: tuple[str, ...], shape: Shape) -> Iterator[Link]:
        if value in self._arns:
            yield Link(*self._arns[value])
        for other in self._identifiers.get(value, ()):
            if self._means(other, value, path, shape):
                yield Link(other)
        if value.startswith("arn:"):
            # The longest one first, so that an object in a bucket is not taken for one in another bucket.
            for arn in sorted(self._arns, key=len, reverse=True):
                if value.startswith((f"{arn}/", f"{arn}:")):
                    yield Link(*self._arns[arn], after=value[len(arn) :])
        del position

    def _means(self, other: int, value: str, path: tuple[str, ...], shape: Shape) -> bool:
        """Whether a text that equals an identifier means that resource and isn't the same word by accident."""
        kind = self.resources[other].kind
        said = [match for text in shape.says("format") if (match := _FORMAT.fullmatch(str(text)))]
        if said:
            return any(match[1] == kind.name for match in said)
        if all(kind.read_only.covers(part) for part in kind.identifiers):
            return len(value) >= _SURE_LENGTH
        if len(kind.identifiers) != 1:
            return False
        word = next((part for part in reversed(path) if not part.isdigit()), "")
        short = kind.name.rpartition("::")[2]
        own = kind.identifiers[0][-1]
        return word.endswith(own if own != "Name" else f"{short}Name") or word.removesuffix("s").endswith(short)

    def _reaches(self, start: int, goal: int) -> bool:
        waiting, seen = [start], {start}
        while waiting:
            here = waiting.pop()
            if here == goal:
                return True
            fresh = self.needs.get(here, set()) - seen
            seen |= fresh
            waiting.extend(fresh)
        return False
