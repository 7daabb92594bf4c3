"""The functions that make, split or count lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.function_forms import form_of
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.cloudformation.values import (
    NOTHING,
    TEXTS,
    Expression,
    PythonType,
)
from cloudwright.convert.problem import SourceError
from cloudwright.convert.writer.code import (
    CallOf,
    Code,
    IndexOf,
    ListOf,
    MethodOf,
    Raw,
    TextOf,
)
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.translator import Translator
    from cloudwright.diff.shape import Shape


def select(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::Select`.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    index_node, items = translator.arguments(node, "Fn::Select", 2)
    index = translator.untyped(index_node, None)
    if index.literal and items.items is not None:
        position = _position(index_node)
        if position >= len(items.items):
            raise SourceError(
                f"Fn::Select takes item {position} of {len(items.items)}", node.at, hint="items are counted from 0"
            )
        return translator.untyped(items.items[position], place)
    listed = translator.plain(translator.computed(items, TEXTS))
    key = Raw(str(_position(index_node))) if index.literal else _as_index(translator, index)
    if isinstance(listed.code, Raw | MethodOf | CallOf | IndexOf | ListOf):
        return listed.made(
            IndexOf(listed.code, key), PythonType.TEXT if listed.kind is PythonType.LIST else listed.kind
        )
    return listed.made(IndexOf(listed.code, key), PythonType.TEXT)


def _position(node: TemplateNode) -> int:
    text = scalar_text(node)
    if not text.strip().isdigit():
        what = f"Fn::Select takes the number of an item, not {text!r}"
        raise SourceError(what, node.at, hint=form_of("Fn::Select"))
    return int(text)


def _as_index(translator: Translator, index: Expression) -> Code:
    plain = translator.plain(index)
    return plain.code if plain.kind is PythonType.INTEGER else CallOf("int", (("", plain.code),))


def split(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::Split`.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    del place
    separator, text = translator.arguments(node, "Fn::Split", 2)
    held = translator.plain(translator.text(text))
    return held.made(MethodOf(held.code, "split", (translator.text(separator).code,)), PythonType.LIST)


def cidr(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::Cidr`.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    del place
    block, count, *bits = translator.arguments(node, "Fn::Cidr", 2, 3)
    numbers = [_whole(translator, one) for one in (count, *bits)]
    text = translator.text(block)
    translator.awaits |= text.carries
    translator.known.helpers.add("cidr")
    call = CallOf("cidr", (("", text.code), *(("", one) for one in numbers)))
    return replace(text.made(call, PythonType.LIST), carries=frozenset())


def _whole(translator: Translator, node: TemplateNode) -> Code:
    value = translator.plain(translator.untyped(node, None))
    if value.literal:
        return Raw(scalar_text(node))
    return value.code if value.kind is PythonType.INTEGER else CallOf("int", (("", value.code),))


def zones(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::GetAZs`.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    del place
    region = translator.text(node) if not node.is_null else NOTHING
    own = region.kind is PythonType.NONE or region.code in {TextOf(""), Raw("here.region")}
    translator.known.uses.add("zones")
    if own:
        return Expression(Raw("zones"), PythonType.LIST)
    return translator.undecided("Fn::GetAZs of another Region", node)


def length(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::Length` of the language extensions.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    del place
    listed = translator.plain(translator.computed(node))
    return listed.made(CallOf("len", (("", listed.code),)), PythonType.INTEGER)
