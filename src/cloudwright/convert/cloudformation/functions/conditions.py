"""Conditions, and the values that depend on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.function_forms import form_of
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.cloudformation.translator import choice, function_of
from cloudwright.convert.cloudformation.values import (
    NOTHING,
    Expression,
    PythonType,
    merged,
    text_of,
)
from cloudwright.convert.problem import SourceError
from cloudwright.convert.writer.code import (
    CallOf,
    Code,
    Not,
    Operands,
    Raw,
)

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.translator import Translator
    from cloudwright.diff.shape import Shape


def choose(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::If`.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    name, then, otherwise = translator.arguments(node, "Fn::If", 3)
    condition = translator.condition_name(name)
    branches = [translator.value(then, place), translator.value(otherwise, place)]
    if {branch.kind for branch in branches} == {PythonType.NONE}:
        return NOTHING
    kinds = {branch.kind for branch in branches if branch.kind is not PythonType.NONE}
    if len(kinds) > 1 and kinds <= {PythonType.TEXT, PythonType.INTEGER, PythonType.NUMBER, PythonType.BOOLEAN}:
        branches = [branch if branch.kind is PythonType.NONE else text_of(branch) for branch in branches]
        kinds = {PythonType.TEXT}
    kind = kinds.pop() if len(kinds) == 1 else PythonType.ANY
    return merged(choice(condition, branches[0].code, branches[1].code), kind, branches)


def condition(translator: Translator, node: TemplateNode) -> Code:
    """A condition as an expression.

    Args:
        translator: The translator of the statement that contains the value.
        node: `Fn::And`, `Fn::Equals`, `Condition`, ...

    Raises:
        SourceError: It is not a condition.
    """
    if node.members is None or len(node.members) != 1:
        if node.is_scalar:
            return Raw(str(scalar_text(node) == "true"))
        raise SourceError("a condition must be exactly one function", node.at, hint=form_of("Fn::Equals"))
    ((name, argument),) = node.members.items()
    if name == "Condition":
        return Raw(translator.condition_variable(translator.name(argument, name), argument))
    if name == "Fn::Not":
        (only,) = translator.arguments(argument, name, 1)
        return _negated(condition(translator, only))
    if name in {"Fn::And", "Fn::Or"}:
        parts = translator.arguments(argument, name, *range(1, 11))
        return Operands(name[4:].lower(), tuple(condition(translator, one) for one in parts))
    if name == "Fn::Equals":
        return _equals(translator, *translator.arguments(argument, name, 2))
    raise SourceError(f"{name} is not a condition", node.at, hint="Fn::And, Fn::Or, Fn::Not, Fn::Equals, Condition")


def _equals(translator: Translator, left: TemplateNode, right: TemplateNode) -> Code:
    values = [translator.untyped(left, None), translator.untyped(right, None)]
    if all(value.literal for value in values):
        return Operands("==", tuple(text_of(value).code for value in values))
    if all(value.kind is PythonType.INTEGER for value in values):
        return Operands("==", tuple(value.code for value in values))
    _drop_literal_type(translator, left, right)
    _drop_literal_type(translator, right, left)
    for one, other in ((left, right), (right, left)):
        if name := _passed(translator, one):
            if other.is_scalar and not scalar_text(other):
                translator.known.helpers.add("blank")
                return CallOf("blank", (("", Raw(translator.known.parameters[name])),))
            translator.known.compared.add(name)
    return Operands("==", tuple(text_of(value).code for value in values))


def _passed(translator: Translator, node: TemplateNode) -> str:
    """The nested stack's parameter that a value reads, if the outer program may pass a reference for it; else empty."""
    reference = node.get("Ref") if translator.known.is_component else None
    name = scalar_text(reference) if reference is not None and reference.is_scalar else ""
    parameter = translator.known.template.parameters.get(name)
    return name if parameter is not None and not parameter.allowed and not parameter.is_list else ""


def _drop_literal_type(translator: Translator, left: TemplateNode, right: TemplateNode) -> None:
    """Drop the `Literal` type of a parameter compared with a value it does not allow: type checkers reject that."""
    reference = left.get("Ref")
    if reference is None or not reference.is_scalar or function_of(right) is not None:
        return
    parameter = translator.known.template.parameters.get(scalar_text(reference))
    if parameter is None or not parameter.allowed or not right.is_scalar:
        return
    if scalar_text(right) not in parameter.allowed:
        translator.known.loose.add(parameter.name)


def _negated(code: Code) -> Code:
    if isinstance(code, Operands) and code.operator == "==":
        return Operands("!=", code.operands)
    return Not(code)
