"""Validation of a declaration against its type: problems that stop a plan, and warnings that don't."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudwright.diff.wire_values import LARGEST_DOCUMENT, desired_state, largest_size
from cloudwright.errors import InvalidProperties, PlanError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.model import Finding
from cloudwright.program.document import holds_unknown, is_unknown
from cloudwright.program.resource import OPTIONS
from cloudwright.schema.pointer import format_pointer, get
from cloudwright.schema.suggest import did_you_mean
from cloudwright.schema.validation.validate import validate
from cloudwright.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.program.declaration import Declaration
    from cloudwright.schema.override import AliasNote
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.schema.validation.validate import Violation

_MOST_QUOTED = 2
"""Quoted numbers and booleans of one resource that get a line each; more of them share one."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a declaration can't be deployed.

    Attributes:
        unquoted: The number or boolean, in Python syntax, that is quoted at the path; else empty.
    """

    declaration: Declaration
    path: str
    text: str
    hint: str = ""
    unquoted: str = ""


def check(
    kind: ResourceType, declaration: Declaration, desired: Any, renames: Sequence[AliasNote], *, strict: bool
) -> tuple[list[Problem], list[Finding]]:
    """Check a resolved document against its type.

    Args:
        kind: The type.
        declaration: The document's declaration.
        desired: The document, aliases applied.
        renames: The aliases that were applied.
        strict: Whether schema limits on values are problems too.

    Returns:
        Problems, and findings that don't stop the plan.
    """
    if not kind.provisionable:
        return [_unmanageable(kind, declaration)], []
    violations = _once(validate(kind, desired, is_unknown=is_unknown))
    problems = [_problem(declaration, violation) for violation in violations if violation.strict or strict]
    findings = [_warning(declaration, violation) for violation in violations if not (violation.strict or strict)]
    findings += [_renamed(declaration, rename) for rename in renames]
    problems += _named_by_secrets(kind, declaration, desired)
    return problems, findings


def _unmanageable(kind: ResourceType, declaration: Declaration) -> Problem:
    """Other problems of its properties don't matter then."""
    hint = f"declare {kind.instead} instead" if kind.instead else "manage it with CloudFormation or its service's API"
    return Problem(declaration, "", f"Cloud Control can't provision {kind.name}: {kind.why_not_provisionable}", hint)


def _once(violations: Sequence[Violation]) -> list[Violation]:
    """Without missing properties that are only misspelt: they are reported at the misspelling."""
    meant = {(*found.path[:-1], found.suggestion) for found in violations if found.rule == "additionalProperties"}
    return [
        found for found in violations if found.rule != "required" or (*found.path, str(found.expected)) not in meant
    ]


def _named_by_secrets(kind: ResourceType, declaration: Declaration, desired: Any) -> list[Problem]:
    """A resource's name can't be secret: AWS lists it, and the state stores it in clear."""
    paths = [path for path in kind.identifiers if isinstance(get(desired, path), Secret)]
    return [
        Problem(
            declaration,
            format_pointer(path),
            "this identifies the resource, so AWS and the state show it in plain text",
            hint="take a value that is not a secret",
        )
        for path in paths
    ]


def oversized(declaration: Declaration, subject: ResolvedResource) -> list[Problem]:
    """Whether Cloud Control would refuse a create because of its document's size, as far as it is known (CC100).

    Args:
        declaration: The document's declaration.
        subject: The declaration, resolved.
    """
    if largest_size(subject.desired) <= LARGEST_DOCUMENT or holds_unknown(subject.desired):
        return []
    try:
        desired_state(subject.comparison, subject.desired)
    except PlanError as error:
        return [Problem(declaration, "", error.message, error.hint or "")]
    return []


def _text(violation: Violation) -> str:
    if option := _option(violation):
        return f"{violation.message}; did you mean the option {option!r}?"
    return violation.message + (f"; did you mean {violation.suggestion!r}?" if violation.suggestion else "")


def _option(violation: Violation) -> str | None:
    """The option that a misspelt keyword means: options and properties are both keywords."""
    if violation.rule != "additionalProperties" or len(violation.path) != 1:
        return None
    word = str(violation.path[0])
    # Properties begin with a capital, options don't, which rules out a similar property.
    return did_you_mean(word, OPTIONS) if not violation.suggestion or word[:1].islower() else None


