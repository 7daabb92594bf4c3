"""A whole program for a template."""

from __future__ import annotations

import re
import textwrap
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.examples import distinct, example_for_parameter
from cloudwright.convert.cloudformation.expressions import Expressions
from cloudwright.convert.cloudformation.functions.references import parameter_kind
from cloudwright.convert.cloudformation.known_names import KnownNames
from cloudwright.convert.cloudformation.module_head import imports, mapping
from cloudwright.convert.cloudformation.order import condition_order, resource_order
from cloudwright.convert.cloudformation.parameters import as_argument, signature
from cloudwright.convert.cloudformation.resources import declaration
from cloudwright.convert.cloudformation.stand_ins import replaced
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.cloudformation.values import Kind
from cloudwright.convert.problem import Remark
from cloudwright.convert.writer.code import (
    Assign,
    Await,
    CallOf,
    Code,
    DictOf,
    If,
    Raw,
    Return,
    TextOf,
)
from cloudwright.convert.writer.layout import lines, literal
from cloudwright.convert.writer.names import Names, constant, snake
from cloudwright.convert.writer.unused import without_unused
from cloudwright.generate.source import WIDTH
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudwright.convert.cloudformation.template import OutputNode, Template, TemplateParameter
    from cloudwright.convert.writer.code import Statement
    from cloudwright.schema.catalog import Catalog
    from cloudwright.schema.resource_type import ResourceType

_WORD = re.compile(r"\w+")

_MODULE = (
    *("App", "Literal", "Resource", "app", "main", "stack", "json", "secret", "here", "zones", "results", "item"),
    *(
        "base64",
        "cidr",
        "exported",
        "lookup",
        "parameter",
        "plain",
        "resolved",
        "stored",
        "texts",
        "undecided",
        "url_suffix",
    ),
)


