"""The arguments of a converted program: a template's parameters, with their types, defaults and descriptions."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.dynamic import is_dynamic
from cloudwright.convert.cloudformation.functions.references import parameter_kind
from cloudwright.convert.cloudformation.values import PythonType
from cloudwright.convert.writer.code import Code, ListOf, Raw, TextOf
from cloudwright.convert.writer.layout import source
from cloudwright.convert.writer.quotes import literal
from cloudwright.generate.source import WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.convert.cloudformation.known_names import KnownNames
    from cloudwright.convert.cloudformation.template import TemplateParameter


def signature(known: KnownNames) -> list[str]:
    """The head of the function that declares the resources, with its docstring.

    Args:
        known: The template's names.
    """
    arguments = [
        _argument(known, one)
        for one in sorted(known.template.parameters.values(), key=lambda one: _default(one) is not None)
    ]
    if known.is_component:
        stack_name = ["stack_name: str"] if "stack_name" in known.uses else []
        named = [*stack_name, *arguments]
        return [
            "@component",
            *_head(known, ["name: str", *(["*"] if named else []), *named], "Any"),
            *_docstring(known),
        ]
    return [*_head(known, ["*", *arguments] if arguments else [], "object"), *_docstring(known)]


def _head(known: KnownNames, arguments: Sequence[str], held: str) -> list[str]:
    opening, closing = f"async def {known.function}(", f") -> dict[str, {held}]:"
    flat_head = f"{opening}{', '.join(arguments)}{closing}"
    if len(flat_head) <= WIDTH and "\n" not in flat_head:
        return [flat_head]
    return [opening, *(f"    {one}," for one in arguments), closing]


def _docstring(known: KnownNames) -> list[str]:
    what = f"of {known.origin}" if known.is_component else "of the stack"
    if not known.template.parameters and not known.is_component:
        return [f'    """Declare the resources {what}."""']
    rows = [f'    """Declare the resources {what}.', "", "    Args:"]
    if known.is_component:
        rows.append("        name: The id of the component.")
        if "stack_name" in known.uses:
            rows.append("        stack_name: The name that resource names are built from.")
    for one in known.template.parameters.values():
        rows += _wrapped(f"{known.parameters[one.name]}: {_about(one)}", 8)
    return [*rows, '    """']


def _argument(known: KnownNames, parameter: TemplateParameter) -> str:
    default = _default(parameter)
    head = f"{known.parameters[parameter.name]}: {annotation(known, parameter)}"
    if default is None:
        return head
    return f"{head} = {source(default, 4, len(head) + 4)}"


def _default(parameter: TemplateParameter) -> Code | None:
    if parameter.default is None or parameter.is_list or parameter.from_store or is_dynamic(parameter.default):
        return None
    return as_argument(parameter, parameter.default)


def as_argument(parameter: TemplateParameter, value: str) -> Code:
    """A parameter's value as the value of the argument.

    Args:
        parameter: The parameter.
        value: The text in the template or on the command line.
    """
    if parameter.is_list:
        return ListOf(tuple(TextOf(one.strip()) for one in value.split(",") if one.strip()))
    return Raw(value) if parameter_kind(parameter) is PythonType.INTEGER else TextOf(value)


def annotation(known: KnownNames, parameter: TemplateParameter) -> str:
    """The Python type of an argument.

    Args:
        known: The template's names.
        parameter: The parameter.
    """
    if parameter.is_list:
        return "list[str]"
    literals = choices(known, parameter)
    if literals:
        return literals
    if parameter.name in known.loose:
        return "Any"
    return "int" if parameter_kind(parameter) is PythonType.INTEGER else "str"


def choices(known: KnownNames, parameter: TemplateParameter) -> str:
    """The `Literal` of a parameter's allowed values; empty if any value is allowed.

    Args:
        known: The template's names.
        parameter: The parameter.
    """
    if parameter.is_list or not parameter.allowed or parameter.name in known.loose:
        return ""
    number = parameter_kind(parameter) is PythonType.INTEGER
    values = list(dict.fromkeys(parameter.allowed))
    if parameter.default is not None and parameter.default not in values:
        values.append(parameter.default)
    found = f"Literal[{', '.join(value if number else literal(value) for value in values)}]"
    if len(found) + 8 + len(parameter.name) <= WIDTH - 20:
        return found
    inner = [f"        {value if number else literal(value)}," for value in values]
    return "\n".join(["Literal[", *inner, "    ]"])


def _about(parameter: TemplateParameter) -> str:
    words = parameter.description.rstrip(".") or f"The parameter {parameter.name}"
    notes = [parameter.type] if parameter.type not in {"String", "Number", "CommaDelimitedList"} else []
    if parameter.pattern:
        notes.append(f"matches {parameter.pattern}")
    notes += [f"{name} {value}" for name, value in parameter.limits.items()]
    text = f"{words}; {', '.join(notes)}." if notes else f"{words}."
    return text.replace("\\", "\\\\").replace('"""', "'''")


def _wrapped(words: str, indent: int) -> list[str]:
    return textwrap.wrap(
        words,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 4),
        break_long_words=False,
        break_on_hyphens=False,
    )
