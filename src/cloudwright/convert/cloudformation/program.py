"""A whole program for a template."""

from __future__ import annotations

import re
import textwrap
from dataclasses import field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cloudwright import converted
from cloudwright.convert.cloudformation.cdk import readable
from cloudwright.convert.cloudformation.custom import IMPORTS, class_lines, custom_classes, is_custom, providers
from cloudwright.convert.cloudformation.dynamic import is_dynamic
from cloudwright.convert.cloudformation.examples import distinct, example_for_parameter
from cloudwright.convert.cloudformation.expressions import Expressions
from cloudwright.convert.cloudformation.functions.references import parameter_kind
from cloudwright.convert.cloudformation.known_names import KnownNames
from cloudwright.convert.cloudformation.module_head import imports, mapping
from cloudwright.convert.cloudformation.nodes import TemplateNode
from cloudwright.convert.cloudformation.parameters import as_argument, signature
from cloudwright.convert.cloudformation.provided import PROVIDED_TYPES, used
from cloudwright.convert.cloudformation.stack_function import function_body
from cloudwright.convert.cloudformation.stand_ins import replaced
from cloudwright.convert.cloudformation.values import PythonType
from cloudwright.convert.writer.code import (
    Assign,
    CallOf,
    Code,
    DictOf,
    ListOf,
    Raw,
    Return,
    TextOf,
)
from cloudwright.convert.writer.layout import lines
from cloudwright.convert.writer.names import Names, constant, snake
from cloudwright.convert.writer.quotes import literal
from cloudwright.generate.source import WIDTH
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.convert.cloudformation.nested import NestedTemplate
    from cloudwright.convert.cloudformation.template import Template, TemplateParameter
    from cloudwright.convert.problem import Remark
    from cloudwright.schema.catalog import Catalog
    from cloudwright.schema.resource_type import ResourceType

_WORD = re.compile(r"\w+")

