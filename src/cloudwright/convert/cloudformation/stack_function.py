"""The function that declares a template's resources."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.custom import undecided_provider
from cloudwright.convert.cloudformation.expressions import Expressions
from cloudwright.convert.cloudformation.filling import filled_at_end, filled_before, read_by_outputs
from cloudwright.convert.cloudformation.nested import nested_call
from cloudwright.convert.cloudformation.order import condition_order, mentions, resource_order
from cloudwright.convert.cloudformation.resources import declaration
from cloudwright.convert.cloudformation.template import RESOURCE_ATTRIBUTES, scalar_text, unknown_members
from cloudwright.convert.problem import Remark
from cloudwright.convert.writer.code import Assign, Await, CallOf, Code, DictOf, If, Raw, Return, TextOf
from cloudwright.convert.writer.layout import flat, lines
from cloudwright.convert.writer.repetition import folded
from cloudwright.convert.writer.unused import without_unused
from cloudwright.diff.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.convert.cloudformation.known_names import KnownNames
    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.template import OutputNode
    from cloudwright.convert.writer.code import Statement

EXPANDED = frozenset({"AWS::LanguageExtensions", "AWS::SecretsManager-2020-07-23", "AWS::SecretsManager-2024-09-16"})
"""Transforms that are implemented here, or that add nothing to the resources of most templates."""

_INLINE = "only CloudFormation can run the macro {}, so what it adds is missing; convert the processed template"

_WORD = re.compile(r"\w+")


def function_body(known: KnownNames, *, literal: bool) -> list[str]:
    """The lines of a function's body.

    Args:
        known: The names of its template; what the body uses and the remarks are added.
        literal: Write each resource separately; else adjacent resources that are alike become a loop.

    Raises:
        SourceError: A value of the template can't be translated.
    """
    return _laid_out(known, _Function(known).statements(), literal=literal)


def part_body(known: KnownNames, names: Sequence[str], ends: Sequence[Statement], *, literal: bool) -> list[str]:
    """The lines of a function that declares some of the resources.

    Args:
        known: The names of the template; what the body uses and the remarks are added.
        names: The logical ids.
        ends: The statements at the end.
        literal: Write each resource separately. Raises:
        SourceError: A value of the template can't be translated.
    """
    return _laid_out(known, [*_Function(known).part(names), *ends], literal=literal)


def outer_body(known: KnownNames, calls: Sequence[Statement]) -> list[str]:
    """The lines of the function that calls the functions of the parts.

    Args:
        known: The names of the template; what the body uses and the remarks are added.
        calls: The calls.

    Raises:
        SourceError: A value of the template can't be translated.
    """
    return _laid_out(known, _Function(known).around(calls), literal=True)


def _laid_out(known: KnownNames, statements: list[Statement], *, literal: bool) -> list[str]:
    found = statements if literal else folded(statements, known.names, partial(_may_vary, known))
    return lines(found, 4) or ["    pass"]


def _may_vary(known: KnownNames, function: str, path: tuple[str, ...]) -> bool:
    """Whether a call may take a variable at a place: not where the schema lists values, which types check."""
    service, _, name = function.partition(".")
    kind = next((one for one in known.kinds.values() if one.name.endswith(f"::{service}::{name}")), None)
    if kind is None:
        return False
    shape = Shape.of(kind)
    for part in path[1:] if path[0].isdigit() else path:
        shape = shape.item() if part.isdigit() else shape.child(part)
    return not any(shape.says("enum"))


class _Function:
    def __init__(self, known: KnownNames) -> None:
        self.known, self.template = known, known.template

    def statements(self) -> list[Statement]:
        return self.around(self.resource_statements(resource_order(self.template)))

    def part(self, names: Sequence[str]) -> list[Statement]:
        rest = self.resource_statements([name for name in resource_order(self.template) if name in names])
        return without_unused([*self.looked_up(), *rest])

    def around(self, body: Sequence[Statement]) -> list[Statement]:
        rest = [*body, *self.output_statements()]
        conditions = self.condition_statements()
        self.note_left_out()
        return without_unused([*self.opening(), *conditions, *rest])

    def opening(self) -> list[Statement]:
        found: list[Statement] = [Assign("", _undecided(remark)) for remark in self.macros()]
        found += self.looked_up()
        if "stack_name" in self.known.uses and not self.known.is_component:
            found.append(Assign("stack_name", Raw('f"{app.name}-{app.stage}"')))
        return found

    def looked_up(self) -> list[Statement]:
        found: list[Statement] = []
        if "here" in self.known.uses:
            found.append(Assign("here", CallOf("await lookup.identity", ())))
        if "zones" in self.known.uses:
            found.append(Assign("zones", CallOf("await lookup.zones", ())))
        return found

    def condition_statements(self) -> list[Statement]:
        found: list[Statement] = []
        for name in condition_order(self.template.conditions):
            node = self.template.conditions[name]
            expressions = Expressions(self.known, f"condition {name}")
            remarks = (node.comment,) if node.comment else ()
            found.append(Assign(self.known.conditions[name], expressions.condition(node), remarks=remarks))
        return found

    def resource_statements(self, names: Sequence[str]) -> list[Statement]:
        found: list[tuple[str, list[Statement]]] = []
        referred = self.referred()
        awaited, earlier = set[str](), frozenset[str]()
        for name in names:
            resource = self.template.resources[name]
            expressions = Expressions(self.known, name, earlier=earlier)
            write = nested_call if name in self.known.nested else declaration
            assigned = write(resource, expressions, named=name in referred)
            filling = filled_before(resource, expressions.awaits | expressions.earlier, self.template)
            fresh = sorted((expressions.awaits | filling) - awaited - self.known.stubs)
            earlier |= expressions.awaits
            awaits = (Await(self.known.resources[one]) for one in fresh)
            statements: list[Statement] = [*awaits, *undecided_provider(resource, expressions), assigned]
            condition = resource.condition
            if condition:
                expressions.condition_variable(condition, resource.node)
            else:
                awaited |= set(fresh)
            if found and found[-1][0] == condition and condition:
                found[-1][1].extend(statements)
            else:
                found.append((condition, statements))
        return [one for condition, statements in found for one in self.under(condition, statements)]

    def under(self, condition: str, statements: Sequence[Statement]) -> list[Statement]:
        if not condition:
            return list(statements)
        return [If(Raw(self.known.conditions[condition]), tuple(statements))]

    def referred(self) -> set[str]:
        found: set[str] = set()
        for resource in self.template.resources.values():
            found |= mentions(resource.properties) | set(resource.depends_on)
        return found | read_by_outputs(self.template)

    def output_statements(self) -> list[Statement]:
        expressions = Expressions(self.known, "Outputs")
        always: list[tuple[str, Code]] = []
        computed: list[Statement] = []
        sometimes: dict[str, list[Statement]] = {}
        for output in self.template.outputs.values():
            if output.condition:
                expressions.condition_variable(output.condition, output.node)
                inner = Expressions(self.known, "Outputs")
                rows = self.output(output, inner)
                statements = sometimes.setdefault(output.condition, [])
                statements += self.awaited_at_end(inner)
                statements += [_result(key, value) for key, value in rows]
            else:
                rows = self.output(output, expressions)
                always += [(key.value, value) for key, value in rows if isinstance(key, TextOf)]
                computed += [_result(key, value) for key, value in rows if not isinstance(key, TextOf)]
        awaits = self.awaited_at_end(expressions)
        if not sometimes and not computed:
            return [*awaits, Return(DictOf(tuple(always)))]
        found: list[Statement] = [
            *awaits,
            Assign(
                "results", DictOf(tuple(always)), note=f"dict[str, {'Any' if self.known.is_component else 'object'}]"
            ),
            *computed,
            *(If(Raw(self.known.conditions[name]), tuple(body)) for name, body in sometimes.items()),
        ]
        return [*found, Return(Raw("results"))]

    def awaited_at_end(self, expressions: Expressions) -> list[Statement]:
        names = expressions.awaits | filled_at_end(expressions.awaits, self.template)
        return [Await(self.known.resources[one]) for one in sorted(names - self.known.stubs)]

    def output(self, output: OutputNode, expressions: Expressions) -> list[tuple[Code, Code]]:
        code = expressions.code(output.value)
        rows: list[tuple[Code, Code]] = [(TextOf(output.name), code)]
        if output.export is None:
            return rows
        if self.known.is_component:
            name = scalar_text(output.export) if output.export.is_scalar else "with a computed name"
            text = f"the export {name} of a nested stack is not an output of the app; return it from stack() as well"
            self.known.remarks.append(Remark(output.node.at, output.name, text))
            return rows
        if mentions(output.export) & self.template.resources.keys():
            text = "its export is left out: CloudFormation refuses an exported name that refers to a resource"
            self.known.remarks.append(Remark(output.node.at, output.name, text))
            return rows
        name_of = Expressions(self.known, f"the export of {output.name}").code(output.export)
        if name_of != TextOf(output.name):
            rows.append((name_of, code))
        return rows

    def macros(self) -> list[Remark]:
        """The transforms of the whole template that only CloudFormation can carry out."""
        node = self.template.root.get("Transform")
        at = node.at if node is not None else self.template.root.at
        found = [
            Remark(at, "Transform", f"only CloudFormation can run {name}; convert the processed template", blocks=True)
            for name in self.template.transforms
            if name not in EXPANDED
        ]
        found += [
            Remark(one.at, "Fn::Transform", _INLINE.format(one.name), blocks=True) for one in self.template.inline
        ]
        self.known.remarks += found
        if found:
            self.known.helpers.add("undecided")
        return found

    def note_left_out(self) -> None:
        for name, node in self.template.rules.items():
            self.note(node, name, "rules on parameters are left out")
        for name, node in self.template.hooks.items():
            self.note(
                node, name, "hooks are left out, since only CloudFormation runs them; the resources change in one step"
            )
        for resource in self.template.resources.values():
            for name, node in unknown_members(resource.node, RESOURCE_ATTRIBUTES):
                self.note(node, resource.name, f"{name} is not an attribute of a resource and is left out")

    def note(self, node: TemplateNode, subject: str, text: str) -> None:
        self.known.remarks.append(Remark(node.at, subject, text))


def _undecided(remark: Remark) -> Code:
    return CallOf("undecided", (("", TextOf(f"{remark.subject} (line {remark.position.line}): {remark.text}")),))


def _result(key: Code, value: Code) -> Statement:
    return Assign(f"results[{flat(key)}]", value)
