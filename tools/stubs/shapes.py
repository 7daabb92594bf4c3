"""From a schema node to the type expression of the values it takes, and of the attribute it yields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudwright.schema import navigation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.schema.navigation import Node
    from cloudwright.schema.resource_type import ResourceType

_SCALARS = {"string": "_Text", "integer": "_Whole", "number": "_Number", "boolean": "_Flag"}
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_ORDER = ("object", "array", "string", "integer", "number", "boolean", "null")
_MARK = "#"
"""Tells the name of a definition from one made up for a nested object."""

_INNER = "."
"""Begins the made-up names of what is nested in a definition, which must not meet those of the properties."""

_FREE = "_Mapping[str, _Any]"


@dataclass(slots=True)
class Shape:
    """One `TypedDict`.

    Attributes:
        fields: Type expressions by property name.
        required: The names that must be given.
    """

    fields: dict[str, str]
    required: frozenset[str]


@dataclass(slots=True)
class Shapes:
    """The `TypedDict`s and aliases of one resource type, collected while its properties are written.

    Attributes:
        type: The resource type.
        dicts: By class name, in order of use.
        enums: Alias name -> its `Literal`.
    """

    type: ResourceType
    dicts: dict[str, Shape] = field(default_factory=dict)
    enums: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    @property
    def _root(self) -> Node:
        return self.type.schema

    @property
    def stem(self) -> str:
        """The type's own name, such as `DistributionConfiguration`."""
        return self.type.name.rpartition("::")[2]

    def value(self, node: Node, hint: str) -> str:
        """What may be given for a property.

        Args:
            node: Its schema node.
            hint: The name of its `TypedDict`, if it needs one and no definition names it.
        """
        name = _definition(node) or hint
        if name.startswith(_MARK) and name in self._open:
            return self._names.get(name, "_Any")
        self._open.append(name)
        whole, parts = self._parts(node)
        kinds = _kinds(whole, parts)
        expressions = [self._kind(kind, whole, parts, name) for kind in kinds]
        self._open.pop()
        return " | ".join(dict.fromkeys(expressions)) or "_Any"

    def _parts(self, node: Node) -> tuple[Node, list[Node]]:
        """The node without `$ref`, and all branches; a `type` next to a `$ref` is known to be wrong at times."""
        target: Node = {"$ref": node["$ref"]} if "$ref" in node else node
        return navigation.resolve(self._root, target), navigation.parts(self._root, target)

    def _kind(self, kind: str, whole: Node, parts: list[Node], name: str) -> str:
        if kind == "object":
            return self._object(whole, parts, name)
        if kind == "array":
            return f"_List[{self._items(parts, name)}]"
        literal = _literal(kind, whole, parts)
        if literal:
            return f"{self._enum(literal, name)} | _Later"
        return _SCALARS.get(kind, "None")

    def _enum(self, literal: str, name: str) -> str:
        if not name.startswith(_MARK):
            return literal
        if name not in self._names:
            self._names[name] = self._title(name)
            self.enums[self._names[name]] = literal
        return self._names[name]

    def _items(self, parts: list[Node], name: str) -> str:
        items = [part["items"] for part in parts if isinstance(part.get("items"), dict)]
        if len(items) != 1:
            return "_Any"
        return self.value(navigation.as_node(items[0]), _inner(name, "Item"))

    def _object(self, whole: Node, parts: list[Node], name: str) -> str:
        fields = _fields(parts)
        if _is_tag(name, fields):
            return "_Tag"
        if fields and _closed(parts):
            return self._typed_dict(name, fields, _required(whole, parts))
        values = [] if fields else _map_values(parts)
        written = [self.value(value, _inner(name, "Value")) for value in values]
        return f"_Mapping[str, {' | '.join(dict.fromkeys(written))}]" if written else _FREE

    def _typed_dict(self, name: str, fields: Mapping[str, Node], required: frozenset[str]) -> str:
        known = self._names.get(name)
        if known:
            return known
        title = self._names[name] = self._title(name)
        self.dicts[title] = shape = Shape({}, required)
        for key, node in fields.items():
            written = self.value(node, _inner(name, key))
            shape.fields[key] = written if key in required else optional(written, self.dicts)
        return title

    def _title(self, name: str) -> str:
        # `Properties` and `Keywords` are taken by the type itself.
        taken = {*self.dicts, *self.enums, f"{self.stem}_Properties", f"{self.stem}_Keywords"}
        name = name.lstrip(_MARK + _INNER)
        title = f"{self.stem}_{''.join(c if c.isalnum() else '_' for c in name)}"
        while title in taken:
            title += "_"
        return title

    def attribute(self, node: Node) -> str:
        """What reading a property yields: plain types, `Any` for what has its own structure.

        Args:
            node: Its schema node.
        """
        whole, parts = self._parts(node)
        kinds = _kinds(whole, parts)
        if kinds == ["array"]:
            items = [navigation.as_node(part["items"]) for part in parts if isinstance(part.get("items"), dict)]
            return f"list[{self._scalar(items[0]) if len(items) == 1 else '_Any'}]"
        return self._scalar(node)

    def _scalar(self, node: Node) -> str:
        whole, parts = self._parts(node)
        kinds = _kinds(whole, parts)
        if len(kinds) != 1 or kinds[0] not in _PLAIN:
            return "_Any"
        literal = _literal(kinds[0], whole, parts)
        name = _definition(node)
        return self._enum(literal, name) if literal else _PLAIN[kinds[0]]