_MODULE = (
    *("App", "Literal", "Resource", "lookup", "secret", "target", "json", "component", "asset"),
    *("Any", "Secret", "attribute", *IMPORTS),
    *("app", "main", "stack", "here", "zones", "results", "item"),
    *converted.__all__,
)
"""Names that a program imports or always defines, so that no variable shadows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A program converted from a template.

    Attributes:
        source: The program's text.
        resources: How many resources it declares.
        keys: Logical ids of the outermost template, as the program declares them.
        remarks: What it can't express, or expresses differently.
        origins: Key -> logical id, of resources that replace another one.
        parts: Of a program in several files: the other files next to it, by name.
    """

    source: str
    resources: int
    keys: tuple[str, ...]
    remarks: tuple[Remark, ...]
    origins: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether the program can be planned without further edits."""
        return not any(remark.blocks for remark in self.remarks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramNames:
    """The program's names and options.

    Attributes:
        app: The app's name.
        origin: The template's name, for the program's docstring.
        values: TemplateParameter -> its value.
        tags: The stack's tags.
        stack_name: The stack's name; empty to build it from app and stage.
        ids: Logical id -> physical id of the resources to adopt.
        exports: Exported name -> value, for exports read from a live stack.
        region: Where the resources are; empty to leave it to the environment.
        literal: Write each resource separately, without loops.
        files: Key of an object that CDK uploads -> the file or folder, relative to the program's folder.
        split: Write a file for each family of resources.
        package: For a split program, the package of the other files; empty for the main file's folder.
        base: The template's folder, relative to the program's; empty for the same folder.
        without: Logical ids of resources to leave out, with everything that refers to them and all outputs.
    """

    app: str
    origin: str
    values: Mapping[str, str]
    tags: Mapping[str, str]
    stack_name: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    literal: bool = False
    split: bool = False
    package: str = ""
    base: str = ""
    without: frozenset[str] = frozenset()
    files: Mapping[str, str] = field(default_factory=dict)


class FunctionNames:
    """Creates the names of each template's function, once for each file."""

    def __init__(self, catalog: Catalog, naming: ProgramNames, root: NestedTemplate) -> None:
        self.catalog: Catalog = catalog
        self.naming: ProgramNames = naming
        self.made: dict[str, KnownNames] = {}
        services = {
            one.type.split("::")[1]
            for inner in _every(root)
            for one in inner.template.resources.values()
            if one.type in catalog
        }
        provided = (name for one in PROVIDED_TYPES.values() for name in (one.name, one.provider))
        self.module: Names = Names((*_MODULE, *services, *provided))

    def of(self, one: NestedTemplate, function: str) -> KnownNames:
        """The names of a template and of the templates nested in it.

        Args:
            one: The template.
            function: The function that declares its resources.
        """
        nested = {name: self._component(inner) for name, inner in one.nested.items()}
        found = list(one.remarks)
        template = replaced(one.template, found)
        known = self._known(template, one.origin, function, nested)
        known.remarks += found
        return known

    def _component(self, inner: NestedTemplate) -> KnownNames:
        if inner.origin not in self.made:
            stem = snake(PurePosixPath(inner.origin).name.partition(".")[0])
            self.made[inner.origin] = self.of(inner, self.module.take(stem, f"{stem}_stack"))
        return self.made[inner.origin]

    def _known(self, template: Template, origin: str, function: str, nested: Mapping[str, KnownNames]) -> KnownNames:
        types = {name: one.type for name, one in template.resources.items()}
        kinds = {name: self.catalog.get(kind) for name, kind in types.items() if kind in self.catalog}
        mappings = {name: self.module.take(constant(name), f"{constant(name)}_MAP") for name in template.mappings}
        names = Names((*self.module.taken, *(["name"] if function != "stack" else [])))
        naming = (
            self.naming if function == "stack" else ProgramNames(app=self.naming.app, origin=origin, values={}, tags={})
        )
        known = KnownNames(
            template=template,
            catalog=self.catalog,
            parameters={name: names.take(snake(name), f"{snake(name)}_value") for name in template.parameters},
            mappings=mappings,
            conditions={name: names.take(snake(name), f"is_{snake(name)}") for name in template.conditions},
            resources={
                name: names.take(snake(readable(name)), f"{snake(name)}_{snake(kind.rpartition('::')[2])}")
                for name, kind in types.items()
            },
            stubs=frozenset(
                name for name, kind in types.items() if name not in nested and is_stub(kind, kinds.get(name))
            ),
            kinds=kinds,
            ids=naming.ids,
            values={name: one.default for name, one in template.parameters.items() if one.default}
            | dict(naming.values),
            exports=naming.exports,
            uses={"target"} if naming.region else set(),
            stack_name=TextOf(naming.stack_name) if naming.stack_name else Raw("stack_name"),
            files=self.naming.files,
            base=self.naming.base,
            origin=origin,
            function=function,
            nested=nested,
            custom=custom_classes(template, self.module),
        )
        known.names = names.taken
        return known


def _every(one: NestedTemplate) -> Iterator[NestedTemplate]:
    yield one
    for inner in one.nested.values():
        yield from _every(inner)


def is_stub(name: str, kind: ResourceType | None) -> bool:
    """Whether a program can't declare a resource, so that the user must decide what replaces it.

    Args:
        name: The type's name.
        kind: The type, if there is a schema for it.
    """
    if is_custom(name) or name in PROVIDED_TYPES:
        return False
    if kind is None:
        # A private type may be registered in the account; the plan asks for its schema.
        return name.count("::") != 2 or name.startswith(("AWS::", "Alexa::"))
    return not kind.provisionable or name == "AWS::CloudFormation::Stack"


