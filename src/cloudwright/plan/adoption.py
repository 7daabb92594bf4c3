"""Adoption of an existing resource: how it is identified, who else owns it, and what must change."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cloudwright.errors import PlanError
from cloudwright.plan.attribute_values import MISSING, declared_value, is_stable, known_identifier, live_value
from cloudwright.plan.decision import Decision, changes_from_live, kept_at_adoption
from cloudwright.plan.identity import is_arn, is_fresh, physical
from cloudwright.plan.model import Action
from cloudwright.plan.owner_tag import OWNER_TAG, tags_of
from cloudwright.program.document import UNKNOWN_MARKER, Unknown, is_unknown_marker
from cloudwright.schema.pointer import get
from cloudwright.secret import MASK, is_secret_marker

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudwright.control.model import ResourceDescription
    from cloudwright.plan.model import Change
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.program.reference import Ref
    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.records import Record

STACK_TAGS = "aws:cloudformation:"
"""Prefix of the tags that CloudFormation adds to resources that it manages."""

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")
_SHOWN = 200
"""Characters of a value in an error."""


def adoption(
    subject: ResolvedResource, found: ResourceDescription, *, force: bool = False, owner: str = ""
) -> Decision:
    """The import of a live resource, with the update that makes it match the declaration.

    Args:
        subject: The declaration, resolved.
        found: The live resource.
        force: Adopt even what CloudFormation manages or what another app's tag claims.
        owner: The app and stage that would own it, as `app/stage`.

    Raises:
        PlanError: It differs where it can't be updated (CC32), or a stack or another app manages it; nothing has been
            written.
    """
    stack = stack_of(subject.kind, found.properties)
    if not force:
        _refuse_other_owner(subject, found, owner)
        _refuse_stack(subject, found, stack)
    changes = changes_from_live(subject, found.properties)
    _refuse_unchangeable(subject, found, [change for change in changes if change.forces])
    reasons: tuple[str, ...] = (
        (f"the CloudFormation stack {stack} manages it too and may undo changes",) if stack else ()
    )
    reasons += kept_at_adoption(subject, found.properties)
    return Decision(action=Action.IMPORT, changes=changes, reasons=reasons)


def _refuse_other_owner(subject: ResolvedResource, found: ResourceDescription, owner: str) -> None:
    other = str(tags_of(subject.kind, found.properties).get(OWNER_TAG) or owner)
    if other != owner:
        raise PlanError(
            f"{subject.key}: {found.identifier} belongs to {other}, as its tag {OWNER_TAG} says; if two apps own "
            "a resource, either can delete it",
            hint="let the other one forget it (state rm) and remove the tag, or adopt it anyway with --force",
        )


def _refuse_stack(subject: ResolvedResource, found: ResourceDescription, stack: str) -> None:
    if stack:
        raise PlanError(
            f"{subject.key}: {found.identifier} belongs to the CloudFormation stack {stack}; two tools that manage one "
            "resource undo each other's changes",
            hint="take it out of the stack first (DeletionPolicy: Retain), or adopt it anyway with --force",
        )


def _refuse_unchangeable(subject: ResolvedResource, found: ResourceDescription, forced: Sequence[Change]) -> None:
    """Refuse differences that no update can remove: those that are known, and those that may be one."""
    if waiting := [change for change in forced if _unknown(change.new)]:
        first = waiting[0]
        raise PlanError(
            f"{subject.key}: can't compare {found.identifier} with the declaration: {first.path} comes from "
            f"{_unknown(first.new)}, which is known only after deploy, and no update can change it",
            hint=f"adopt {_unknown(first.new).partition(':')[0]} first",
        )
    if forced:
        places = "".join(f"\n  {change.path} ({change.rule}): {_both(change)}" for change in forced)
        raise PlanError(
            f"{subject.key}: {found.identifier} can't be adopted as declared; no update can change:{places}",
            hint="declare what is there, or give the new resource another name",
        )


def _unknown(value: object) -> str:
    """The reference in a marker for an unknown value, here or anywhere inside; empty without one."""
    if is_unknown_marker(value):
        return str(value[UNKNOWN_MARKER])
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next(filter(None, map(_unknown, inside)), "")


def _both(change: Change) -> str:
    old, new = (shown_value(value) for value in (change.old, change.new))
    return f"it is {old}, but {new} is declared"


def shown_value(value: object) -> str:
    """A value of a change for a sentence: JSON, shortened, secrets masked.

    Args:
        value: The old or the new value of a `Change`.
    """
    if value is None:
        return "nothing"
    if is_secret_marker(value):
        return MASK
    text = json.dumps(value, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def stack_of(kind: ResourceType, live: Mapping[str, Any]) -> str:
    """The CloudFormation stack that manages a live resource, from its tags; empty without one.

    Args:
        kind: The resource's type.
        live: The live document.
    """
    marks = {name: value for name, value in tags_of(kind, live).items() if name.startswith(STACK_TAGS)}
    return str(marks.get(f"{STACK_TAGS}stack-name") or next(iter(marks.values()), "")) if marks else ""


def adopted_value(ref: Ref, subject: ResolvedResource, decision: Decision, found: ResourceDescription) -> Any:
    """The value that an attribute of an adopted resource will have.

    Args:
        ref: The attribute.
        subject: The declaration.
        decision: The import, with the changes that follow it.
        found: The live resource.

    Raises:
        InvalidProperties: The type has no such attribute, or the live resource no value for it.
    """
    if not ref.path:
        return found.identifier
    if (declared := declared_value(ref, subject)) is not MISSING:
        return declared
    if decision.changes and not is_stable(subject, ref.path, decision.changes):
        return Unknown(ref, prior=get(found.properties, ref.path, None))
    return live_value(ref, subject.kind, found.properties)


# -- how a live resource is identified


def direct_identifier(subject: ResolvedResource) -> str | None:
    """The identifier, if the declared properties decide it; `None` if a search is needed.

    Args:
        subject: The declaration, resolved.
    """
    return known_identifier(subject) or _arn(subject)


def naming_properties(subject: ResolvedResource) -> dict[Path, Any]:
    """The declared values that identify one live resource of the type.

    Args:
        subject: The declaration, resolved.

    Returns:
        Empty if the properties identify none, or a name is not known yet.
    """
    kind, override = subject.kind, subject.override
    groups: list[tuple[Path, ...]] = [tuple(override.identity)] if override.identity else []
    groups += kind.additional_identifiers
    groups += [tuple((name,) for name in _template_names(kind)), *(((name,),) for name in usual_names(kind))]
    for paths in groups:
        values = {path: get(subject.desired, path, None) for path in paths}
        if values and all(isinstance(value, str | int) for value in values.values()):
            fresh = any(is_fresh(override.identity.at(path), value) for path, value in values.items())
            return {} if fresh else values
    return {}


def waits_for_names(subject: ResolvedResource) -> bool:
    """Whether the live resource's name is known only after deploy, or generated again by the service."""
    paths = [
        *subject.override.identity,
        *subject.kind.identifiers,
        *((name,) for name in _template_names(subject.kind)),
    ]
    values = {path: get(subject.desired, path, None) for path in paths}
    fresh = any(is_fresh(subject.override.identity.at(path), value) for path, value in values.items() if value)
    return fresh or any(isinstance(value, Unknown) for value in values.values())


