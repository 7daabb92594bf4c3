"""The values of a planned resource's attributes: known now, or known after deploy."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from cloudwright.errors import InvalidProperties
from cloudwright.plan.masking import put
from cloudwright.plan.model import Action, Order
from cloudwright.program.document import Unknown
from cloudwright.schema.pointer import format_pointer, get, parse
from cloudwright.schema.stability import why_it_may_change
from cloudwright.schema.suggest import did_you_mean
from cloudwright.secret import is_secret_marker, secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.plan.model import Change, Step
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.program.reference import Ref
    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.records import Record

MISSING = object()
"""In place of a value that a document lacks; null is a value."""

_FRESH = frozenset({Action.CREATE, Action.REPLACE, Action.RESUME})
"""Actions that make a new physical resource."""

_KEPT = frozenset({Action.NONE, Action.MOVE, Action.IMPORT, Action.READ})
"""Actions that don't change the resource itself."""


def planned_value(ref: Ref, subject: ResolvedResource, step: Step, record: Record | None) -> Any:
    """The value that an attribute will have after the planned step.

    Args:
        ref: The attribute.
        subject: The resource it belongs to.
        step: What is planned for it.
        record: The generation that is kept or replaced.

    Returns:
        The value, or `Unknown` (with the prior value if it may stay, the former one if it can't).

    Raises:
        InvalidProperties: The type has no such attribute, or the resource has no value for it.
    """
    if not ref.path:
        return _planned_identifier(ref, subject, step, record)
    if (declared := declared_value(ref, subject)) is not MISSING:
        return declared
    if record is None or step.action in _FRESH:
        return Unknown(ref, former=_former(subject, step, record) if _identifies(subject, ref.path) else None)
    if step.may_replace:
        return Unknown(ref, prior=get(record.observed, ref.path, None))
    if step.action in _KEPT or _stays(ref.path, subject, step, record):
        return kept_value(ref, subject, record)
    return Unknown(ref, prior=get(record.observed, ref.path, None))


def _stays(path: Path, subject: ResolvedResource, step: Step, record: Record) -> bool:
    """Whether an update keeps an attribute's value; one without a value may get one."""
    return get(record.observed, path, MISSING) is not MISSING and is_stable(subject, path, step.changes)


def _planned_identifier(ref: Ref, subject: ResolvedResource, step: Step, record: Record | None) -> Any:
    kept = record is not None and step.action not in _FRESH
    if kept and record is not None and not step.may_replace:
        return record.identifier
    known = known_identifier(subject)
    if known is not None:
        return known
    if kept and record is not None:
        return Unknown(ref, prior=record.identifier)
    return Unknown(ref, former=_former(subject, step, record))


def _identifies(subject: ResolvedResource, path: Path) -> bool:
    return subject.kind.identifiers == (path,)


def _former(subject: ResolvedResource, step: Step, record: Record | None) -> str | None:
    """The identifier that the new resource certainly does not have.

    Since the old one exists until the end of the run.
    """
    beside = record is not None and record.type == subject.kind.name and step.order is Order.CREATE_FIRST
    return record.identifier if beside and record is not None else None


def known_identifier(subject: ResolvedResource) -> str | None:
    """The identifier after a create of this declaration, if the user chooses it."""
    if any(subject.kind.read_only.covers(path) for path in subject.kind.identifiers):
        return None
    parts = [get(subject.desired, path, None) for path in subject.kind.identifiers]
    return "|".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else None


def final_value(ref: Ref, subject: ResolvedResource, record: Record) -> Any:
    """The value of an attribute of a deployed resource.

    Raises:
        InvalidProperties: The type has no such attribute, or AWS returned no value for it.
    """
    if not ref.path:
        return record.identifier
    if (declared := declared_value(ref, subject)) is not MISSING:
        return declared
    return kept_value(ref, subject, record)


