"""Corrections and additions to schemas, as data: `overrides/SERVICE.json`, each entry with its source and date.

An entry is `{"field", "path"?, "value"?, "source", "date"}` below its type's name; the fields are those of `Override`.
"""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.schema.pointer import PointerSet, format_pointer, parse
from cloudwright.schema.pointer_map import PointerMap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.schema.pointer import Path

_PUNCTUATION = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class OverrideFact:
    """One fact with its provenance.

    Attributes:
        field: A field of `Override`.
        path: Where it applies; `()` for the whole type.
        value: The fact; `True` if the path alone states it.
        source: The page, issue or model that says so.
        date: When that was read or proven, as YYYY-MM-DD.
    """

    field: str
    path: Path
    value: Any
    source: str
    date: str


@dataclass(frozen=True, slots=True)
class Transient:
    """A transient failure.

    Attributes:
        operation: `CREATE`, `UPDATE`, `DELETE`, or `*` for each.
        pattern: A regular expression searched in the status message.
        cause: `iam` (only after a change of a role or policy in the same run, CC80), `dependency` (CC62) or `service`.
    """

    operation: str
    pattern: str
    cause: str


@dataclass(frozen=True, slots=True)
class HandlerActions:
    """A correction of the IAM actions that a schema lists for its handlers.

    Attributes:
        handlers: Those it holds for, such as `("create", "update")`.
        remove: What the schema lists although it is not an action or the handler doesn't call it.
        add: What the handler calls although the schema doesn't list it; with `only_with`, listed or not.
        only_with: Properties, as pointers. A create calls the actions in `add` only if one of them is set; an update
            may also remove a property that was set, so it needs the whole list.
    """

    handlers: tuple[str, ...]
    remove: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    only_with: tuple[str, ...] = ()

    def is_called(self, document: Mapping[str, Any]) -> bool:
        """Whether a create calls the actions in `add`."""
        pointers = PointerSet(parse(one) for one in self.only_with)
        return not self.only_with or next(pointers.expand(document), None) is not None


