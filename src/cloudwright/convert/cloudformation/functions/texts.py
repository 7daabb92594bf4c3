"""The functions that return texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.dynamic import with_dynamic
from cloudwright.convert.cloudformation.function_forms import form_of
from cloudwright.convert.cloudformation.functions.references import attribute_of, reference
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.cloudformation.translator import function_of
from cloudwright.convert.cloudformation.values import (
    TEXTS,
    Expression,
    PythonType,
    merged,
    text_of,
    without_secret_parts,
)
from cloudwright.convert.problem import SourceError
from cloudwright.convert.writer.code import (
    CallOf,
    ListOf,
    MethodOf,
    Raw,
    Star,
    TextOf,
)
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.translator import Translator
    from cloudwright.diff.shape import Shape

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


def sub(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::Sub`, with or without a map of its own names.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    given: Mapping[str, TemplateNode] = {}
    text = node
    if node.items is not None:
        text, names = translator.arguments(node, "Fn::Sub", 1, 2) if len(node.items) == 2 else (node.items[0], None)
        given = (names.members or {}) if names is not None else {}
    if not text.is_scalar:
        if function_of(text) is not None:
            return translator.undecided("the text of Fn::Sub is computed", node)
        raise SourceError("Fn::Sub takes a text", node.at, hint=form_of("Fn::Sub"))
    return _substituted(translator, scalar_text(text), given, text, place)


def _substituted(
    translator: Translator, text: str, given: Mapping[str, TemplateNode], node: TemplateNode, place: Shape | None
) -> Expression:
    parts: list[Expression] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        parts.append(Expression(TextOf(text[end : match.start()]), PythonType.TEXT, literal=True))
        end = match.end()
        if match[1]:
            parts.append(Expression(TextOf(f"${{{match[2]}}}"), PythonType.TEXT, literal=True))
        else:
            parts.append(_variable(translator, match[2].strip(), given, node))
    parts.append(Expression(TextOf(text[end:]), PythonType.TEXT, literal=True))
    return with_dynamic(translator.known, parts, node, place)


def _variable(translator: Translator, name: str, given: Mapping[str, TemplateNode], node: TemplateNode) -> Expression:
    if name in given:
        return _as_text(translator, translator.computed(given[name]), node)
    if "." in name and not name.startswith("AWS::"):
        resource, _, attribute = name.partition(".")
        return _as_text(translator, attribute_of(translator, resource, attribute, node), node)
    return _as_text(translator, reference(translator, name, node), node)


def _as_text(translator: Translator, value: Expression, node: TemplateNode) -> Expression:
    """A value within a larger text; numbers are inserted unchanged."""
    if value.kind is PythonType.LIST:
        # CloudFormation joins a list of texts like this.
        translator.awaits |= value.carries
        joined_text = MethodOf(TextOf(","), "join", (value.code,))
        return replace(value.made(joined_text, PythonType.TEXT), carries=frozenset())
    if value.kind is PythonType.NONE:
        raise SourceError("AWS::NoValue can't be part of a text", node.at, hint="use it as the whole value")
    return value


def join(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::Join`.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    separator_node, items = translator.arguments(node, "Fn::Join", 2)
    separator = translator.text(separator_node)
    if items.items is None:
        listed = translator.computed(items, TEXTS)
        translator.awaits |= listed.carries
        call = MethodOf(separator.code, "join", (listed.code,))
        return replace(merged(call, PythonType.TEXT, [separator, listed]), carries=separator.carries)
    parts = [_join_item(translator, item) for item in items.items]
    if any(isinstance(part.code, Star) for part in parts) or not isinstance(separator.code, TextOf):
        codes = tuple(part.code if isinstance(part.code, Star) else text_of(part).code for part in parts)
        return merged(MethodOf(separator.code, "join", (ListOf(codes),)), PythonType.TEXT, [separator, *parts])
    row: list[Expression] = []
    for part in parts:
        if part.kind is PythonType.NONE:
            continue
        if row and separator.code.value:
            row.append(separator)
        row.append(part)
    return with_dynamic(translator.known, row, node, place)


def _join_item(translator: Translator, item: TemplateNode) -> Expression:
    part = without_secret_parts(translator.item(item, TEXTS.item()))
    if part.kind is PythonType.LIST and isinstance(part.code, ListOf):
        return part
    if part.kind is PythonType.LIST:
        translator.awaits |= part.carries
        return replace(part.made(Star(part.code), PythonType.ANY), carries=frozenset())
    return part


def base64(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::Base64`.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    del place
    text = translator.text(node)
    translator.awaits |= text.carries
    translator.known.helpers.add("base64")
    return replace(text.made(CallOf("base64", (("", text.code),)), PythonType.TEXT), carries=frozenset())


def to_json_string(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::ToJsonString` of the language extensions.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    del place
    value = translator.computed(node)
    translator.known.uses.add("json")
    separators = ("separators", Raw('(",", ":")'))
    return value.made(CallOf("json.dumps", (("", value.code), separators)), PythonType.TEXT)
