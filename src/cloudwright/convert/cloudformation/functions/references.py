"""`Ref` and `Fn::GetAtt`: references to parameters, pseudo parameters, resources and attributes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.provided import PROVIDED_TYPES
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.cloudformation.values import (
    NOTHING,
    Expression,
    PythonType,
)
from cloudwright.convert.problem import Remark, SourceError
from cloudwright.convert.writer.code import (
    CallOf,
    Code,
    IndexOf,
    Raw,
    TextOf,
)
from cloudwright.diff.shape import Shape
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.template import TemplateParameter
    from cloudwright.convert.cloudformation.translator import Translator
    from cloudwright.schema.resource_type import ResourceType

PSEUDO = {
    "AWS::AccountId": "here.account",
    "AWS::Region": "here.region",
    "AWS::Partition": "here.partition",
    "AWS::URLSuffix": "url_suffix(here.partition)",
}
"""Pseudo parameter -> the expression of the program."""

PSEUDO_PARAMETERS = (*PSEUDO, "AWS::NoValue", "AWS::StackName", "AWS::StackId", "AWS::NotificationARNs")
"""All pseudo parameters of CloudFormation."""


def ref(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Ref`.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    return reference(translator, translator.name(node, "Ref"), node, place)


def reference(translator: Translator, name: str, node: TemplateNode, place: Shape | None = None) -> Expression:
    """The result of `Ref` for a name.

    Args:
        translator: The translator of the statement that contains the value.
        name: A parameter, a pseudo parameter or a logical id.
        node: Where it is.
        place: What the schema says about that place.

    Raises:
        SourceError: The template has no such name.
    """
    if name in translator.known.parameters:
        return _parameter(translator, name, place)
    if name in translator.known.resources:
        return _resource_ref(translator, name, node)
    if name.startswith("AWS::"):
        return _pseudo(translator, name, node)
    if _of_module(translator, name):
        return translator.undecided(f"a module creates {name}", node)
    raise _missing(translator, name, node)


def _of_module(translator: Translator, name: str) -> bool:
    """Whether a module or a macro may create the resource with this name."""
    resources = translator.known.template.resources
    return bool(translator.known.template.transforms) or any(
        one.type.endswith("::MODULE") and name.startswith(logical) for logical, one in resources.items()
    )


def _missing(translator: Translator, name: str, node: TemplateNode) -> SourceError:
    near = did_you_mean(name, [*translator.known.parameters, *translator.known.resources])
    hint = f"did you mean {near!r}?" if near else "it is neither a parameter nor a resource of the template"
    return SourceError(f"the template has no {name!r}", node.at, hint=hint)


def _parameter(translator: Translator, name: str, place: Shape | None) -> Expression:
    parameter: TemplateParameter = translator.known.template.parameters[name]
    if place is not None:
        translator.known.places.setdefault(name, []).append(place.item() if parameter.is_list else place)
        if any(place.says("enum")):
            translator.known.loose.add(name)
    variable, kind = Raw(translator.known.parameters[name]), parameter_kind(parameter)
    lower = bool(parameter.allowed) and all(one == one.lower() for one in parameter.allowed)
    return Expression(variable, kind, secret=parameter.no_echo, lower=lower)


def _pseudo(translator: Translator, name: str, node: TemplateNode) -> Expression:
    if name == "AWS::NoValue":
        return NOTHING
    if name in PSEUDO:
        translator.known.uses.add("here")
        if name == "AWS::URLSuffix":
            translator.known.helpers.add("url_suffix")
        return Expression(Raw(PSEUDO[name]), PythonType.TEXT)
    if name == "AWS::StackName":
        translator.known.uses.add("stack_name")
        return Expression(translator.known.stack_name, PythonType.TEXT)
    if name == "AWS::StackId":
        return _stack_id(translator, node)
    if name in PSEUDO_PARAMETERS:
        return translator.undecided(f"{name} has no counterpart", node)
    near = did_you_mean(name, PSEUDO_PARAMETERS)
    hint = f"did you mean {near!r}?" if near else None
    raise SourceError(f"unknown pseudo parameter {name}", node.at, hint=hint)


def _stack_id(translator: Translator, node: TemplateNode) -> Expression:
    translator.known.uses |= {"here", "stack_name"}
    translator.known.helpers.add("stack_id")
    text = "AWS::StackId became an id in the same format, but CloudFormation has no stack with this id"
    translator.known.remarks.append(Remark(node.at, translator.subject, text))
    return Expression(CallOf("stack_id", (("", translator.known.stack_name), ("", Raw("here")))), PythonType.TEXT)


def _resource_ref(translator: Translator, name: str, node: TemplateNode) -> Expression:
    variable, kind = translator.known.resources[name], translator.known.kinds.get(name)
    if name in translator.known.nested:
        return translator.undecided(
            f"Ref gives the id of the nested stack {name}, but a component has no stack id", node
        )
    if name in translator.known.stubs:
        return Expression(Raw(variable), PythonType.ANY, carries=frozenset({name}))
    if name in translator.known.custom:
        return Expression(Raw(f"{variable}.ref"), PythonType.TEXT, carries=frozenset({name}))
    provided = PROVIDED_TYPES.get(translator.known.template.resources[name].type)
    if provided is not None:
        return Expression(Raw(f"{variable}.{provided.ref}"), PythonType.TEXT, carries=frozenset({name}))
    if kind is not None and not kind.ref_identifier and len(kind.identifiers) != 1:
        return translator.undecided(f"it is not documented what Ref returns for {kind.name}", node)
    return Expression(Raw(f"{variable}.ref"), PythonType.TEXT, carries=frozenset({name}))


def get_att(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::GetAtt`, of a text or a list.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    del place
    if node.is_scalar:
        name, _, attribute = scalar_text(node).partition(".")
        return attribute_of(translator, name, attribute, node)
    first, *rest = translator.arguments(node, "Fn::GetAtt", 2, 3)
    parts = [translator.text(one).code for one in rest]
    if not all(isinstance(part, TextOf) for part in parts):
        return translator.undecided("the attribute of Fn::GetAtt is computed", node)
    attribute = ".".join(part.value for part in parts if isinstance(part, TextOf))
    return attribute_of(translator, translator.name(first, "Fn::GetAtt"), attribute, node)


def attribute_of(translator: Translator, name: str, attribute: str, node: TemplateNode) -> Expression:
    """The result of `Fn::GetAtt`.

    Args:
        translator: The translator of the statement that contains the value.
        name: The logical id.
        attribute: Such as `Endpoint.Address`.
        node: Where it stands.

    Raises:
        SourceError: The template has no such resource.
    """
    if name not in translator.known.resources:
        if _of_module(translator, name):
            return translator.undecided(f"a module creates {name}", node)
        raise _missing(translator, name, node)
    variable, kind = translator.known.resources[name], translator.known.kinds.get(name)
    if name in translator.known.nested:
        return _nested_output(translator, name, attribute, node)
    carries = frozenset({name})
    if name in translator.known.stubs:
        return Expression(Raw(variable), PythonType.ANY, carries=carries)
    if name in translator.known.custom:
        return _custom_attribute(translator, name, attribute)
    provided = PROVIDED_TYPES.get(translator.known.template.resources[name].type)
    if provided is not None and attribute == "Id":
        return Expression(Raw(f"{variable}.{provided.ref}"), PythonType.TEXT, carries=carries)
    path = tuple(attribute.split("."))
    if kind is None:
        return Expression(_attribute_code(variable, path), PythonType.TEXT, carries=carries)
    return _known_attribute(translator, kind, variable, path, node, carries)


def _custom_attribute(translator: Translator, name: str, attribute: str) -> Expression:
    made = translator.known.custom[name]
    field = made.attribute(attribute)
    translator.known.attributes.setdefault(made.name, {})[field] = None
    code = Raw(f"{translator.known.resources[name]}.{field}")
    return Expression(code, PythonType.TEXT, carries=frozenset({name}))


def _nested_output(translator: Translator, name: str, attribute: str, node: TemplateNode) -> Expression:
    outputs = translator.known.nested[name].template.outputs
    section, _, output = attribute.partition(".")
    if section != "Outputs" or output not in outputs:
        near = did_you_mean(f"Outputs.{output or section}", [f"Outputs.{one}" for one in outputs])
        hint = f"did you mean {near!r}?" if near else "write Outputs.NAME as the attribute of a nested stack"
        raise SourceError(f"the nested stack {name} has no {attribute!r}", node.at, hint=hint)
    # Imported only where Python computes with the value.
    translator.known.helpers.add("known")
    code = IndexOf(Raw(translator.known.resources[name]), TextOf(output))
    return Expression(code, PythonType.TEXT, nested=True)


def _known_attribute(
    translator: Translator,
    kind: ResourceType,
    variable: str,
    path: tuple[str, ...],
    node: TemplateNode,
    carries: frozenset[str],
) -> Expression:
    if path[0] not in kind.properties:
        joined_name = "".join(path)
        if joined_name in kind.properties:
            path = (joined_name,)
        else:
            return translator.undecided(f"{kind.name} has no attribute {'.'.join(path)} in Cloud Control", node)
    shape = Shape.of(kind)
    for step in path:
        shape = shape.child(step)
    return Expression(_attribute_code(variable, path), _kind_of(shape), carries=carries)


def _attribute_code(variable: str, path: tuple[str, ...]) -> Code:
    code: Code = Raw(f"{variable}.{path[0]}") if path[0].isidentifier() else Raw(f'{variable}["{path[0]}"]')
    for step in path[1:]:
        code = IndexOf(code, TextOf(step))
    return code


def _kind_of(shape: Shape) -> PythonType:
    types = shape.types - {"null"}
    if types == {"array"}:
        return PythonType.LIST
    for name, kind in (("string", PythonType.TEXT), ("boolean", PythonType.BOOLEAN), ("integer", PythonType.INTEGER)):
        if types == {name}:
            return kind
    return PythonType.NUMBER if types == {"number"} else PythonType.ANY


def parameter_kind(parameter: TemplateParameter) -> PythonType:
    """The Python type of the argument for a parameter.

    Args:
        parameter: The parameter.
    """
    if parameter.is_list:
        return PythonType.LIST
    if not parameter.is_number:
        return PythonType.TEXT
    samples = [*parameter.allowed, *([parameter.default] if parameter.default is not None else [])]
    if all(re.fullmatch(r"-?(0|[1-9]\d*)", sample) for sample in samples):
        return PythonType.INTEGER
    return PythonType.TEXT
