"""Custom resources as types written in Python: a class with the template's properties, and a provider to write.

What a custom resource does is in a function outside the template and can't be converted: the provider's methods refuse,
and `undecided(...)` stops the plan until the user has written them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.custom_class import CustomClass, field_name
from cloudwright.convert.cloudformation.expressions import Expressions
from cloudwright.convert.cloudformation.translator import function_of
from cloudwright.convert.cloudformation.values import PythonType
from cloudwright.convert.problem import Remark
from cloudwright.convert.writer.code import Assign, CallOf, TextOf
from cloudwright.convert.writer.layout import flat, lines
from cloudwright.convert.writer.quotes import literal
from cloudwright.generate.source import WIDTH, comment
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudwright.convert.cloudformation.known_names import KnownNames
    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.template import ResourceNode, Template
    from cloudwright.convert.writer.code import Code
    from cloudwright.convert.writer.names import Names

_TYPES = ("Custom::", "AWS::CloudFormation::CustomResource")
_OF_TOOLS = frozenset({"ServiceToken", "ServiceTimeout"})
"""Properties that only CloudFormation reads."""

_HINTS = {PythonType.TEXT: "str", PythonType.INTEGER: "int", PythonType.NUMBER: "float", PythonType.BOOLEAN: "bool"}
_ANY = "Any"
_METHODS = (
    ("create", "new: {0}, context: Context", "Made", "make what {1} makes, and return Made(IDENTIFIER)"),
    ("read", "identifier: str, context: Context", "dict[str, object] | None", "return what it is now, or None"),
    ("update", "identifier: str, old: {0}, new: {0}, context: Context", "None", "change what {1} changes"),
    ("delete", "identifier: str, context: Context", "None", "delete what {1} deletes"),
)
"""Name, arguments, result and duty of the methods that a provider needs."""

IMPORTS = ("Context", "CustomResource", "Made", "Provider", "Rejected")
"""What the classes import from `cloudwright.provider`."""


def is_custom(type_name: str) -> bool:
    """Whether a type is a custom resource's.

    Args:
        type_name: Such as `Custom::Thing`.
    """
    return type_name.startswith(_TYPES)


def custom_classes(template: Template, module: Names) -> dict[str, CustomClass]:
    """Logical id of each custom resource -> its class.

    Args:
        template: The template.
        module: The names used in the module; the names of the classes are added.
    """
    groups: dict[tuple[str, str], list[ResourceNode]] = {}
    for resource in template.resources.values():
        if is_custom(resource.type):
            groups.setdefault((resource.type, _function(resource)), []).append(resource)
    found: dict[str, CustomClass] = {}
    for members in groups.values():
        made = _class(members, module)
        found.update(dict.fromkeys(made.resources, made))
    return found


def _function(resource: ResourceNode) -> str:
    """What identifies the function behind a custom resource: its type does not, unless the type has its own name."""
    token = resource.properties.get("ServiceToken") if resource.properties is not None else None
    return repr(token.plain()) if token is not None else ""


def _class(members: Sequence[ResourceNode], module: Names) -> CustomClass:
    named = members[0].type.removeprefix("Custom::") if members[0].type.startswith("Custom::") else members[0].name
    words = re.findall(r"[A-Za-z0-9]+", named)
    name = "".join(word[0].upper() + word[1:] for word in words)
    name = name if name and not name[0].isdigit() else f"N{name}"
    taken = module.take(name, f"{name}Resource", *(f"{name}{number}" for number in range(2, 100)))
    properties = dict.fromkeys(name for one in members for name in function_properties(one))
    return CustomClass(taken, tuple(one.name for one in members), _fields(properties))


def function_properties(resource: ResourceNode) -> dict[str, TemplateNode]:
    """The properties that a custom resource passes to its function.

    Args:
        resource: The custom resource.
    """
    given = (resource.properties.members or {}) if resource.properties is not None else {}
    return {name: node for name, node in given.items() if name not in _OF_TOOLS and not node.is_null}


def _fields(properties: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in properties:
        field = field_name(name)
        while field in found.values():
            field += "_"
        found[name] = field
    return found


def custom_arguments(resource: ResourceNode, expressions: Expressions) -> list[tuple[str, Code]]:
    """The properties of a custom resource as the arguments of its class.

    Args:
        resource: The custom resource.
        expressions: Translates its values.
    """
    fields = expressions.known.custom[resource.name].fields
    return [(fields[name], expressions.code(node)) for name, node in function_properties(resource).items()]


def undecided_provider(resource: ResourceNode, expressions: Expressions) -> list[Assign]:
    """The statement that stops the program before a custom resource until its provider is written; once for each class.

    Args:
        resource: A resource.
        expressions: Collects the remark.
    """
    known = expressions.known
    made = known.custom.get(resource.name)
    if made is None:
        return []
    at = resource.node.at
    known.remarks.append(Remark(at, resource.name, f"{resource.type} is a custom resource", blocks=True))
    if {(made.name, ""), (made.name, resource.condition)} & known.reported:
        return []
    known.reported.add((made.name, resource.condition))
    known.helpers.add("undecided")
    place = f" (line {at.line})" if at.line else ""
    words = f"is a custom resource; write the methods of {made.provider}, then delete this line"
    return [Assign("", CallOf("undecided", (("", TextOf(f"{resource.name}, {resource.type}{place}: {words}")),)))]


def class_lines(known: KnownNames, app: str) -> list[str]:
    """The classes of a template's custom resources, each with its provider.

    Args:
        known: The names of the template, after its resources were translated.
        app: The app's name, which becomes part of the types' names.
    """
    found: list[str] = []
    # The function translates the same values and records what they use, so what is recorded here is dropped.
    apart = replace(known, uses=set(), helpers=set(), remarks=[], attributes=dict(known.attributes))
    for made in _classes(known):
        found += ["", "", *_resource_class(apart, made, app), "", "", *_provider_class(apart, made)]
    return found


def _classes(known: KnownNames) -> list[CustomClass]:
    return list({one.name: one for one in known.custom.values()}.values())


def providers(functions: Iterable[KnownNames]) -> list[str]:
    """The names of the providers' classes.

    Args:
        functions: The names of all templates.
    """
    return [made.provider for known in functions for made in _classes(known)]


def _resource_class(known: KnownNames, made: CustomClass, app: str) -> list[str]:
    first = known.template.resources[made.resources[0]]
    middle = "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", app)) or "App"
    head = f'class {made.name}(CustomResource, type="Custom::{middle}::{re.sub("_", "", made.name)}"):'
    rows = [head, *_docstring(f"{first.type} of {known.origin}, line {first.node.at.line}.")]
    fields = [row for name, field in made.fields.items() for row in _property(known, made, name, field)]
    fields += [f"    {field}: str = attribute()" for field in known.attributes.get(made.name, {})]
    return [*rows, *(["", *fields] if fields else [])]


def _docstring(words: str) -> list[str]:
    safe = words.replace("\\", "\\\\").replace('"""', "'''")
    return [f'    """{safe}"""']


