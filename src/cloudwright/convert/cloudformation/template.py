"""A template as its sections, checked for form."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.convert.problem import SourceError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.problem import Position

SECTIONS = (
    *("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions"),
    *("Transform", "Globals", "Resources", "Outputs", "Hooks"),
)
RESOURCE_ATTRIBUTES = (
    *("Type", "Properties", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy"),
    *("CreationPolicy", "UpdatePolicy", "Metadata"),
)
PARAMETER_ATTRIBUTES = (
    *("Type", "Default", "Description", "AllowedValues", "AllowedPattern", "NoEcho", "ConstraintDescription"),
    *("MinLength", "MaxLength", "MinValue", "MaxValue"),
)
OUTPUT_ATTRIBUTES = ("Value", "Description", "Export", "Condition")
_LOOP = re.compile(r"Fn::ForEach::(\w+)$")


@dataclass(frozen=True, slots=True)
class TemplateParameter:
    """A parameter of a template.

    Attributes:
        type: CloudFormation's: `String`, `Number`, `List<Number>`, `AWS::EC2::VPC::Id`, ...
        default: As written in the template; `None` without one.
        allowed: The allowed values, as texts.
        no_echo: Whether its value is a secret.
        description: Its description, else a comment above it, else its label.
        pattern: `AllowedPattern`; empty without one.
        limits: `MinLength`, `MaxLength`, `MinValue` and `MaxValue`, as written.
    """

    name: str
    node: TemplateNode
    type: str
    default: str | None
    allowed: tuple[str, ...]
    no_echo: bool
    description: str
    pattern: str
    limits: Mapping[str, str]

    @property
    def is_list(self) -> bool:
        """Whether its value is a list of texts."""
        return self.inner_type.startswith("List<") or self.inner_type == "CommaDelimitedList"

    @property
    def is_number(self) -> bool:
        """Whether its value is a number."""
        return self.type == "Number"

    @property
    def from_store(self) -> bool:
        """Whether its value is the name of an SSM parameter that holds the actual value."""
        return self.type.startswith("AWS::SSM::Parameter::Value<")

    @property
    def inner_type(self) -> str:
        """The type without the SSM parameter around it."""
        return self.type[len("AWS::SSM::Parameter::Value<") : -1] if self.from_store else self.type


@dataclass(frozen=True, slots=True)
class ResourceNode:
    """A resource of a template.

    Attributes:
        name: Its logical id.
        node: The whole resource.
        type: Such as `AWS::EC2::VPC`.
        properties: `None` without any.
        condition: The condition's name; empty without one.
        depends_on: Logical ids.
    """

    name: str
    node: TemplateNode
    type: str
    properties: TemplateNode | None
    condition: str
    depends_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutputNode:
    """An output of a template.

    Attributes:
        condition: The condition's name; empty without one.
        export: The exported name; `None` without one.
    """

    name: str
    node: TemplateNode
    value: TemplateNode
    condition: str
    export: TemplateNode | None


@dataclass(frozen=True, slots=True)
class InlineMacro:
    """A macro within a template, whose result is merged with its siblings.

    Attributes:
        at: Where it is.
        name: Such as `AWS::Include`.
    """

    at: Position
    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """A template.

    Attributes:
        description: The template's `Description`.
        transforms: The names of its macros.
        inline: The macros within it, which are removed from the sections.
    """

    root: TemplateNode
    description: str
    parameters: Mapping[str, TemplateParameter]
    mappings: Mapping[str, TemplateNode]
    conditions: Mapping[str, TemplateNode]
    resources: Mapping[str, ResourceNode]
    outputs: Mapping[str, OutputNode]
    transforms: tuple[str, ...]
    rules: Mapping[str, TemplateNode] = field(default_factory=dict)
    hooks: Mapping[str, TemplateNode] = field(default_factory=dict)
    inline: tuple[InlineMacro, ...] = ()


def scalar_text(node: TemplateNode) -> str:
    """A scalar as text, as CloudFormation's functions see it."""
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return node.text if isinstance(node.value, int | float) else str(node.value)


def parse_template(root: TemplateNode) -> Template:
    """Find the sections of a template.

    Raises:
        SourceError: It is not a template, or a section has the wrong form.
    """
    if root.members is None:
        raise SourceError("not a template: it is not a map of sections", root.at, hint=_SOURCES)
    resources = root.get("Resources")
    if resources is None:
        raise _no_resources(root)
    for name, node in root.members.items():
        if name not in SECTIONS and not _LOOP.match(name):
            near = did_you_mean(name, SECTIONS)
            raise SourceError(
                f"a template has no section {name!r}", node.at, hint=f"did you mean {near!r}?" if near else None
            )
    return Template(
        root=root,
        description=_text(root.get("Description")),
        parameters={
            name: _parameter(name, node, _label(root, name)) for name, node in _section(root, "Parameters").items()
        },
        mappings=_section(root, "Mappings"),
        conditions=_section(root, "Conditions"),
        resources={name: _resource(name, node) for name, node in _members(resources, "Resources").items()},
        outputs={name: _output(name, node) for name, node in _section(root, "Outputs").items()},
        transforms=_texts(root.get("Transform")),
        rules=_section(root, "Rules"),
        hooks=_section(root, "Hooks"),
    )


