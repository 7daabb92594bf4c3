"""Generates documents from a schema and repairs them until the validator reports nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.schema import navigation
from cloudwright.schema.pointer import get
from cloudwright.schema.validation.validate import validate
from type_documents.values import scalar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from cloudwright.schema.navigation import Node
    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.schema.validation.violation import Violation

_DEEPEST = 7
"""Levels of optional properties; recursive types end here."""

_ROUNDS = 40
"""Repairs of one document."""

_EMBEDDED: Mapping[tuple[str, Path], str] = {
    ("AWS::ImageBuilder::Component", ("Data",)): (
        "schemaVersion: 1.0\nphases:\n- name: build\n  steps:\n"
        "  - name: run\n    action: ExecuteBash\n    inputs:\n      commands:\n      - echo {}\n"
    ),
    ("AWS::ImageBuilder::Workflow", ("Data",)): (
        "schemaVersion: 1.0\ndescription: {}\nsteps:\n- name: wait\n  action: WaitForAction\n"
    ),
}
"""Texts that the service parses as documents: with a number in them, so that no two are equal."""


class DocumentMaker:
    """Generates values for a type from a source of random numbers."""

    def __init__(self, resource_type: ResourceType, random: Random, share: float) -> None:
        self.type = resource_type
        self.random = random
        self.share = share

    def at(self, path: Path) -> Any:
        """Another value for a path."""
        return self.value(navigation.find(self.type.schema, path) or {}, path, len(path))

    def value(self, node: Node, path: Path, depth: int) -> Any:
        """A value for a schema node; `depth` bounds recursive types."""
        embedded = _EMBEDDED.get((self.type.name, path))
        if embedded is not None:
            return embedded.format(self.random.randrange(1_000_000))
        plain = self.chosen(node)
        kind = self.kind(plain)
        if kind == "object":
            return self.mapping(plain, path, depth)
        if kind == "array":
            return self.array(plain, path, depth)
        return scalar(plain, kind, path, self.random)

    def chosen(self, node: Node) -> dict[str, Any]:
        """The node with one branch of each union merged into it."""
        plain = dict(navigation.resolve(self.type.schema, node))
        for _ in range(_DEEPEST):
            word = next((word for word in ("allOf", "oneOf", "anyOf") if plain.get(word)), None)
            if word is None:
                break
            branches: Any = plain.pop(word)
            for branch in branches if word == "allOf" else [self.random.choice(branches)]:
                plain = _merged(plain, navigation.resolve(self.type.schema, navigation.as_node(branch)))
        return plain

    def kind(self, node: Mapping[str, Any]) -> str:
        """The JSON type to generate for a node."""
        shown = node.get("type")
        if isinstance(shown, list):
            return str(self.random.choice([kind for kind in shown if kind != "null"] or ["string"]))
        if isinstance(shown, str):
            return shown
        if "properties" in node or "patternProperties" in node or "required" in node:
            return "object"
        return "array" if "items" in node else "string"

    def mapping(self, node: Mapping[str, Any], path: Path, depth: int) -> dict[str, Any]:
        """An object with the required and some optional properties."""
        properties = navigation.as_node(node.get("properties"))
        required = [name for name in _names(node.get("required")) if name in properties]
        wanted = [name for name in properties if name in required or self.likes(depth)]
        possible = [name for name in properties if self.type.settable((*path, name))]
        names = self.counted(node, [name for name in wanted if name in possible], possible, required)
        made = {name: self.value(navigation.as_node(properties[name]), (*path, name), depth + 1) for name in names}
        if properties or depth == 0:
            return made
        return self.entries(node, path, depth)

    def counted(
        self, node: Mapping[str, Any], wanted: list[str], possible: list[str], required: list[str]
    ) -> list[str]:
        """As many of the properties as `minProperties` and `maxProperties` allow."""
        others = [name for name in possible if name not in wanted]
        least = int(node.get("minProperties", 0))
        if len(wanted) < least:
            wanted = [*wanted, *self.random.sample(others, min(least - len(wanted), len(others)))]
        excess = len(wanted) - int(node.get("maxProperties", len(wanted)))
        optional = [name for name in wanted if name not in required]
        dropped = self.random.sample(optional, min(excess, len(optional))) if excess > 0 else []
        return [name for name in wanted if name not in dropped]

    def entries(self, node: Mapping[str, Any], path: Path, depth: int) -> dict[str, Any]:
        """An object with free keys."""
        patterns = navigation.as_node(node.get("patternProperties"))
        least = int(node.get("minProperties", 0))
        made: dict[str, Any] = {}
        for pattern, inside in patterns.items():
            for _ in range(max(least, 1 + self.random.randrange(2)) if least or self.likes(depth) else 0):
                key = scalar({"type": "string", "pattern": pattern, "maxLength": 24}, "string", path, self.random)
                made[key] = self.value(navigation.as_node(inside), (*path, key), depth + 1)
        extra = node.get("additionalProperties")
        if not patterns and (least or self.likes(depth)) and extra is not False:
            inside = navigation.as_node(extra) or {"type": "string"}
            made = {key: self.value(inside, (*path, key), depth + 1) for key in ("Alpha", "Beta")[: max(least, 1)]}
        return made

    def array(self, node: Mapping[str, Any], path: Path, depth: int) -> list[Any]:
        """A list of at least the required length."""
        least = int(node.get("minItems", 0))
        most = max(int(node.get("maxItems", 3)), least)
        count = min(most, max(least, 1 + self.random.randrange(3)) if self.likes(depth - 1) else max(least, 1))
        inside = navigation.as_node(node.get("items"))
        made: list[Any] = []
        for _ in range(count * 4):
            item = self.value(inside, (*path, str(len(made))), depth + 1)
            if item not in made:
                made.append(item)
            if len(made) == count:
                break
        return made

    def likes(self, depth: int) -> bool:
        """Whether to set an optional property at this depth."""
        return depth < _DEEPEST and self.random.random() < self.share / max(1, depth - 1)

    def repaired(self, document: dict[str, Any]) -> dict[str, Any] | None:
        """A document changed until it is valid; `None` if that takes too many repairs."""
        for _ in range(_ROUNDS):
            violations = validate(self.type, document)
            if not violations:
                return document
            self.repair(document, violations[0])
        return None

    def repair(self, document: dict[str, Any], violation: Violation) -> None:
        """Change a document so that one violation disappears."""
        path = violation.path
        if violation.rule in {"required", "dependentRequired"} and isinstance(violation.expected, str):
            name = (*path, violation.expected)
            put(document, name, self.at(name))
        elif violation.rule in {"additionalProperties", "readOnly"}:
            drop(document, path)
        elif violation.rule == "dependentExcluded":
            drop(document, (*path, str(violation.expected)))
        elif violation.rule in {"requiredXor", "requiredOr"}:
            self.choose(document, path, _names(violation.expected))
        elif isinstance(get(document, path), dict) or not path:
            self.remake(document, path)
        elif self.random.random() < 0.7:
            put(document, path, self.at(path))
        else:
            self.drop_optional(document, path)

    def choose(self, document: dict[str, Any], path: Path, names: list[str]) -> None:
        """Set exactly one of some properties."""
        for name in names:
            drop(document, (*path, name))
        name = self.random.choice(names)
        put(document, (*path, name), self.at((*path, name)))

    def remake(self, document: dict[str, Any], path: Path) -> None:
        """Take another branch of a union: set what another choice would have set, and drop what it would not."""
        made, here = self.at(path), get(document, path)
        if not isinstance(made, dict) or not isinstance(here, dict) or (path and self.random.random() < 0.5):
            put(document, path, made)
        else:
            here.update({name: value for name, value in made.items() if name not in here})
            spare = [name for name in here if name not in made]
            if spare:
                del here[self.random.choice(spare)]

    def drop_optional(self, document: dict[str, Any], path: Path) -> None:
        """Leave out the smallest optional part that contains a path."""
        for length in range(len(path), 0, -1):
            parent = navigation.find(self.type.schema, path[: length - 1]) or {}
            if isinstance(get(document, path[: length - 1]), dict) and path[length - 1] not in _names(
                parent.get("required")
            ):
                drop(document, path[:length])
                return


def _merged(node: Mapping[str, Any], branch: Mapping[str, Any]) -> dict[str, Any]:
    both = {**node, **branch}
    if "properties" in node and "properties" in branch:
        properties, more = navigation.as_node(node["properties"]), navigation.as_node(branch["properties"])
        # A branch often repeats a property only to narrow it: keep what the plain node says about it.
        narrowed = {
            name: {**navigation.as_node(properties.get(name)), **navigation.as_node(more[name])} for name in more
        }
        both["properties"] = {**properties, **narrowed}
    both["required"] = list(dict.fromkeys([*_names(node.get("required")), *_names(branch.get("required"))]))
    if not both["required"]:
        del both["required"]
    return both


def _names(value: object) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, (list, tuple)) else []


def put(document: Any, path: Path, value: Any) -> None:
    """Set the value at a path; objects on the way are made."""
    here = document
    for segment in path[:-1]:
        here = here[int(segment)] if isinstance(here, list) else here.setdefault(segment, {})
    if isinstance(here, list):
        here[int(path[-1])] = value
    elif isinstance(here, dict) and path:
        here[path[-1]] = value


def drop(document: Any, path: Path) -> None:
    """Remove the value at a path."""
    parent = get(document, path[:-1]) if path else None
    if isinstance(parent, list):
        del parent[int(path[-1])]
    elif isinstance(parent, dict):
        parent.pop(path[-1], None)
