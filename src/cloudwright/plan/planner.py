"""The planner: declarations in, steps out. Pure; the program's run adds one declaration at a time.

A declaration is decided when everything it depends on has been, so a program may await resources while it is
being planned.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.errors import CloudwrightError, ProgramError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.adoption import adopted_value
from cloudwright.plan.attribute_values import live_value, planned_value
from cloudwright.plan.decision import Decision
from cloudwright.plan.filling import fillings, fills_after
from cloudwright.plan.generations import choose
from cloudwright.plan.identity import Identity, identity
from cloudwright.plan.masking import mask
from cloudwright.plan.model import Action, Declared, Finding, Step
from cloudwright.plan.physical_names import name_later
from cloudwright.plan.replacement_order import order_of
from cloudwright.plan.resolution import Resolution, Resolver
from cloudwright.plan.template_ref import template_ref
from cloudwright.plan.validation import Problem, oversized, tags_kept
from cloudwright.program.document import Unknown, outlines, resolve
from cloudwright.program.reference import TEMPLATE_REF, Ref, Text
from cloudwright.schema.pointer import format_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.control.model import ResourceDescription
    from cloudwright.plan.actions import PlannedAction, ResolvedAction, RunCause
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.program.declaration import ActionSpec, Declaration
    from cloudwright.state.action_records import ActionRecord
    from cloudwright.state.records import Record
    from cloudwright.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One decided declaration.

    Attributes:
        record: The generation that is kept (none, update) or replaced.
    """

    subject: ResolvedResource
    decision: Decision
    step: Step
    record: Record | None = None