_SOURCES = (
    "SOURCE is a template with a section Resources, cdk.out, stack:NAME, what `terraform show -json` prints, or a "
    "folder .alchemy/APP/STAGE"
)


def _no_resources(root: TemplateNode) -> SourceError:
    """The error for a map that is not a template: a misspelt section, an empty one, or another tool's file."""
    members = root.members or {}
    if "Resources" in members:
        return SourceError(
            "the section Resources is empty", members["Resources"].at, hint="declare at least one resource"
        )
    near = next((name for name in members if did_you_mean(name, SECTIONS) == "Resources"), None)
    if near is not None:
        what = f"not a template: it has a section {near!r}, but no section Resources"
        return SourceError(what, root.at, hint="did you mean 'Resources'?")
    return SourceError("not a template: it has no section Resources", root.at, hint=_SOURCES)


def _section(root: TemplateNode, name: str) -> dict[str, TemplateNode]:
    node = root.get(name)
    return _members(node, name) if node else {}


def _members(node: TemplateNode, name: str) -> dict[str, TemplateNode]:
    if node.members is None:
        raise SourceError(f"the section {name} is not a map", node.at, hint=f"write {name}: {{NAME: ...}}")
    return dict(node.members)


def _checked(what: str, node: TemplateNode, attributes: Sequence[str]) -> TemplateNode:
    """The node, after a check that none of its members is a misspelt attribute."""
    for name, member in unknown_members(node, attributes):
        near = did_you_mean(name, attributes)
        if near:
            raise SourceError(f"{what} has no attribute {name!r}", member.at, hint=f"did you mean {near!r}?")
    return node


def unknown_members(node: TemplateNode, attributes: Sequence[str]) -> list[tuple[str, TemplateNode]]:
    """The members that CloudFormation does not support.

    Args:
        node: A resource, a parameter or an output.
        attributes: What it may have.
    """
    return [(name, one) for name, one in (node.members or {}).items() if name not in attributes]


def _text(node: TemplateNode | None) -> str:
    return scalar_text(node) if node is not None and node.is_scalar else ""


def _texts(node: TemplateNode | None) -> tuple[str, ...]:
    if node is None:
        return ()
    if node.is_scalar:
        return (scalar_text(node),)
    if node.members is not None:
        return tuple(_texts(node.get("Name")))
    return tuple(text for item in node.items or () for text in _texts(item))


def _label(root: TemplateNode, parameter: str) -> str:
    """The label of a parameter in CloudFormation's console; empty without one."""
    found: TemplateNode | None = root
    for name in ("Metadata", "AWS::CloudFormation::Interface", "ParameterLabels", parameter, "default"):
        found = found.get(name) if found is not None else None
    return _text(found)


def _parameter(name: str, node: TemplateNode, label: str) -> TemplateParameter:
    if node.members is None:
        raise SourceError(f"the parameter {name} is not a map", node.at, hint=f"write {name}: {{Type: String}}")
    _checked(f"the parameter {name}", node, PARAMETER_ATTRIBUTES)
    default = node.get("Default")
    limits = {limit: _text(node.get(limit)) for limit in ("MinLength", "MaxLength", "MinValue", "MaxValue")}
    return TemplateParameter(
        name=name,
        node=node,
        type=_text(node.get("Type")) or "String",
        default=None if default is None else ",".join(_texts(default)),
        allowed=_texts(node.get("AllowedValues")),
        no_echo=_text(node.get("NoEcho")).casefold() == "true",
        description=" ".join((_text(node.get("Description")) or node.comment or label).split()),
        pattern=_text(node.get("AllowedPattern")),
        limits={limit: value for limit, value in limits.items() if value},
    )


def _resource(name: str, node: TemplateNode) -> ResourceNode:
    if node.members is None:
        raise SourceError(f"the resource {name} is not a map", node.at, hint=f"write {name}: {{Type: AWS::SNS::Topic}}")
    kind = node.get("Type")
    _checked(f"the resource {name}", node, RESOURCE_ATTRIBUTES)
    if kind is None or not kind.is_scalar or not scalar_text(kind):
        raise SourceError(f"the resource {name} has no Type", node.at, hint="such as Type: AWS::SNS::Topic")
    properties = node.get("Properties")
    if properties is not None and properties.members is None:
        raise SourceError(f"the Properties of {name} are not a map", properties.at, hint="write NAME: VALUE for each")
    return ResourceNode(
        name=name,
        node=node,
        type=scalar_text(kind),
        properties=properties,
        condition=_text(node.get("Condition")),
        depends_on=_texts(node.get("DependsOn")),
    )


def _output(name: str, node: TemplateNode) -> OutputNode:
    value = _checked(f"the output {name}", node, OUTPUT_ATTRIBUTES).get("Value")
    if value is None:
        raise SourceError(f"the output {name} has no Value", node.at, hint=f"write {name}: {{Value: ...}}")
    export = node.get("Export")
    return OutputNode(name, node, value, _text(node.get("Condition")), export.get("Name") if export else None)