def fits(subject: ResolvedResource, live: Mapping[str, Any], names: Mapping[Path, Any]) -> bool:
    """Whether a live document has these names, compared as the service compares them.

    Args:
        subject: The declaration.
        live: A read's answer.
        names: From `naming_properties`.
    """
    form = subject.override.certain
    return all(form(str(get(live, path, ""))) == form(str(value)) for path, value in names.items())


def claimed_by(records: Iterable[Record], subject: ResolvedResource, identifier: str) -> Record | None:
    """The record of this state that already owns a live resource, under another key or this one.

    Args:
        records: The state's records.
        subject: The declaration that would adopt it.
        identifier: The live resource's identifier.
    """
    wanted = physical(subject.kind.name, subject.target, identifier)
    return next((one for one in records if physical(one.type, one.target, one.identifier) == wanted), None)


def _arn(subject: ResolvedResource) -> str | None:
    """The identifier, if it is an ARN made of names that the user chose."""
    kind, override = subject.kind, subject.override
    if not kind.arn_template or not is_arn(kind):
        return None
    target = subject.target
    known = {"Partition": target.partition, "Region": target.region, "Account": target.account}
    names = [word for word in _PLACEHOLDER.findall(kind.arn_template) if word not in known]
    paths = tuple(override.identity) or tuple((name,) for name in names)
    values = [get(subject.desired, path, None) for path in paths]
    if len(names) != 1 or len(values) != 1 or not isinstance(values[0], str):
        return None
    if is_fresh(override.identity.at(paths[0]), values[0]):
        return None
    known[names[0]] = override.canonical(values[0]) if override.identity else values[0]
    return _PLACEHOLDER.sub(lambda match: known[match[1]], kind.arn_template)


def _template_names(kind: ResourceType) -> tuple[str, ...]:
    """The settable properties from which the type's ARN is made."""
    words = _PLACEHOLDER.findall(kind.arn_template or "")
    return tuple(word for word in words if word in kind.properties and kind.settable((word,)))


def usual_names(kind: ResourceType) -> tuple[str, ...]:
    """The properties that hold a fixed name, under one of the usual property names.

    Args:
        kind: For a security group: `SecurityGroupName`, `GroupName` and `Name`, as far as the type has them.
    """
    words = _WORDS.findall(kind.name.rpartition("::")[2])
    usual = (f"{''.join(words[start:])}Name" for start in range(len(words) + 1))
    return tuple(name for name in usual if kind.create_only.covers((name,)))
