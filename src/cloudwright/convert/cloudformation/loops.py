"""Expands `Fn::ForEach` of the language extensions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.nodes import TemplateNode
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.problem import SourceError
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOOP = "Fn::ForEach::"
_FORM = "such as Fn::ForEach::Queues: [Name, [a, b], {'Queue${Name}': {Type: AWS::SQS::Queue}}]"


def unrolled(root: TemplateNode, values: Mapping[str, str]) -> TemplateNode:
    """A template with every loop expanded.

    Args:
        root: The template.
        values: TemplateParameter -> its value, where one is given.

    Raises:
        SourceError: A loop has the wrong form, or iterates over an unknown value.
    """
    if not any(name.startswith(_LOOP) for node in root.walk() for name in node.members or {}):
        return root
    return _Unrolling(root, values).node(root)


class _Unrolling:
    def __init__(self, root: TemplateNode, values: Mapping[str, str]) -> None:
        self.root, self.values = root, values

    def node(self, node: TemplateNode) -> TemplateNode:
        if node.items is not None:
            return replace(node, items=tuple(self.node(item) for item in node.items))
        if node.members is None:
            return node
        found: dict[str, TemplateNode] = {}
        for name, member in node.members.items():
            made = self.loop(member) if name.startswith(_LOOP) else {name: self.node(member)}
            _refuse_twice(found, made, member)
            found.update(made)
        return replace(node, members=found)

    def loop(self, node: TemplateNode) -> dict[str, TemplateNode]:
        if node.items is None or len(node.items) != 3 or not node.items[0].is_scalar or node.items[2].members is None:
            raise SourceError("Fn::ForEach takes a name, a list and a map", node.at, hint=_FORM)
        name = scalar_text(node.items[0])
        found: dict[str, TemplateNode] = {}
        for value in self.collection(node.items[1]):
            inner = self.node(_substituted(node.items[2], name, value))
            _refuse_twice(found, inner.members or {}, node)
            found.update(inner.members or {})
        return found

    def collection(self, node: TemplateNode) -> list[str]:
        if node.items is not None and all(item.is_scalar for item in node.items):
            return [scalar_text(item) for item in node.items]
        reference = node.get("Ref")
        if reference is not None and reference.is_scalar:
            return self.parameter(scalar_text(reference), node)
        if node.items is not None:
            return [one for item in node.items for one in self.collection_item(item)]
        mapped = node.get("Fn::FindInMap")
        if mapped is not None and mapped.items is not None and len(mapped.items) == 3:
            return self.collection(self.mapped(mapped, *mapped.items))
        raise SourceError(
            "Fn::ForEach iterates over a value that the template does not contain",
            node.at,
            hint="write the list into the template",
        )

    def collection_item(self, node: TemplateNode) -> list[str]:
        return [scalar_text(node)] if node.is_scalar else self.collection(node)

    def mapped(self, node: TemplateNode, *keys: TemplateNode) -> TemplateNode:
        """A mapping's value, if the parameters' values determine which one."""
        found: TemplateNode | None = self.root.get("Mappings")
        for key in keys:
            names = [scalar_text(key)] if key.is_scalar else self.collection(key)
            found = found.get(names[0]) if found is not None and len(names) == 1 else None
        if found is None:
            raise SourceError(
                "Fn::ForEach iterates over a value that is in no mapping",
                node.at,
                hint="write the list into the template",
            )
        return found

    def parameter(self, name: str, node: TemplateNode) -> list[str]:
        parameters = self.root.get("Parameters")
        parameter = parameters.get(name) if parameters is not None else None
        default = parameter.get("Default") if parameter is not None else None
        text = self.values.get(name, scalar_text(default) if default is not None and default.is_scalar else None)
        if text is None:
            raise SourceError(
                f"Fn::ForEach iterates over the parameter {name}, which has no value",
                node.at,
                hint=f"set it: --parameter {name}=...",
            )
        return [one.strip() for one in text.split(",") if one.strip()]


def _refuse_twice(found: Mapping[str, TemplateNode], made: Mapping[str, TemplateNode], loop: TemplateNode) -> None:
    """A key that two iterations create would hide the first one."""
    for name in made:
        if name in found:
            raise SourceError(f"Fn::ForEach creates {name!r} twice", loop.at, hint="use the loop's variable in the key")


def _substituted(node: TemplateNode, name: str, value: str) -> TemplateNode:
    """A loop's body for one value of its variable."""
    if node.items is not None:
        return replace(node, items=tuple(_substituted(item, name, value) for item in node.items))
    if node.members is not None:
        reference = node.members.get("Ref")
        if len(node.members) == 1 and reference is not None and reference.value == name:
            return TemplateNode(node.at, value, value)
        return replace(
            node,
            members={_named(key, name, value): _substituted(one, name, value) for key, one in node.members.items()},
        )
    if isinstance(node.value, str):
        text = _named(node.value, name, value)
        return TemplateNode(node.at, text, text)
    return node


def _named(text: str, name: str, value: str) -> str:
    text = text.replace(f"${{{name}}}", value)
    return text.replace(f"&{{{name}}}", re.sub(r"[^A-Za-z0-9]", "", value))
