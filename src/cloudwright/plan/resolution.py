"""A declaration with its references resolved, and what that found: problems and findings are results, never state.

Both passes use this. The plan pass takes attributes from what it has decided so far, the apply pass from what it has
deployed so far; nothing else differs.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from cloudwright.diff.tags import changeable_tags, kept_tags, with_default_tags
from cloudwright.errors import InvalidProperties
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.asset_places import assets_in, bucket_for, with_places
from cloudwright.plan.decision import replace_digest
from cloudwright.plan.masking import mask
from cloudwright.plan.physical_names import with_name
from cloudwright.plan.resolved import ResolvedResource
from cloudwright.plan.validation import Problem, check
from cloudwright.program.document import Lookup, Unknown, encode, is_unknown, references, resolve
from cloudwright.schema.override import apply_aliases
from cloudwright.schema.pointer import format_pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Finding
    from cloudwright.plan.physical_names import NamingProperty
    from cloudwright.program.declaration import Declaration
    from cloudwright.program.reference import Ref
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The result of resolving a declaration.

    Attributes:
        subject: The declaration with its values.
        written: The properties as the program wrote them, resolved and masked; without generated names and default
            tags.
        problems: Why it can't be deployed.
        findings: The schema's warnings.
        kept_tags: Keys of tags that the program no longer declares and that the type can't drop.
    """

    subject: ResolvedResource
    written: dict[str, Any]
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = ()
    kept_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """Resolves declarations of one run.

    Attributes:
        context: The state and the options.
        lookup: Returns the values of references.
        make_name: Returns a name if the program leaves it out and the service generates none.
    """

    context: PlanContext
    lookup: Lookup
    make_name: Callable[[str, NamingProperty], Any]

    def resolve(self, declaration: Declaration, target: Target, *, recreated: bool = False) -> Resolution:
        """Resolve a declaration and check it against its type.

        Args:
            declaration: The declaration.
            target: Its account and Region.
            recreated: Whether it is a new resource that replaces a recorded one: then it inherits neither a generated
                name nor tags that the type can't drop.
        """
        problems: list[Problem] = []
        lookup = _collecting(self.lookup, declaration, problems)
        kind = self.context.catalog.get(declaration.type)
        document = self._with_assets(declaration, resolve(declaration.document, lookup), target)
        written = mask(kind, document, self.context.fingerprint)
        record = None if recreated else next(iter(self.context.records(declaration.key)), None)
        desired, renames = apply_aliases(kind.override, document)
        desired, own_name = with_name(kind, desired, record, partial(self.make_name, declaration.key))
        violations, findings = check(kind, declaration, desired, renames, strict=self.context.options.strict_values)
        defaults, before = {**self.context.tags, **declaration.tags}, record.declared if record else None
        if not violations:
            desired = with_default_tags(kind, desired, defaults, before, is_unknown)
        masked = written if desired == document else mask(kind, desired, self.context.fingerprint)
        return Resolution(
            subject=self._subject(declaration, target, lookup, desired=dict(desired), masked=masked, own_name=own_name),
            written=written,
            problems=(*problems, *violations),
            findings=tuple(findings),
            kept_tags=_kept_tags(kind, written, defaults, before),
        )

    def _subject(
        self,
        declaration: Declaration,
        target: Target,
        lookup: Lookup,
        *,
        desired: dict[str, Any],
        masked: Mapping[str, Any],
        own_name: bool,
    ) -> ResolvedResource:
        return ResolvedResource(
            declaration=declaration,
            kind=self.context.catalog.get(declaration.type),
            desired=desired,
            masked=masked,
            target=target,
            fingerprint=self.context.fingerprint,
            unseal=self.context.unseal,
            placed=declaration.target.region is not None,
            requested=declaration.key in self.context.options.replace,
            teardown=declaration.key in self.context.teardown,
            replace_on=self._replace_on(declaration, lookup),
            own_name=own_name,
        )

    def _with_assets(self, declaration: Declaration, document: Any, target: Target) -> Any:
        if not any(assets_in(declaration.document)):
            return document
        kind = self.context.catalog.get(declaration.type)
        try:
            return with_places(kind, document, bucket_for(self.context.asset_bucket, target))
        except InvalidProperties as error:
            raise InvalidProperties(f"{declaration.key}: {error.message}", hint=error.hint) from None

    def _replace_on(self, declaration: Declaration, lookup: Lookup) -> Any:
        """The values whose change replaces it, under the fingerprints that the record knows."""
        values = resolve(declaration.options.replace_on, lookup)
        if values is None:
            return None
        now = encode(values, self.context.fingerprint)
        recorded = {record.replace_on for record in self.context.records(declaration.key)}
        keys = len(self.context.former(""))
        former = (encode(values, lambda value, n=n: self.context.former(value)[n]) for n in range(keys))  # type: ignore[misc]
        return next((form for form in (now, *former) if replace_digest(form) in recorded), now)


def _collecting(lookup: Lookup, declaration: Declaration, problems: list[Problem]) -> Lookup:
    """A lookup whose failures become problems of the declaration, at the first place not yet reported."""

    def collected(ref: Ref) -> Any:
        try:
            return lookup(ref)
        except InvalidProperties as error:
            reported = {problem.path for problem in problems}
            places = (format_pointer(path) for path, used in references(declaration.document) if used == ref)
            place = next((place for place in places if place not in reported), "")
            problems.append(Problem(declaration, place, error.message, error.hint or ""))
            # A failed lookup is reported once, not again as a missing property or inside a text.
            return Unknown(ref)

    return collected


def _kept_tags(
    kind: ResourceType, written: dict[str, Any], defaults: Mapping[str, Any], before: Mapping[str, Any] | None
) -> tuple[str, ...]:
    if changeable_tags(kind):
        return ()
    renamed, _ = apply_aliases(kind.override, written)
    return kept_tags(kind, renamed, defaults, before)
