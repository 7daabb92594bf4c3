"""Resolved declarations and planned work, made without a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog_kit import CATALOG
from cloudwright.engine.drafts import ResolvedStep
from cloudwright.plan.context import PlanContext, nothing_opens
from cloudwright.plan.decision import Decision
from cloudwright.plan.masking import mask
from cloudwright.plan.model import Action, Change, Step
from cloudwright.plan.resolved import ResolvedResource
from cloudwright.program.declaration import Declaration, Options
from cloudwright.state.snapshot import Snapshot
from dead_runs import HERE, TOPIC
from diff_kit import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.state.records import Record


def subject_of(
    desired: Mapping[str, Any] | None = None,
    type_name: str = TOPIC,
    *,
    key: str = "a",
    options: Options | None = None,
    **more: Any,
) -> ResolvedResource:
    """A declaration of a bundled type with everything resolved."""
    kind, document = CATALOG.get(type_name), dict(desired or {})
    return ResolvedResource(
        declaration=Declaration(key=key, type=type_name, document=document, options=options or Options()),
        kind=kind,
        desired=document,
        masked=mask(kind, document, fingerprint),
        target=more.pop("target", HERE),
        fingerprint=fingerprint,
        unseal=nothing_opens,
        **more,
    )


def work_of(
    subject: ResolvedResource,
    *changes: Change,
    action: Action = Action.UPDATE,
    record: Record | None = None,
    **more: Any,
) -> ResolvedStep:
    """What is to be done for a declaration, with the changes that its plan showed."""
    step = Step(key=subject.key, type=subject.kind.name, action=action, target=subject.target, changes=changes, **more)
    return ResolvedStep(step=step, subject=subject, decision=Decision(action=action, changes=changes), record=record)


def context_of(records: Iterable[Record] = (), **more: Any) -> PlanContext:
    """What planning reads, with these records in the state."""
    snapshot = Snapshot(app="test", stage="dev", serial=1, records=tuple(records))
    return PlanContext(snapshot=more.pop("snapshot", snapshot), catalog=CATALOG, fingerprint=fingerprint, **more)


def renamed_topic() -> ResolvedStep:
    """The step that changes the display name of the recorded topic."""
    change = Change("/DisplayName", "replace", "old", "new")
    return work_of(subject_of({"TopicName": "a", "DisplayName": "new"}), change)
