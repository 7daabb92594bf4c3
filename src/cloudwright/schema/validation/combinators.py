"""Keywords that combine schemas. Each branch is a constraint over the whole value (CC106).

A branch that passed only because of unknowns *may* match: enough to accept the value, not enough to report one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.schema.validation.violation import Violation, distinct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.schema.validation.walk import DocumentWalk, Found, Path, Schema

_MOST_REASONS = 3


def all_of(walk: DocumentWalk, branches: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`allOf`."""
    for branch in branches:
        walk.visit(branch, value, path, found)


def any_of(walk: DocumentWalk, branches: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`anyOf`: at least one branch."""
    failures = []
    for branch in branches:
        failed = _tried(walk, branch, value, path)[0]
        if not failed:
            return
        failures.append(failed)
    found.append(_none_fits("anyOf", branches, failures, value, path))


def one_of(walk: DocumentWalk, branches: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`oneOf`: exactly one branch."""
    failures, certain, matched = [], 0, 0
    for branch in branches:
        failed, sure = _tried(walk, branch, value, path)
        if failed:
            failures.append(failed)
        else:
            matched += 1
            certain += sure
    if not matched:
        found.append(_none_fits("oneOf", branches, failures, value, path))
    elif certain > 1:
        found.append(_too_many(branches, value, path, certain))


def not_(walk: DocumentWalk, branch: Any, _schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`not`: the branch must fail."""
    failed, sure = _tried(walk, branch, value, path)
    if failed or not sure:
        return
    names = _names(branch)
    problem = f"{' and '.join(names)} can't be set here" if names else f"{walk.show(value)} is not allowed here"
    found.append(Violation(path, "not", problem, strict=bool(names), expected=branch))


def if_(walk: DocumentWalk, condition: Any, schema: Schema, value: Any, path: Path, found: Found) -> None:
    """`if` with `then` and `else`; a condition on unknowns decides nothing."""
    failed, sure = _tried(walk, condition, value, path)
    if not failed and not sure:
        return
    branch = schema.get("else" if failed else "then")
    if branch is not None:
        walk.visit(branch, value, path, found)


def _tried(walk: DocumentWalk, branch: Any, value: Any, path: Path) -> tuple[list[Violation], bool]:
    """What fails in a branch, and whether that is certain, that is, does not depend on unknown values."""
    before = walk.doubts
    failed: list[Violation] = []
    walk.visit(branch, value, path, failed)
    return failed, walk.doubts == before


def _none_fits(rule: str, branches: Any, failures: list[list[Violation]], value: Any, path: Path) -> Violation:
    strict = all(any(violation.strict for violation in failed) for failed in failures)
    names = [_names(branch) for branch in branches]
    if all(names) and isinstance(value, dict):
        return Violation(path, rule, f"needs {_choice(rule, names, value)}", strict=strict, expected=branches)
    closest = min(map(distinct, failures), key=lambda failed: _distance(failed, len(path)))
    reasons = "; ".join(_relative(violation, path) for violation in closest[:_MOST_REASONS])
    message = f"fits none of the {len(branches)} allowed forms; closest: {reasons}"
    return Violation(path, rule, message, strict=strict, expected=branches)


def _too_many(branches: Any, value: Any, path: Path, certain: int) -> Violation:
    names = [_names(branch) for branch in branches]
    if all(names) and isinstance(value, dict):
        common = set.intersection(*map(set, names))
        present = sorted({name for group in names for name in group if name in value} - common)
        message = f"only one of these can be set: {', '.join(present)}"
    else:
        message = f"fits {certain} of the {len(branches)} allowed forms, exactly one is needed"
    return Violation(path, "oneOf", message, expected=branches)


def _names(branch: Any) -> Sequence[str]:
    """The properties that a branch requires, if it says nothing else."""
    return branch["required"] if isinstance(branch, dict) and set(branch) == {"required"} else ()


def _choice(rule: str, names: list[Sequence[str]], value: Mapping[str, Any]) -> str:
    """What is missing: of the properties that every branch requires, only those that are not set."""
    quantity = "exactly one of" if rule == "oneOf" else "at least one of"
    common = [name for name in names[0] if all(name in group for group in names)]
    groups = [" + ".join(name for name in group if name not in common) for group in names]
    if len(groups) == 1 or not all(groups):
        return " + ".join(common)
    choice = f"{quantity}: {', '.join(groups)}"
    missing = [name for name in common if name not in value]
    return f"{' + '.join(missing)}, and {choice}" if missing else choice


def _distance(failed: list[Violation], depth: int) -> tuple[int, bool, int]:
    """Smaller is closer: the deepest failure first, then a right type, then the fewest failures."""
    deepest = max(len(violation.path) for violation in failed)
    return (-deepest, any(v.rule == "type" and len(v.path) == depth for v in failed), len(failed))


def _relative(violation: Violation, path: Path) -> str:
    place = "/".join(violation.path[len(path) :])
    return f"{place}: {violation.text}" if place else violation.text
