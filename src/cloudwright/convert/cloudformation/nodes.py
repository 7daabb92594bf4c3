"""A template's text as a tree in which every value has its line and column, with short forms expanded."""

from __future__ import annotations

import json
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.convert.cloudformation.comments import Comments
from cloudwright.convert.problem import Position, SourceError
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST = 500_000
"""Limit on values after aliases are expanded: aliases of aliases grow without bound. Templates have at most 1 MB."""

_DEEPEST = 100
"""Limit on nested lists and maps. Policies and API definitions have about 20; the translation recurses as deep."""

_STANDARD = "tag:yaml.org,2002:"
_KNOWN_TAGS = frozenset({"str", "int", "float", "bool", "null", "seq", "map", "timestamp", "merge", "value"})
"""YAML tags of plain values. CloudFormation accepts no others, such as `!!binary` and `!!set`."""

_WITHOUT_PREFIX = frozenset({"Ref", "Condition"})


@dataclass(frozen=True, slots=True)
class TemplateNode:
    """A value of a template.

    Attributes:
        at: Where it begins.
        value: A scalar; `None` for lists, maps and null.
        text: A scalar as it is written, without its quotes.
        items: The elements of a list; `None` for anything else.
        members: The members of a map; `None` for anything else.
        comment: The text of a comment above the member or item; empty without one.
    """

    at: Position
    value: str | int | float | bool | None = None
    text: str = ""
    items: tuple[TemplateNode, ...] | None = None
    members: Mapping[str, TemplateNode] | None = field(default=None)
    comment: str = ""

    @property
    def is_null(self) -> bool:
        """Whether the place is empty."""
        return self.value is None and self.items is None and self.members is None

    @property
    def is_scalar(self) -> bool:
        """Whether this is a scalar other than null."""
        return self.value is not None

    def get(self, name: str) -> TemplateNode | None:
        """A member of a map; `None` without one, for null, and for anything else."""
        found = (self.members or {}).get(name)
        return None if found is None or found.is_null else found

    def walk(self) -> Iterator[TemplateNode]:
        """This value and all values inside it."""
        yield self
        for inner in (*(self.items or ()), *(self.members or {}).values()):
            yield from inner.walk()

    def comments(self, name: str = "") -> Iterator[tuple[str, str]]:
        """The comments within this value, each with the name of the member that it belongs to."""
        inner = [*((name, item) for item in self.items or ()), *(self.members or {}).items()]
        for at, member in inner:
            yield from [(at, member.comment)] if member.comment else []
            yield from member.comments(at)

    def plain(self) -> Any:
        """The value as plain Python data."""
        if self.items is not None:
            return [item.plain() for item in self.items]
        if self.members is not None:
            return {name: member.plain() for name, member in self.members.items()}
        return self.value


def read_text(text: str) -> TemplateNode:
    """Read a template.

    Args:
        text: YAML with CloudFormation's short forms, or JSON.

    Raises:
        SourceError: It is neither; with line and column.
    """
    text = text.removeprefix("\N{BYTE ORDER MARK}")
    if text.lstrip()[:1] == "{":
        refuse_broken_json(text)
        # JSON treats a tab as a blank, YAML as an error. JSON strings contain no literal tab.
        text = text.replace("\t", " ")
    return _read_yaml(text)


def refuse_broken_json(text: str) -> None:
    """Reject text that is not JSON, unless it is YAML's flow style.

    Raises:
        SourceError: It is neither.
    """
    try:
        json.loads(text)
    except RecursionError:
        return  # the JSON parser reports the position
    except json.JSONDecodeError as error:
        if not _is_yaml(text):
            raise SourceError(
                f"not JSON: {error.msg}", Position(error.lineno, error.colno), hint="correct the line"
            ) from error


def _is_yaml(text: str) -> bool:
    try:
        _read_yaml(text)
    except SourceError:
        return False
    return True


def _read_yaml(text: str) -> TemplateNode:
    import yaml

    try:
        loader = yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        at = Position(before.count("\n") + 1, error.position - before.rfind("\n"))
        what = f"the character U+{error.character:04X}, which YAML does not allow"
        hint = "remove it; a template is a file in YAML or JSON, not an archive or a program"
        raise SourceError(f"not YAML: {what}", at, hint=hint) from error
    try:
        node = loader.get_single_node()
        if node is None:
            raise SourceError("the file is empty", Position(), hint="a template needs a section Resources")
        return _TemplateReading(loader, Comments(text)).node(node, ())
    except yaml.MarkedYAMLError as error:
        raise _no_yaml(error) from error
    except RecursionError as error:
        mark = loader.get_mark()
        raise SourceError(_TOO_DEEP, Position(mark.line + 1, mark.column + 1), hint=_SHALLOWER) from error
    finally:
        loader.dispose()


_TOO_DEEP = f"values are nested more than {_DEEPEST} deep"
_SHALLOWER = "no template needs that: is it the right file?"


