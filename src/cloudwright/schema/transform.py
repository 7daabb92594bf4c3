r"""`propertyTransform`: what a service turns a declared value into, as JSONata in the schema.

The registry extends JSONata in two ways: `a $OR b` means alternatives, and a result may be a regular expression for the
live value, such as `arn:.+?:kms:.+?:.+?:key\/ID` (CC34, CC35; aws-cloudformation/cloudformation-cli 687 and 718). Names
in an expression are those of the parent object; some schemas write them from the top instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudwright.schema import patterns
from cloudwright.schema.pointer import parse
from cloudwright.schema.pointer_map import PointerMap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.schema.override import Override
    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType

_OR = "$OR"
_QUOTES = "\"'`"


def matches(
    expression: str, declared: object, live: object, *, parent: Mapping[str, Any], root: Mapping[str, Any] | None = None
) -> bool | None:
    """Whether a live value is what the service makes of a declared one.

    Args:
        expression: The schema's `propertyTransform` of this property.
        declared: The declared value, fully resolved.
        live: What AWS returns.
        parent: The declared object that holds the property.
        root: The whole declared document.

    Returns:
        `None` if that is undecidable: an expression failed or yields nothing for these values. That is never drift.
    """
    settled = True
    for alternative in alternatives(expression):
        results = list(_results(alternative, declared, parent, root))
        if any(_agrees(result, live) for result in results):
            return True
        settled = settled and bool(results)
    return False if settled else None


def expression_at(resource_type: ResourceType, override: Override, path: Path) -> str | None:
    """What is known about a property's transform, from the schema and from override data as alternatives; or `None`.

    Args:
        resource_type: The type's facts.
        override: What is known beyond them.
        path: A concrete path.
    """
    stated = (_by_path(resource_type).at(path), override.transforms.at(path))
    return f" {_OR} ".join(text for text in stated if text) or None


@lru_cache(maxsize=256)
def _by_path(resource_type: ResourceType) -> PointerMap[str]:
    return PointerMap({parse(pointer): text for pointer, text in resource_type.property_transform.items()})


@lru_cache(maxsize=1024)
def alternatives(expression: str) -> tuple[str, ...]:
    """The parts of an expression between `$OR`, outside of string literals.

    Args:
        expression: The schema's text.
    """
    parts, start, quote, index = [], 0, "", 0
    while index < len(expression):
        character = expression[index]
        if quote:
            if character == "\\":
                index += 1
            elif character == quote:
                quote = ""
        elif character in _QUOTES:
            quote = character
        elif expression.startswith(_OR, index):
            parts.append(expression[start:index].strip())
            start = index + len(_OR)
        index += 1
    parts.append(expression[start:].strip())
    return tuple(part for part in parts if part)


def _results(
    alternative: str, declared: object, parent: Mapping[str, Any], root: Mapping[str, Any] | None
) -> Iterator[object]:
    """What an alternative yields from the parent, else from the root; and again with the value escaped.

    Expressions paste the declared value into a regular expression unescaped; without the second form a dot or a bracket
    in it would be a metacharacter.
    """
    for context in _contexts(alternative, parent, root):
        result = _evaluated(alternative, context)
        if result is not None:
            yield result
            literal = _evaluated(alternative, _escaped(context, declared)) if isinstance(declared, str) else None
            if literal is not None:
                yield literal
            return


def _contexts(
    alternative: str, parent: Mapping[str, Any], root: Mapping[str, Any] | None
) -> tuple[Mapping[str, Any], ...]:
    """Where the names of an alternative may be found, the likelier place first.

    A path such as `MasterUserSecret.KmsKeyId` begins at the top. The parent would yield an incomplete value for it:
    `$join` leaves out what is missing.
    """
    if root is None:
        return (parent,)
    above = [name for name in root if name not in parent]
    from_top = any(re.search(rf"(?<![\w$.]){re.escape(name)}\.", alternative) for name in above)
    return (root,) if from_top else (parent, root)


def _evaluated(alternative: str, context: object) -> object:
    evaluate = _compiled(alternative)
    if evaluate is None:
        return None
    try:
        return _plain(evaluate(context))
    except Exception:  # noqa: BLE001 - the evaluator may fail in any way on any value; then the result is unknown
        return None


@lru_cache(maxsize=1024)
def _compiled(alternative: str) -> Any:
    import jsonata

    try:
        return jsonata.Jsonata(alternative).evaluate
    except Exception:  # noqa: BLE001 - an expression that does not parse says nothing
        return None


def _escaped(node: Any, declared: str) -> Any:
    """The same document with every occurrence of the declared text escaped."""
    if isinstance(node, Mapping):
        return {key: _escaped(value, declared) for key, value in node.items()}
    if isinstance(node, list):
        return [_escaped(item, declared) for item in node]
    return re.escape(declared) if node == declared else node


def _plain(value: Any) -> Any:
    """The evaluator's own list and number classes as plain ones."""
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _agrees(result: object, live: object) -> bool:
    if isinstance(result, bool) or isinstance(live, bool):
        return result is live
    if result == live:
        return True
    if isinstance(result, str | int | float) and isinstance(live, str | int | float):
        return str(result) == str(live) or (isinstance(result, str) and _covers(result, str(live)))
    return False


def _covers(pattern: str, text: str) -> bool:
    """Whether a result, read as a regular expression, describes the whole live value."""
    return patterns.matches(f"^(?:{pattern})$", text) is True
