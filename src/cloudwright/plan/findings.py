"""The rule engine: plain functions that read a plan and report findings.

A rule gets the complete plan, with every resource and every reference, and yields findings. It never calls AWS, never
changes the plan, and ignores values that are not known yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from cloudwright.errors import FindingsStop
from cloudwright.lazy_dataclass import replace
from cloudwright.plan.model import Action, Finding, Plan
from cloudwright.program.document import is_unknown_marker
from cloudwright.secret import is_secret_marker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.plan.model import Declared, Step

Rule = Callable[[Plan], Iterable[Finding] | None]
"""What `@app.rule` takes: a plan in, findings out (or nothing at all)."""

ERROR, WARNING, INFO = "error", "warning", "info"
SEVERITIES = (ERROR, WARNING, INFO)
"""Severities, the worst first."""

BROKEN = "rule-failed"
"""The id of the finding for a rule that raised an exception."""

_WRITES = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE, Action.RUN})

_NOTHING: Mapping[str, str] = MappingProxyType({})


def finding(
    resource: Declared,
    text: str,
    *,
    id: str,
    severity: str = WARNING,
    path: str = "",
    fix: str = "",
    origin: str = "",
) -> Finding:
    """Create a finding about a declaration, with its key and source line.

    Args:
        resource: The declaration that the finding is about, from `plan.declared`.
        text: What is wrong.
        id: Stable and your own, such as `ACME7`; users silence it by this id.
        severity: `error`, `warning` or `info`.
        path: JSON pointer into the properties; empty for the whole resource.
        fix: What to do.
        origin: The source of the fact.
    """
    return Finding(
        id=id,
        severity=severity,
        key=resource.key,
        path=path,
        text=text,
        fix=fix,
        origin=origin,
        source=resource.source,
    )


def of_type(plan: Plan, *types: str) -> Iterator[Declared]:
    """The declarations of these resource types, in program order.

    Args:
        plan: The plan passed to the rule.
        types: Such as `AWS::S3::Bucket`.
    """
    return (declared for declared in plan.declared if declared.type in types)


def is_unknown(value: object) -> bool:
    """Whether a rule can't read a value, because it is known after deploy or secret."""
    return isinstance(value, dict) and (is_unknown_marker(value) or is_secret_marker(value))


def evaluate(plan: Plan, rules: Iterable[Rule], silenced: Mapping[str, str] = _NOTHING) -> tuple[Finding, ...]:
    """Run rules over a plan.

    A finding is silenced by its resource's own reason, else by the app's; it is kept, with the reason, so that nothing
    disappears silently. A rule that raises becomes a finding of severity `error`; what it found before is kept.

    Args:
        plan: The plan, with its declarations as the program wrote them.
        rules: The rules, in any order.
        silenced: Rule id -> why the app silences it.

    Returns:
        Each finding once: errors first, then by id, key and path.
    """
    reasons = {declared.key: declared.silenced for declared in plan.declared}
    found: dict[Finding, None] = {}
    for rule in rules:
        for single in _run(rule, plan):
            found[_silence(single, reasons.get(single.key, _NOTHING), silenced)] = None
    return tuple(sorted(found, key=_rank))


def active(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that are not silenced."""
    return tuple(single for single in findings if not single.silenced)


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The errors that are not silenced."""
    return tuple(single for single in active(findings) if single.severity == ERROR)


def blocking(plan: Plan) -> tuple[Finding, ...]:
    """The errors that stop a deploy: those of the whole program, and those of resources that it would write.

    Args:
        plan: With its findings.
    """
    written = {step.key for step in plan.steps if step.action in _WRITES or _adopts_and_updates(step)}
    return tuple(single for single in errors(plan.findings) if not single.key or single.key in written)


def _adopts_and_updates(step: Step) -> bool:
    return step.action is Action.IMPORT and bool(step.changes)


def refuse(plan: Plan, found: Iterable[Finding]) -> None:
    """Stop a plan because of these findings, if there are any.

    Args:
        plan: Names the app and the stage.
        found: From `errors` or `blocking`.

    Raises:
        FindingsStop: There is at least one.
    """
    ids = ", ".join(dict.fromkeys(single.id for single in found))
    if ids:
        raise FindingsStop(
            f"findings of severity error stop {plan.app}/{plan.stage}: {ids}; nothing was sent",
            hint="fix what the findings say, silence one with a reason, or deploy with --allow-findings",
        )


def merge(found: Iterable[Finding], values: Iterable[Finding]) -> tuple[Finding, ...]:
    """Join the findings of rules with those of value checks; if both report one property, only the rule's is kept.

    Args:
        found: The rules' findings.
        values: The findings of the schema's value checks.
    """
    found = tuple(found)
    taken = {(single.key, single.path) for single in found}
    # Two findings about a resource as a whole may be about different things.
    kept = (single for single in values if not single.path or (single.key, single.path) not in taken)
    return tuple(sorted(dict.fromkeys((*found, *kept)), key=_rank))


def _run(rule: Rule, plan: Plan) -> Iterator[Finding]:
    try:
        found: Iterable[object] = rule(plan) or ()
        for single in found:
            if isinstance(single, Finding):
                yield single
            else:
                yield _broken(rule, f"it yielded {type(single).__name__}, not a Finding")
    except Exception as error:  # noqa: BLE001 - a user's rule may raise anything, and must not end the plan
        yield _broken(rule, f"{type(error).__name__}: {error}")


def _broken(rule: Rule, reason: str) -> Finding:
    name = getattr(rule, "__qualname__", "") or str(getattr(rule, "id", "")) or repr(rule)
    code = getattr(rule, "__code__", None)
    place = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
    return Finding(
        id=BROKEN,
        severity=ERROR,
        key="",
        text=f"The rule {name}{place} failed: {reason}",
        fix="Fix the rule; its findings are missing here.",
    )


def _silence(single: Finding, own: Mapping[str, str], app: Mapping[str, str]) -> Finding:
    for reasons in (own, app):
        if single.id in reasons:
            return replace(single, silenced=reasons[single.id] or "no reason given")
    return single


def _rank(single: Finding) -> tuple[int, str, str, str, str]:
    severity = SEVERITIES.index(single.severity) if single.severity in SEVERITIES else len(SEVERITIES)
    return (severity, single.id, single.key, single.path, single.text)
