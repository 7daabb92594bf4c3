"""A resource of a template as a declaration of the program."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.custom import custom_arguments
from cloudwright.convert.cloudformation.function_forms import refused
from cloudwright.convert.cloudformation.nested import NESTED_TYPES
from cloudwright.convert.cloudformation.order import certain
from cloudwright.convert.cloudformation.packaged import packaged
from cloudwright.convert.cloudformation.policies import retained
from cloudwright.convert.cloudformation.provided import PROVIDED_TYPES
from cloudwright.convert.cloudformation.stand_ins import STAND_INS
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.cloudformation.translator import function_of
from cloudwright.convert.cloudformation.values import PythonType
from cloudwright.convert.problem import Remark
from cloudwright.convert.writer.code import Assign, CallOf, Choice, Code, DictOf, ListOf, Raw, Star, TextOf
from cloudwright.diff.shape import Shape
from cloudwright.program.resource import OPTIONS

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.expressions import Expressions
    from cloudwright.convert.cloudformation.template import ResourceNode
    from cloudwright.schema.resource_type import ResourceType

_LEFT_OUT = {
    "CreationPolicy": "cloudwright does not wait for signals of instances",
    "UpdatePolicy": "only CloudFormation does rolling updates; cloudwright updates the resource in one step",
}
"""Attribute -> what happens without it."""

_INIT = "AWS::CloudFormation::Init"


def declaration(resource: ResourceNode, expressions: Expressions, *, named: bool) -> Assign:
    """The declaration of a resource.

    Args:
        resource: The resource.
        expressions: Translates its values, and collects the resources that must be awaited.
        named: Whether anything refers to it.

    Raises:
        SourceError: A value can't be translated.
    """
    known = expressions.known
    kind = known.kinds.get(resource.name)
    variable = known.resources[resource.name] if named else ""
    if resource.name in known.stubs:
        return Assign(variable, _stub(resource, expressions, kind))
    custom = known.custom.get(resource.name)
    arguments = [
        ("", TextOf(resource.name)),
        *(custom_arguments(resource, expressions) if custom else _body(resource, expressions, kind)),
        *_options(resource, expressions, kind),
    ]
    name = custom.name if custom else class_name(resource, kind)
    return Assign(variable, CallOf(name, tuple(arguments)), remarks=_remarks(resource, expressions))


def class_name(resource: ResourceNode, kind: ResourceType | None) -> str:
    """The name of the class that declares a resource.

    Args:
        resource: The resource.
        kind: Its type, if there is a schema for it.
    """
    provided = PROVIDED_TYPES.get(resource.type)
    if provided is not None:
        return provided.name
    return f"{kind.service}.{kind.name.rpartition('::')[2]}" if kind is not None else "Resource"


def _stub(resource: ResourceNode, expressions: Expressions, kind: ResourceType | None) -> Code:
    why = _why_no_resource(resource, kind)
    at = resource.node.at
    expressions.known.helpers.add("undecided")
    expressions.known.remarks.append(Remark(at, resource.name, f"{resource.type} {why}", blocks=True))
    place = f" (line {at.line})" if at.line else ""
    return CallOf("undecided", (("", TextOf(f"{resource.name}, {resource.type}{place}: {why}")),))


def _why_no_resource(resource: ResourceNode, kind: ResourceType | None) -> str:
    if resource.type in NESTED_TYPES:
        return "is a nested stack, but its template is not next to this one; put the file there and convert again"
    if kind is not None:
        instead = f"; use {kind.instead}" if kind.instead else ""
        return f"can't be managed by Cloud Control: {kind.why_not_provisionable}{instead}"
    if resource.type.startswith("AWS::Serverless::"):
        return "is a SAM resource; convert the processed template"
    if resource.type.endswith("::MODULE"):
        return "is a module; convert the processed template"
    return "is not known to Cloud Control"


def _body(resource: ResourceNode, expressions: Expressions, kind: ResourceType | None) -> list[tuple[str, Code]]:
    properties = resource.properties
    members = (properties.members or {}) if properties is not None else {}
    if properties is not None and function_of(properties) is not None:
        found = expressions.value(properties)
        if found.kind is PythonType.NONE:
            return []
        return [("", found.code)] if kind is not None else [("type", TextOf(resource.type)), ("properties", found.code)]
    shape = Shape.of(kind) if kind is not None else None
    pairs: list[tuple[str, Code]] = []
    for name, node in members.items():
        if node.is_null:
            continue
        place = shape.child(name) if shape is not None else None
        code = packaged(name, node, place, expressions) or expressions.code(node, place)
        if code != Raw("None"):
            pairs.append((name, code))
    if kind is None:
        return [("type", TextOf(resource.type)), ("properties", DictOf(tuple(pairs)))]
    if all(_is_keyword(name) for name, _ in pairs):
        return list(pairs)
    return [("", DictOf(tuple(pairs)))]


def _is_keyword(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and name not in OPTIONS and name != "self"


def _options(resource: ResourceNode, expressions: Expressions, kind: ResourceType | None) -> list[tuple[str, Code]]:
    found: list[tuple[str, Code]] = []
    needs = _dependencies(resource, expressions)
    if needs is not None:
        found.append(("depends_on", needs))
    kept = retained(resource, expressions)
    if kept is not None:
        found.append(("retain", kept))
    if resource.name in expressions.known.custom and resource.name in expressions.known.ids:
        found.append(("adopt", TextOf(expressions.known.ids[resource.name])))
    if expressions.known.ids and kind is not None:
        found += [("adopt", one) for one in _adopted(resource, expressions, kind)]
    return found


def _adopted(resource: ResourceNode, expressions: Expressions, kind: ResourceType) -> list[Code]:
    """The option that binds a declaration to the resource of the stack.

    A physical id is the result of `Ref`. If that is not the identifier, the declared properties may be; else the user
    must name the identifier, since a deploy would create a second resource.
    """
    known = expressions.known
    physical = known.ids.get(resource.name)
    if physical is None and resource.type not in STAND_INS:
        return []
    provided = PROVIDED_TYPES.get(resource.type)
    if provided is not None:
        return [_undecided_identifier(resource, expressions, f"write the identifier as {provided.identifier}")]
    single = len(kind.identifiers) == 1 and kind.ref_identifier in {(), (kind.identifiers[0][-1],)}
    if physical is not None and single:
        return [TextOf(physical)]
    members = (resource.properties.members or {}) if resource.properties is not None else {}
    if all(path[0] in members for path in kind.identifiers):
        return [Raw("True")]
    parts = ", ".join("/".join(path) for path in kind.identifiers)
    why = f"write the identifier: {parts} joined by '|'; CloudFormation's physical id is {physical}"
    return [_undecided_identifier(resource, expressions, why)]


def _undecided_identifier(resource: ResourceNode, expressions: Expressions, why: str) -> Code:
    known, at = expressions.known, resource.node.at
    known.helpers.add("undecided")
    known.remarks.append(Remark(at, resource.name, why, blocks=True))
    return CallOf("undecided", (("", TextOf(f"{resource.name} (line {at.line}): {why}")),))


def _dependencies(resource: ResourceNode, expressions: Expressions) -> Code | None:
    known = expressions.known
    always: list[Code] = []
    # A reference in a property already orders the two; after an await, the property holds a value, not a reference.
    implied = certain(resource.properties) - expressions.awaits - expressions.earlier
    for name in dict.fromkeys(resource.depends_on):
        if name not in known.resources:
            node = resource.node.get("DependsOn") or resource.node
            raise refused(f"the template has no resource {name!r}", node.at, name, known.template.resources)
        if name in known.stubs or name in implied:
            continue
        if name in known.nested:
            text = f"DependsOn of the nested stack {name} is left out: the order follows from references"
            known.remarks.append(Remark(resource.node.at, resource.name, text))
            continue
        variable = Raw(known.resources[name])
        condition = known.template.resources[name].condition
        if condition and condition != resource.condition and condition in known.conditions:
            choice = Choice(Raw(known.conditions[condition]), ListOf((variable,)), ListOf(()))
            always.append(Star(choice))
        else:
            always.append(variable)
    if not always:
        return None
    return always[0] if len(always) == 1 and not isinstance(always[0], Star) else ListOf(tuple(always))


def _remarks(resource: ResourceNode, expressions: Expressions) -> tuple[str, ...]:
    found = _explained(resource)
    for name, meaning in _LEFT_OUT.items():
        node = resource.node.get(name)
        if node is not None:
            found.append(f"{name} (line {node.at.line}) is left out: {meaning}.")
            expressions.known.remarks.append(Remark(node.at, resource.name, f"{name} is left out: {meaning}"))
    metadata = resource.node.get("Metadata")
    init = metadata.get(_INIT) if metadata is not None else None
    if init is not None:
        meaning = "cfn-init reads it from CloudFormation, which no longer manages the resource"
        found.append(f"{_INIT} (line {init.at.line}) is left out: {meaning}.")
        expressions.known.remarks.append(Remark(init.at, resource.name, f"{_INIT} is left out: {meaning}"))
    return tuple(found)


def _explained(resource: ResourceNode) -> list[str]:
    """The template's comments on a resource, including those in its metadata."""
    metadata = resource.node.get("Metadata")
    noted = [metadata.get(name) for name in ("Comment", "Description")] if metadata is not None else []
    inner = resource.properties
    return [
        *([resource.node.comment] if resource.node.comment else []),
        *(scalar_text(one) for one in noted if one is not None and one.is_scalar),
        *(f"{name}: {words}" for name, words in (inner.comments() if inner is not None else ())),
    ]