def _property(known: KnownNames, made: CustomClass, name: str, field: str) -> list[str]:
    given = [function_properties(known.template.resources[one]).get(name) for one in made.resources]
    hints = {_hint(Expressions(known, field), node) for node in given if node is not None}
    hint = hints.pop() if len(hints) == 1 else _ANY
    note = comment(f"The template's {literal(name)}.", 4) if field != name else []
    if hint == _ANY:
        return [*note, f"    {field}: {hint} = None"]
    return [*note, f"    {field}: {hint} | None = None" if None in given else f"    {field}: {hint}"]


def _hint(expressions: Expressions, node: TemplateNode) -> str:
    """The Python type of a value, as JSON has it."""
    if node.items is not None:
        return f"list[{_common(_hint(expressions, one) for one in node.items)}]"
    if node.members is not None and function_of(node) is None:
        return f"dict[str, {_common(_hint(expressions, one) for one in node.members.values())}]"
    found = expressions.value(node)
    if found.secret:
        return "Secret" if found.kind is PythonType.TEXT else _ANY
    if found.kind is PythonType.LIST:
        return "list[Any]"
    return _HINTS.get(found.kind, _ANY)


def _common(hints: Iterable[str]) -> str:
    found = set(hints)
    return found.pop() if len(found) == 1 else _ANY


def _provider_class(known: KnownNames, made: CustomClass) -> list[str]:
    token = _token(known, known.template.resources[made.resources[0]])
    found = [f"class {made.provider}(Provider[{made.name}]):", *_docstring(f"Makes each {made.name}, as {token} does.")]
    for name, arguments, result, duty in _METHODS:
        words = f"{made.provider}.{name} is not written: {duty.format(made.name, token)}"
        refusal = Assign("", CallOf("raise Rejected", (("", TextOf(words)),)))
        found += ["", *_method(name, arguments.format(made.name), result), *lines([refusal], 8)]
    return found


def _token(known: KnownNames, resource: ResourceNode) -> str:
    """How messages name the function behind a custom resource."""
    node = resource.properties.get("ServiceToken") if resource.properties is not None else None
    if node is None:
        return f"{known.origin}, line {resource.node.at.line},"
    code = Expressions(known, resource.name).code(node)
    shown = code.value if isinstance(code, TextOf) else flat(code)
    return f"{shown} ({known.origin}, line {node.at.line})"


def _method(name: str, arguments: str, result: str) -> list[str]:
    head = f"    async def {name}(self, {arguments}) -> {result}:"
    if len(head) <= WIDTH:
        return [head]
    inner = f"        self, {arguments}"
    if len(inner) <= WIDTH:
        return [f"    async def {name}(", inner, f"    ) -> {result}:"]
    return [
        f"    async def {name}(",
        *(f"        {one}," for one in f"self, {arguments}".split(", ")),
        f"    ) -> {result}:",
    ]
