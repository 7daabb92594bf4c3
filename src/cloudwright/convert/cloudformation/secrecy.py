"""Finds parameters that receive a secret but are not declared as secret: a secret that is passed on stays secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.dynamic import is_secret
from cloudwright.convert.cloudformation.order import mentions
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.convert.cloudformation.known_names import KnownNames
    from cloudwright.convert.cloudformation.nodes import TemplateNode


def mark_secrets(known: KnownNames) -> None:
    """Mark parameters as secret if a secret is passed for them, here and in all nested templates.

    Args:
        known: The names of the outermost template; its parameters and those of nested templates are changed.
    """
    _mark(known, [name for name, value in known.values.items() if is_secret(value)])
    held = {name for name, one in known.template.parameters.items() if one.no_echo}
    for name, inner in known.nested.items():
        properties = known.template.resources[name].properties
        node = properties.get("Parameters") if properties is not None else None
        given = (node.members or {}) if node is not None else {}
        _mark(inner, [name for name, value in given.items() if _holds_secret(value, held)])
    for inner in known.nested.values():
        mark_secrets(inner)


def _mark(known: KnownNames, names: Iterable[str]) -> None:
    parameters = dict(known.template.parameters)
    for name in names:
        if name in parameters:
            parameters[name] = replace(parameters[name], no_echo=True)
    known.template = replace(known.template, parameters=parameters)


def _holds_secret(node: TemplateNode, held: set[str]) -> bool:
    texts = (scalar_text(one) for one in node.walk() if one.is_scalar)
    return bool(mentions(node) & held) or any(map(is_secret, texts))