def declared_value(ref: Ref, subject: ResolvedResource) -> Any:
    """The value that the program declares for an attribute; `MISSING` if only AWS sets it.

    Args:
        ref: The attribute.
        subject: The declaration.

    Raises:
        InvalidProperties: The type has no such attribute.
    """
    declared = get(subject.desired, ref.path, MISSING)
    if declared is MISSING:
        check_attribute(ref, subject)
    return declared


def live_value(ref: Ref, kind: ResourceType, live: Mapping[str, Any]) -> Any:
    """A value of a live document; known secrets are marked as such.

    Args:
        ref: The attribute.
        kind: The resource's type.
        live: AWS's answer.

    Raises:
        InvalidProperties: The document holds none.
    """
    value = observed_value(ref, live)
    return secret(value) if _is_secret(kind, ref.path) else value


def kept_value(ref: Ref, subject: ResolvedResource, record: Record) -> Any:
    """A value that the state holds: in AWS's last answer, or sealed.

    Raises:
        InvalidProperties: The state holds none.
        CannotUnseal: It is sealed with another key.
    """
    if not record.sealed or not _is_secret(subject.kind, ref.path):
        return observed_value(ref, record.observed)
    if (whole := format_pointer(ref.path)) in record.sealed:
        # No later read need return it: what only a create shows, the state alone still has.
        return secret(_opened(whole, subject, record))
    opened = copy.deepcopy(dict(record.observed))
    for pointer in record.sealed:
        value = _opened(pointer, subject, record)
        put(opened, parse(pointer), lambda _, value=value: value)  # type: ignore[misc]
    return secret(observed_value(ref, opened))


def _opened(pointer: str, subject: ResolvedResource, record: Record) -> Any:
    """The value of a sealed attribute."""
    text, place = record.sealed[pointer], sealed_place(record.type, record.identifier, pointer)
    return json.loads(subject.unseal(str(text), place=place))


def sealed_place(type_name: str, identifier: str, pointer: str) -> str:
    """What a sealed attribute is bound to; independent of the key, so that a move keeps it."""
    return f"{type_name}/{identifier}#{pointer}"


def _is_secret(kind: ResourceType, path: Path) -> bool:
    hidden = kind.override.secret_outputs
    return bool(hidden) and (hidden.covers(path) or hidden.reaches(path))


def is_stable(subject: ResolvedResource, path: Path, changes: Iterable[Change]) -> bool:
    """Whether an update in place keeps an attribute's value.

    Args:
        subject: The resource.
        path: The attribute.
        changes: What the update changes; `None` if that is unknown, so that nothing is certain.
    """
    changed = [parse(change.path) for change in changes if change.path]
    kind = subject.kind
    kept = path in kind.identifiers or kind.create_only.covers(path) or subject.override.stable_outputs.covers(path)
    return kept or (bool(changed) and not why_it_may_change(kind, path, changed))


def observed_value(ref: Ref, observed: Mapping[str, Any]) -> Any:
    """A value of AWS's last answer.

    Raises:
        InvalidProperties: The answer holds none, or it is a secret, which the state does not hold in clear.
    """
    value = get(observed, ref.path, MISSING)
    if value is MISSING:
        raise InvalidProperties(
            f"{ref.key} has no value for {format_pointer(ref.path)}: AWS's last answer does not contain it",
            hint="refer to another attribute, or set the property yourself",
        )
    if is_secret_marker(value):
        raise InvalidProperties(
            f"{format_pointer(ref.path)} of {ref.key} is secret, and its plain text is not stored",
            hint="refer to the resource in the program that declares the value",
        )
    return value


def check_attribute(ref: Ref, subject: ResolvedResource) -> None:
    """Check that the type has such an attribute.

    Raises:
        InvalidProperties: It hasn't; the message suggests a similar one.
    """
    if not subject.kind.property_names or subject.kind.node(ref.path) is not None:
        return
    near = did_you_mean(ref.path[0], subject.kind.property_names)
    raise InvalidProperties(
        f"{ref.key} has no attribute {'.'.join(ref.path)}" + (f"; did you mean {near}?" if near else ""),
        hint=f"`cloudwright schema {subject.kind.name}` lists the attributes of its type",
    )
