"""A resource type as the service sees it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.model.paths import Path, at_or_below
from cloudwright.schema.override import override_for

if TYPE_CHECKING:
    from collections.abc import Mapping

_REQUIRED_HANDLERS = ("create", "read", "delete")


@dataclass(frozen=True, slots=True)
class LocalType:
    """The facts of one type.

    Attributes:
        name: Such as `AWS::S3::Bucket`.
        schema: The registry schema: properties, definitions and the constraints at its root.
        identifier: The parts of the primary identifier, in order.
        read_only: Pointers; `*` matches any item or member.
        write_only: The same.
        create_only: The same.
        conditional_create_only: The same; what an update may or may not change.
        handlers: The schema's entry of each handler; a missing handler is an unsupported action.
        tagging: The tagging facts.
        arn_template: The ARN's template, if one is known.
        regions: Where the type exists; empty means everywhere.
        permissions: Handler -> the IAM actions that it needs, as the schema lists them and override data corrects them.
    """

    name: str
    schema: Mapping[str, Any] = field(repr=False)
    identifier: tuple[Path, ...]
    read_only: tuple[Path, ...] = ()
    write_only: tuple[Path, ...] = ()
    create_only: tuple[Path, ...] = ()
    conditional_create_only: tuple[Path, ...] = ()
    handlers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    tagging: Mapping[str, Any] = field(default_factory=dict, repr=False)
    arn_template: str = ""
    regions: frozenset[str] = frozenset()
    permissions: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @property
    def short_name(self) -> str:
        """The last part of the name: `Bucket`."""
        return self.name.rpartition("::")[2]

    @property
    def service(self) -> str:
        """The middle part of the name, as in most ARNs: `s3`."""
        return self.name.split("::")[1].lower()

    @property
    def provisionable(self) -> bool:
        """Whether Cloud Control can manage the type at all."""
        handled = all(name in self.handlers for name in _REQUIRED_HANDLERS)
        return handled and not override_for(self.name).non_provisionable

    @property
    def fixed(self) -> frozenset[Path]:
        """Properties that no update can change: identifiers, create-only and read-only properties."""
        return frozenset((*self.identifier, *self.create_only, *self.read_only))

    @property
    def tag_path(self) -> Path | None:
        """The property that holds the tags, if the type has any."""
        if self.tagging.get("taggable") is False:
            return None
        pointer = str(self.tagging.get("tagProperty") or "/properties/Tags")
        path = tuple(pointer.removeprefix("/properties/").split("/"))
        return path if path[0] in (self.schema.get("properties") or {}) else None

    @property
    def system_tags(self) -> bool:
        """Whether CloudFormation stamps `aws:` tags on resources of the type."""
        return self.tag_path is not None and self.tagging.get("cloudFormationSystemTags") is not False

    def node(self, path: Path) -> dict[str, Any]:
        """The schema of a path, references resolved; empty if the schema says nothing."""
        node: Any = self.schema
        for token in path:
            node = self._member(self.resolve(node), token)
        return self.resolve(node)

    def resolve(self, node: Any) -> dict[str, Any]:
        """Follow `$ref` to the end; the first of alternatives."""
        for _ in range(20):
            if not isinstance(node, dict):
                return {}
            reference = node.get("$ref")
            if isinstance(reference, str):
                node = self._referred(reference)
            elif "type" not in node and "properties" not in node and (node.get("anyOf") or node.get("oneOf")):
                node = [*(node.get("anyOf") or ()), *(node.get("oneOf") or ())][0]
            else:
                return node
        return {}

    def _referred(self, reference: str) -> Any:
        node: Any = self.schema
        for token in reference.removeprefix("#/").split("/"):
            node = node.get(token.replace("~1", "/").replace("~0", "~"), {}) if isinstance(node, dict) else {}
        return node

    def node_of(self, node: Mapping[str, Any], token: str) -> dict[str, Any]:
        """The schema of a member or item of a node, references resolved."""
        return self.resolve(self._member(node, token))

    def _member(self, node: Mapping[str, Any], token: str) -> Any:
        if token in (node.get("properties") or {}):
            return node["properties"][token]
        if "items" in node:
            return node["items"]
        patterned = list((node.get("patternProperties") or {}).values())
        return patterned[0] if patterned else node.get("additionalProperties")

    def wholly_read_only(self, path: Path) -> bool:
        """Whether only the service sets everything at a path, so that it creates its parents, too."""
        if self.is_read_only(path):
            return True
        members = self.node(path).get("properties") or {}
        return bool(path) and bool(members) and all(self.is_read_only((*path, name)) for name in members)

    def is_read_only(self, path: Path) -> bool:
        """Whether a place is read-only."""
        return any(at_or_below(path, pattern) for pattern in self.read_only)
