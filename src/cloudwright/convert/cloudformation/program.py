"""A whole program for a template."""

from __future__ import annotations

import re
import textwrap
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.examples import distinct, example_for_parameter
from cloudwright.convert.cloudformation.expressions import Expressions, KnownNames, parameter_kind
from cloudwright.convert.cloudformation.order import condition_order, resource_order
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
    ListOf,
    Raw,
    Return,
    TextOf,
)
from cloudwright.convert.writer.layout import lines, literal, source
from cloudwright.convert.writer.names import Names, constant, snake
from cloudwright.convert.writer.unused import without_unused
from cloudwright.generate.source import WIDTH
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.template import OutputNode, Template, TemplateParameter
    from cloudwright.convert.writer.code import Statement
    from cloudwright.schema.catalog import Catalog
    from cloudwright.schema.resource_type import ResourceType

_WORD = re.compile(r"\w+")

_MODULE = (
    *(
        "App",
        "Literal",
        "Resource",
        "app",
        "main",
        "stack",
        "json",
        "secret",
        "target",
        "here",
        "zones",
        "results",
        "item",
    ),
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
        origins: Key -> logical id, of resources that took another one's place.
    """

    source: str
    resources: int
    remarks: tuple[Remark, ...]
    origins: Mapping[str, str] = field(default_factory=dict)

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
        exports: Exported name -> value, as far as a live stack showed them.
        region: Where the resources are; empty to leave it to the environment.
    """

    app: str
    origin: str
    values: Mapping[str, str]
    tags: Mapping[str, str]
    stack_name: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, str] = field(default_factory=dict)
    region: str = ""


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
    written, template = template, replaced(template, found)
    kinds = {
        name: catalog.get(resource.type) for name, resource in template.resources.items() if resource.type in catalog
    }
    known = _known(template, catalog, kinds, naming)
    known.remarks += found
    return replace(_Writing(known, naming).program(), origins=_origins(written, template))


