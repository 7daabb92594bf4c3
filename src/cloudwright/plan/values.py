"""What the attributes of a planned resource are worth: known now, or known after deploy."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from cloudwright.document import Unknown
from cloudwright.errors import InvalidProperties
from cloudwright.plan.mask import is_marker, put
from cloudwright.plan.model import SECRET, Action
from cloudwright.reference import Ref
from cloudwright.schema.override import override_for
from cloudwright.schema.pointer import format_pointer, get, parse
from cloudwright.schema.suggest import did_you_mean
from cloudwright.secret import secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.plan.subject import Subject
    from cloudwright.schema.pointer import Path
    from cloudwright.state.model import Record

_MISSING = object()


def planned_value(ref: Ref, subject: Subject, action: Action, record: Record | None) -> Any:
    """The value that an attribute will have after the planned step.

    Args:
        ref: The attribute.
        subject: The resource it belongs to.
        action: The planned step's action.
        record: The generation that stays, for a step that keeps one.

    Returns:
        The value, or `Unknown` (with the prior value where it may stay).

    Raises:
        InvalidProperties: The type has no such attribute, or the resource has no value for it.
    """
    if not ref.path:
        return planned_identifier(ref, subject, action, record)
    declared = get(subject.desired, ref.path, _MISSING)
    if declared is not _MISSING:
        return declared
    check_attribute(ref, subject)
    if record is None or action in {Action.CREATE, Action.REPLACE, Action.RESUME}:
        return Unknown(ref)
    if action in {Action.NONE, Action.MOVE, Action.IMPORT, Action.READ} or is_stable(subject, ref.path):
        return kept_value(ref, subject, record)
    return Unknown(ref, prior=get(record.observed, ref.path, None))


def planned_identifier(ref: Ref, subject: Subject, action: Action, record: Record | None) -> Any:
    """The identifier after the planned step; known in advance where the user chose it."""
    if record is not None and action not in {Action.CREATE, Action.REPLACE, Action.RESUME}:
        return record.identifier
    if all(not subject.kind.read_only.covers(path) for path in subject.kind.identifiers):
        parts = [get(subject.desired, path, None) for path in subject.kind.identifiers]
        if all(isinstance(part, str) for part in parts):
            return "|".join(str(part) for part in parts)
    return Unknown(ref)


def known_identifier(subject: Subject) -> str | None:
    """The identifier that a create of this declaration will have, where the user chose it."""
    found = planned_identifier(Ref(subject.key), subject, Action.CREATE, None)
    return found if isinstance(found, str) else None


def final_value(ref: Ref, subject: Subject, record: Record) -> Any:
    """The value of an attribute of a resource that is in place.

    Raises:
        InvalidProperties: The type has no such attribute, or AWS gave no value for it.
    """
    if not ref.path:
        return record.identifier
    declared = get(subject.desired, ref.path, _MISSING)
    if declared is not _MISSING:
        return declared
    check_attribute(ref, subject)
    return kept_value(ref, subject, record)


def live_value(ref: Ref, type_name: str, live: Mapping[str, Any]) -> Any:
    """A value of a live document; known secrets are marked as such.

    Args:
        ref: The attribute.
        type_name: The resource's type.
        live: AWS's answer.

    Raises:
        InvalidProperties: The document holds none.
    """
    value = observed_value(ref, live)
    return secret(value) if _is_secret(type_name, ref.path) else value


def kept_value(ref: Ref, subject: Subject, record: Record) -> Any:
    """A value that the state keeps: of AWS's last answer, or sealed beside it.

    Raises:
        InvalidProperties: The state keeps none.
        CannotUnseal: It is sealed with another key.
    """
    if not record.sealed or not _is_secret(record.type, ref.path):
        return observed_value(ref, record.observed)
    opened = copy.deepcopy(dict(record.observed))
    for pointer, text in record.sealed.items():
        value = json.loads(subject.unseal(str(text), place=sealed_place(record.type, record.identifier, pointer)))
        put(opened, parse(pointer), lambda _, value=value: value)  # type: ignore[misc]
    return secret(observed_value(ref, opened))


def sealed_place(type_name: str, identifier: str, pointer: str) -> str:
    """What a sealed attribute is bound to; a renamed key does not change it."""
    return f"{type_name}/{identifier}#{pointer}"


def _is_secret(type_name: str, path: Path) -> bool:
    hidden = override_for(type_name).secret_outputs
    return bool(hidden) and (hidden.covers(path) or hidden.reaches(path))


def is_stable(subject: Subject, path: Path) -> bool:
    """Whether an update in place leaves this attribute as it is: identifiers, create-only values, known stable ones."""
    kind = subject.kind
    return path in kind.identifiers or kind.create_only.covers(path) or subject.override.stable_outputs.covers(path)


def observed_value(ref: Ref, observed: Mapping[str, Any]) -> Any:
    """A value of AWS's last answer.

    Raises:
        InvalidProperties: The answer holds none, or it is a secret that no state keeps in clear.
    """
    value = get(observed, ref.path, _MISSING)
    if value is _MISSING:
        raise InvalidProperties(
            f"{ref.key} has no value for {format_pointer(ref.path)}: AWS's last answer does not hold it",
            hint="refer to another attribute, or set the property yourself",
        )
    if is_marker(value, SECRET):
        raise InvalidProperties(
            f"{format_pointer(ref.path)} of {ref.key} is secret and is not kept in clear",
            hint="refer to the resource in the program that declares the value",
        )
    return value


def check_attribute(ref: Ref, subject: Subject) -> None:
    """Make sure that the type has such an attribute.

    Raises:
        InvalidProperties: It hasn't; the message suggests a near one.
    """
    if not subject.kind.property_names or subject.kind.node(ref.path) is not None:
        return
    near = did_you_mean(ref.path[0], subject.kind.property_names)
    raise InvalidProperties(
        f"{subject.kind.name} has no attribute {format_pointer(ref.path)}"
        + (f"; did you mean {near!r}?" if near else ""),
        hint=f"`cloudwright schema {subject.kind.name}` lists them",
    )
