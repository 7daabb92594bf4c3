"""Valid documents of any resource type, made from its schema: for property tests and for trying out every type.

A document is first generated top down from the schema, then repaired until the validator reports nothing: unions and
rules between properties are easier to repair than to foresee. The same seed generates the same document.
"""

from __future__ import annotations

import copy
from random import Random
from typing import TYPE_CHECKING, Any

from cloudwright.schema import navigation
from cloudwright.schema.pointer import get, walk_leaves
from cloudwright.schema.validation.validate import validate
from cloudwright.testing.values import scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudwright.schema.navigation import Node
    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.schema.validation.violation import Violation

_DEEPEST = 7
"""Levels of optional properties; recursive types end here."""

_ROUNDS = 40
"""Repairs of one document."""

_SEEDS = 12
"""Attempts before a type is given up."""

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


def minimal(resource_type: ResourceType, seed: int = 0) -> dict[str, Any] | None:
    """A valid document with little more than what the type requires.

    Args:
        resource_type: Any type.
        seed: Equal seeds make equal documents.

    Returns:
        `None` if the schema contradicts itself, or asks for more than this generator can do.
    """
    return _first_valid(resource_type, seed, share=0.0)


def rich(resource_type: ResourceType, seed: int = 0, share: float = 0.5) -> dict[str, Any] | None:
    """A valid document with many optional properties.

    Args:
        resource_type: Any type.
        seed: Equal seeds make equal documents.
        share: How many of the optional properties are set, from 0 to 1.

    Returns:
        `None` if the schema contradicts itself, or asks for more than this generator can do.
    """
    return _first_valid(resource_type, seed, share)


def with_another_leaf(
    resource_type: ResourceType,
    document: Mapping[str, Any],
    allowed: Callable[[Path], bool],
    seed: int = 0,
) -> tuple[dict[str, Any], Path] | None:
    """The same document with one leaf of another value, still valid.

    Args:
        resource_type: The document's type.
        document: A valid document; not changed.
        allowed: Which leaves may change.
        seed: Equal seeds change the same leaf to the same value.

    Returns:
        The new document and the leaf's path; `None` if no such leaf can take another value.
    """
    maker = _DocumentMaker(resource_type, Random(f"{resource_type.name}/{seed}"), 0.0)  # noqa: S311 - no secret
    leaves = [(path, value) for path, value in walk_leaves(document) if path and allowed(path)]
    maker.random.shuffle(leaves)
    for path, value in leaves:
        for _ in range(_SEEDS):
            changed = copy.deepcopy(dict(document))
            other = maker.at(path)
            _put(changed, path, other)
            if other != value and not isinstance(other, (dict, list)) and not validate(resource_type, changed):
                return changed, path
    return None


def with_another_property(
    resource_type: ResourceType,
    document: Mapping[str, Any],
    allowed: Callable[[Path], bool],
    seed: int = 0,
) -> tuple[dict[str, Any], Path] | None:
    """The same document with one optional property more, still valid.

    Args:
        resource_type: The document's type.
        document: A valid document; not changed.
        allowed: Which leaves the new property may have.
        seed: Equal seeds add the same property with the same value.

    Returns:
        The new document and the property's path; `None` if no such property can be added.
    """
    maker = _DocumentMaker(resource_type, Random(f"{resource_type.name}/{seed}"), 0.0)  # noqa: S311 - no secret
    places = [path for path in _unset(resource_type, document, ()) if resource_type.settable(path)]
    maker.random.shuffle(places)
    for path in places:
        for _ in range(3):
            changed = copy.deepcopy(dict(document))
            value = maker.at(path)
            _put(changed, path, value)
            leaves = [leaf for leaf, _ in walk_leaves(value, path)]
            if value not in ({}, []) and all(map(allowed, leaves)) and not validate(resource_type, changed):
                return changed, path
    return None


def without_a_property(
    resource_type: ResourceType,
    document: Mapping[str, Any],
    allowed: Callable[[Path], bool],
    seed: int = 0,
) -> tuple[dict[str, Any], Path] | None:
    """The same document without one of its properties, still valid.

    Args:
        resource_type: The document's type.
        document: A valid document; not changed.
        allowed: Which leaves may be removed.
        seed: Equal seeds leave out the same property.

    Returns:
        The new document and the property's path; `None` if it needs all of them.
    """
    places = [path for path in _members(document, ()) if get(document, path) not in ({}, [])]
    Random(f"{resource_type.name}/{seed}").shuffle(places)  # noqa: S311 - no secret
    for path in places:
        leaves = [leaf for leaf, _ in walk_leaves(get(document, path), path)]
        changed = copy.deepcopy(dict(document))
        _drop(changed, path)
        if all(map(allowed, leaves)) and not validate(resource_type, changed):
            return changed, path
    return None