def _is_tag(name: str, fields: Mapping[str, Node]) -> bool:
    kinds = {str(node.get("type", "string")) for node in fields.values()}
    return "tag" in name.lower() and {"Key", "Value"} == set(fields) and kinds == {"string"}


def _inner(name: str, part: str) -> str:
    return f"{name.replace(_MARK, _INNER)}_{part}"


def optional(written: str, dicts: Iterable[str]) -> str:
    """The type of a property that may be left out by giving `None`.

    Checkers name what is wrong inside a `TypedDict` only where nothing else is allowed, so those take no `None`.
    """
    return written if written in dicts or written == "_Any" else f"{written} | None"


def _definition(node: Node) -> str:
    reference = node.get("$ref")
    if not isinstance(reference, str) or "/definitions/" not in reference:
        return ""
    return _MARK + reference.rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def _kinds(whole: Node, parts: list[Node]) -> list[str]:
    """The JSON types that a node allows; its own `type` wins over what its branches say."""
    found = _types(whole) or {kind for part in parts for kind in _types(part) or _implied(part)}
    return [kind for kind in _ORDER if kind in found]


def _types(node: Node) -> set[str]:
    declared = node.get("type")
    return {declared} if isinstance(declared, str) else set(declared) if isinstance(declared, list) else set()


def _implied(node: Node) -> set[str]:
    if "properties" in node or "patternProperties" in node:
        return {"object"}
    if "items" in node:
        return {"array"}
    enum = node.get("enum")
    return {"string"} if isinstance(enum, list) and all(isinstance(item, str) for item in enum) else set()


def _literal(kind: str, whole: Node, parts: list[Node]) -> str:
    """The `Literal` of a node whose values are all listed, in the spelling given; else empty."""
    listing = [part for part in parts if "enum" in part] if "enum" not in whole else [whole]
    others = [part for part in parts if part is not whole and "enum" not in part and "default" not in part]
    if not listing or others or kind not in {"string", "integer"}:
        return ""
    members: dict[Any, None] = {}
    for part in listing:
        enum = part["enum"]
        members.update(dict.fromkeys(enum if isinstance(enum, list) else ()))
    fitting = [item for item in members if isinstance(item, str if kind == "string" else int)]
    return f"_Literal[{', '.join(_quoted(item) for item in fitting)}]" if fitting else ""


def _quoted(item: str | int) -> str:
    return repr(item)


def _fields(parts: list[Node]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for part in parts:
        for key, node in navigation.as_node(part.get("properties")).items():
            found.setdefault(key, navigation.as_node(node))
    return found


def _closed(parts: list[Node]) -> bool:
    """Whether nothing but the listed properties may be given; a `TypedDict` says no less."""
    listing = [part for part in parts if "properties" in part]
    return any(part.get("additionalProperties") is False for part in parts) and not any(
        "patternProperties" in part for part in listing
    )


def _required(whole: Node, parts: list[Node]) -> frozenset[str]:
    """What is needed in every case: a branch's own requirements count only if it is the only branch."""
    branches = [part for part in parts if part is not whole]
    shown = [whole, *branches] if len(branches) == 1 and len(_alternatives(whole)) <= 1 else [whole]
    return frozenset(name for part in shown for name in _names(part.get("required")))


def _alternatives(node: Node) -> list[Any]:
    return [branch for key in ("oneOf", "anyOf") for branch in _listed(node.get(key))]


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _names(value: object) -> list[str]:
    return [item for item in _listed(value) if isinstance(item, str)]


def _map_values(parts: list[Node]) -> list[Node]:
    found: list[Node] = []
    for part in parts:
        found += [navigation.as_node(value) for value in navigation.as_node(part.get("patternProperties")).values()]
        additional = part.get("additionalProperties")
        found += [additional] if isinstance(additional, dict) else []
    return found
