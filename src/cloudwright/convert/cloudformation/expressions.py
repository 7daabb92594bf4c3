"""Values of a template as expressions of the program, with the intrinsic functions in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.functions import conditions, imports, lists, mappings, references, texts
from cloudwright.convert.cloudformation.translator import Translator
from cloudwright.convert.cloudformation.values import Expression, PythonType
from cloudwright.convert.problem import SourceError
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.writer.code import Code
    from cloudwright.diff.shape import Shape

_FUNCTIONS: Mapping[str, Callable[[Translator, TemplateNode, Shape | None], Expression]] = {
    "Ref": references.ref,
    "Fn::GetAtt": references.get_att,
    "Fn::Sub": texts.sub,
    "Fn::Join": texts.join,
    "Fn::Select": lists.select,
    "Fn::Split": lists.split,
    "Fn::FindInMap": mappings.find_in_map,
    "Fn::Base64": texts.base64,
    "Fn::Cidr": lists.cidr,
    "Fn::GetAZs": lists.zones,
    "Fn::ImportValue": imports.import_value,
    "Fn::GetStackOutput": imports.stack_output,
    "Fn::If": conditions.choose,
    "Fn::Length": lists.length,
    "Fn::ToJsonString": texts.to_json_string,
    "Fn::Transform": imports.transform,
}

CONDITIONS = ("Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals")
FUNCTIONS = ("Condition", *CONDITIONS, *_FUNCTIONS)
"""All functions that a value or a condition may call."""


_UNKNOWN = "neither CloudFormation nor its language extensions have it"


class Expressions(Translator):
    """Translates the values of one statement, intrinsic functions included."""

    def call(self, name: str, argument: TemplateNode, node: TemplateNode, place: Shape | None) -> Expression:
        """The result of an intrinsic function.

        Args:
            name: Such as `Fn::Join`.
            argument: Its argument.
            node: The whole call.
            place: What the schema says about that place.

        Raises:
            SourceError: There is no such function, or its arguments have the wrong form.
        """
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](self, argument, place)
        if name in CONDITIONS:
            return Expression(conditions.condition(self, node), PythonType.BOOLEAN)
        near = did_you_mean(name, FUNCTIONS)
        raise SourceError(f"unknown function {name}", node.at, hint=f"did you mean {near!r}?" if near else _UNKNOWN)

    def condition(self, node: TemplateNode) -> Code:
        """A condition as an expression.

        Args:
            node: `Fn::And`, `Fn::Equals`, `Condition`, ...

        Raises:
            SourceError: It is not a condition.
        """
        return conditions.condition(self, node)