def with_another_element(
    resource_type: ResourceType,
    document: Mapping[str, Any],
    allowed: Callable[[Path], bool],
    seed: int = 0,
) -> tuple[dict[str, Any], Path] | None:
    """The same document with one more element at the end of one of its lists, still valid.

    Args:
        resource_type: The document's type.
        document: A valid document; not changed.
        allowed: Which leaves the new element may have.
        seed: Equal seeds add the same element.

    Returns:
        The new document and the element's path; `None` if no list takes another element.
    """
    maker = _DocumentMaker(resource_type, Random(f"{resource_type.name}/{seed}"), 0.0)  # noqa: S311 - no secret
    lists = [path for path in _members(document, ()) if isinstance(get(document, path), list)]
    maker.random.shuffle(lists)
    for path in lists:
        for _ in range(_SEEDS):
            changed = copy.deepcopy(dict(document))
            elements: Any = get(changed, path)
            place = (*path, str(len(elements)))
            element = maker.at(place)
            new = element not in elements and element not in ({}, [])
            elements.append(element)
            leaves = [leaf for leaf, _ in walk_leaves(element, place)]
            if new and all(map(allowed, leaves)) and not validate(resource_type, changed):
                return changed, place
    return None


def _members(value: Any, path: Path) -> Iterator[Path]:
    """The paths of all properties, inside lists too."""
    if isinstance(value, dict):
        yield from ((*path, name) for name in value)
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inside:
        yield from _members(item, (*path, str(name)))


def _unset(resource_type: ResourceType, value: Any, path: Path) -> Iterator[Path]:
    """The paths of properties that the schema lists and a document lacks."""
    if isinstance(value, dict):
        listed = navigation.as_node((navigation.find(resource_type.schema, path) or {}).get("properties"))
        yield from ((*path, name) for name in listed if name not in value)
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inside:
        yield from _unset(resource_type, item, (*path, str(name)))


def _first_valid(resource_type: ResourceType, seed: int, share: float) -> dict[str, Any] | None:
    for attempt in range(_SEEDS):
        random = Random(f"{resource_type.name}/{seed}/{attempt}")  # noqa: S311 - no secret
        # Some schemas are easier to satisfy with few optional properties, some with many: drift to the middle.
        drift = attempt / _SEEDS
        maker = _DocumentMaker(resource_type, random, share * (1 - drift) + 0.4 * drift * (attempt > _SEEDS // 2))
        document = maker.repaired(maker.value(resource_type.schema, (), 0))
        if document is not None:
            return document
    return None


class _DocumentMaker:
    def __init__(self, resource_type: ResourceType, random: Random, share: float) -> None:
        self.type = resource_type
        self.random = random
        self.share = share

    def at(self, path: Path) -> Any:
        """Another value for a path."""
        return self.value(navigation.find(self.type.schema, path) or {}, path, len(path))

    def value(self, node: Node, path: Path, depth: int) -> Any:
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
        said = node.get("type")
        if isinstance(said, list):
            return str(self.random.choice([kind for kind in said if kind != "null"] or ["string"]))
        if isinstance(said, str):
            return said
        if "properties" in node or "patternProperties" in node or "required" in node:
            return "object"
        return "array" if "items" in node else "string"

    def mapping(self, node: Mapping[str, Any], path: Path, depth: int) -> dict[str, Any]:
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
        return depth < _DEEPEST and self.random.random() < self.share / max(1, depth - 1)

    def repaired(self, document: dict[str, Any]) -> dict[str, Any] | None:
        for _ in range(_ROUNDS):
            violations = validate(self.type, document)
            if not violations:
                return document
            self.repair(document, violations[0])
        return None

    def repair(self, document: dict[str, Any], violation: Violation) -> None:
        path = violation.path
        if violation.rule in {"required", "dependentRequired"} and isinstance(violation.expected, str):
            name = (*path, violation.expected)
            _put(document, name, self.at(name))
        elif violation.rule in {"additionalProperties", "readOnly"}:
            _drop(document, path)
        elif violation.rule == "dependentExcluded":
            _drop(document, (*path, str(violation.expected)))
        elif violation.rule in {"requiredXor", "requiredOr"}:
            self.choose(document, path, _names(violation.expected))
        elif isinstance(get(document, path), dict) or not path:
            self.remake(document, path)
        elif self.random.random() < 0.7:
            _put(document, path, self.at(path))
        else:
            self.drop_optional(document, path)

    def choose(self, document: dict[str, Any], path: Path, names: list[str]) -> None:
        """Set exactly one of some properties."""
        for name in names:
            _drop(document, (*path, name))
        name = self.random.choice(names)
        _put(document, (*path, name), self.at((*path, name)))

    def remake(self, document: dict[str, Any], path: Path) -> None:
        """Take another branch of a union: set what another choice would have set, and drop what it would not."""
        made, here = self.at(path), get(document, path)
        if not isinstance(made, dict) or not isinstance(here, dict) or (path and self.random.random() < 0.5):
            _put(document, path, made)
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
                _drop(document, path[:length])
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


def _put(document: Any, path: Path, value: Any) -> None:
    here = document
    for segment in path[:-1]:
        here = here[int(segment)] if isinstance(here, list) else here.setdefault(segment, {})
    if isinstance(here, list):
        here[int(path[-1])] = value
    elif isinstance(here, dict) and path:
        here[path[-1]] = value


def _drop(document: Any, path: Path) -> None:
    parent = get(document, path[:-1]) if path else None
    if isinstance(parent, list):
        del parent[int(path[-1])]
    elif isinstance(parent, dict):
        parent.pop(path[-1], None)
