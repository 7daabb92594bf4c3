"""`Fn::FindInMap`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.function_forms import refused
from cloudwright.convert.cloudformation.nodes import TemplateNode
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.cloudformation.values import (
    Expression,
    PythonType,
    merged,
)
from cloudwright.convert.writer.code import (
    Code,
    DictOf,
    IndexOf,
    MethodOf,
    Raw,
    TextOf,
)

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.translator import Translator
    from cloudwright.diff.shape import Shape


def find_in_map(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::FindInMap`.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    name_node, first, second, *rest = translator.arguments(node, "Fn::FindInMap", 3, 4)
    default = rest[0].get("DefaultValue") if rest else None
    keys = [translator.plain(translator.text(one)).code for one in (first, second)]
    if not name_node.is_scalar:
        _note_keys(translator, TemplateNode(name_node.at, members=translator.known.template.mappings), name_node)
        computed = translator.plain(translator.text(name_node)).code
        every = DictOf(tuple((one, Raw(constant)) for one, constant in translator.known.mappings.items()))
        return _mapped(translator, IndexOf(every, computed), PythonType.ANY, keys, default, place)
    name = scalar_text(name_node)
    if name not in translator.known.mappings:
        raise refused(f"the template has no mapping {name!r}", name_node.at, name, translator.known.mappings)
    if place is not None and any(place.says("enum")):
        translator.known.loose.add(name)
    _note_keys(translator, translator.known.template.mappings[name], first, second)
    mapping = translator.known.template.mappings[name]
    lower = all(text == text.lower() for text in (scalar_text(one) for one in mapping.walk() if one.is_scalar))
    kind = mapping_kind(mapping, keys[1])
    return _mapped(translator, Raw(translator.known.mappings[name]), kind, keys, default, place, lower=lower)


def _note_keys(translator: Translator, mapping: TemplateNode, *keys: TemplateNode) -> None:
    """Record the keys of a mapping as example values of the parameters that select one."""
    rows = mapping.members or {}
    for node in keys:
        reference = node.get("Ref")
        if reference is not None and reference.is_scalar and rows:
            translator.known.keys.setdefault(scalar_text(reference), next(iter(rows)))
        rows = next(iter(rows.values())).members or {} if rows else {}


def _mapped(
    translator: Translator,
    constant: Code,
    kind: PythonType,
    keys: list[Code],
    default: TemplateNode | None,
    place: Shape | None,
    *,
    lower: bool = False,
) -> Expression:
    if default is None:
        return Expression(IndexOf(IndexOf(constant, keys[0]), keys[1]), kind, lower=lower)
    other = translator.untyped(default, place)
    inner = MethodOf(constant, "get", (keys[0], DictOf(())))
    return merged(MethodOf(inner, "get", (keys[1], other.code)), kind, [other])


def mapping_kind(mapping: TemplateNode, key: Code) -> PythonType:
    """The Python type of the values under a second-level key.

    Args:
        mapping: The mapping.
        key: The second-level key, which may be computed.
    """
    kinds = set()
    for row in (mapping.members or {}).values():
        for name, node in (row.members or {}).items():
            if not isinstance(key, TextOf) or name == key.value:
                kinds.add(PythonType.LIST if node.items is not None else PythonType.TEXT)
    return kinds.pop() if len(kinds) == 1 else PythonType.ANY
