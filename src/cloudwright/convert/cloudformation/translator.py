"""Translates values of a template into expressions of the program; intrinsic functions are left to `expressions`."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.dynamic import with_dynamic
from cloudwright.convert.cloudformation.function_forms import form_of, refused
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.cloudformation.values import (
    NOTHING,
    Expression,
    PythonType,
    as_secret,
    computable,
    fitted,
    merged,
    text_of,
    without_secret_parts,
)
from cloudwright.convert.problem import Remark, SourceError
from cloudwright.convert.writer.code import CallOf, Choice, Code, DictOf, Formatted, ListOf, Not, Raw, Star, TextOf
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.known_names import KnownNames
    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.diff.shape import Shape


def function_of(node: TemplateNode) -> tuple[str, TemplateNode] | None:
    """The function that a map calls, and its argument; `None` for any other value.

    Args:
        node: A value of a template.
    """
    if node.members is None or len(node.members) != 1:
        return None
    ((name, argument),) = node.members.items()
    if name.startswith("Fn::") and not name.startswith("Fn::ForEach::"):
        return name, argument
    return (name, argument) if name == "Ref" else None


@dataclass(slots=True)
class Translator(ABC):
    """Translates the values of one statement.

    Attributes:
        subject: The resource or section that the values belong to, for remarks.
        awaits: The logical ids that must be awaited before the statement.
        earlier: Those that an earlier statement awaits.
    """

    known: KnownNames
    subject: str
    awaits: set[str] = field(default_factory=set)
    earlier: frozenset[str] = frozenset()

    @abstractmethod
    def call(self, name: str, argument: TemplateNode, node: TemplateNode, place: Shape | None) -> Expression:
        """What an intrinsic function gives.

        Args:
            name: Such as `Fn::Join`.
            argument: Its argument.
            node: The whole call.
            place: What the schema says about where it stands.
        """

    def value(self, node: TemplateNode, place: Shape | None = None) -> Expression:
        """A value as an expression.

        Args:
            node: The template's value.
            place: What the schema says about where it stands.

        Raises:
            SourceError: It can't be translated.
        """
        found, awaited = fitted(self.untyped(node, place), place)
        self.awaits |= awaited
        return replace(found, carries=found.carries - awaited)

    def code(self, node: TemplateNode, place: Shape | None = None) -> Code:
        """A value as code for a property.

        Args:
            node: The template's value.
            place: What the schema says about where it stands.
        """
        found = self.value(node, place)
        if found.secret and found.kind not in {PythonType.MAP, PythonType.LIST}:
            self.awaits |= found.carries
            self.known.uses.add("secret")
            return as_secret(found.code)
        return found.code

    def untyped(self, node: TemplateNode, place: Shape | None) -> Expression:
        """A value in the type that it has in the template.

        Args:
            node: The template's value.
            place: What the schema says about where it stands.
        """
        called = function_of(node)
        if called is not None:
            return self.call(*called, node, place)
        if node.members is not None:
            return self._map(node, place)
        if node.items is not None:
            return self._list(node, place)
        return self._scalar(node, place)

    def _scalar(self, node: TemplateNode, place: Shape | None) -> Expression:
        match node.value:
            case None:
                return NOTHING
            case bool():
                return Expression(Raw(str(node.value)), PythonType.BOOLEAN, literal=True)
            case int():
                return self._number(node, PythonType.INTEGER)
            case float():
                return self._number(node, PythonType.NUMBER)
        text = Expression(TextOf(str(node.value)), PythonType.TEXT, literal=True)
        return with_dynamic(self.known, [text], node, place)

    def _number(self, node: TemplateNode, kind: PythonType) -> Expression:
        # Octal, sexagesimal and similar forms are meant as text, not as the number that YAML reads.
        plain = re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", node.text)
        if not plain:
            return Expression(TextOf(node.text), PythonType.TEXT, literal=True)
        return Expression(Raw(node.text), kind, literal=True)

    def _map(self, node: TemplateNode, place: Shape | None) -> Expression:
        members = node.members or {}
        pairs, parts = [], []
        for name, member in members.items():
            if member.is_null:
                continue
            if name.startswith("Fn::") and len(members) > 1:
                raise SourceError(
                    f"{name} has other keys next to it", member.at, hint="a function must be the only key of its map"
                )
            child = place.child(name) if place is not None else None
            part = self.value(member, child)
            parts.append(part)
            pairs.append((name, self.leaf(part)))
        return replace(merged(DictOf(tuple(pairs)), PythonType.MAP, parts), secret=False)

    def leaf(self, part: Expression) -> Code:
        """A part of a list or a map, wrapped in `secret(...)` if it is secret.

        Args:
            part: The part.
        """
        if not part.secret or part.kind in {PythonType.MAP, PythonType.LIST}:
            return part.code
        self.awaits |= part.carries
        self.known.uses.add("secret")
        return as_secret(part.code)

    def _list(self, node: TemplateNode, place: Shape | None) -> Expression:
        inner = place.item() if place is not None else None
        codes, parts = [], []
        for item in node.items or ():
            part = self.item(item, inner)
            if part.kind is not PythonType.NONE:
                parts.append(part)
                codes.append(self.leaf(part))
        return replace(merged(ListOf(tuple(codes)), PythonType.LIST, parts), secret=False)

    def item(self, item: TemplateNode, place: Shape | None) -> Expression:
        """An item of a list; one that depends on a condition becomes `*([item] if condition else [])`.

        Args:
            item: The template's value.
            place: What the schema says about the list's items.
        """
        called = function_of(item)
        if called is None or called[0] != "Fn::If":
            return self.value(item, place)
        name, then, otherwise = self.arguments(called[1], "Fn::If", 3)
        branches = [self.value(then, place), self.value(otherwise, place)]
        if not any(branch.kind is PythonType.NONE or self._is_nested(branch, place) for branch in branches):
            return self.value(item, place)
        condition = self.condition_name(name)
        if all(branch.kind is PythonType.NONE for branch in branches):
            return NOTHING
        lists = [self._as_list(branch, place) for branch in branches]
        return replace(merged(Star(choice(condition, lists[0], lists[1])), PythonType.ANY, branches), secret=False)

    def _as_list(self, branch: Expression, place: Shape | None) -> Code:
        if branch.kind is PythonType.NONE:
            return ListOf(())
        return branch.code if self._is_nested(branch, place) else ListOf((self.leaf(branch),))

    def _is_nested(self, value: Expression, place: Shape | None) -> bool:
        """Whether a list is given as an item of a list; CloudFormation flattens it."""
        return value.kind is PythonType.LIST and place is not None and bool(place.types) and "array" not in place.types

    def arguments(self, node: TemplateNode, name: str, *counts: int) -> tuple[TemplateNode, ...]:
        """The arguments of a function that takes a list.

        Args:
            node: The list.
            name: The function's name.
            counts: The allowed numbers of arguments.

        Raises:
            SourceError: It is not a list, or has another length.
        """
        if node.items is None or len(node.items) not in counts:
            wanted = " or ".join(map(str, counts))
            raise SourceError(f"{name} takes a list of {wanted} values", node.at, hint=form_of(name))
        return node.items

    def name(self, node: TemplateNode, function: str) -> str:
        """The argument of a function that takes a name.

        Args:
            node: The argument.
            function: The function's name.

        Raises:
            SourceError: It is not a literal name.
        """
        if node.is_scalar:
            return scalar_text(node)
        # The language extensions allow functions here; an expanded loop leaves a constant.
        found = self.text(node).code if function_of(node) is not None else None
        if not isinstance(found, TextOf):
            raise SourceError(f"{function} takes a name", node.at, hint=form_of(function))
        return found.value

    def text(self, node: TemplateNode) -> Expression:
        """A value that a function takes as a text.

        Args:
            node: The value.
        """
        return text_of(self.computed(node))

    def computed(self, node: TemplateNode, place: Shape | None = None) -> Expression:
        """A value that a function splits or turns into text: the result is wrapped in `secret(...)`, not the items.

        Args:
            node: The value.
            place: The types that the function expects.
        """
        return without_secret_parts(self.untyped(node, place))

    def plain(self, value: Expression) -> Expression:
        """A value that Python computes with: the resources in it are awaited first.

        Args:
            value: The value.
        """
        if value.nested:
            self.awaits |= value.carries
            return replace(value, code=computable(value), carries=frozenset(), nested=False)
        if not value.carries:
            return value
        self.awaits |= value.carries
        if isinstance(value.code, Formatted):
            self.known.helpers.add("plain")
            return replace(value, code=CallOf("plain", (("", value.code),)), carries=frozenset())
        return replace(value, carries=frozenset())

    def undecided(self, what: str, node: TemplateNode) -> Expression:
        """A value that the user must decide on: the program stops there.

        Args:
            what: Why it has no counterpart.
            node: Where it is.
        """
        self.known.helpers.add("undecided")
        self.known.remarks.append(Remark(node.at, self.subject, what, blocks=True))
        text = f"{what} (line {node.at.line})"
        return Expression(CallOf("undecided", (("", TextOf(text)),)), PythonType.ANY)

    def condition_name(self, node: TemplateNode) -> str:
        """The variable of the condition that `Fn::If` names.

        Args:
            node: The first argument of `Fn::If`.
        """
        name = self.name(node, "Fn::If")
        return self.condition_variable(name, node)

    def condition_variable(self, name: str, node: TemplateNode) -> str:
        """The variable of a condition.

        Args:
            name: The condition's name.
            node: Where it stands.

        Raises:
            SourceError: The template has no such condition.
        """
        if name in self.known.conditions:
            return self.known.conditions[name]
        raise refused(f"the template has no condition {name!r}", node.at, name, self.known.conditions)


def choice(condition: str, then: Code, otherwise: Code) -> Code:
    """One value if a condition holds, and another if not.

    Args:
        condition: The condition's variable.
        then: The value if it holds.
        otherwise: The value if not.
    """
    if then == otherwise:
        return then
    if (then, otherwise) == (Raw("True"), Raw("False")):
        return Raw(condition)
    if (then, otherwise) == (Raw("False"), Raw("True")):
        return Not(Raw(condition))
    return Choice(Raw(condition), then, otherwise)
