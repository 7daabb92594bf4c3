"""What the names of a template mean in its program."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        stubs: The logical ids of resources that the program only has a stub of.
        kinds: Logical id -> its type, as far as a schema knows it.
        stack_name: What gives the stack's name.
        ids: Logical id -> physical id of the resources to adopt.
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
    helpers: set[str] = field(default_factory=set)
    uses: set[str] = field(default_factory=set)
    remarks: list[Remark] = field(default_factory=list)
    loose: set[str] = field(default_factory=set)
    places: dict[str, list[Shape]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
