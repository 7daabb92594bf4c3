"""Programs from what other tools hold: reads the source's file and writes nothing; the command writes the program."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.app.nested_templates import NestedReader
from cloudwright.app.source_files import read_source
from cloudwright.convert.cloudformation.cdk import without_bootstrap
from cloudwright.convert.cloudformation.forms import check_forms, check_given
from cloudwright.convert.cloudformation.loops import unrolled
from cloudwright.convert.cloudformation.macros import inline_macros, without_inline_macros
from cloudwright.convert.cloudformation.nodes import read_text
from cloudwright.convert.cloudformation.program import Converted, ProgramNames
from cloudwright.convert.cloudformation.sam import expanded, is_serverless
from cloudwright.convert.cloudformation.template import parse_template
from cloudwright.convert.cloudformation.write import write_program
from cloudwright.convert.problem import Remark, SourceError
from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.schema.catalog import Catalog
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from cloudwright.convert.cloudformation.nested import NestedTemplate
    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.template import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertRequest:
    """What is converted, and how.

    Attributes:
        source: The template's file.
        app: The app's name.
        values: Parameter -> value, written into the program.
        tags: Tags for all resources.
        ids: Logical id -> physical id of the resources to adopt.
        types: Logical id -> the type that the list of ids gives it.
        stack_name: The stack's name; empty to make it of app and stage.
        stored: Parameter -> the key in Parameter Store that it names, in the place of its default.
        exports: Exported name -> value, as far as a live stack showed them.
        remarks: What was found out about the source before.
        region: Where the resources are; empty to leave it to the environment.
        literal: Write each resource out, without loops.
        split: Write a file for each family of resources.
        package: Of a split program: the package of the files beside the main one; empty for its own folder.
        base: The template's folder, from the program's; empty for the same folder.
        without: Logical ids of resources to leave out, with everything that refers to them and all outputs.
        files: Key of an object that CDK uploads -> the file or folder, from the program's folder.
    """

    source: Path
    app: str
    values: Mapping[str, str]
    tags: Mapping[str, str]
    ids: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    stack_name: str = ""
    stored: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    region: str = ""
    literal: bool = False
    split: bool = False
    package: str = ""
    base: str = ""
    without: frozenset[str] = frozenset()
    files: Mapping[str, str] = field(default_factory=dict)


def convert_template(request: ConvertRequest, catalog: Catalog | None = None) -> Converted:
    """Convert a CloudFormation template.

    Args:
        request: What is converted.
        catalog: Knows the types; by default those that ship with cloudwright.

    Raises:
        SourceError: The template can't be converted; with line and column.
        ProgramError: A given parameter is none of the template's.
        CloudwrightError: The file can't be read.
    """
    reader = NestedReader(lambda path, remarks: _parsed(read_source(path), {}, remarks))
    text = read_source(request.source)
    return _converted(text, request, catalog, lambda template: reader.nested(template, request.source))


def convert_text(text: str, request: ConvertRequest, catalog: Catalog | None = None) -> Converted:
    """Convert the text of a CloudFormation template, which is in no file: nested stacks stay undecided.

    Args:
        text: YAML or JSON.
        request: What it is, and how it is converted; its `source` only names it.
        catalog: Knows the types; by default those that ship with cloudwright.

    Raises:
        SourceError: The template can't be converted; with line and column.
        ProgramError: A given parameter is none of the template's.
    """
    return _converted(text, request, catalog, lambda _template: {})


def convert_tree(root: TemplateNode, request: ConvertRequest, catalog: Catalog | None = None) -> Converted:
    """Convert a template that was made of another source.

    Args:
        root: The template; its places are none of a text's.
        request: What it is, and how it is converted; its `source` only names it.
        catalog: Knows the types; by default those that ship with cloudwright.

    Raises:
        SourceError: It can't be converted.
        ProgramError: A given parameter or resource is none of its own.
    """
    try:
        template = parse_template(root)
        _refuse_unknown(request, "source has no parameter", request.values, template.parameters)
        _refuse_unknown(request, "source has no resource", request.ids, template.resources)
        return write_program(template, catalog or Catalog.bundled(), _naming(request), request.remarks)
    except SourceError as error:
        raise error.in_file(str(request.source)) from None


def _converted(
    text: str,
    request: ConvertRequest,
    catalog: Catalog | None,
    nested: Callable[[Template], Mapping[str, NestedTemplate]],
) -> Converted:
    try:
        remarks: list[Remark] = list(request.remarks)
        template = _with_keys(_parsed(text, request.values, remarks), request.stored)
        _refuse_unknown(request, "template has no parameter", request.values, template.parameters)
        check_given(template, request.values)
        _refuse_unknown(request, "template has no resource", request.ids, template.resources)
        known = catalog or Catalog.bundled()
        _refuse_shared_ids(request, template, known)
        naming = _without_secrets(_naming(request), template, remarks)
        return write_program(template, known, naming, remarks, nested(template))
    except SourceError as error:
        raise error if error.file else error.in_file(str(request.source)) from None


def _parsed(text: str, values: Mapping[str, str], remarks: list[Remark]) -> Template:
    root = _prepared(read_text(text), values, remarks)
    template = parse_template(without_inline_macros(root))
    check_forms(template)
    return replace(template, inline=inline_macros(root))


def _naming(request: ConvertRequest) -> ProgramNames:
    return ProgramNames(
        app=request.app,
        origin=request.source.name,
        values=request.values,
        tags=request.tags,
        ids=request.ids,
        stack_name=request.stack_name,
        exports=request.exports,
        region=request.region,
        literal=request.literal,
        split=request.split,
        package=request.package,
        base=request.base,
        without=request.without,
        files=request.files,
    )


def _without_secrets(naming: ProgramNames, template: Template, remarks: list[Remark]) -> ProgramNames:
    """No secret is written into a program: it reads the value of a parameter with `NoEcho` from the environment."""
    hidden = [name for name in naming.values if template.parameters[name].no_echo]
    for name in hidden:
        what = "its value is not written into the program (NoEcho): set the environment variable"
        remarks.append(Remark(template.parameters[name].node.at, name, what))
    return replace(naming, values={name: value for name, value in naming.values.items() if name not in hidden})


def _with_keys(template: Template, stored: Mapping[str, str]) -> Template:
    """The template with other defaults of parameters that name keys in Parameter Store."""
    changed = {name: replace(template.parameters[name], default=key) for name, key in stored.items()}
    return replace(template, parameters={**template.parameters, **changed}) if changed else template


def _refuse_unknown(request: ConvertRequest, what: str, given: Iterable[str], known: Collection[str]) -> None:
    for name in given:
        if name not in known:
            near = did_you_mean(name, known)
            hint = f"did you mean {near!r}?" if near else f"it has: {', '.join(known) or 'none'}"
            raise ProgramError(f"{request.source}: the {what} {name!r}", hint=hint)


def _refuse_shared_ids(request: ConvertRequest, template: Template, catalog: Catalog) -> None:
    """Two resources of a type whose identifier is one property can't have the same one."""
    owners: dict[tuple[str, str], str] = {}
    for name, id_ in request.ids.items():
        kind = template.resources[name].type
        if kind not in catalog or len(catalog.get(kind).identifiers) != 1:
            continue
        other = owners.setdefault((kind, id_), name)
        if other != name:
            hint = "take the ids from `aws cloudformation list-stack-resources`"
            raise ProgramError(f"{other} and {name} have the same id {id_!r}, and are two resources", hint=hint)


def _prepared(root: TemplateNode, values: Mapping[str, str], remarks: list[Remark]) -> TemplateNode:
    """A template without loops, and without what AWS's macros expand."""
    root = unrolled(without_bootstrap(root), values)
    if not is_serverless(root):
        return root
    return expanded(root, values, remarks)
