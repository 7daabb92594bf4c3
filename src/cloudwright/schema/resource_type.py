"""One resource type: its properties, identifiers, mutability, tagging and handlers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cloudwright.errors import InvalidProperties
from cloudwright.lazy_dataclass import dataclass
from cloudwright.schema import navigation
from cloudwright.schema.override import override_for
from cloudwright.schema.pointer import PointerSet, format_pointer, format_property, get, parse
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.schema.override import Override
    from cloudwright.schema.pointer import Path

TagShape: TypeAlias = Literal["list", "map", "none"]
ReplacementStrategy: TypeAlias = Literal["create_then_delete", "delete_then_create"]

DEFAULT_TIMEOUT_MINUTES = 120
"""A handler's `timeoutInMinutes` if its schema sets none (CloudFormation's resource type meta-schema)."""

EXTRAS = ("arnTemplate", "refIdentifier", "stateful")
"""Keywords that the build adds to a registry schema, from the service specification of the AWS CDK."""

PROVISIONING_TYPE = "provisioningType"
"""Keyword under which a live schema stores the other fields of `DescribeType`."""
NON_PROVISIONABLE = "NON_PROVISIONABLE"

PROVIDED = "provided"
"""Keyword that the schema of a custom resource has and no schema of the registry."""

_REQUIRED = ("create", "read", "delete")
_JOIN = "|"


@dataclass(frozen=True, slots=True)
class Tagging:
    """How a type is tagged. The meta-schema's defaults are filled in.

    Attributes:
        taggable: Whether it has tags at all.
        updatable: Whether tags may change in place.
        system_tags: Whether CloudFormation adds `aws:` tags.
        property: The property that holds the tags; `None` if the type has no such property.
        shape: `list` of {Key, Value}, `map` of name to value, or `none`.
    """

    taggable: bool = False
    updatable: bool = False
    system_tags: bool = False
    property: Path | None = None
    shape: TagShape = "none"


@dataclass(frozen=True, slots=True)
class Handler:
    """One of create, read, update, delete and list.

    Attributes:
        timeout_minutes: As the schema says; `None` if it doesn't.
        list_schema: What `ListResources` needs as `ResourceModel`; for the list handler only.
        permissions: IAM actions that the caller needs, as the schema lists them and override data corrects them;
            empty if the schema lists none.
    """

    timeout_minutes: int | None = None
    list_schema: Mapping[str, object] | None = None
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResourceType:
    """A resource type as its registry schema describes it (CloudFormation's meta-schema `provider.definition.v1`).

    The pointer sets are as declared, with one exception: what is read-only is not write-only. A property that is both
    read-only and create-only may be set on create, see `settable` (CC105).

    Attributes:
        name: `AWS::ImageBuilder::DistributionConfiguration`.
        service: `ImageBuilder`.
        schema: The whole normalised schema, its root node.
        properties: Top-level properties and their nodes.
        identifiers: The parts of the primary identifier, in schema order.
        read_only: What only the service sets.
        write_only: What no read returns.
        create_only: What only a replacement can change.
        conditional_create_only: What in some cases only a replacement can change.
        property_transform: JSONata by pointer (`/KmsKeyId`), not yet evaluated.
        provisionable: Whether Cloud Control can create it.
        updatable: Whether it has an update handler; without one every change is a replacement.
        arn_template: `arn:${Partition}:...`, if one is known (service specification of the AWS CDK).
        ref_identifier: The properties that CloudFormation's `Ref` returns; empty where it returns the identifier.
        stateful: Whether deleting it loses data (service specification of the AWS CDK).
        lifecycle: `{"status": "sunset", "date": ...}` if AWS is discontinuing the type.
        provisioning_type: The registry's live answer (`FULLY_MUTABLE`, `IMMUTABLE`, `NON_PROVISIONABLE`); empty if it
            was not queried.
    """

    name: str
    service: str
    schema: Mapping[str, object]
    properties: Mapping[str, Mapping[str, Any]]
    definitions: Mapping[str, Mapping[str, Any]]
    required: tuple[str, ...]
    identifiers: tuple[Path, ...]
    additional_identifiers: tuple[tuple[Path, ...], ...]
    read_only: PointerSet
    write_only: PointerSet
    create_only: PointerSet
    conditional_create_only: PointerSet
    deprecated: PointerSet
    tagging: Tagging
    handlers: Mapping[str, Handler]
    replacement_strategy: ReplacementStrategy
    property_transform: Mapping[str, str]
    arn_template: str | None
    ref_identifier: tuple[str, ...]
    stateful: bool
    additional_properties: bool
    lifecycle: Mapping[str, str]
    provisioning_type: str = ""
    provided: bool = False
    resends: bool = True
    provided_override: Override | None = None

    @property
    def override(self) -> Override:
        """Facts about it beyond its schema."""
        return self.provided_override or override_for(self.name)

    @property
    def provisionable(self) -> bool:
        """Whether Cloud Control can manage it; other types only CloudFormation can.

        AWS's statement decides, live or from override data: some types have all handlers and still can't be managed.
        """
        if self.provisioning_type:
            return self.provisioning_type != NON_PROVISIONABLE
        return set(_REQUIRED) <= self.handlers.keys() and not self.override.non_provisionable

    @property
    def why_not_provisionable(self) -> str:
        """Why Cloud Control can't manage it, for messages; empty if it can."""
        if self.provisionable:
            return ""
        missing = [name for name in _REQUIRED if name not in self.handlers]
        if missing:
            return "it has no handlers" if len(missing) == len(_REQUIRED) else f"it has no {missing[0]} handler"
        return "AWS lists it as NON_PROVISIONABLE, although its schema has handlers"

    @property
    def instead(self) -> str:
        """The type to use in place of one that Cloud Control can't manage; empty if there is none."""
        return "" if self.provisionable else self.override.use_instead

    @property
    def updatable(self) -> bool:
        """Whether it has an update handler."""
        return "update" in self.handlers

    @property
    def listable(self) -> bool:
        """Whether it has a list handler."""
        return "list" in self.handlers

    @property
    def property_names(self) -> tuple[str, ...]:
        """The top-level properties, sorted."""
        return tuple(sorted(self.properties))

    def timeout(self, operation: str) -> float:
        """How long a handler may take.

        Args:
            operation: `create`, `CREATE`, `update`, ...

        Returns:
            Seconds; 7200 if the schema sets nothing.
        """
        handler = self.handlers.get(operation.lower())
        minutes = handler.timeout_minutes if handler else None
        return 60.0 * (minutes or DEFAULT_TIMEOUT_MINUTES)

    def settable(self, path: Path) -> bool:
        """Whether a program may set this path: not read-only, or read-only and, itself, create-only (CC105)."""
        starts = (path[:length] for length in range(1, len(path) + 1))
        answer = next((start for start in starts if self.read_only.matches(start)), None)
        return answer is None or self.create_only.matches(answer)

    def resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """A node without `$ref`; empty if the reference is dangling or circular."""
        return navigation.resolve(self.schema, node)

    def node(self, path: Path) -> Mapping[str, Any] | None:
        """The schema of a path, `$ref` resolved.

        Args:
            path: Concrete or with `*`. Items, map values and the branches of combinators are followed.

        Returns:
            `None` if the schema describes no such path (as inside a free-form JSON property).
        """
        return navigation.find(self.schema, path)

    def attribute(self, path: Path | str) -> Mapping[str, Any]:
        """The schema of what a reference to this resource yields.

        Args:
            path: A path, a pointer (`/Endpoint/Address`) or dotted as in `Fn::GetAtt` (`Endpoint.Address`).

        Raises:
            InvalidProperties: The type has no such attribute.
        """
        wanted = path if isinstance(path, tuple) else _attribute_path(path)
        node = self.node(wanted)
        if node is None:
            raise InvalidProperties(f"{self.name} has no attribute {'.'.join(wanted)!r}.", hint=self._nearest(wanted))
        return node

    def _nearest(self, wanted: Path) -> str | None:
        near = did_you_mean(wanted[0], self.properties) if wanted else None
        return f"Did you mean {near!r}?" if near else None

    def identifier_of(self, document: Mapping[str, Any]) -> str | None:
        """The primary identifier of a live document.

        Returns:
            The values joined by `|` in schema order (CC67); `None` if one is missing or not a scalar.
        """
        values = [get(document, path) for path in self.identifiers]
        texts = [_identifier_text(value) for value in values]
        return _JOIN.join(text for text in texts if text is not None) if texts and None not in texts else None

    def split_identifier(self, text: str) -> Mapping[str, str]:
        """The parts of an identifier.

        Args:
            text: Values joined by `|` in schema order, or the JSON form `{"/properties/Name": "x"}` (keys may also
                be plain names); see CC67.

        Returns:
            Values by pointer (`/Name`), in schema order.

        Raises:
            InvalidProperties: It does not fit the type's primary identifier.
        """
        pointers = [format_pointer(path) for path in self.identifiers]
        if text.lstrip().startswith("{"):
            return self._identifier_from_json(text, pointers)
        values = text.split(_JOIN) if len(pointers) > 1 else [text]
        if len(values) != len(pointers) or any(map(self._lacks, self.identifiers, values)):
            raise self._misfit(text)
        return dict(zip(pointers, values, strict=True))

    def _lacks(self, path: Path, value: str) -> bool:
        """Whether a part of an identifier is empty that can't be: a simple record set has no SetIdentifier."""
        optional = len(path) == 1 and path[0] not in self.required and not self.read_only.covers(path)
        return not value and not (optional and len(self.identifiers) > 1)

    def _identifier_from_json(self, text: str, pointers: list[str]) -> Mapping[str, str]:
        try:
            document = json.loads(text)
        except ValueError:
            raise self._misfit(text) from None
        texts = {format_pointer(parse(key)): _identifier_text(value) for key, value in document.items()}
        values = {pointer: value for pointer in pointers if (value := texts.get(pointer)) is not None}
        if len(values) != len(pointers) or len(texts) != len(pointers):
            raise self._misfit(text)
        return values

    def _misfit(self, text: str) -> InvalidProperties:
        joined = _JOIN.join(f"<{'.'.join(path)}>" for path in self.identifiers)
        keys = json.dumps({format_property(path): "..." for path in self.identifiers})
        return InvalidProperties(
            f"{text!r} is not an identifier of {self.name}.", hint=f"Write it as {joined}, or in its JSON form {keys}."
        )


def _attribute_path(text: str) -> Path:
    return parse(text) if "/" in text else tuple(text.split("."))


def _identifier_text(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) and value != "" else None
