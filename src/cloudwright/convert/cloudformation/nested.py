"""Nested stacks: each template becomes a component, a function that the outer function calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.dynamic import is_dynamic
from cloudwright.convert.cloudformation.functions.references import parameter_kind
from cloudwright.convert.cloudformation.parameters import as_argument
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.cloudformation.values import Expression, PythonType, computable, text_of
from cloudwright.convert.problem import Remark, SourceError
from cloudwright.convert.writer.code import Assign, CallOf, Code, Formatted, TextOf
from cloudwright.lazy_dataclass import dataclass
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.convert.cloudformation.known_names import KnownNames
    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.template import ResourceNode, Template, TemplateParameter
    from cloudwright.convert.cloudformation.translator import Translator

NESTED_TYPES: Mapping[str, str] = {
    "AWS::CloudFormation::Stack": "TemplateURL",
    "AWS::Serverless::Application": "Location",
}
"""Type -> the property that names the nested template."""

_LEFT_OUT = ("Tags", "NotificationARNs", "TimeoutInMinutes")


@dataclass(frozen=True, slots=True)
class NestedTemplate:
    """The template of a nested stack.

    Attributes:
        origin: Its file, as messages name it.
        nested: Logical id -> the template of a stack nested in this one.
        remarks: Remarks from reading it.
    """

    origin: str
    template: Template
    nested: Mapping[str, NestedTemplate]
    remarks: tuple[Remark, ...] = ()


def nested_call(resource: ResourceNode, translator: Translator, *, named: bool) -> Assign:
    """The call of a nested stack's component.

    Args:
        resource: The nested stack.
        translator: Translates the values of its parameters.
        named: Whether anything refers to its outputs.

    Raises:
        SourceError: The parameters are not those of the template.
    """
    inner = translator.known.nested[resource.name]
    given = _given(resource, inner)
    _note_left_out(resource, translator)
    arguments: list[tuple[str, Code]] = [("", TextOf(resource.name))]
    if "stack_name" in inner.uses:
        arguments.append(("stack_name", _stack_name(resource, translator)))
    for parameter in inner.template.parameters.values():
        value = _argument(parameter, given.get(parameter.name), resource, translator)
        if value is not None:
            arguments.append((inner.parameters[parameter.name], value))
    variable = translator.known.resources[resource.name] if named else ""
    return Assign(variable, CallOf(f"await {inner.function}", tuple(arguments)))


def _given(resource: ResourceNode, inner: KnownNames) -> Mapping[str, TemplateNode]:
    node = resource.properties.get("Parameters") if resource.properties is not None else None
    given = (node.members or {}) if node is not None else {}
    for name, value in given.items():
        if name not in inner.template.parameters:
            near = did_you_mean(name, inner.template.parameters)
            hint = f"did you mean {near!r}?" if near else None
            raise SourceError(f"{inner.origin} has no parameter {name!r}", value.at, hint=hint)
    return given


def _stack_name(resource: ResourceNode, translator: Translator) -> Code:
    outer = translator.known.stack_name
    if isinstance(outer, TextOf):
        return TextOf(f"{outer.value}-{resource.name}")
    translator.known.uses.add("stack_name")
    return Formatted((outer, f"-{resource.name}"))


def _argument(
    parameter: TemplateParameter, node: TemplateNode | None, resource: ResourceNode, translator: Translator
) -> Code | None:
    found = translator.untyped(node, None) if node is not None else None
    if found is None or found.kind is PythonType.NONE:
        return _default(parameter, resource, translator)
    _note_places(parameter, node, resource, translator)
    if parameter.allowed and not (isinstance(found.code, TextOf) and found.code.value in parameter.allowed):
        translator.known.nested[resource.name].loose.add(parameter.name)
    if parameter.from_store:
        translator.known.helpers.add("stored")
        call = CallOf("await stored", (("", translator.plain(text_of(found)).code), ("example", TextOf(""))))
        found = Expression(call, PythonType.TEXT)
    code = _typed(parameter, found, translator)
    return (
        _known(code, found, translator) if parameter.name in translator.known.nested[resource.name].compared else code
    )


def _known(code: Code, found: Expression, translator: Translator) -> Code:
    """A value that a condition of the nested stack compares; it must be known, so it can't be a reference."""
    translator.awaits |= found.carries
    if not found.nested and (found.literal or not translator.known.is_component):
        return code
    translator.known.helpers.add("known")
    return CallOf("await known", (("", code),))


def _default(parameter: TemplateParameter, resource: ResourceNode, translator: Translator) -> Code | None:
    """The argument for a parameter that the outer template omits; `None` if the function has a default."""
    if parameter.default is None:
        origin = translator.known.nested[resource.name].origin
        hint = f"set it in the Parameters of {resource.name}"
        raise SourceError(f"the parameter {parameter.name} of {origin} has no value", resource.node.at, hint=hint)
    if parameter.from_store:
        translator.known.helpers.add("stored")
        call = CallOf("await stored", (("", TextOf(parameter.default)), ("example", TextOf(""))))
        return _typed(parameter, Expression(call, PythonType.TEXT), translator)
    node = parameter.node.get("Default")
    if node is not None and is_dynamic(parameter.default):
        return _typed(parameter, translator.untyped(node, None), translator)
    return as_argument(parameter, parameter.default) if parameter.is_list else None


def _typed(parameter: TemplateParameter, found: Expression, translator: Translator) -> Code:
    if parameter.is_list:
        if found.kind is PythonType.LIST:
            return found.code
        if found.literal and isinstance(found.code, TextOf):
            return as_argument(parameter, found.code.value)
        translator.known.helpers.add("texts")
        return CallOf("texts", (("", computable(found)),))
    if parameter_kind(parameter) is not PythonType.INTEGER:
        return text_of(found).code
    if found.kind is PythonType.INTEGER:
        return found.code
    if found.literal and isinstance(found.code, TextOf) and found.code.value.isdigit():
        return as_argument(parameter, found.code.value)
    translator.awaits |= found.carries
    return CallOf("int", (("", computable(found)),))


def _note_places(
    parameter: TemplateParameter, node: TemplateNode | None, resource: ResourceNode, translator: Translator
) -> None:
    """For a parameter that is passed on, note the places where the inner template uses it."""
    reference = node.get("Ref") if node is not None else None
    if reference is None or not reference.is_scalar:
        return
    name, inner = scalar_text(reference), translator.known.nested[resource.name]
    translator.known.places.setdefault(name, []).extend(inner.places.get(parameter.name, []))
    if parameter.name in inner.keys:
        translator.known.keys.setdefault(name, inner.keys[parameter.name])


def _note_left_out(resource: ResourceNode, translator: Translator) -> None:
    properties = (resource.properties.members or {}) if resource.properties is not None else {}
    remarks = [f"{name} of the nested stack is left out" for name in _LEFT_OUT if name in properties]
    if resource.depends_on:
        remarks.append("DependsOn of a nested stack is left out: the order follows from references")
    translator.known.remarks += [Remark(resource.node.at, resource.name, text) for text in remarks]
