"""Rejects calls of intrinsic functions whose arguments CloudFormation would reject.

Source: the CloudFormation user guide, "Intrinsic function reference". What is checked where a function is translated,
such as the number of arguments, is not checked here.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.problem import SourceError
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.template import Template
    from cloudwright.convert.problem import Position

    Check = Callable[[TemplateNode, Template], None]

_FORMS: Mapping[str, str] = MappingProxyType(
    {
        "Ref": "!Ref Topic",
        "Condition": "!Condition IsProd",
        "Fn::And": "!And [!Condition A, !Condition B]",
        "Fn::Base64": "!Base64 text",
        "Fn::Cidr": "!Cidr [!GetAtt Vpc.CidrBlock, 4, 8]",
        "Fn::Equals": "!Equals [!Ref Environment, prod]",
        "Fn::FindInMap": "!FindInMap [Sizes, !Ref Environment, Type]",
        "Fn::GetAtt": "!GetAtt Topic.TopicArn",
        "Fn::GetAZs": '!GetAZs ""',
        "Fn::If": "!If [IsProd, a, b]",
        "Fn::ImportValue": "!ImportValue network-VpcId",
        "Fn::Join": '!Join [",", [a, b]]',
        "Fn::Not": "!Not [!Condition A]",
        "Fn::Or": "!Or [!Condition A, !Condition B]",
        "Fn::Select": "!Select [0, [a, b]]",
        "Fn::Split": '!Split [",", "a,b"]',
        "Fn::Sub": '!Sub "${Name}-logs", or !Sub ["${x}-logs", {x: !Ref Name}]',
    }
)
"""Function -> how it is written."""

_EMPTY_VARIABLE = re.compile(r"\$\{\s*\}")


def check_function(name: str, argument: TemplateNode, template: Template) -> None:
    """Reject a call whose argument has the wrong form.

    Args:
        name: Such as `Fn::Join`.
        argument: Its argument.
        template: The template that contains the call.

    Raises:
        SourceError: The argument has the wrong form.
    """
    check = _CHECKS.get(name)
    if check is not None:
        check(argument, template)


def form_of(function: str) -> str | None:
    """An example of a function for messages; `None` for a function that is not listed.

    Args:
        function: Such as `Fn::Join`.
    """
    form = _FORMS.get(function)
    return f"such as {form}" if form else None


def refused(what: str, at: Position, word: str, known: Iterable[str]) -> SourceError:
    """The error for an unknown word, with the most similar known one as the hint."""
    names = list(known)
    near = did_you_mean(word, names)
    every = f"one of: {', '.join(names)}" if names else "there is none"
    return SourceError(what, at, hint=f"did you mean {near!r}?" if near else every)


def _ref(argument: TemplateNode, template: Template) -> None:
    del template
    if argument.is_null or (argument.is_scalar and not scalar_text(argument)):
        raise SourceError("Ref takes a name", argument.at, hint=form_of("Ref"))


def _get_att(argument: TemplateNode, template: Template) -> None:
    parts = list(argument.items) if argument.items is not None else []
    if argument.is_scalar:
        name, _, attribute = scalar_text(argument).partition(".")
    elif len(parts) == 2 and parts[0].is_scalar:
        name, attribute = scalar_text(parts[0]), scalar_text(parts[1]) if parts[1].is_scalar else "computed"
    else:
        return
    if not name or not attribute:
        hint = f"write {name or 'RESOURCE'}.ATTRIBUTE"
        raise SourceError("Fn::GetAtt takes a resource and an attribute", argument.at, hint=hint)
    if name in template.parameters and name not in template.resources:
        what = f"Fn::GetAtt of {name}: a parameter has no attributes"
        raise SourceError(what, argument.at, hint=f"!Ref {name} gives its value")


def _sub(argument: TemplateNode, template: Template) -> None:
    del template
    if argument.items is not None and (
        len(argument.items) != 2 or not argument.items[0].is_scalar or argument.items[1].members is None
    ):
        what = "Fn::Sub takes a text, or a list of a text and a map"
        raise SourceError(what, argument.at, hint=form_of("Fn::Sub"))
    text = argument.items[0] if argument.items is not None else argument
    if text.is_scalar and _EMPTY_VARIABLE.search(scalar_text(text)):
        raise SourceError("Fn::Sub has a ${} without a name", text.at, hint="write a literal ${} as ${!}")


def _join(argument: TemplateNode, template: Template) -> None:
    del template
    if argument.items is None or len(argument.items) != 2:
        return
    separator, values = argument.items
    if not separator.is_scalar:
        raise SourceError("Fn::Join takes a text as its separator", separator.at, hint=form_of("Fn::Join"))
    _refuse_text("Fn::Join", values)


def _select(argument: TemplateNode, template: Template) -> None:
    del template
    if argument.items is not None and len(argument.items) == 2:
        _refuse_text("Fn::Select", argument.items[1])


def _refuse_text(function: str, node: TemplateNode) -> None:
    if node.is_scalar:
        raise SourceError(f"{function} takes a list, not {scalar_text(node)!r}", node.at, hint=form_of(function))


def _split(argument: TemplateNode, template: Template) -> None:
    del template
    for part in argument.items or ():
        _refuse_list("Fn::Split", part)


def _one_text(function: str) -> Check:
    def check(argument: TemplateNode, template: Template) -> None:
        del template
        _refuse_list(function, argument)

    return check


def _refuse_list(function: str, node: TemplateNode) -> None:
    if node.items is not None:
        raise SourceError(f"{function} takes a text, not a list", node.at, hint=form_of(function))


def _find_in_map(argument: TemplateNode, template: Template) -> None:
    """A key that is given literally must exist, unless the call has a default."""
    if argument.items is None or len(argument.items) != 3 or not argument.items[0].is_scalar:
        return
    name, first, second = argument.items
    mapping = template.mappings.get(scalar_text(name))
    rows = mapping.members or {} if mapping is not None else {}
    if not rows:
        return
    if first.is_scalar:
        _refuse_key(scalar_text(name), first, rows)
        rows = {scalar_text(first): rows[scalar_text(first)]}
    if second.is_scalar:
        columns = dict.fromkeys(column for row in rows.values() for column in row.members or {})
        place = f"{scalar_text(name)}[{scalar_text(first)!r}]" if first.is_scalar else scalar_text(name)
        _refuse_key(place, second, columns)


def _refuse_key(place: str, key: TemplateNode, known: Iterable[str]) -> None:
    names = list(known)
    if scalar_text(key) not in names:
        raise refused(f"the mapping {place} has no key {scalar_text(key)!r}", key.at, scalar_text(key), names)


_CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "Ref": _ref,
        "Fn::GetAtt": _get_att,
        "Fn::Sub": _sub,
        "Fn::Join": _join,
        "Fn::Select": _select,
        "Fn::Split": _split,
        "Fn::FindInMap": _find_in_map,
        **{name: _one_text(name) for name in ("Fn::Base64", "Fn::GetAZs", "Fn::ImportValue")},
    }
)