@dataclass(slots=True)
class Planner:
    """Collects decided declarations; `cloudwright.plan.assembly` turns them into a plan.

    Attributes:
        planned: The decided declarations, by key.
        existing: Resources that are only read, by key.
        unread: Keys of such resources that were not read from AWS.
        outside: Outputs of apps that are deployed in the same run, and are known only then.
        found: Live resources that adopting declarations would adopt, by key.
        claimed: Records that already own the live resource which a declaration would adopt, by the declaration's key.
        declared: The declarations as rules read them, by key.
        actions: The decided actions, by key.
        filled: Attributes that a planned step of another resource fills, by the key of their resource.
        problems: Why the program can't be deployed.
        findings: The schema's findings about values.
    """

    context: PlanContext
    planned: dict[str, Planned] = field(default_factory=dict)
    existing: dict[str, ResourceDescription] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    outside: dict[Ref, Unknown] = field(default_factory=dict)
    found: dict[str, ResourceDescription] = field(default_factory=dict)
    claimed: dict[str, Record] = field(default_factory=dict)
    declared: dict[str, Declared] = field(default_factory=dict)
    actions: dict[str, PlannedAction] = field(default_factory=dict)
    filled: dict[str, set[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add(self, declaration: Declaration, target: Target) -> None:
        """Decide a managed resource; everything it refers to has been added before."""
        resolution = self._resolve(declaration, target)
        self.declared[declaration.key] = self._declared(declaration, target, resolution.written)
        decision, record = self._decide(declaration, resolution.subject)
        if decision.action is Action.REPLACE:
            resolution = self._resolve(declaration, target, recreated=True)
        subject = resolution.subject
        self.problems.extend(resolution.problems)
        self.findings.extend(resolution.findings)
        if resolution.kept_tags and decision.action is not Action.REPLACE:
            self.findings.append(tags_kept(declaration, resolution.kept_tags))
        step = self._step(subject, decision, record, declaration)
        self.planned[declaration.key] = Planned(subject=subject, decision=decision, step=step, record=record)
        if step.action in {Action.CREATE, Action.REPLACE}:
            self.problems.extend(oversized(declaration, subject))
        for filling in fillings(declaration, subject.override):
            if fills_after(step, filling):
                self.filled.setdefault(filling.owner, set()).update(filling.attributes)

    def _decide(self, declaration: Declaration, subject: ResolvedResource) -> tuple[Decision, Record | None]:
        resume = self.context.resumes.get(declaration.key)
        if resume is not None:
            return Decision(action=Action.RESUME, reasons=(resume.reason,)), None
        records = self.context.records(declaration.key)
        return choose(subject, records, self.context, self.found.get(declaration.key))

    def add_existing(self, declaration: Declaration, target: Target, found: ResourceDescription) -> None:
        """Add a resource that is only read.

        Args:
            declaration: The `.get(...)` of the program.
            target: Its account and Region.
            found: The live resource.
        """
        self.existing[declaration.key] = found
        kind = self.context.catalog.get(declaration.type)
        shown = mask(kind, dict(found.properties), self.context.fingerprint)
        self.declared[declaration.key] = self._declared(declaration, target, shown)

    def add_action(self, declaration: Declaration, spec: ActionSpec, target: Target) -> None:
        """Decide an action; everything it refers to has been added before."""
        from cloudwright.plan.actions import (
            PlannedAction,
            action_step,
            decide_action,
            doubtful_finding,
            resolved_action,
        )

        subject = resolved_action(declaration, spec, target, self.value, self.context)
        record = next((one for one in self.context.snapshot.actions if one.key == declaration.key), None)
        decision = decide_action(subject, record, self._news(subject, record))
        planned = PlannedAction(subject=subject, step=action_step(subject, decision), record=record)
        self.actions[declaration.key] = planned
        if record is not None and record.doubtful:
            self.findings.append(doubtful_finding(planned))

    def _news(self, subject: ResolvedAction, record: ActionRecord | None) -> Iterator[RunCause]:
        """What happens, or has happened, to what an action follows."""
        from cloudwright.plan.actions import planned_news, present_of, recorded_news

        present = present_of(self.context)
        for key in subject.spec.after:
            step = self.step(key)
            found = list(planned_news(step, subject.spec.when)) if step is not None else []
            yield from found or recorded_news(subject, record, present(key), key)

    def step(self, key: str) -> Step | None:
        """The step of a decided declaration; `None` for what is only read."""
        planned = self.planned.get(key) or self.actions.get(key)
        return planned.step if planned is not None else None

    def add_unread(self, declaration: Declaration, target: Target) -> None:
        """Add a resource that is only read, without reading it: all of it is unknown.

        Args:
            declaration: The `.get(...)` of the program.
            target: Its account and Region.
        """
        self.unread.add(declaration.key)
        self.declared[declaration.key] = self._declared(declaration, target, {})

    def value(self, ref: Ref) -> Any:
        """The value that an attribute will have: a value, a `Secret` or an `Unknown`.

        Raises:
            CloudwrightError: There is no such resource or attribute.
        """
        if ref.outside:
            return self.outside.get(ref) or Unknown(ref)
        if ref.path == TEMPLATE_REF:
            return resolve(self.attributes(ref), self.value)
        if ref.key in self.unread:
            return Unknown(ref)
        if ref.key in self.actions:
            from cloudwright.plan.actions import planned_result

            return planned_result(ref, self.actions[ref.key], self.context)
        found = self.existing.get(ref.key)
        if found is not None:
            if not ref.path:
                return found.identifier
            return live_value(ref, self.context.catalog.get(self.declared[ref.key].type), found.properties)
        planned = self.planned.get(ref.key)
        if planned is None:
            raise _undeclared(ref)
        adopted = self.found.get(ref.key)
        if adopted is not None and planned.decision.action is Action.IMPORT:
            return adopted_value(ref, planned.subject, planned.decision, adopted)
        if ref.path and ref.path[0] in self.filled.get(ref.key, ()):
            return Unknown(ref)
        return planned_value(ref, planned.subject, planned.step, planned.record)

    def attributes(self, ref: Ref) -> Ref | Text:
        """The reference itself, or the attributes that a `.ref` means.

        Raises:
            CloudwrightError: There is no such resource, or its `.ref` is unknown.
        """
        declared = self.declared.get(ref.key)
        if declared is None:
            raise _undeclared(ref)
        return template_ref(ref, self.context.catalog.get(declared.type), declared.properties)

    def identity(self, key: str) -> Identity | None:
        """The identity that a declared resource will have; `None` if the service generates it."""
        planned = self.planned.get(key)
        if planned is None:
            return None
        subject = planned.subject
        return identity(subject.kind, subject.desired, subject.target, subject.override.certain)

    def probe(self, declaration: Declaration, target: Target) -> ResolvedResource | None:
        """A declaration as far as it is known before it is decided, `None` if it can't be deployed."""
        found = self._resolve(declaration, target)
        return None if found.problems else found.subject

    def recreated(self, key: str) -> bool:
        """Whether a key's resource is replaced, so that the new one inherits nothing from the old one."""
        planned = self.planned.get(key)
        return planned is not None and planned.decision.action is Action.REPLACE

    def _resolve(self, declaration: Declaration, target: Target, *, recreated: bool = False) -> Resolution:
        resolver = Resolver(context=self.context, lookup=self.value, make_name=name_later)
        return resolver.resolve(declaration, target, recreated=recreated)

    def _declared(self, declaration: Declaration, target: Target, properties: dict[str, Any]) -> Declared:
        records = self.context.records(declaration.key)
        return Declared(
            key=declaration.key,
            type=declaration.type,
            target=target,
            properties=properties,
            references={format_pointer(path): self._named(ref) for path, ref in declaration.references},
            outlines={format_pointer(path): text for path, text in outlines(declaration.document)}
            if declaration.references
            else {},
            depends_on=declaration.depends_on,
            previous=records[0].declared if records else None,
            silenced=declaration.options.silence,
            source=declaration.source,
            existing=declaration.existing is not None,
        )

    def _named(self, ref: Ref) -> str:
        """A reference as rules read it: a `.ref` that means one attribute, by the name of that attribute."""
        try:
            named = self.attributes(ref) if ref.path == TEMPLATE_REF else ref
        except CloudwrightError:  # already a problem of the declaration
            return str(ref)
        single = named.parts[0] if isinstance(named, Text) and len(named.parts) == 1 else named
        return str(single if isinstance(single, Ref) else ref)

    def _step(
        self, subject: ResolvedResource, decision: Decision, record: Record | None, declaration: Declaration
    ) -> Step:
        action, generation = decision.action, record.generation if record else 0
        newest = max((each.generation for each in self.context.records(declaration.key)), default=-1)
        fresh = action in {Action.CREATE, Action.REPLACE, Action.RESUME}
        moved = record.key if record is not None and record.key != declaration.key else ""
        step = Step(
            key=declaration.key,
            type=declaration.type,
            action=Action.MOVE if moved and action is Action.NONE else action,
            target=_step_target(subject, record, action),
            generation=newest + 1 if fresh else generation,
            identifier=record.identifier if record else self._taken_over(declaration.key, action),
            changes=decision.changes,
            depends_on=declaration.depends_on,
            desired=subject.masked,
            maybe=decision.maybe,
            may_replace=decision.may_replace,
            moved_from=moved,
            reasons=decision.reasons,
            source=declaration.source,
        )
        if action is not Action.REPLACE:
            return step
        order, why = order_of(subject, self.context)
        return replace(step, order=order, reasons=(*step.reasons, why) if why else step.reasons)

    def _taken_over(self, key: str, action: Action) -> str | None:
        return self.found[key].identifier if action is Action.IMPORT else None


def _undeclared(ref: Ref) -> ProgramError:
    return ProgramError(f"{ref.key!r} is referred to before it is declared")


def _step_target(subject: ResolvedResource, record: Record | None, action: Action) -> Target:
    if record is None or action is Action.REPLACE:
        return subject.target
    return record.target.through(subject.target.source)
