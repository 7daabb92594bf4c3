"""Builds the records and journal entries that steps write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.decision import Decision, newly_declared, replace_digest
from cloudwright.plan.masking import mask_like
from cloudwright.plan.model import Action, Step
from cloudwright.plan.unreturned import still_unreturned
from cloudwright.state.journal import JournalEntry
from cloudwright.state.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.control.model import Operation
    from cloudwright.engine.run import Services
    from cloudwright.plan.resolved import ResolvedResource

SEALED = "enc:"
"""Prefix of a sealed body; a request body begins with a brace."""


def place_of(entry: JournalEntry) -> str:
    """What a sealed journal body is bound to."""
    return f"journal/{entry.key}/{entry.client_token}"


def draft_of(work: ResolvedStep, order: int) -> Record:
    """The record that a step will write when it succeeds.

    Args:
        work: The step.
        order: Position in the order of creation.
    """
    options, subject, step = work.subject.declaration.options, work.subject, work.step
    return Record(
        key=step.key,
        generation=step.generation,
        type=step.type,
        identifier="",
        target=step.target,
        declared=subject.masked,
        depends_on=step.depends_on,
        protect=options.protect,
        retain=options.retain,
        order=order,
        ignored=options.ignore_changes,
        replace_on=replace_digest(subject.replace_on),
        own_name=subject.own_name,
        adopted=step.action is Action.IMPORT or (step.action is Action.UPDATE and _was_adopted(work)),
    )


def _was_adopted(work: ResolvedStep) -> bool:
    return work.record is not None and work.record.adopted


def refreshed(work: ResolvedStep, record: Record, *, live: object = None) -> Record:
    """The record of a step that sends nothing: edges, options, key and current generation from the program.

    Args:
        work: The step.
        record: The present record.
        live: The live document, if it was read and is as declared.
    """
    options, subject = work.subject.declaration.options, work.subject
    wanted: dict[str, Any] = {
        "key": work.step.key,
        "current": True,
        "depends_on": work.step.depends_on,
        "protect": options.protect,
        "retain": options.retain,
        "ignored": options.ignore_changes,
        "target": record.target.through(work.step.target.source),
    }
    if isinstance(live, Mapping):
        observed = mask_like(subject.kind, live, subject.masked, subject.fingerprint)
        wanted |= {"observed": observed, "declared": subject.masked, "dirty": (), "tried": {}}
        wanted["unreturned"] = still_unreturned(replace(record, declared=subject.masked), live)
    elif new := newly_declared(subject, record):
        wanted["declared"] = {**record.declared, **new}
    changed = {name: value for name, value in wanted.items() if getattr(record, name) != value}
    return replace(record, **changed) if changed else record


def with_body(entry: JournalEntry, subject: ResolvedResource, body: bytes, services: Services) -> JournalEntry:
    """An entry with its exact request bytes, sealed if they hold secret or write-only values.

    Args:
        entry: The request.
        subject: Knows whether there are such values.
        body: The bytes.
        services: For the seal.
    """
    if not subject.has_secrets:
        return replace(entry, body=body.decode())
    return replace(entry, body=services.sealing.seal(body, place=place_of(entry)))


def body_of(entry: JournalEntry, services: Services) -> bytes:
    """The exact request bytes of an entry.

    Raises:
        CannotUnseal: They were sealed with another key.
    """
    if entry.body.startswith(SEALED):
        return services.sealing.unseal(entry.body, place=place_of(entry))
    return entry.body.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedStep:
    """A step with the declaration as the apply pass resolved it.

    Attributes:
        subject: Fully resolved; no placeholders.
        decision: The decision with everything known, within what the plan allows.
        record: The present record of the generation to continue or to replace.
    """

    step: Step
    subject: ResolvedResource
    decision: Decision
    record: Record | None = None


def new_entry(
    work: ResolvedStep,
    operation: Operation,
    draft: Record,
    token: Callable[[], str],
    *,
    identifier: str | None = None,
    existed_before: bool | None = None,
) -> JournalEntry:
    """The journal entry of a step's first request, still without its body.

    Args:
        work: The step.
        operation: CREATE or UPDATE.
        draft: The record to write when it succeeds.
        token: Generates random tokens.
        identifier: The resource's identifier, for an update.
        existed_before: What a read before a create found.
    """
    verb = operation.value.lower()
    return JournalEntry(
        id=token(),
        key=work.step.key,
        generation=draft.generation,
        operation=operation,
        type=work.step.type,
        target=draft.target,
        client_token=token(),
        body="",
        draft=draft,
        identifier=identifier,
        existed_before=existed_before,
        reason=f"an earlier run was interrupted while it tried to {verb} {work.step.key}",
    )