@dataclass(frozen=True, slots=True)
class AliasNote:
    """A property that was renamed before anything was sent.

    Attributes:
        path: Where it was written, under its alias.
        alias: What was written.
        name: The property's name in the schema.
    """

    path: Path
    alias: str
    name: str

    def __str__(self) -> str:
        return f"{format_pointer(self.path)}: sent as {self.name!r}, its name in the schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Facts about one type beyond its schema.

    Attributes:
        aliases: Path under a wrong but common name -> the property's name in the schema.
        unordered: Arrays whose order doesn't matter although the schema says it does (CC30).
        ordered: Arrays whose order matters although the schema says it does not.
        list_keys: Array -> the property that identifies an item, such as `Region`.
        empty_means_unset: Lists and objects that the read shows empty if unset, and the update refuses (CC14).
        stable_outputs: Read-only properties that an update in place never changes, whatever their name suggests.
        changing_outputs: Attribute that an update in place may change although its name does not suggest it -> the
            properties whose change causes it; none if any update may.
        fills: Property that names another resource -> the read-only properties of that resource, as TYPE/NAME, whose
            value comes from this one.
        secret_outputs: Read-only properties that are secrets though the schema does not say so: masked wherever they
            are stored, and sealed so that later runs can use them.
        plain_inputs: Write-only property -> those of its members that stay masked. The property is not secret although
            no handler reads it: everyone who may read the resource sees it in the service's own API. Stored and shown
            in clear.
        upserts: Whether a create silently overwrites an existing resource, so that a read must come first.
        canonical_identifier: How to compare identifiers: `slug` (ignore case and punctuation), `lower` (ignore case) or
            `exact`. Empty if unknown: then `slug` may apply.
        global_identifier: Whether an identifier names the same resource in every Region of a partition, as those of
            IAM do.
        identity: Properties that decide the identifier although the service forms it -> a regular expression; if a
            value matches it, the service chooses a new identifier after all (a version wildcard).
        optional_names: Parts of the identifier that the service does not generate: two resources that both leave one
            out have the same value there.
        case_insensitive: Strings that the service compares or stores without case (CC36).
        canonical_cidrs: Address blocks that the service stores in canonical form: 100.68.0.18/18 as 100.68.0.0/18.
        transforms: Property -> what the service turns a declared value into, in the language of `propertyTransform`,
            where the schema says nothing or too little (CC34).
        restore_defaults: Property -> the value to set when its declaration is removed, since the service keeps an
            omitted one (CC13).
        json_strings: Property -> `string` if the handler accepts JSON only as text, `object` if only as an object
            (CC21).
        transient_messages: Failures to retry.
        tag_mode: `preserve-system` if live `aws:*` tags must stay in the model on an update, else `strip-system`
            (CC27).
        known_defaults: Property -> what a read returns although it was never set; not drift, and not generated on
            import (CC31).
        name_patterns: Naming property -> what the service accepts if the schema doesn't say; for automatic names.
        non_provisionable: Whether AWS says that Cloud Control can't manage it (`ProvisioningType`), whatever handlers
            its schema lists. A live answer of the registry wins.
        use_instead: A manageable type for the same purpose; empty if there is none.
        handler_actions: Corrections of the IAM actions that the schema lists for a handler.
        ref_identifier: The properties that CloudFormation's `Ref` returns, joined by `|`, where no schema says it.
        entries: Every fact above with its source and date.
    """

    type_name: str
    aliases: PointerMap[str] = PointerMap()
    unordered: PointerSet = PointerSet()
    ordered: PointerSet = PointerSet()
    list_keys: PointerMap[str] = PointerMap()
    empty_means_unset: PointerSet = PointerSet()
    stable_outputs: PointerSet = PointerSet()
    changing_outputs: PointerMap[list[str]] = PointerMap()
    fills: PointerMap[list[str]] = PointerMap()
    secret_outputs: PointerSet = PointerSet()
    plain_inputs: PointerMap[list[str]] = PointerMap()
    upserts: bool = False
    canonical_identifier: str = ""
    global_identifier: bool = False
    identity: PointerMap[str] = PointerMap()
    optional_names: PointerSet = PointerSet()
    case_insensitive: PointerSet = PointerSet()
    canonical_cidrs: PointerSet = PointerSet()
    transforms: PointerMap[str] = PointerMap()
    restore_defaults: PointerMap[Any] = PointerMap()
    json_strings: PointerMap[str] = PointerMap()
    transient_messages: tuple[Transient, ...] = ()
    tag_mode: str = "strip-system"
    known_defaults: PointerMap[Any] = PointerMap()
    name_patterns: PointerMap[str] = PointerMap()
    non_provisionable: bool = False
    use_instead: str = ""
    handler_actions: tuple[HandlerActions, ...] = ()
    ref_identifier: tuple[str, ...] = ()
    entries: tuple[OverrideFact, ...] = ()

    def actions(self, handler: str, listed: Iterable[str]) -> tuple[str, ...]:
        """The IAM actions that a handler needs.

        Args:
            handler: `create`, `read`, `update`, `delete` or `list`.
            listed: What the schema lists.

        Returns:
            Sorted, with the known corrections.
        """
        actions = set(listed)
        for fact in self.handler_actions:
            if handler in fact.handlers:
                actions = (actions - set(fact.remove)) | set(fact.add)
        return tuple(sorted(actions))

    def spared(self, handler: str, document: Mapping[str, Any]) -> frozenset[str]:
        """The actions that a create does not call, since none of the properties that need them is set.

        Args:
            handler: Empty for any handler other than `create`.
            document: The document that it sends.
        """
        facts = [fact for fact in self.handler_actions if fact.only_with and handler == "create"]
        called = {action for fact in facts if fact.is_called(document) for action in fact.add}
        return frozenset(action for fact in facts for action in fact.add) - called

    def certain(self, identifier: str) -> str:
        """The certain form: equal ones name the same physical resource. Unchanged if nothing is known.

        Args:
            identifier: Cloud Control's identifier.
        """
        return self.canonical(identifier) if self.canonical_identifier else identifier

    def canonical(self, identifier: str) -> str:
        """The canonical form: identifiers of the same physical resource are equal in it; others may be, too.

        Args:
            identifier: Cloud Control's identifier.
        """
        if self.canonical_identifier == "exact":
            return identifier
        lower = identifier.lower()
        return lower if self.canonical_identifier == "lower" else _PUNCTUATION.sub("-", lower)


_SETS = (
    "unordered",
    "ordered",
    "empty_means_unset",
    "stable_outputs",
    "secret_outputs",
    "optional_names",
    "case_insensitive",
    "canonical_cidrs",
)
_MAPS = (
    "aliases",
    "list_keys",
    "restore_defaults",
    "json_strings",
    "known_defaults",
    "name_patterns",
    "identity",
    "plain_inputs",
    "transforms",
    "changing_outputs",
    "fills",
)
_SCALARS = ("upserts", "canonical_identifier", "global_identifier", "tag_mode", "non_provisionable", "use_instead")


@lru_cache(maxsize=512)
def override_for(type_name: str) -> Override:
    """The override files' facts about a type; empty for most types, and for every custom one.

    The facts of a custom resource's class belong to one program's catalog: ask `ResourceType.override` or
    `Catalog.override`.

    Args:
        type_name: Such as `AWS::ImageBuilder::DistributionConfiguration`.
    """
    return override_from(type_name, _service(type_name).get(type_name, ()))


def override_from(type_name: str, facts: Iterable[Mapping[str, Any]]) -> Override:
    """An override from its entries."""
    return _assembled(type_name, tuple(map(_entry, facts)))


def filled_types(type_name: str) -> frozenset[str]:
    """The types of the resources whose attributes a resource fills."""
    return frozenset(name.partition("/")[0] for _, names in override_for(type_name).fills.items() for name in names)


def masked_inputs(type_name: str, write_only: PointerSet) -> PointerSet:
    """The write-only properties whose values are masked wherever they are stored or shown.

    Args:
        type_name: The resource type.
        write_only: What its schema calls write-only.
    """
    plain = override_for(type_name).plain_inputs
    if not plain:
        return write_only
    hidden = [path for path in write_only if not plain.pointers.covers(path)]
    inside = [(*path, *parse(member)) for path, members in plain.items() for member in members]
    return PointerSet((*hidden, *inside))


def overridden_types() -> tuple[str, ...]:
    """Every type with at least one entry, sorted."""
    names = [file.name.removesuffix(".json") for file in _folder().iterdir() if file.name.endswith(".json")]
    return tuple(sorted(type_name for name in names for type_name in _file(name)))


def apply_aliases(override: Override, document: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[AliasNote, ...]]:
    """Rename properties that are written under a known alias.

    A property that is present under both names is left alone; validation refuses it.

    Args:
        override: The type's override.
        document: Declared properties; not changed.

    Returns:
        The document with the schema's names, and a note for each rename.
    """
    if not override.aliases:
        return document, ()
    notes = []
    renamed: Any = document
    for path in list(override.aliases.pointers.expand(document)):
        name = override.aliases.at(path) or path[-1]
        changed = _renamed(renamed, path, name)
        if changed is not renamed:
            notes.append(AliasNote(path, path[-1], name))
        renamed = changed
    return renamed, tuple(notes)


def _renamed(node: Any, path: Path, name: str) -> Any:
    head, rest = path[0], path[1:]
    if not rest:
        return node if name in node else {name if key == head else key: value for key, value in node.items()}
    key = head if isinstance(node, Mapping) else int(head)
    changed = _renamed(node[key], rest, name)
    if changed is node[key]:
        return node
    if isinstance(node, Mapping):
        return {**node, head: changed}
    return [changed if index == key else item for index, item in enumerate(node)]


def _assembled(type_name: str, entries: tuple[OverrideFact, ...]) -> Override:
    present = {entry.field for entry in entries}
    fields: dict[str, Any] = {"entries": entries}
    for name in present.intersection(_SETS):
        fields[name] = PointerSet(entry.path for entry in entries if entry.field == name)
    for name in present.intersection(_MAPS):
        fields[name] = PointerMap({entry.path: entry.value for entry in entries if entry.field == name})
    for entry in entries:
        if entry.field in _SCALARS:
            fields[entry.field] = entry.value
    fields["ref_identifier"] = tuple(
        name for entry in entries if entry.field == "ref_identifier" for name in entry.value
    )
    fields["transient_messages"] = tuple(
        Transient(**entry.value) for entry in entries if entry.field == "transient_messages"
    )
    fields["handler_actions"] = tuple(
        HandlerActions(**{key: tuple(names) for key, names in entry.value.items()})
        for entry in entries
        if entry.field == "handler_actions"
    )
    return Override(type_name=type_name, **fields)


def _entry(fact: Mapping[str, Any]) -> OverrideFact:
    return OverrideFact(
        fact["field"], parse(fact.get("path", "")), fact.get("value", True), fact["source"], fact["date"]
    )


def _service(type_name: str) -> Mapping[str, Any]:
    vendor, _, rest = type_name.partition("::")
    return _file(rest.partition("::")[0]) if vendor == "AWS" else {}


@lru_cache(maxsize=128)
def _file(service: str) -> Mapping[str, Any]:
    path = _folder() / f"{service}.json"
    content: Mapping[str, Any] = json.loads(path.read_text("utf-8")) if service and path.is_file() else {}
    return content


def _folder() -> pathlib.Path:
    # Not importlib.resources, whose import takes longer than a type's facts.
    return pathlib.Path(__file__).parent / "overrides"
