"""The order in which a program lists conditions and resources: each after those that it refers to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.problem import SourceError
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.template import ResourceNode, Template

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def mentions(node: TemplateNode | None) -> set[str]:
    """The names that a value refers to: logical ids, parameters and pseudo parameters."""
    found: set[str] = set()
    for inner in node.walk() if node is not None else ():
        for name, argument in (inner.members or {}).items():
            if name == "Ref" and argument.is_scalar:
                found.add(scalar_text(argument))
            elif name == "Fn::GetAtt":
                first = argument.items[0] if argument.items else argument
                found.add(scalar_text(first).partition(".")[0] if first.is_scalar else "")
            elif name == "Fn::Sub":
                text = argument.items[0] if argument.items else argument
                found |= {one.strip().partition(".")[0] for one in _VARIABLE.findall(_text(text))}
    return found


def certain(node: TemplateNode | None) -> set[str]:
    """The names that a value always refers to: not only under a condition, or in an item that is not selected."""
    if node is None:
        return set()
    found = {name for item in node.items or () for name in certain(item)}
    for name, argument in (node.members or {}).items():
        if name == "Fn::Sub" and argument.items:
            found |= _substituted(*argument.items)
        elif name in {"Ref", "Fn::GetAtt", "Fn::Sub"}:
            found |= mentions(node)
        elif not name.startswith("Fn::") or name in {"Fn::Join", "Fn::Base64"}:
            found |= certain(argument)
    return found


def _substituted(text: TemplateNode, *rest: TemplateNode) -> set[str]:
    names = {one.strip().partition(".")[0] for one in _VARIABLE.findall(_text(text))}
    bound = (rest[0].members or {}) if rest else {}
    return (names - set(bound)) | {name for key in names & set(bound) for name in certain(bound[key])}


def reduced(template: Template, without: Iterable[str]) -> Template:
    """A template without some resources, without those that refer to them, and without outputs."""
    gone = set(without)
    while fresh := {name for name, one in template.resources.items() if name not in gone and _needs(one) & gone}:
        gone |= fresh
    kept = {name: one for name, one in template.resources.items() if name not in gone}
    return replace(template, resources=kept, outputs={})


def _needs(resource: ResourceNode) -> set[str]:
    return mentions(resource.properties) | set(resource.depends_on)


def _text(node: TemplateNode) -> str:
    return scalar_text(node) if node.is_scalar else ""


def condition_order(conditions: Mapping[str, TemplateNode]) -> list[str]:
    """Conditions, each after those that it refers to.

    Args:
        conditions: Name -> expression.

    Raises:
        SourceError: They refer to each other in a cycle.
    """

    def needed(name: str) -> list[str]:
        return [
            scalar_text(argument)
            for inner in conditions[name].walk()
            for key, argument in (inner.members or {}).items()
            if key == "Condition" and argument.is_scalar and scalar_text(argument) in conditions
        ] + [
            scalar_text(argument.items[0])
            for inner in conditions[name].walk()
            for key, argument in (inner.members or {}).items()
            if key == "Fn::If" and argument.items and argument.items[0].is_scalar
        ]

    return _ordered(conditions, needed, "conditions")


def resource_order(template: Template) -> list[str]:
    """Resources, each after those that it refers to; otherwise in the order of the template.

    Raises:
        SourceError: They refer to each other in a cycle.
    """
    names = template.resources

    def needed(name: str) -> list[str]:
        resource = template.resources[name]
        found = mentions(resource.properties) | set(resource.depends_on)
        return [one for one in names if one in found]

    return _ordered({name: one.node for name, one in names.items()}, needed, "resources")


def _ordered(nodes: Mapping[str, TemplateNode], needed: Callable[[str], list[str]], what: str) -> list[str]:
    done: dict[str, None] = {}
    for first in nodes:
        path: list[str] = []
        waiting: list[tuple[str, bool]] = [(first, False)]
        while waiting:
            name, left = waiting.pop()
            if left:
                path.pop()
                done[name] = None
                continue
            if name in done or name not in nodes:
                continue
            if name in path:
                circle = " -> ".join([*path[path.index(name) :], name])
                hint = f"remove one reference, such as that of {path[-1]} to {name}"
                raise SourceError(f"{what} refer to each other in a cycle: {circle}", nodes[name].at, hint=hint)
            path.append(name)
            waiting.append((name, True))
            waiting += [(one, False) for one in reversed(needed(name)) if one not in done]
    return list(done)
