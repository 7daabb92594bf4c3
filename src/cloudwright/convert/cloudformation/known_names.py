"""What the names of a template mean in its program."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.provided import PROVIDED_TYPES
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.convert.cloudformation.custom_class import CustomClass
    from cloudwright.convert.cloudformation.template import Template
    from cloudwright.convert.problem import Remark
    from cloudwright.convert.writer.code import Code
    from cloudwright.diff.shape import Shape
    from cloudwright.schema.catalog import Catalog
    from cloudwright.schema.resource_type import ResourceType


@dataclass(slots=True)
class KnownNames:
    """What the names of a template mean in the program.

    Attributes:
        parameters: Logical id -> variable.
        mappings: Mapping -> constant.
        conditions: Condition -> variable.
        resources: Logical id -> variable.
        stubs: The logical ids of resources that the program declares only as stubs.
        kinds: Logical id -> its type, if there is a schema for it.
        stack_name: The expression for the stack's name.
        ids: Logical id -> physical id of the resources to adopt.
        values: Parameter -> its value, if it is written into the program.
        exports: Exported name -> value, for exports read from a live stack.
        files: Key of an object that CDK uploads -> the file or folder, relative to the program's folder.
        base: The template's folder, relative to the program's; empty for the same folder.
        origin: The template's file name.
        names: All names that are taken in the function, in the module or in Python.
        function: The function that declares the template's resources.
        part: The file that declares some of them, if each family has its own; else empty.
        nested: Logical id of a nested stack -> the names of its template, which has its own function.
        custom: Logical id of a custom resource -> its class.
        attributes: Class of custom resources -> the attributes that the template reads.
        compared: Parameters of a nested stack that its conditions compare, so that they must be known.
        reported: Class of custom resources and condition, for each statement that reports its provider as not written.
    """

    template: Template
    catalog: Catalog
    parameters: Mapping[str, str]
    mappings: Mapping[str, str]
    conditions: Mapping[str, str]
    resources: Mapping[str, str]
    stubs: frozenset[str]
    kinds: Mapping[str, ResourceType]
    stack_name: Code
    ids: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    origin: str = ""
    names: frozenset[str] = frozenset()
    function: str = "stack"
    part: str = ""
    nested: Mapping[str, KnownNames] = field(default_factory=dict)
    custom: Mapping[str, CustomClass] = field(default_factory=dict)
    attributes: dict[str, dict[str, None]] = field(default_factory=dict)
    reported: set[tuple[str, str]] = field(default_factory=set)
    helpers: set[str] = field(default_factory=set)
    uses: set[str] = field(default_factory=set)
    remarks: list[Remark] = field(default_factory=list)
    loose: set[str] = field(default_factory=set)
    compared: set[str] = field(default_factory=set)
    places: dict[str, list[Shape]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def is_component(self) -> bool:
        """Whether the function is the component of a nested stack."""
        return self.function != "stack"

    @property
    def functions(self) -> list[KnownNames]:
        """The names of all nested templates, each once and before its callers, and these names last."""
        found = [one for nested in self.nested.values() for one in nested.functions]
        return list({id(one): one for one in (*found, self)}.values())

    @property
    def declared(self) -> list[str]:
        """The logical ids of the resources of AWS's types that the function declares itself."""
        others = {*self.stubs, *self.nested, *self.custom}
        resources = self.template.resources.items()
        return [name for name, one in resources if name not in others and one.type not in PROVIDED_TYPES]