def _origins(written: Template, template: Template) -> dict[str, str]:
    names = {id(one.node): name for name, one in written.resources.items()}
    found = {name: names.get(id(one.node), name) for name, one in template.resources.items()}
    return {name: origin for name, origin in found.items() if origin != name}


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
        values={name: one.default for name, one in template.parameters.items() if one.default} | dict(naming.values),
        exports=naming.exports,
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
        mappings = [line for name, node in self.template.mappings.items() for line in self.mapping(name, node)]
        main = self.main()
        used = {word for line in (*text_body, *main) for word in _WORD.findall(line)}
        self.known.helpers &= used
        parts = [
            *self.docstring(),
            "",
            *self.imports(),
            "",
            *self.app(),
            *(["", *mappings] if mappings else []),
            "",
            "",
            *self.signature(),
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

    def imports(self) -> list[str]:
        found: list[str] = []
        if "json" in self.known.uses:
            found.append("import json")
        if any(self.choices(one) for one in self.template.parameters.values()):
            found.append("from typing import Literal")
        if self.any_typed():
            found = [*found[:1], *found[1:]] if found else []
            found = [line for line in found if not line.startswith("from typing")]
            typing = ["Any", *(["Literal"] if any(map(self.choices, self.template.parameters.values())) else [])]
            found.append(f"from typing import {', '.join(typing)}")
        if found:
            found.append("")
        generic = any(
            name not in self.known.stubs and not self.known.catalog.is_bundled(one.type)
            for name, one in self.template.resources.items()
        )
        lookups = {"here", "zones"} & self.known.uses
        secrets = "secret" in self.known.uses
        names = [
            "App",
            *(["Resource"] if generic else []),
            *(["lookup"] if lookups else []),
            *(["secret"] if secrets else []),
            *(["target"] if self.naming.region else []),
        ]
        found += _import("cloudwright", names)
        services = {kind.service for name, kind in self.known.kinds.items() if name not in self.known.stubs}
        if services:
            found += _import("cloudwright.aws", services)
        if self.known.helpers:
            found += _import("cloudwright.converted", self.known.helpers)
        return found

    def any_typed(self) -> bool:
        return any("Any" in self.annotation(one) for one in self.template.parameters.values()) or any(
            "Any" in self.mapping_type(name) for name in self.template.mappings
        )

    def app(self) -> list[str]:
        arguments: list[tuple[str, Code]] = [("", TextOf(self.naming.app))]
        if self.naming.tags:
            arguments.append(("tags", DictOf(tuple((key, TextOf(value)) for key, value in self.naming.tags.items()))))
        return lines([Assign("app", CallOf("App", tuple(arguments)))], 0)

    def mapping(self, name: str, node: TemplateNode) -> list[str]:
        note = self.mapping_type(name)
        return lines([Assign(self.known.mappings[name], _mapping_code(node), note=note)], 0)

    def mapping_type(self, name: str) -> str:
        held = {
            "list" if value.items is not None else "text"
            for row in (self.template.mappings[name].members or {}).values()
            for value in (row.members or {}).values()
        }
        if name in self.known.loose or len(held) != 1:
            return "dict[str, dict[str, Any]]"
        return "dict[str, dict[str, list[str]]]" if held == {"list"} else "dict[str, dict[str, str]]"

    # -- the function

    def signature(self) -> list[str]:
        arguments = [
            self.argument(one)
            for one in sorted(self.template.parameters.values(), key=lambda one: self.default(one) is not None)
        ]
        if not arguments:
            head = ["async def stack() -> dict[str, object]:"]
        else:
            flat_head = f"async def stack(*, {', '.join(arguments)}) -> dict[str, object]:"
            head = (
                [flat_head]
                if len(flat_head) <= WIDTH and "\n" not in flat_head
                else ["async def stack(", "    *,", *(f"    {one}," for one in arguments), ") -> dict[str, object]:"]
            )
        return [*head, *self.function_docstring()]

    def function_docstring(self) -> list[str]:
        if not self.template.parameters:
            return ['    """Declare the resources of the stack."""']
        rows = ['    """Declare the resources of the stack.', "", "    Args:"]
        for one in self.template.parameters.values():
            rows += _wrapped(f"{self.known.parameters[one.name]}: {_about(one)}", 8)
        return [*rows, '    """']

    def argument(self, parameter: TemplateParameter) -> str:
        default = self.default(parameter)
        head = f"{self.known.parameters[parameter.name]}: {self.annotation(parameter)}"
        if default is None:
            return head
        return f"{head} = {source(default, 4, len(head) + 4)}"

    def default(self, parameter: TemplateParameter) -> Code | None:
        if parameter.default is None or parameter.is_list or parameter.from_store:
            return None
        return self.as_argument(parameter, parameter.default)

    def as_argument(self, parameter: TemplateParameter, value: str) -> Code:
        if parameter.is_list:
            return ListOf(tuple(TextOf(one.strip()) for one in value.split(",") if one.strip()))
        return Raw(value) if parameter_kind(parameter) is Kind.INTEGER else TextOf(value)

    def annotation(self, parameter: TemplateParameter) -> str:
        if parameter.is_list:
            return "list[str]"
        choices = self.choices(parameter)
        if choices:
            return choices
        if parameter.name in self.known.loose:
            return "Any"
        return "int" if parameter_kind(parameter) is Kind.INTEGER else "str"

    def choices(self, parameter: TemplateParameter) -> str:
        if parameter.is_list or not parameter.allowed or parameter.name in self.known.loose:
            return ""
        number = parameter_kind(parameter) is Kind.INTEGER
        values = list(dict.fromkeys(parameter.allowed))
        if parameter.default is not None and parameter.default not in values:
            values.append(parameter.default)
        found = f"Literal[{', '.join(value if number else literal(value) for value in values)}]"
        if len(found) + 8 + len(parameter.name) <= WIDTH - 20:
            return found
        inner = [f"        {value if number else literal(value)}," for value in values]
        return "\n".join(["Literal[", *inner, "    ]"])

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
        head = ["@app.program", "async def main() -> dict[str, object]:"]
        if not self.naming.region:
            return [*head, *lines([Return(call)], 4)]
        return [*head, f"    with target(region={literal(self.naming.region)}):", *lines([Return(call)], 8)]

    def argument_value(self, parameter: TemplateParameter) -> Code | None:
        if parameter.name in self.naming.values:
            return self.as_argument(parameter, self.naming.values[parameter.name])
        if parameter.from_store and parameter.default is not None:
            return self.stored(parameter)
        if parameter.default is not None:
            return self.as_argument(parameter, parameter.default) if parameter.is_list else None
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


def _mapping_code(node: TemplateNode) -> Code:
    if node.items is not None:
        return ListOf(tuple(_mapping_code(item) for item in node.items))
    if node.members is not None:
        return DictOf(tuple((name, _mapping_code(member)) for name, member in node.members.items()))
    return TextOf(scalar_text(node) if node.is_scalar else "")


def _about(parameter: TemplateParameter) -> str:
    words = parameter.description.rstrip(".") or f"The parameter {parameter.name}"
    notes = [parameter.type] if parameter.type not in {"String", "Number", "CommaDelimitedList"} else []
    if parameter.pattern:
        notes.append(f"matches {parameter.pattern}")
    notes += [f"{name} {value}" for name, value in parameter.limits.items()]
    text = f"{words}; {', '.join(notes)}." if notes else f"{words}."
    return text.replace("\\", "\\\\").replace('"""', "'''")


def _wrapped(words: str, indent: int) -> list[str]:
    return textwrap.wrap(
        words,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 4),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _import(module: str, names: Iterable[str]) -> list[str]:
    # The order of the usual import sorters: names in capitals first.
    ordered = sorted(set(names), key=lambda name: (not name.isupper(), name.islower(), name))
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in ordered), ")"]
