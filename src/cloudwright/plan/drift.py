"""Drift: the recorded declaration compared with the live document. Pure; runs neither the program nor AWS."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cloudwright.diff.compare import compare_both
from cloudwright.diff.context import ComparisonContext
from cloudwright.display import Displayed
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.masking import mask, secret_paths
from cloudwright.plan.unreturned import is_unobservable, still_unreturned
from cloudwright.schema.pointer import format_pointer, get, is_within_any, parse
from cloudwright.secret import SECRET_MARKER, is_secret_marker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudwright.diff.model import Difference
    from cloudwright.schema.override import Override
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.records import Record
    from cloudwright.target import Target


class Condition(StrEnum):
    """How a resource relates to its record."""

    AS_DECLARED = "as declared"
    CHANGED = "changed"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class PathDrift:
    """One declared path that is not as declared, or that no read returns.

    Attributes:
        path: JSON pointer into the declared properties; for an undeclared element of a list, the last token is its
            position in the live list.
        kind: `changed`, `missing`, or `unobservable` (not drift, since it can't be compared).
        declared: The declared value, masked; `None` if something was added.
        live: The live value, masked; `None` if it was removed.
        reason: Why, for messages.
    """

    path: str
    kind: str
    declared: object = None
    live: object = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceDrift:
    """The drift of one recorded resource.

    Attributes:
        paths: Declared paths in the order of the document.
        reason: AWS's message if it can't be read; or the change that AWS itself made.
        denied: Whether the caller lacks the permission to read it.
    """

    key: str
    type: str
    identifier: str
    target: Target
    condition: Condition
    paths: tuple[PathDrift, ...] = ()
    reason: str = ""
    denied: bool = False

    @property
    def drifted(self) -> bool:
        """Whether it is not as declared."""
        return self.condition in {Condition.CHANGED, Condition.MISSING}


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport(Displayed):
    """The drift of a state.

    Attributes:
        serial: The serial of the compared state.
        notes: What was left out, and why.
        calls: Requests sent to Cloud Control.
        left_out: Number of records that should have been compared and are not among the resources; the notes say why.
    """

    app: str
    stage: str
    serial: int
    resources: tuple[ResourceDrift, ...] = ()
    notes: tuple[str, ...] = ()
    calls: int = field(default=0, compare=False)
    left_out: int = 0

    @property
    def drifted(self) -> tuple[ResourceDrift, ...]:
        """The resources that are not as declared."""
        return tuple(resource for resource in self.resources if resource.drifted)

    @property
    def compared_nothing(self) -> bool:
        """Whether there was something to compare, and none of it could be."""
        unreadable = self.count(Condition.UNREADABLE)
        return unreadable + self.left_out > 0 and unreadable == len(self.resources)

    @property
    def trustworthy(self) -> bool:
        """Whether its silence about drift means something: nothing was denied, and something was compared."""
        return not self.compared_nothing and not any(resource.denied for resource in self.resources)

    def __repr__(self) -> str:
        """One line; `print` shows what differs."""
        return f"<DriftReport {self.app}/{self.stage}: {len(self.drifted)} of {len(self.resources)} drifted>"

    def count(self, condition: Condition) -> int:
        """How many resources have this condition."""
        return sum(1 for resource in self.resources if resource.condition is condition)


def drift_of(
    record: Record,
    kind: ResourceType,
    override: Override,
    live: Mapping[str, Any],
    fingerprint: Callable[[object], str],
) -> ResourceDrift:
    """Compare a record with the live document, on declared paths only (CC31).

    Args:
        record: As recorded in the state; secrets are fingerprints.
        kind: The record's type.
        override: What is known about the type beyond its schema.
        live: The answer of a read just now.
        fingerprint: Keyed digest of a value.
    """
    context = ComparisonContext(resource_type=kind, override=override, fingerprint=fingerprint, target=record.target)
    declared: Mapping[str, Any] = record.declared
    hidden = frozenset(_shown_secrets(kind, declared)) - frozenset(map(fingerprint, _clear_leaves(declared)))
    shown = _marked(mask(kind, live, fingerprint), hidden, fingerprint) if hidden else live
    ignored = tuple(map(parse, record.ignored))
    both = compare_both(context, declared, shown, declared)
    found = [each for differences in both for each in differences if not is_within_any(each.path, ignored)]
    unreturned = still_unreturned(record, live)
    paths = tuple(_path_drift(each, unreturned) for each in found)
    unseen = tuple(_unobservable(record, kind, {each.path for each in paths}))
    changed = any(each.kind != "unobservable" for each in paths)
    return ResourceDrift(
        key=record.key,
        type=record.type,
        identifier=record.identifier,
        target=record.target,
        condition=Condition.CHANGED if changed else Condition.AS_DECLARED,
        paths=(*paths, *unseen),
    )


def not_compared(record: Record, condition: Condition, reason: str = "", *, denied: bool = False) -> ResourceDrift:
    """A resource without a live document: it was deleted, or can't be read (CC86).

    Args:
        record: As recorded in the state.
        condition: `MISSING` or `UNREADABLE`.
        reason: AWS's message.
        denied: The caller may not read it.
    """
    return ResourceDrift(
        key=record.key,
        type=record.type,
        identifier=record.identifier,
        target=record.target,
        condition=condition,
        reason=reason,
        denied=denied,
    )


def _path_drift(difference: Difference, unreturned: tuple[str, ...]) -> PathDrift:
    pointer = format_pointer(difference.path)
    if is_unobservable(difference.path, difference.kind, unreturned):
        return PathDrift(pointer, "unobservable", difference.new, None, "AWS did not return it after it was written")
    if difference.kind == "add":
        return PathDrift(pointer, "missing", difference.new, None, "declared, but no longer there")
    if difference.kind == "remove":
        return PathDrift(pointer, "changed", None, difference.old, "there, but not declared")
    reason = "in another order" if difference.kind == "order" else ""
    return PathDrift(pointer, "changed", difference.new, difference.old, reason)


def _unobservable(record: Record, kind: ResourceType, reported: set[str]) -> Iterator[PathDrift]:
    """Declared values that reads don't return by contract."""
    for path in kind.write_only.expand(record.declared):
        pointer = format_pointer(path)
        if pointer not in reported:
            yield PathDrift(pointer, "unobservable", {SECRET_MARKER: ""}, None, "write-only: AWS never shows it")


def _shown_secrets(kind: ResourceType, declared: Mapping[str, Any]) -> Iterator[str]:
    """Fingerprints of what a read may show; without the leaves of write-only blocks, which often are only `true`."""
    for path in secret_paths(declared):
        if not kind.write_only.covers(path) or kind.write_only.matches(path):
            marker: Any = get(declared, path)
            yield marker[SECRET_MARKER]


def _clear_leaves(declared: Any) -> Iterator[object]:
    """What the record holds in clear: not secret, although a secret may be equal to it, such as a tag's key."""
    if is_secret_marker(declared):
        return
    if isinstance(declared, dict):
        for value in declared.values():
            yield from _clear_leaves(value)
    elif isinstance(declared, list):
        for value in declared:
            yield from _clear_leaves(value)
    elif declared is not None:
        yield declared


def _marked(document: Any, hidden: frozenset[str], fingerprint: Callable[[object], str]) -> Any:
    """A live document with markers in place of the record's secrets, wherever they occur."""
    if isinstance(document, dict) and not is_secret_marker(document):
        return {name: _marked(value, hidden, fingerprint) for name, value in document.items()}
    if isinstance(document, list):
        return [_marked(value, hidden, fingerprint) for value in document]
    if document is None or isinstance(document, dict):
        return document
    found = fingerprint(document)
    return {SECRET_MARKER: found} if found in hidden else document
