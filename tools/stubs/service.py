"""The stub of one service: its types' `TypedDict`s and classes, as text."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from cloudwright.plan.physical_names import naming_property
from cloudwright.schema.override import override_for
from stubs.shapes import Shapes, optional

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.schema.resource_type import ResourceType
    from stubs.shapes import Shape

# Everything is imported under a private name: types are called `Resource`, `List`, `Text` and `Any` too.
HEADER = """\
# Made from the bundled schemas by tools/stubs; not committed, so don't edit it.
from collections.abc import Mapping as _Mapping
from typing import (
    Any as _Any, Final as _Final, Literal as _Literal, Required as _Required, Self as _Self,
    TypeAlias as _TypeAlias,
    TypedDict as _TypedDict, Unpack as _Unpack, overload as _overload,
)
from cloudwright.aws.shapes import (
    Flag as _Flag,
    Later as _Later, List as _List, Misfit as _Misfit, Number as _Number, DeclarationKeywords as _Options,
    Tag as _Tag, Text as _Text, Typed as _Typed, Whole as _Whole,
)
"""


def write_service(types: Iterable[ResourceType]) -> str:
    """The whole stub.

    Args:
        types: The service's resource types.
    """
    return "\n".join([HEADER, *(line for resource_type in types for line in _type(resource_type))]) + "\n"


def write_module(vendor: str, service: str) -> str:
    """The module beside a stub, for `import cloudwright.aws.<Service>`.

    Args:
        vendor: Such as `AWS`.
        service: Such as `ImageBuilder`.
    """
    return (
        f'"""The resource types of {vendor}::{service}."""\n\n'
        "from __future__ import annotations\n\n"
        "from cloudwright.aws.control import service\n\n"
        f'__getattr__ = service("{vendor}", "{service}").__getattr__\n'
    )


def write_index(services: Iterable[str]) -> str:
    """The stub in which `AWS.` finds all services.

    Args:
        services: Their names.
    """
    return "".join(f"from cloudwright.aws import {name} as {name}\n" for name in services)


def _type(resource_type: ResourceType) -> Iterator[str]:
    shapes = Shapes(resource_type)
    required = _required(resource_type)
    properties = _settable(resource_type, shapes, required)
    attributes = {name: shapes.attribute(node) for name, node in resource_type.properties.items()}
    _add_aliases(resource_type, shapes)
    stem = shapes.stem
    for name, literal in shapes.enums.items():
        yield f"{name}: _TypeAlias = {literal}"
    for name, shape in shapes.dicts.items():
        yield from _typed_dict(name, shape)
    yield from _class(f"{stem}_Properties", "_TypedDict, total=False", _members(properties, required))
    yield f"class {stem}_Keywords({stem}_Properties, _Options, total=False): ..."
    yield f"class {stem}(_Typed):"
    yield from (f"    {name}: _Final[{written}]" for name, written in attributes.items())
    yield "    @_overload"
    yield f"    def __new__(cls, id: str, /, **properties: _Unpack[{stem}_Keywords]) -> _Self: ..."
    yield "    @_overload"
    mapping = f"id: str, properties: {stem}_Properties | _Misfit, /"
    yield f"    def __new__(cls, {mapping}, **options: _Unpack[_Options]) -> _Self: ..."


def _required(resource_type: ResourceType) -> frozenset[str]:
    """What must be given; a name that is left out is made by us."""
    naming = naming_property(resource_type)
    return frozenset(resource_type.required) - ({naming.name} if naming else set())


def _settable(resource_type: ResourceType, shapes: Shapes, required: frozenset[str]) -> dict[str, str]:
    found = {}
    for name, node in resource_type.properties.items():
        if resource_type.settable((name,)):
            written = shapes.value(node, name)
            found[name] = f"{written if name in required else optional(written, shapes.dicts)} | _Misfit"
    return found


def _add_aliases(resource_type: ResourceType, shapes: Shapes) -> None:
    """Names that are wrong but common are accepted, so the stubs know them."""
    for path in override_for(resource_type.name).aliases.pointers:
        true_name = override_for(resource_type.name).aliases.at(path)
        for shape in shapes.dicts.values():
            if true_name in shape.fields:
                shape.fields.setdefault(path[-1], shape.fields[true_name])


def _typed_dict(name: str, shape: Shape) -> Iterator[str]:
    if all(key.isidentifier() and not keyword.iskeyword(key) for key in shape.fields):
        yield from _class(name, "_TypedDict, total=False", _members(shape.fields, shape.required))
        return
    members = ", ".join(f"{key!r}: {written}" for key, written in _marked(shape.fields, shape.required))
    yield f'{name} = _TypedDict("{name}", {{{members}}}, total=False)'


def _class(name: str, bases: str, members: list[str]) -> Iterator[str]:
    yield f"class {name}({bases}):" + ("" if members else " ...")
    yield from members


def _members(fields: dict[str, str], required: frozenset[str]) -> list[str]:
    return [f"    {key}: {written}" for key, written in _marked(fields, required)]


def _marked(fields: dict[str, str], required: frozenset[str]) -> Iterator[tuple[str, str]]:
    for key, written in fields.items():
        yield key, f"_Required[{written}]" if key in required else written
