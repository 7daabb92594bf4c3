"""Random documents for a schema: roughly valid ones, and mutations of them. Seeded, so that a failure repeats."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

_DEEPEST = 5
_STRINGS = ("", "a", "abc-123", "Enabled", "123456789012", "us-east-1", "x" * 70, "arn:aws:iam::123456789012:role/r")
_ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    1,
    1.0,
    -3,
    2.5,
    10**12,
    "",
    "zzz",
    "300",
    [],
    {},
    ["a", "a"],
    {"Key": "k", "Value": "v"},
)


class Documents:
    """A generator of documents for one schema."""

    def __init__(self, schema: Mapping[str, Any], chance: random.Random) -> None:
        self._root = schema
        self._chance = chance

    def rich(self) -> Any:
        """A document with the required and about half of the optional properties, roughly valid."""
        return self._value(self._root, 0)

    def mutated(self, document: Any) -> Any:
        """A copy with one to three things changed somewhere inside."""
        changed = copy.deepcopy(document)
        for _ in range(self._chance.randint(1, 3)):
            changed = self._mutate(changed)
        return changed

    def _value(self, schema: Any, depth: int) -> Any:
        if not isinstance(schema, dict):
            return "anything"
        if "$ref" in schema:
            return self._value(self._resolve(schema["$ref"]), depth)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._chance.choice(schema["enum"])
        kind = schema.get("type") or ("object" if "properties" in schema else self._any_kind(schema))
        kind = self._chance.choice(kind) if isinstance(kind, list) else kind
        make = getattr(self, f"_{kind}", None)
        return None if make is None else make(schema, depth)

    def _any_kind(self, schema: dict[str, Any]) -> str:
        for combinator in ("oneOf", "anyOf", "allOf"):
            for branch in schema.get(combinator, ()):
                if isinstance(branch, dict) and isinstance(branch.get("type"), str):
                    return str(branch["type"])
        return "object"

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        made = {}
        wanted = set(schema.get("required", ())) | self._branch_needs(schema)
        for name, node in schema.get("properties", {}).items():
            if name in wanted or (depth < _DEEPEST and self._chance.random() < 0.5):
                made[name] = self._value(node, depth + 1)
        for node in schema.get("patternProperties", {}).values():
            made[self._chance.choice(("Key", "a b", "1"))] = self._value(node, depth + 1)
        return made

    def _branch_needs(self, schema: dict[str, Any]) -> set[str]:
        needs: set[str] = set()
        for combinator in ("oneOf", "anyOf"):
            branches = [branch for branch in schema.get(combinator, ()) if isinstance(branch, dict)]
            if branches:
                needs |= set(self._chance.choice(branches).get("required", ()))
        return needs

    def _array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        if depth > _DEEPEST:
            return []
        node = schema.get("items", {})
        return [self._value(node, depth + 1) for _ in range(self._chance.randint(0, 2))]

    def _string(self, schema: dict[str, Any], _: int) -> str:
        least = schema.get("minLength", 0)
        text = self._chance.choice(_STRINGS)
        return text if len(text) >= least else text + "a" * (least - len(text))

    def _integer(self, schema: dict[str, Any], _: int) -> int:
        return int(schema.get("minimum", 0)) + self._chance.randint(0, 3)

    def _number(self, schema: dict[str, Any], _: int) -> float:
        return float(schema.get("minimum", 0)) + self._chance.choice((0.0, 0.5, 0.1, 3.0))

    def _boolean(self, _: dict[str, Any], __: int) -> bool:
        return self._chance.random() < 0.5

    def _null(self, _: dict[str, Any], __: int) -> None:
        return None

    def _resolve(self, reference: str) -> Any:
        node: Any = self._root
        for part in reference.removeprefix("#/").split("/"):
            node = node.get(part, {})
        return node

    def _mutate(self, node: Any) -> Any:
        if isinstance(node, dict) and self._chance.random() < 0.8:
            return self._mutate_object(node)
        if isinstance(node, list) and node and self._chance.random() < 0.7:
            index = self._chance.randrange(len(node))
            node[index] = self._mutate(node[index])
            return [*node, copy.deepcopy(node[0])] if self._chance.random() < 0.2 else node
        return copy.deepcopy(self._chance.choice(_ODD))

    def _mutate_object(self, node: dict[str, Any]) -> dict[str, Any]:
        if not node:
            return {"Extra": "x"}
        key = self._chance.choice(list(node))
        match self._chance.randrange(5):
            case 0:
                del node[key]
            case 1:
                node[f"{key}x"] = node[key]
            case _:
                node[key] = self._mutate(node[key])
        return node