def _no_yaml(error: Any) -> SourceError:
    """The parser's error, where it occurred, and the construct it was parsing if that began on another line."""
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    if error.problem == "but found another document":
        return SourceError("not YAML: a second document begins here", _at(mark), hint="a template is one document")
    problem = error.problem or "can't be read"
    if error.context and context is not None and mark is not None and context.line != mark.line:
        problem += f", {error.context} that began in {_at(context)}"
    return SourceError(f"not YAML: {problem}", _at(mark), hint="correct the line")


def _at(mark: Any) -> Position:
    return Position(mark.line + 1, mark.column + 1) if mark is not None else Position()


class _TemplateReading:
    """One document on its way from the nodes of the YAML library."""

    def __init__(self, loader: Any, comments: Comments) -> None:
        self.loader, self.comments = loader, comments
        self.count = 0
        self.own: dict[int, set[int]] = {}

    def node(self, node: Any, around: tuple[int, ...]) -> TemplateNode:
        at = _at(node.start_mark)
        self.count += 1
        if len(around) > _DEEPEST:
            raise SourceError(_TOO_DEEP, at, hint=_SHALLOWER)
        if not node.tag.startswith("!") and node.tag.removeprefix(_STANDARD) not in _KNOWN_TAGS:
            tag = node.tag.replace(_STANDARD, "!!")
            raise SourceError(
                f"CloudFormation does not support the tag {tag}", at, hint="write the value as a text, list or map"
            )
        if id(node) in around or self.count > _MOST:
            why = (
                "an alias refers to the node that contains it" if id(node) in around else "aliases expand without bound"
            )
            raise SourceError(why, at, hint="write the values out")
        inside = (*around, id(node))
        plain = self.plain(node, at, inside)
        return self.written_out(node.tag, plain) if node.tag.startswith("!") else plain

    def plain(self, node: Any, at: Position, inside: tuple[int, ...]) -> TemplateNode:
        if node.id == "sequence":
            return TemplateNode(at, items=tuple(self.item(item, node, inside) for item in node.value))
        if node.id == "mapping":
            return TemplateNode(at, members=self.members(node, inside))
        if node.tag.startswith("!"):
            return TemplateNode(at, node.value, node.value)
        return self.scalar(node, at)

    def members(self, node: Any, inside: tuple[int, ...]) -> dict[str, TemplateNode]:
        # An aliased node is visited again, and merging keeps its own keys together with the merged ones.
        own = self.own.setdefault(id(node), {id(key) for key, _ in node.value})
        self.loader.flatten_mapping(node)
        found, places = dict[str, TemplateNode](), dict[str, Position]()
        for key, value in node.value:
            if key.id != "scalar":
                raise SourceError("a key is a list or a map", _at(key.start_mark), hint="a key is a text")
            name, member = str(key.value), self.explained(self.node(value, inside), key.start_mark, value)
            if id(key) in own:
                if name in places and found[name].plain() != member.plain():
                    text = f"the key {name!r} occurs twice with different values: first in {places[name]}"
                    raise SourceError(text, _at(key.start_mark), hint="keep one of them")
                places[name] = _at(key.start_mark)
            found[name] = member
        return found

    def item(self, node: Any, around: Any, inside: tuple[int, ...]) -> TemplateNode:
        """An item of a list; in block style, the dashes are in the column where the list begins."""
        found, mark = self.node(node, inside), node.start_mark
        if around.flow_style:
            return found
        comment = self.comments.of((mark.line, around.start_mark.column), mark.line)
        return replace(found, comment=comment) if comment else found

    def explained(self, found: TemplateNode, key: Any, value: Any) -> TemplateNode:
        comment = self.comments.of((key.line, key.column), value.start_mark.line)
        return replace(found, comment=comment) if comment else found

    def scalar(self, node: Any, at: Position) -> TemplateNode:
        kind = node.tag.rpartition(":")[2]
        if kind == "null":
            return TemplateNode(at)
        if kind not in {"int", "float", "bool"}:
            return TemplateNode(at, _paired(node.value), node.value)
        try:
            return TemplateNode(at, self.loader.construct_object(node), node.value)
        except ValueError:
            return TemplateNode(at, node.value, node.value)

    def written_out(self, tag: str, plain: TemplateNode) -> TemplateNode:
        """`!Sub x` as `Fn::Sub: x`."""
        name = tag[1:]
        if name == "GetAtt" and isinstance(plain.value, str):
            resource, _, attribute = plain.value.partition(".")
            plain = TemplateNode(
                plain.at,
                items=(TemplateNode(plain.at, resource, resource), TemplateNode(plain.at, attribute, attribute)),
            )
        whole = name if name in _WITHOUT_PREFIX else f"Fn::{name}"
        return TemplateNode(plain.at, members={whole: plain})


def _paired(text: str) -> str:
    """A JSON string in which surrogate pairs, the two escapes of a character beyond the basic plane, are joined."""
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
