"""Resources that give a value to attributes of others, such as the IPv6 block of a VPC: awaited before these are read.

CloudFormation reads an attribute when the resource that uses it is created, after all that its `DependsOn` names, and
reads those of outputs at the end of the stack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.order import mentions
from cloudwright.schema.override import filled_types

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.convert.cloudformation.template import ResourceNode, Template


def filled_before(resource: ResourceNode, read: Iterable[str], template: Template) -> set[str]:
    """What a resource's `DependsOn` names and fills attributes of resources that it reads.

    Args:
        resource: The resource.
        read: The logical ids of the resources whose attributes it computes with.
        template: For the types.
    """
    return _filling(resource.depends_on, read, template, {"", resource.condition})


def filled_at_end(read: Iterable[str], template: Template) -> set[str]:
    """What fills attributes of resources that outputs read."""
    return _filling(template.resources, read, template, {""})


def read_by_outputs(template: Template) -> set[str]:
    """The logical ids whose variables the outputs need."""
    named = {name for output in template.outputs.values() for name in mentions(output.value)}
    return named | filled_at_end(named, template)


def _filling(names: Iterable[str], read: Iterable[str], template: Template, conditions: set[str]) -> set[str]:
    known = template.resources
    types = {known[name].type for name in read if name in known}
    return {
        name
        for name in names
        if name in known and known[name].condition in conditions and types & filled_types(known[name].type)
    }
