"""Builds a template from plain data, for sources other than CloudFormation templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.convert.cloudformation.nodes import TemplateNode
from cloudwright.convert.problem import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def tree(value: Any) -> TemplateNode:
    """Plain data as a tree without positions.

    Args:
        value: JSON.
    """
    if isinstance(value, dict):
        return TemplateNode(NOWHERE, members={str(name): tree(one) for name, one in value.items()})
    if isinstance(value, list):
        return TemplateNode(NOWHERE, items=tuple(map(tree, value)))
    if isinstance(value, str):
        return TemplateNode(NOWHERE, value, value)
    return TemplateNode(NOWHERE, value, str(value))


def with_references(value: Any, known: Mapping[str, Any]) -> Any:
    """Data in which each text that names another resource is replaced by a reference to it.

    Args:
        value: JSON.
        known: Text -> the reference that replaces it.
    """
    if isinstance(value, dict):
        return {name: with_references(one, known) for name, one in value.items()}
    if isinstance(value, list):
        return [with_references(one, known) for one in value]
    return known.get(value, value) if isinstance(value, str) else value


def distinct_keys(wanted: Iterable[tuple[str, str]]) -> list[str]:
    """A key for each resource: its short name, or its full one where several share the short one.

    Args:
        wanted: Short and full names, in order; the full ones are distinct.
    """
    pairs = list(wanted)
    short = [one for one, _ in pairs]
    found: list[str] = []
    for name, full in pairs:
        key = name if short.count(name) == 1 and name not in found else full
        while key in found:
            key += "_"
        found.append(key)
    return found
