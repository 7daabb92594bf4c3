"""Rejects sections that CloudFormation would reject and that a program would silently shorten.

Source: the CloudFormation user guide, "Template anatomy" and "Resource attribute reference".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.function_forms import check_function, refused
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.cloudformation.translator import function_of
from cloudwright.convert.problem import SourceError
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.template import ResourceNode, Template, TemplateParameter

_ATTRIBUTES = (
    *("Type", "Properties", "Condition", "DependsOn", "Metadata", "DeletionPolicy", "UpdateReplacePolicy"),
    *("CreationPolicy", "UpdatePolicy", "Description", "Version", "Connectors", "IgnoreGlobals"),
)
"""Keys of a resource. SAM adds `Connectors` and `IgnoreGlobals`, CDK `Description` and `Version`."""

_DELETION = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")
_TYPE = re.compile(r"String|Number|CommaDelimitedList|List<[\w:]+>|AWS::[\w:]+(<(List<)?[\w:]+>*)?")
_TYPES = "String, Number, CommaDelimitedList, List<...>, AWS::EC2::VPC::Id, AWS::SSM::Parameter::Value<String>, ..."


def check_forms(template: Template) -> None:
    """Reject what has the wrong form.

    Raises:
        SourceError: CloudFormation would reject the template; names the first error.
    """
    for parameter in template.parameters.values():
        _check_parameter(parameter)
    for name, node in template.mappings.items():
        _check_mapping(name, node)
    for name, node in template.conditions.items():
        _check_condition(name, node, template)
    for resource in template.resources.values():
        _check_resource(resource)
    for node in _values(template):
        _check_functions(node, template)


def check_given(template: Template, values: Mapping[str, str]) -> None:
    """Reject values that the parameters do not allow.

    Args:
        template: The template.
        values: Parameter -> what the user gave.

    Raises:
        SourceError: A value is not allowed.
    """
    for name, value in values.items():
        _check_value(template.parameters[name], value)


def _check_value(parameter: TemplateParameter, value: str) -> None:
    name, shown = parameter.name, "the value" if parameter.no_echo else repr(value)
    if parameter.from_store:
        return
    items = [one.strip() for one in value.split(",")] if parameter.is_list else [value]
    wrong = next((one for one in items if parameter.allowed and one not in parameter.allowed), None)
    if wrong is not None:
        allowed = ", ".join(parameter.allowed)
        raise SourceError(f"the parameter {name} does not allow {shown}", parameter.node.at, hint=f"one of: {allowed}")
    if parameter.is_number and not _is_number(value):
        what = f"the parameter {name} is a Number, but {shown} is not a number"
        raise SourceError(what, parameter.node.at, hint=f"--parameter {name}=5")
    for limit, bound in parameter.limits.items():
        if _is_number(bound) and _is_outside(parameter, value, limit, float(bound)):
            what = f"the parameter {name} has {limit} {bound}, and does not allow {shown}"
            raise SourceError(what, parameter.node.at, hint="pass another value, or change the limit")


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", text.strip()) is not None


def _is_outside(parameter: TemplateParameter, value: str, limit: str, bound: float) -> bool:
    if limit.endswith("Value"):
        size = float(value) if parameter.is_number else bound
    else:
        size = bound if parameter.is_list else len(value)
    return size > bound if limit.startswith("Max") else size < bound


def _check_parameter(parameter: TemplateParameter) -> None:
    node = parameter.node
    kind = node.get("Type")
    if kind is not None and not (kind.is_scalar and _TYPE.fullmatch(scalar_text(kind))):
        shown = f" {scalar_text(kind)!r}" if kind.is_scalar else ""
        hint = _nearest(parameter.type, ("String", "Number", "CommaDelimitedList")) or _TYPES
        raise SourceError(f"the parameter {parameter.name} has an unknown Type{shown}", kind.at, hint=hint)
    default, allowed = node.get("Default"), node.get("AllowedValues")
    if default is not None and not _is_scalar_or_list(default):
        raise SourceError(
            f"the Default of the parameter {parameter.name} is a function or a map, not a value",
            default.at,
            hint="write the value itself",
        )
    if allowed is not None and (allowed.items is None or not all(one.is_scalar for one in allowed.items)):
        raise SourceError(
            f"the AllowedValues of the parameter {parameter.name} are not a list of values",
            allowed.at,
            hint="write [a, b]",
        )
    if default is not None and parameter.is_number and not _is_number(parameter.default or ""):
        what = f"the parameter {parameter.name} is a Number, but its Default {parameter.default!r} is not a number"
        raise SourceError(what, default.at, hint="write a number")


def _is_scalar_or_list(node: TemplateNode) -> bool:
    return node.is_scalar or (node.items is not None and all(one.is_scalar for one in node.items))


def _check_mapping(name: str, node: TemplateNode) -> None:
    for row in _rows(name, node):
        for value in _rows(name, row):
            if not _is_scalar_or_list(value):
                hint = "a mapping can't contain functions or further maps"
                raise SourceError(
                    f"the mapping {name} contains a value that is neither a scalar nor a list", value.at, hint=hint
                )


def _rows(name: str, node: TemplateNode) -> Iterable[TemplateNode]:
    if node.members is None:
        hint = f"write {name}: {{KEY: {{NAME: VALUE}}}}"
        raise SourceError(f"the mapping {name} does not have two levels of keys", node.at, hint=hint)
    return node.members.values()


def _check_condition(name: str, node: TemplateNode, template: Template) -> None:
    if node.is_scalar and scalar_text(node) not in {"true", "false"}:
        hint = "Fn::And, Fn::Or, Fn::Not, Fn::Equals or Condition"
        raise SourceError(f"the condition {name} is not a function", node.at, hint=hint)
    for inner in node.walk():
        called = function_of(inner)
        used = _resource_in(called, template) if called is not None else ""
        if used:
            what = f"the condition {name} refers to the resource {used}"
            hint = "a condition can refer only to parameters, mappings and other conditions"
            raise SourceError(what, inner.at, hint=hint)


def _resource_in(called: tuple[str, TemplateNode], template: Template) -> str:
    function, argument = called
    if function == "Fn::GetAtt":
        argument = argument.items[0] if argument.items else argument
    elif function != "Ref":
        return ""
    name = scalar_text(argument).partition(".")[0] if argument.is_scalar else ""
    return name if name in template.resources and name not in template.parameters else ""


def _check_resource(resource: ResourceNode) -> None:
    for key, node in (resource.node.members or {}).items():
        if key not in _ATTRIBUTES:
            raise refused(f"the resource {resource.name} has an unknown key {key!r}", node.at, key, _ATTRIBUTES)
    for key in ("DeletionPolicy", "UpdateReplacePolicy"):
        policy = resource.node.get(key)
        if policy is not None and policy.is_scalar and scalar_text(policy) not in _DELETION:
            given = scalar_text(policy)
            hint = _nearest(given, _DELETION) or f"one of: {', '.join(_DELETION)}"
            raise SourceError(f"the {key} of {resource.name} is unknown: {given!r}", policy.at, hint=hint)


def _nearest(word: str, known: Iterable[str]) -> str:
    near = did_you_mean(word, known)
    return f"did you mean {near!r}?" if near else ""


def _values(template: Template) -> Iterable[TemplateNode]:
    """The values that may contain functions."""
    yield from template.conditions.values()
    yield from (one.properties for one in template.resources.values() if one.properties is not None)
    yield from (one.value for one in template.outputs.values())


def _check_functions(node: TemplateNode, template: Template) -> None:
    for inner in node.walk():
        called = function_of(inner)
        if called is not None:
            check_function(*called, template)
