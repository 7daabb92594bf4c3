"""What must hold before a build may replace the bundled schemas."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import regex

from cloudwright.schema.normalise import unresolvable
from cloudwright.schema.patterns import translate

FEWEST_TYPES = 1880
IMAGE_BUILDER = (
    "Component",
    "ContainerRecipe",
    "DistributionConfiguration",
    "Image",
    "ImagePipeline",
    "ImageRecipe",
    "InfrastructureConfiguration",
    "LifecyclePolicy",
    "Workflow",
)
_CRUDL = {"create", "read", "update", "delete", "list"}
_ALLOWED = Path(__file__).parent / "allowed.json"

Types = Mapping[str, Mapping[str, Any]]


def failures(types: Types) -> list[str]:
    """Everything that speaks against a build; empty if it may be shipped."""
    allowed = json.loads(_ALLOWED.read_text())
    broken = broken_pointers(types)
    uncompilable = [pattern for pattern, engine in classify(types).items() if engine == "none"]
    return [
        *_counts(types),
        *(f"new pointer to nothing: {entry}" for entry in sorted(set(broken) - set(allowed["pointers"]))),
        *(f"no engine compiles: {pattern}" for pattern in sorted(set(uncompilable) - set(allowed["patterns"]))),
    ]


def _counts(types: Types) -> Iterator[str]:
    if len(types) < FEWEST_TYPES:
        yield f"{len(types)} types, at least {FEWEST_TYPES} expected"
    for name in IMAGE_BUILDER:
        missing = _CRUDL - set(types.get(f"AWS::ImageBuilder::{name}", {}).get("handlers", {}))
        if missing:
            yield f"AWS::ImageBuilder::{name} lacks the handlers {', '.join(sorted(missing))}"


def broken_pointers(types: Types) -> list[str]:
    """Pointers that name nothing in their schema: `type keyword pointer`."""
    return sorted(
        f"{name} {keyword} {pointer}" for name, facts in types.items() for keyword, pointer in unresolvable(facts)
    )


def classify(types: Types) -> dict[str, str]:
    """Each distinct pattern with the engine that compiles it: `re`, `regex` or `none`."""
    return {pattern: _engine(pattern) for pattern in sorted({p for facts in types.values() for p in patterns(facts)})}


def engine_counts(types: Types) -> dict[str, int]:
    """Distinct patterns by engine."""
    return dict(sorted(Counter(classify(types).values()).items()))


def patterns(node: object) -> Iterator[str]:
    """Every regular expression in a schema, keys of `patternProperties` included."""
    if isinstance(node, Mapping):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        if isinstance(node.get("patternProperties"), Mapping):
            yield from node["patternProperties"]
        for child in node.values():
            yield from patterns(child)
    elif isinstance(node, list):
        for child in node:
            yield from patterns(child)


def _engine(pattern: str) -> str:
    translated = translate(pattern)
    try:
        re.compile(translated)
    except (re.error, OverflowError, RecursionError):
        return _second_engine(translated)
    return "re"


def _second_engine(translated: str) -> str:
    try:
        regex.compile(translated, regex.VERSION0)
    except (regex.error, OverflowError, RecursionError, ValueError, KeyError):
        return "none"
    return "regex"
