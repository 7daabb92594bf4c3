"""The planner: declarations in, steps out. Pure; the program's pass feeds it one declaration at a time.

A declaration is decided when everything it depends on has been, so a program may await resources while it is
being planned.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.diff.tags import changeable_tags, kept_tags, with_default_tags
from cloudwright.errors import CloudwrightError, InvalidProperties, ProgramError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.adoption import adopted_value
from cloudwright.plan.attribute_values import live_value, planned_value
from cloudwright.plan.decision import Decision, replace_digest
from cloudwright.plan.generations import choose
from cloudwright.plan.identity import Identity, identity
from cloudwright.plan.masking import mask
from cloudwright.plan.model import Action, Declared, Finding, Step
from cloudwright.plan.physical_names import name_later, with_name
from cloudwright.plan.replacement_order import order_of
from cloudwright.plan.resolved import ResolvedResource
from cloudwright.plan.template_ref import template_ref
from cloudwright.plan.validation import Problem, check, oversized, tags_kept
from cloudwright.program.document import Lookup, Unknown, encode, is_unknown, outlines, references, resolve
from cloudwright.program.reference import TEMPLATE_REF, Ref, Text
from cloudwright.schema.override import apply_aliases, override_for
from cloudwright.schema.pointer import format_pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.control.model import ResourceDescription
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.physical_names import NamingProperty
    from cloudwright.program.declaration import Declaration
    from cloudwright.schema.override import Override
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.model import Record
    from cloudwright.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One decided declaration.

    Attributes:
        record: The generation that stays (none, update) or that is replaced.
    """

    subject: ResolvedResource
    decision: Decision
    step: Step
    record: Record | None = None