EXPANDED = frozenset({"AWS::LanguageExtensions", "AWS::SecretsManager-2020-07-23", "AWS::SecretsManager-2024-09-16"})
"""Transforms whose work is done here, or that add nothing to the resources of most templates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A program made of a template.

    Attributes:
        source: The program's text.
        resources: How many resources it declares.
        remarks: What it can't say, or says differently.
    """

    source: str
    resources: int
    remarks: tuple[Remark, ...]

    @property
    def whole(self) -> bool:
        """Whether the program plans as it is."""
        return not any(remark.blocks for remark in self.remarks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What the program is called, and what it is given.

    Attributes:
        app: The app's name.
        origin: The template's name, for the program's docstring.
        values: TemplateParameter -> its value.
        tags: The stack's tags.
        stack_name: The stack's name; empty to make it of app and stage.
        ids: Logical id -> physical id of the resources to adopt.
    """

    app: str
    origin: str
    values: Mapping[str, str]
    tags: Mapping[str, str]
    stack_name: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)


def write_program(template: Template, catalog: Catalog, naming: Naming, remarks: Iterable[Remark] = ()) -> Converted:
    """Write the program of a template.

    Args:
        template: The template.
        catalog: Knows the types.
        naming: What the program is called.
        remarks: What was found before.

    Raises:
        SourceError: A value of the template can't be translated.
    """
    found = list(remarks)
    template = replaced(template, found)
    kinds = {
        name: catalog.get(resource.type) for name, resource in template.resources.items() if resource.type in catalog
    }
    known = _known(template, catalog, kinds, naming)
    known.remarks += found
    return _Writing(known, naming).program()


def _known(template: Template, catalog: Catalog, kinds: Mapping[str, ResourceType], naming: Naming) -> KnownNames:
    services = {kind.service for kind in kinds.values()}
    names = Names((*_MODULE, *services))
    mappings = {name: names.take(constant(name), f"{constant(name)}_MAP") for name in template.mappings}
    parameters = {name: names.take(snake(name), f"{snake(name)}_value") for name in template.parameters}
    conditions = {name: names.take(snake(name), f"is_{snake(name)}") for name in template.conditions}
    resources = {
        name: names.take(snake(name), f"{snake(name)}_{snake(one.type.rpartition('::')[2])}")
        for name, one in template.resources.items()
    }
    stubs = frozenset(name for name, one in template.resources.items() if is_stub(one.type, kinds.get(name)))
    return KnownNames(
        template=template,
        catalog=catalog,
        parameters=parameters,
        mappings=mappings,
        conditions=conditions,
        resources=resources,
        stubs=stubs,
        kinds=kinds,
        ids=naming.ids,
        stack_name=TextOf(naming.stack_name) if naming.stack_name else Raw("stack_name"),
    )


def is_stub(name: str, kind: ResourceType | None) -> bool:
    """Whether a program can't declare a resource, so that a person must decide what takes its place.

    Args:
        name: The type's name.
        kind: The type, as far as a schema knows it.
    """
    if kind is None:
        # A private type may be registered in the account; the plan asks for its schema.
        return name.count("::") != 2 or name.startswith(("AWS::", "Custom::", "Alexa::"))
    return not kind.provisionable or name == "AWS::CloudFormation::Stack"


class _Writing:
    def __init__(self, known: KnownNames, naming: Naming) -> None:
        self.known, self.naming = known, naming
        self.template = known.template
        self.examples: set[str] = set()

    def program(self) -> Converted:
        rest = [*self.resource_statements(), *self.output_statements()]
        conditions = self.condition_statements()
        body = without_unused([*self.opening(), *conditions, *rest])
        text_body = lines(body, 4) or ["    pass"]
        mappings = [line for name, node in self.template.mappings.items() for line in mapping(self.known, name, node)]
        main = self.main()
        used = {word for line in (*text_body, *main) for word in _WORD.findall(line)}
        self.known.helpers &= used
        parts = [
            *self.docstring(),
            "",
            *imports(self.known),
            "",
            *self.app(),
            *(["", *mappings] if mappings else []),
            "",
            "",
            *signature(self.known),
            *text_body,
            "",
            "",
            *main,
            "",
            "",
            'if __name__ == "__main__":',
            "    app.cli()",
            "",
        ]
        self.note_rules()
        remarks = sorted(set(self.known.remarks), key=lambda one: (one.position.line, one.position.column, one.subject))
        return Converted(source="\n".join(parts), resources=len(self.template.resources), remarks=tuple(remarks))

    # -- the module's head

    def docstring(self) -> list[str]:
        first = f"Converted from {self.naming.origin}."
        words = " ".join(self.template.description.split()).replace("\\", "\\\\").replace('"""', "'''")
        if not words:
            return [f'"""{first}"""', "", "from __future__ import annotations"]
        wrapped = textwrap.wrap(words.rstrip('"'), WIDTH)
        return [f'"""{first}', "", *wrapped, '"""', "", "from __future__ import annotations"]

    def app(self) -> list[str]:
        arguments: list[tuple[str, Code]] = [("", TextOf(self.naming.app))]
        if self.naming.tags:
            arguments.append(("tags", DictOf(tuple((key, TextOf(value)) for key, value in self.naming.tags.items()))))
        return lines([Assign("app", CallOf("App", tuple(arguments)))], 0)

    # -- the function

    # -- its body

    def opening(self) -> list[Statement]:
        found: list[Statement] = [Assign("", _undecided(remark)) for remark in self.macros()]
        if "here" in self.known.uses:
            found.append(Assign("here", CallOf("await lookup.identity", ())))
        if "zones" in self.known.uses:
            found.append(Assign("zones", CallOf("await lookup.zones", ())))
        if "stack_name" in self.known.uses and not self.naming.stack_name:
            found.append(Assign("stack_name", Raw('f"{app.name}-{app.stage}"')))
        return found

    def condition_statements(self) -> list[Statement]:
        found: list[Statement] = []
        for name in condition_order(self.template.conditions):
            node = self.template.conditions[name]
            expressions = Expressions(self.known, f"condition {name}")
            found.append(Assign(self.known.conditions[name], expressions.condition(node)))
        return found

    def resource_statements(self) -> list[Statement]:
        found: list[tuple[str, list[Statement]]] = []
        referred = self.referred()
        awaited: set[str] = set()
        for name in resource_order(self.template):
            resource = self.template.resources[name]
            expressions = Expressions(self.known, name)
            assigned = declaration(resource, expressions, named=name in referred)
            fresh = sorted(expressions.awaits - awaited - self.known.stubs)
            statements: list[Statement] = [*(Await(self.known.resources[one]) for one in fresh), assigned]
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
        from cloudwright.convert.cloudformation.order import mentions

        found: set[str] = set()
        for resource in self.template.resources.values():
            found |= mentions(resource.properties) | set(resource.depends_on)
        for output in self.template.outputs.values():
            found |= mentions(output.value)
        return found

    def output_statements(self) -> list[Statement]:
        expressions = Expressions(self.known, "Outputs")
        always: list[tuple[str, Code]] = []
        sometimes: dict[str, list[Statement]] = {}
        for output in self.template.outputs.values():
            if output.condition:
                expressions.condition_variable(output.condition, output.node)
                inner = Expressions(self.known, "Outputs")
                rows = self.output(output, inner)
                statements = sometimes.setdefault(output.condition, [])
                statements += [Await(self.known.resources[one]) for one in sorted(inner.awaits - self.known.stubs)]
                statements += [Assign(f"results[{literal(key)}]", value) for key, value in rows]
            else:
                always += self.output(output, expressions)
        awaits: list[Statement] = [
            Await(self.known.resources[one]) for one in sorted(expressions.awaits - self.known.stubs)
        ]
        if not sometimes:
            return [*awaits, Return(DictOf(tuple(always)))]
        found: list[Statement] = [
            *awaits,
            Assign("results", DictOf(tuple(always)), note="dict[str, object]"),
            *(If(Raw(self.known.conditions[name]), tuple(body)) for name, body in sometimes.items()),
        ]
        return [*found, Return(Raw("results"))]

    def output(self, output: OutputNode, expressions: Expressions) -> list[tuple[str, Code]]:
        code = expressions.code(output.value)
        rows = [(output.name, code)]
        name = scalar_text(output.export) if output.export is not None and output.export.is_scalar else ""
        if name and name != output.name:
            rows.append((name, code))
        return rows

    # -- the program

    def main(self) -> list[str]:
        arguments: list[tuple[str, Code]] = []
        for one in self.template.parameters.values():
            value = self.argument_value(one)
            if value is not None:
                arguments.append((self.known.parameters[one.name], value))
        call = CallOf("await stack", tuple(arguments))
        return [
            "@app.program",
            "async def main() -> dict[str, object]:",
            *lines([Return(call)], 4),
        ]

    def argument_value(self, parameter: TemplateParameter) -> Code | None:
        if parameter.name in self.naming.values:
            return as_argument(parameter, self.naming.values[parameter.name])
        if parameter.from_store and parameter.default is not None:
            return self.stored(parameter)
        if parameter.default is not None:
            return as_argument(parameter, parameter.default) if parameter.is_list else None
        self.known.helpers.add("parameter")
        example = self.known.keys.get(parameter.name) or distinct(
            example_for_parameter(parameter, self.known.places.get(parameter.name, [])), self.examples
        )
        call = CallOf("parameter", (("", TextOf(parameter.name)), ("example", TextOf(example))))
        return self.typed(parameter, call)

    def stored(self, parameter: TemplateParameter) -> Code:
        self.known.helpers.add("stored")
        example = example_for_parameter(parameter, self.known.places.get(parameter.name, []))
        call = CallOf("await stored", (("", TextOf(parameter.default or "")), ("example", TextOf(example))))
        return self.typed(parameter, call)

    def typed(self, parameter: TemplateParameter, call: Code) -> Code:
        if parameter.is_list:
            self.known.helpers.add("texts")
            return CallOf("texts", (("", call),))
        if parameter_kind(parameter) is Kind.INTEGER:
            return CallOf("int", (("", call),))
        return call

    def macros(self) -> list[Remark]:
        """The transforms of the whole template that only CloudFormation can carry out."""
        node = self.template.root.get("Transform")
        at = node.at if node is not None else self.template.root.at
        found = [
            Remark(at, "Transform", f"{name} is CloudFormation's alone; convert the processed template", blocks=True)
            for name in self.template.transforms
            if name not in EXPANDED
        ]
        self.known.remarks += found
        if found:
            self.known.helpers.add("undecided")
        return found

    def note_rules(self) -> None:
        for name, node in self.template.rules.items():
            self.known.remarks.append(Remark(node.at, name, "rules on parameters are left out"))


def _undecided(remark: Remark) -> Code:
    return CallOf("undecided", (("", TextOf(f"{remark.subject} (line {remark.position.line}): {remark.text}")),))