class Program:
    """The text of a program.

    Attributes:
        known: The names of the outermost template.
    """

    def __init__(self, known: KnownNames, naming: ProgramNames) -> None:
        """Set up the translation.

        Args:
            known: The names of the outermost template.
            naming: The program's names and options.
        """
        self.known: KnownNames = known
        self.naming: ProgramNames = naming
        self.template: Template = known.template
        self.examples: set[str] = set()

    def written(self) -> Converted:
        """The program, with remarks on what it can't express."""
        functions = self.known.functions
        # The body of a nested template is written first: what it uses decides which arguments its caller passes.
        bodies = [function_body(known, literal=self.naming.literal) for known in functions]
        main = self.main()
        for known, body in zip(functions, bodies, strict=True):
            used = {word for line in (*body, *(main if known is self.known else ())) for word in _WORD.findall(line)}
            known.helpers &= used
        classes = [row for known in functions for row in class_lines(known, self.naming.app)]
        mappings = [
            row
            for known in functions
            for name, node in known.template.mappings.items()
            for row in mapping(known, name, node)
        ]
        parts = [
            *self.docstring(),
            "",
            *imports(functions, classes),
            *classes,
            *(["", ""] if classes else [""]),
            *self.app(),
            *(["", *mappings] if mappings else []),
            *(row for known, body in zip(functions, bodies, strict=True) for row in ("", "", *signature(known), *body)),
            "",
            "",
            *main,
            "",
            "",
            'if __name__ == "__main__":',
            "    app.cli()",
            "",
        ]
        count = sum(len(known.template.resources) - len(known.nested) for known in functions)
        return Converted(
            source="\n".join(parts), resources=count, keys=(*self.template.resources,), remarks=self.remarks()
        )

    def remarks(self) -> tuple[Remark, ...]:
        """What the program can't express, in the order of the template."""
        found = {
            replace(one, subject=f"{known.origin}: {one.subject}") if known.is_component else one
            for known in self.known.functions
            for one in known.remarks
        }
        return tuple(sorted(found, key=lambda one: (one.position.line, one.position.column, one.subject)))

    # -- the module's head

    def docstring(self) -> list[str]:
        """The module's docstring, with the template's description."""
        first = f"Converted from {self.naming.origin}."
        words = " ".join(self.template.description.split()).replace("\\", "\\\\").replace('"""', "'''")
        if not words:
            return [f'"""{first}"""', "", "from __future__ import annotations"]
        wrapped = textwrap.wrap(words.rstrip('"'), WIDTH)
        return [f'"""{first}', "", *wrapped, '"""', "", "from __future__ import annotations"]

    def app(self) -> list[str]:
        """The app."""
        arguments: list[tuple[str, Code]] = [("", TextOf(self.naming.app))]
        if self.naming.tags:
            arguments.append(("tags", DictOf(tuple((key, TextOf(value)) for key, value in self.naming.tags.items()))))
        functions = self.known.functions
        written = [*(one.provider for one in used(one.template for one in functions)), *providers(functions)]
        if written:
            arguments.append(("providers", ListOf(tuple(CallOf(name, ()) for name in written))))
        return lines([Assign("app", CallOf("App", tuple(arguments)))], 0)

    # -- the program

    def main(self) -> list[str]:
        """The app's program, which passes values for the parameters."""
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
        """The value that the program passes for a parameter; `None` to use its default."""
        if parameter.name in self.naming.values:
            return self.given(parameter, self.naming.values[parameter.name])
        if parameter.from_store and parameter.default is not None:
            return self.stored(parameter)
        if parameter.default is not None:
            left_out = not parameter.is_list and not is_dynamic(parameter.default)
            return None if left_out else self.given(parameter, parameter.default)
        self.known.helpers.add("parameter")
        example = self.known.keys.get(parameter.name) or distinct(
            example_for_parameter(parameter, self.known.places.get(parameter.name, [])), self.examples
        )
        call = CallOf("parameter", (("", TextOf(parameter.name)), ("example", TextOf(example))))
        return self.typed(parameter, call)

    def given(self, parameter: TemplateParameter, value: str) -> Code:
        """A value from the template or the command line."""
        if not is_dynamic(value):
            return as_argument(parameter, value)
        node = TemplateNode(at=parameter.node.at, value=value, text=value)
        place = next(iter(self.known.places.get(parameter.name, [])), None)
        return self.typed(parameter, Expressions(self.known, parameter.name).untyped(node, place).code)

    def stored(self, parameter: TemplateParameter) -> Code:
        """The value of a parameter that is stored in Systems Manager."""
        self.known.helpers.add("stored")
        example = example_for_parameter(parameter, self.known.places.get(parameter.name, []))
        call = CallOf("await stored", (("", TextOf(parameter.default or "")), ("example", TextOf(example))))
        return self.typed(parameter, call)

    def typed(self, parameter: TemplateParameter, call: Code) -> Code:
        """A text converted to the type of a parameter."""
        if parameter.is_list:
            self.known.helpers.add("texts")
            return CallOf("texts", (("", call),))
        if parameter_kind(parameter) is PythonType.INTEGER:
            return CallOf("int", (("", call),))
        return call
