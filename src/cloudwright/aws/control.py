"""The `AWS` namespace: `AWS.ImageBuilder.DistributionConfiguration("id", Name=..., Distributions=[...])`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.errors import ProgramError, UnknownType
from cloudwright.program.resource import OPTIONS, AnyResource, Resource


class ResourceClass:
    """One resource type, to be called like a class."""

    def __init__(self, type_name: str) -> None:
        """Name the type.

        Args:
            type_name: Such as `AWS::S3::Bucket`.
        """
        self.type_name = type_name

    def __call__(self, id: str, properties: Mapping[str, Any] | None = None, /, **keywords: Any) -> AnyResource:
        """Declare a resource of this type.

        Args:
            id: Unique in its scope.
            properties: A mapping of properties, instead of or in addition to keywords.
            keywords: Properties in CloudFormation's spelling, and the lower-case options.

        Raises:
            ProgramError: A property is given twice, or the mapping is none.
        """
        if properties is not None and not isinstance(properties, Mapping):
            raise ProgramError(
                f"{id!r}: properties come as a mapping or as keywords, not as {type(properties).__name__}"
            )
        options = {name: value for name, value in keywords.items() if name in OPTIONS}
        named = {name: value for name, value in keywords.items() if name not in OPTIONS}
        twice = sorted(set(named) & set(properties or {}))
        if twice:
            raise ProgramError(f"{id!r}: {twice[0]} is given twice, in the mapping and as a keyword")
        return Resource(id, type=self.type_name, properties={**(properties or {}), **named}, **options)

    def get(self, id: str, identifier: Any, /, **options: Any) -> AnyResource:
        """Read an existing resource of this type without managing it.

        Args:
            id: Unique in its scope.
            identifier: Cloud Control's primary identifier; a mapping for a compound one.
            options: `region`, `target`, `depends_on`.
        """
        return Resource.read(id, identifier, type=self.type_name, **options)

    def __instancecheck__(self, instance: object) -> bool:
        # Type checkers take this for a class, so `isinstance` has to answer.
        return isinstance(instance, Resource) and instance.type == self.type_name

    def __repr__(self) -> str:
        return f"<resource class {self.type_name}>"


class Service:
    """The types of one service."""

    def __init__(self, vendor: str, name: str) -> None:
        """Name the service.

        Args:
            vendor: The first part of a type's name, such as `AWS`.
            name: The second part, such as `ImageBuilder`.
        """
        self._vendor, self._name = vendor, name

    def __getattr__(self, name: str) -> ResourceClass:
        if name.startswith("_"):
            raise AttributeError(name)
        return resource_class(f"{self._vendor}::{self._name}::{name}")

    def __dir__(self) -> list[str]:
        from cloudwright.schema.catalog import Catalog

        prefix = f"{self._vendor}::{self._name}::"
        return [name.removeprefix(prefix) for name in Catalog.bundled().names() if name.startswith(prefix)]


class Vendor:
    """All services of one vendor; `AWS` is the one that the bundled schemas know."""

    def __init__(self, name: str) -> None:
        """Name the vendor.

        Args:
            name: The first part of its types' names.
        """
        self._name = name

    def __getattr__(self, name: str) -> Service:
        if name.startswith("_"):
            raise AttributeError(name)
        return service(self._name, name)

    def __dir__(self) -> list[str]:
        from cloudwright.schema.catalog import Catalog

        return sorted({name.split("::")[1] for name in Catalog.bundled().names() if name.startswith(f"{self._name}::")})


@functools.cache
def service(vendor: str, name: str) -> Service:
    """The service of this name.

    Args:
        vendor: Such as `AWS`.
        name: Such as `ImageBuilder`.
    """
    return Service(vendor, name)


@functools.cache
def resource_class(type_name: str) -> ResourceClass:
    """The class of this type's resources.

    Args:
        type_name: Such as `AWS::S3::Bucket`.

    Raises:
        UnknownType: The bundled schemas hold no such type; the message suggests near ones.
    """
    from cloudwright.schema.catalog import Catalog

    if type_name not in Catalog.bundled():
        try:
            Catalog.bundled().get(type_name)
        except UnknownType as error:
            raise UnknownType(
                error.message,
                hint=f"{error.hint or ''}\nfor a type newer than the bundled schemas: "
                f'Resource("id", type="{type_name}", properties={{...}})'.strip(),
            ) from None
    return ResourceClass(type_name)


if TYPE_CHECKING:
    # The generated stubs: a checker reads all services only for programs that say `AWS.`.
    from cloudwright.aws import services as AWS  # noqa: N812 - a module to checkers, a namespace to programs
else:
    AWS = Vendor("AWS")

__all__ = ["AWS", "ResourceClass", "Service", "resource_class"]
