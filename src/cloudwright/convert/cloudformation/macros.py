"""Macros inside a template: `Fn::Transform` next to other keys, with which CloudFormation merges its result.

Source: the CloudFormation user guide, "Fn::Transform": it "processes the template section" that contains it, and may
have siblings, such as `AWS::Include` among the properties of a resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.template import InlineMacro, scalar_text
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.convert.cloudformation.nodes import TemplateNode

NAME = "Fn::Transform"
_SECTIONS = 4
"""Down to this depth, a map is part of the template, such as `Properties`, not a value that a function may return."""


def has_inline_macros(root: TemplateNode) -> bool:
    """Whether a template contains a macro anywhere."""
    return any(NAME in (node.members or {}) for node in root.walk())


def inline_macros(root: TemplateNode) -> tuple[InlineMacro, ...]:
    """The macros that `without_inline_macros` removes."""
    return tuple(_found(root, 0))


def _found(node: TemplateNode, depth: int) -> Iterator[InlineMacro]:
    if _is_merged(node, depth):
        call = (node.members or {})[NAME]
        name = call.get("Name")
        yield InlineMacro(call.at, scalar_text(name) if name is not None and name.is_scalar else "without a name")
    for inner in (*(node.items or ()), *(node.members or {}).values()):
        yield from _found(inner, depth + 1)


def without_inline_macros(node: TemplateNode, depth: int = 0) -> TemplateNode:
    """A template without the macros whose result is merged with their siblings.

    Args:
        node: The template, or a part of it.
        depth: The depth of the part in the template.
    """
    if node.items is not None:
        return replace(node, items=tuple(without_inline_macros(one, depth + 1) for one in node.items))
    if node.members is None:
        return node
    merged = _is_merged(node, depth)
    kept = {name: one for name, one in node.members.items() if not merged or name != NAME}
    return replace(node, members={name: without_inline_macros(one, depth + 1) for name, one in kept.items()})


def _is_merged(node: TemplateNode, depth: int) -> bool:
    members = node.members or {}
    return NAME in members and (len(members) > 1 or depth < _SECTIONS)
