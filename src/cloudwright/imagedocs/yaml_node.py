"""A YAML document as a tree in which every value knows its line, its column and its place."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.imagedocs.mistake import Mistake, Unreadable
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from yaml.error import Mark

_MOST = 20_000
"""Values that a document may unfold to: aliases of aliases grow without bound."""

_KINDS = {"str": "text", "int": "integer", "float": "number", "bool": "boolean", "null": "null", "timestamp": "text"}


@dataclass(frozen=True, slots=True)
class YamlNode:
    """A value of a document.

    Attributes:
        kind: `text`, `integer`, `number`, `boolean`, `null`, `list` or `map`.
        text: A scalar as it is written, without its quotes; empty for lists and maps.
        items: The elements of a list.
        members: The members of a map.
        place: Such as `phases[0].name`; empty for the document.
        line: From 1.
        column: From 1.
    """

    kind: str
    place: str
    line: int
    column: int
    text: str = ""
    items: tuple[YamlNode, ...] = ()
    members: Mapping[str, YamlNode] = field(default_factory=dict)

    def mistake(self, text: str, fix: str, *, certain: bool = True) -> Mistake:
        """A mistake at this place.

        Args:
            text: What is wrong.
            fix: What to do.
            certain: Whether the service surely refuses it.
        """
        return Mistake(self.line, self.column, self.place, text, fix, certain)

    def get(self, name: str) -> YamlNode | None:
        """A member of a map; `None` without one, and for anything else."""
        return self.members.get(name)

    @property
    def scalar(self) -> bool:
        """Whether this is one value; a null is none."""
        return self.kind not in {"list", "map", "null"}

    @property
    def number(self) -> int | None:
        """An integer's value."""
        try:
            return int(self.text.replace("_", ""), 0) if self.kind == "integer" else None
        except ValueError:
            return None

    def walk(self) -> Iterator[YamlNode]:
        """This value and every one below it."""
        yield self
        for inner in (*self.items, *self.members.values()):
            yield from inner.walk()


def parse(text: str) -> tuple[YamlNode, tuple[Mistake, ...]]:
    """Read a YAML document.

    Args:
        text: The document; JSON is YAML, too.

    Returns:
        The document, and keys that it has twice.

    Raises:
        Unreadable: It is no YAML, several documents, or none.
    """
    import yaml

    loader = _loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise Unreadable(Mistake(1, 1, "", "the document is empty", "Write its schemaVersion and its steps."))
        reading = _Reading()
        return reading.piece(node, "", ()), tuple(reading.twice)
    except yaml.MarkedYAMLError as error:
        raise _unreadable(text, error.problem or "", error.problem_mark or error.context_mark) from error
    except yaml.YAMLError as error:
        raise _unreadable(text, str(error), None) from error
    finally:
        loader.dispose()


def mistakes_in(text: str, check: Callable[[YamlNode], Iterable[Mistake]]) -> tuple[Mistake, ...]:
    """The mistakes of a document, in the order of its lines.

    Args:
        text: The document; one that can't be read has a single mistake.
        check: Finds the mistakes of the document that was read.
    """
    try:
        document, twice = parse(text)
    except Unreadable as error:
        return (error.mistake,)
    return tuple(sorted((*twice, *check(document)), key=lambda one: (one.line, one.column)))


def _loader(text: str) -> Any:
    import yaml

    try:
        return yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        line, column = _position(text, error.position)
        shown = f"U+{ord(text[error.position]):04X}" if error.position < len(text) else "a character"
        raise Unreadable(
            Mistake(
                line, column, "", f"not YAML: it contains {shown}, which YAML does not allow", "Remove the character."
            )
        ) from error


def _position(text: str, index: int) -> tuple[int, int]:
    before = text[:index]
    return before.count("\n") + 1, index - before.rfind("\n")


def _unreadable(text: str, problem: str, mark: Mark | None) -> Unreadable:
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    lines = text.splitlines()
    here = lines[line - 1] if line <= len(lines) else ""
    if here[column - 1 : column] == "\t" or "'\\t'" in problem:
        return Unreadable(
            Mistake(line, column, "", "not YAML: a tab where YAML requires spaces", "Indent with spaces, not tabs.")
        )
    problem = problem.replace("another document", "a second document begins here")
    fix = "Repair the line; a value that holds ': ', '#', '{' or '*' needs quotes."
    return Unreadable(Mistake(line, column, "", f"not YAML: {problem}", fix))


class _Reading:
    """One document on its way from the nodes of the YAML library."""

    def __init__(self) -> None:
        self.count = 0
        self.twice: list[Mistake] = []

    def piece(self, node: Any, place: str, around: tuple[int, ...]) -> YamlNode:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        self.count += 1
        if id(node) in around or self.count > _MOST:
            why = (
                "an alias refers to the node that contains it" if id(node) in around else "aliases unfold without bound"
            )
            raise Unreadable(Mistake(line, column, place, why, "Write the values out."))
        inside = (*around, id(node))
        if node.id == "sequence":
            items = tuple(self.piece(item, f"{place}[{at}]", inside) for at, item in enumerate(node.value))
            return YamlNode("list", place, line, column, items=items)
        if node.id == "mapping":
            return YamlNode("map", place, line, column, members=self.members(node, place, inside))
        kind = _KINDS.get(node.tag.rpartition(":")[2], "text")
        return YamlNode(kind, place, line, column, text=node.value)

    def members(self, node: Any, place: str, around: tuple[int, ...]) -> dict[str, YamlNode]:
        found: dict[str, YamlNode] = {}
        for key, value in node.value:
            if key.id != "scalar":
                mark = key.start_mark
                text = "a key is a list or a map; probably an expression {{ ... }} without quotes"
                raise Unreadable(
                    Mistake(mark.line + 1, mark.column + 1, place, text, 'Write "{{ ... }}", with quotes.')
                )
            name = str(key.value)
            here = f"{place}.{name}" if place else name
            piece = self.piece(value, here, around)
            if name in found:
                mark = key.start_mark
                text = f"{name} occurs twice here, first in line {found[name].line}"
                self.twice.append(Mistake(mark.line + 1, mark.column + 1, here, text, "Remove one of them."))
            found.setdefault(name, piece)
        return found