def _problem(declaration: Declaration, violation: Violation) -> Problem:
    unquoted = repr(json.loads(violation.unquoted)) if violation.unquoted else ""
    return Problem(declaration, format_pointer(violation.path), _text(violation), unquoted=unquoted)


def _warning(declaration: Declaration, violation: Violation) -> Finding:
    return Finding(
        id=f"schema:{violation.rule}",
        severity="warning",
        key=declaration.key,
        path=format_pointer(violation.path),
        text=_text(violation),
        fix="the bundled schema may be stricter than the service; --strict-values makes this an error",
        origin="bundled schema",
        source=declaration.source,
    )


def _renamed(declaration: Declaration, rename: AliasNote) -> Finding:
    return Finding(
        id="schema:alias",
        severity="info",
        key=declaration.key,
        path=format_pointer(rename.path),
        text=f"{rename.alias} is sent as {rename.name}, its name in the schema",
        fix=f"write {rename.name}",
        origin="schema override",
        source=declaration.source,
    )


def tags_kept(declaration: Declaration, names: Sequence[str]) -> Finding:
    """Warns that a resource keeps tags which the program no longer declares.

    Since only a replacement could remove them.
    """
    return Finding(
        id="plan:tags-kept",
        severity="info",
        key=declaration.key,
        text=f"it keeps the tags {', '.join(names)}: those of {declaration.type} can't be changed (CC97)",
        fix=f"--replace {declaration.key} creates a new one with the program's tags; or declare the tags again",
        origin="facts about the type",
        source=declaration.source,
    )


def owners_unread(declaration: Declaration, identifier: str, unread: Sequence[str]) -> Finding:
    """Warns that states of the same store can't be read, so that one of them may own what is adopted."""
    return Finding(
        id="plan:owners-unread",
        severity="warning",
        key=declaration.key,
        text=f"can't tell whether another app of this store owns {identifier}: {', '.join(unread)}",
        fix="repair that state, or make sure that it does not manage this resource",
        origin="the state",
        source=declaration.source,
    )


def refuse(problems: Iterable[Problem], findings: Iterable[Finding] = ()) -> InvalidProperties:
    """One error that lists every problem, resource by resource, together with the rules' findings.

    Args:
        problems: Why the program can't be deployed.
        findings: The rules' findings; those about the same resources are shown.
    """
    grouped: dict[str, list[Problem]] = {}
    for problem in problems:
        grouped.setdefault(problem.declaration.key, []).append(problem)
    found = [finding for finding in findings if finding.severity == "error" and not finding.silenced]
    total, lines = 0, []
    for key, each in grouped.items():
        reported = [finding for finding in found if finding.key == key]
        unreported = _unreported(each, reported)
        total += len(unreported) + len(reported)
        lines += [f"  {key}  {each[0].declaration.type}  {each[0].declaration.source}", *_listed(unreported, reported)]
    violations = [problem for each in grouped.values() for problem in each]
    heading = f"{total} problem{'s' if total > 1 else ''}, nothing was sent"
    return InvalidProperties("\n".join([heading, *lines]), violations=violations)


def _unreported(problems: Sequence[Problem], findings: Sequence[Finding]) -> list[Problem]:
    """A rule about the same path says more than the schema does: why, and what to write."""
    reported = {finding.path for finding in findings}
    return [problem for problem in problems if not problem.path or problem.path not in reported]


def _listed(problems: Sequence[Problem], findings: Sequence[Finding]) -> Iterable[str]:
    quoted = [problem for problem in problems if problem.unquoted]
    alike = quoted if len(quoted) > _MOST_QUOTED else []
    if alike:
        yield f"    {_in_quotes(alike)}"
    for problem in problems:
        if problem not in alike:
            yield f"    {problem.path or '/'}: {problem.text}"
            yield from (f"      {line}" for line in problem.hint.splitlines())
    for finding in findings:
        yield f"    {finding.id} {finding.path or '/'}: {finding.text}"
        yield from (f"      fix: {line}" for line in finding.fix.splitlines()[:1])


def _in_quotes(problems: Sequence[Problem]) -> str:
    """One line for many quoted numbers and booleans: common in templates, with one fix for all."""
    places = ", ".join(f"{problem.path} = {problem.unquoted}" for problem in problems)
    return f"{len(problems)} numbers or booleans are quoted; Cloud Control converts nothing, so write: {places}"