@dataclass(slots=True)
class Planner:
    """Collects decided declarations; `cloudwright.plan.assembly` turns them into a plan.

    Attributes:
        planned: What was decided, by key.
        existing: Resources that are only read, by key.
        found: Live resources that adopting declarations would take over, by key.
        claimed: Records that have the live resource already which a declaration would adopt, by the declaration's key.
        declared: The declarations as rules read them, by key.
        written: Properties as written, resolved and masked, by key.
        problems: Why the program can't be deployed.
        findings: What the schema has to say about values.
        anew: Keys of replaced resources that take nothing over from the old one: not its name, if that is ours, nor
            tags that it had to keep.
        make_name: Gives a name where the program leaves it out and the service makes none.
    """

    context: PlanContext
    planned: dict[str, Planned] = field(default_factory=dict)
    existing: dict[str, ResourceDescription] = field(default_factory=dict)
    found: dict[str, ResourceDescription] = field(default_factory=dict)
    claimed: dict[str, Record] = field(default_factory=dict)
    declared: dict[str, Declared] = field(default_factory=dict)
    written: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    anew: set[str] = field(default_factory=set)
    make_name: Callable[[str, NamingProperty], Any] = name_later

    def add(self, declaration: Declaration, target: Target) -> None:
        """Decide a managed resource; everything it refers to has been added before.

        Args:
            declaration: What the program says.
            target: Where that is.
        """
        problems, findings = len(self.problems), len(self.findings)
        subject = self.subject(declaration, target, lookup=self.value)
        self.declared[declaration.key] = self._declared(declaration, target, self.written[declaration.key])
        records = self.context.records(declaration.key)
        resume = self.context.resumes.get(declaration.key)
        if resume is not None:
            decision, record = Decision(action=Action.RESUME, reasons=(resume.reason,)), None
        else:
            decision, record = choose(subject, records, self.context, self.found.get(declaration.key))
        if decision.action is Action.REPLACE:
            del self.problems[problems:], self.findings[findings:]
            self.anew.add(declaration.key)
            subject = self.subject(declaration, target, lookup=self.value)
        elif kept := self._kept_tags(subject):
            self.findings.append(tags_kept(declaration, kept))
        step = self._step(subject, decision, record, declaration)
        self.planned[declaration.key] = Planned(subject=subject, decision=decision, step=step, record=record)
        if step.action in {Action.CREATE, Action.REPLACE}:
            self.problems.extend(oversized(declaration, subject))

    def add_existing(self, declaration: Declaration, target: Target, found: ResourceDescription) -> None:
        """Take a resource that is only read.

        Args:
            declaration: The `.get(...)` of the program.
            target: Where it lives.
            found: What AWS answered.
        """
        self.existing[declaration.key] = found
        kind = self.context.catalog.get(declaration.type)
        shown = mask(kind, dict(found.properties), self.context.fingerprint)
        self.declared[declaration.key] = self._declared(declaration, target, shown)

    def value(self, ref: Ref) -> Any:
        """What an attribute will be worth: a value, a `Secret` or an `Unknown`.

        Raises:
            CloudwrightError: There is no such resource or attribute.
        """
        if ref.path == TEMPLATE_REF:
            return resolve(self.attributes(ref), self.value)
        found = self.existing.get(ref.key)
        if found is not None:
            if not ref.path:
                return found.identifier
            return live_value(ref, self.declared[ref.key].type, found.properties)
        planned = self.planned.get(ref.key)
        if planned is None:
            raise _undeclared(ref)
        adopted = self.found.get(ref.key)
        if adopted is not None and planned.decision.action is Action.IMPORT:
            return adopted_value(ref, planned.subject, planned.decision, adopted)
        return planned_value(ref, planned.subject, planned.step, planned.record)

    def attributes(self, ref: Ref) -> Ref | Text:
        """The place itself, or the attributes that a `.ref` stands for.

        Raises:
            CloudwrightError: There is no such resource, or nobody knows what its `.ref` is.
        """
        declared = self.declared.get(ref.key)
        if declared is None:
            raise _undeclared(ref)
        return template_ref(ref, self.context.catalog.get(declared.type), declared.properties)

    def identity(self, key: str) -> Identity | None:
        """The identity that a declared resource will have, `None` where the service invents it."""
        planned = self.planned.get(key)
        if planned is None:
            return None
        subject = planned.subject
        override = subject.override
        return identity(subject.kind, override, subject.desired, subject.target, override.certain)

    def subject(self, declaration: Declaration, target: Target, *, lookup: Lookup) -> ResolvedResource:
        """Resolve a declaration and check it against its type; problems and warnings are collected.

        Args:
            declaration: What the program says.
            target: Where that is.
            lookup: Gives the values of its references.
        """
        kind, override = self.context.catalog.get(declaration.type), override_for(declaration.type)
        safely = self._safe(declaration, lookup)
        written = resolve(declaration.document, safely)
        self.written[declaration.key] = mask(kind, written, self.context.fingerprint)
        desired, renames = apply_aliases(override, written)
        desired, own_name = self._named(declaration, kind, override, desired)
        problems, warnings = check(kind, declaration, desired, renames, strict=self.context.options.strict_values)
        self.problems.extend(problems)
        self.findings.extend(warnings)
        desired = desired if problems else self._tagged(kind, desired, declaration)
        return ResolvedResource(
            declaration=declaration,
            kind=kind,
            override=override,
            desired=dict(desired),
            masked=self.written[declaration.key]
            if desired == written
            else mask(kind, desired, self.context.fingerprint),
            target=target,
            fingerprint=self.context.fingerprint,
            unseal=self.context.unseal,
            placed=declaration.target.region is not None,
            requested=declaration.key in self.context.options.replace,
            teardown=declaration.key in self.context.teardown,
            replace_on=self._replace_on(declaration, safely),
            own_name=own_name,
        )

    def _replace_on(self, declaration: Declaration, lookup: Lookup) -> Any:
        """The values whose change replaces it, under the fingerprints that the record knows."""
        values = resolve(declaration.options.replace_on, lookup)
        now = encode(values, self.context.fingerprint)
        recorded = {record.replace_on for record in self.context.records(declaration.key)}
        if values is None or replace_digest(now) in recorded:
            return now
        keys = len(self.context.former(""))
        forms = (encode(values, lambda value, n=n: self.context.former(value)[n]) for n in range(keys))  # type: ignore[misc]
        return next((form for form in forms if replace_digest(form) in recorded), now)

    def probe(self, declaration: Declaration, target: Target) -> ResolvedResource | None:
        """A declaration as far as it is known before it is decided, `None` if it can't be deployed.

        Args:
            declaration: What the program says.
            target: Where that is.
        """
        problems, findings = len(self.problems), len(self.findings)
        subject = self.subject(declaration, target, lookup=self.value)
        sound = len(self.problems) == problems
        # Deciding it collects the same again.
        del self.problems[problems:], self.findings[findings:]
        return subject if sound else None

    def _named(
        self, declaration: Declaration, kind: ResourceType, override: Override, desired: Mapping[str, Any]
    ) -> tuple[dict[str, Any], bool]:
        records = self.context.records(declaration.key)
        kept = records[0] if records and declaration.key not in self.anew else None
        return with_name(kind, override, desired, kept, lambda naming: self.make_name(declaration.key, naming))

    def _tagged(self, kind: ResourceType, desired: Mapping[str, Any], declaration: Declaration) -> dict[str, Any]:
        defaults, before = self._defaults(declaration), self._tagged_before(declaration)
        return with_default_tags(kind, desired, defaults, before, is_unknown)

    def _kept_tags(self, subject: ResolvedResource) -> tuple[str, ...]:
        if changeable_tags(subject.kind):
            return ()
        declaration = subject.declaration
        written, _ = apply_aliases(subject.override, self.written[declaration.key])
        return kept_tags(subject.kind, written, self._defaults(declaration), self._tagged_before(declaration))

    def _defaults(self, declaration: Declaration) -> dict[str, Any]:
        return {**self.context.tags, **declaration.tags}

    def _tagged_before(self, declaration: Declaration) -> Mapping[str, Any] | None:
        records = self.context.records(declaration.key)
        return records[0].declared if records and declaration.key not in self.anew else None

    def _safe(self, declaration: Declaration, lookup: Lookup) -> Lookup:
        """A look-up whose failures are problems of the declaration that asked."""

        def look(ref: Ref) -> Any:
            try:
                return lookup(ref)
            except InvalidProperties as error:
                self.problems.append(Problem(declaration, "", error.message, error.hint or ""))
                # What could not be found is no second problem, neither as a missing property nor inside a text.
                return Unknown(ref)

        return look

    def _declared(self, declaration: Declaration, target: Target, properties: dict[str, Any]) -> Declared:
        records = self.context.records(declaration.key)
        return Declared(
            key=declaration.key,
            type=declaration.type,
            target=target,
            properties=properties,
            references={format_pointer(path): self._told(ref) for path, ref in references(declaration.document)},
            outlines={format_pointer(path): text for path, text in outlines(declaration.document)},
            depends_on=declaration.depends_on,
            previous=records[0].declared if records else None,
            silenced=declaration.options.silence,
            source=declaration.source,
            existing=declaration.existing is not None,
        )

    def _told(self, ref: Ref) -> str:
        """A place as rules read it: a `.ref` that is one attribute by the name of that."""
        try:
            told = self.attributes(ref) if ref.path == TEMPLATE_REF else ref
        except CloudwrightError:  # it is a problem of the declaration already
            return str(ref)
        single = told.parts[0] if isinstance(told, Text) and len(told.parts) == 1 else told
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
