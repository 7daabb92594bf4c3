"""What must go before something that is replaced old one first: whatever refers to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import ConsentNeeded
from cloudwright.plan.identity import naming_paths
from cloudwright.plan.model import Order
from cloudwright.schema.pointer import get

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.declaration import Declaration
    from cloudwright.plan.planner import Planned, Planner


def found_teardown(planner: Planner, declarations: Mapping[str, Declaration]) -> frozenset[str]:
    """Keys that refer to something that is replaced old one first, so that they must go before it.

    Args:
        planner: With everything decided.
        declarations: All declarations of the pass.

    Raises:
        ConsentNeeded: Nobody agreed to replace them.
    """
    recorded = {key: planned for key, planned in planner.planned.items() if planned.record is not None}
    first = {key for key, planned in recorded.items() if planned.step.order is Order.DELETE_FIRST}
    torn = _users(first, recorded, declarations)
    consented = set(planner.context.options.allow_replace)
    if unconsented := torn - first - consented:
        # What is torn down takes its own users with it: ask for all of them at once.
        everybody = _users_of_users(first, recorded, declarations) - first - consented
        causes = [recorded[key] for key in sorted(first) if _users({key}, unconsented, declarations)]
        raise _consent_needed(causes, sorted(everybody))
    return frozenset(torn)


def _users(keys: set[str], among: Iterable[str], declarations: Mapping[str, Declaration]) -> set[str]:
    return {key for key in among if keys.intersection(declarations[key].referenced)}


def _users_of_users(keys: set[str], among: Iterable[str], declarations: Mapping[str, Declaration]) -> set[str]:
    found: set[str] = set()
    while more := _users(keys | found, among, declarations) - found:
        found |= more
    return found


def _consent_needed(causes: list[Planned], users: list[str]) -> ConsentNeeded:
    names = ", ".join(planned.step.key for planned in causes)
    reasons = "".join(f"\n  {planned.step.key}: {_reason(planned)}" for planned in causes)
    flags = " ".join(f"--allow-replace {key}" for key in users)
    way_out = "".join(map(_beside, causes))
    return ConsentNeeded(
        f"to replace {names}, the old one must go first, but {_listed(users)} it and would be torn down and made "
        f"anew{reasons}",
        hint=f"{way_out}if the teardown is fine: {flags}",
    )


def _listed(users: list[str]) -> str:
    return f"{users[0]} needs" if len(users) == 1 else f"{', '.join(users[:-1])} and {users[-1]} need"


def _reason(planned: Planned) -> str:
    step = planned.step
    forced = (f"{change.path} changes ({change.rule})" for change in step.changes if change.forces)
    return "; ".join((*forced, *step.reasons, str(step.source)))


def _beside(planned: Planned) -> str:
    """How the new one could stand beside the old one: under a name of its own."""
    subject = planned.subject
    naming = naming_paths(subject.kind, subject.override)
    paths = [path for path in naming if isinstance(get(subject.desired, path), str)]
    if not paths or subject.teardown or subject.declaration.options.delete_before_replace:
        return ""
    if subject.kind.replacement_strategy == "delete_then_create":
        return ""
    names = " or ".join("/".join(path) for path in paths)
    return f"give {planned.step.key} another {names}, so that the new one is made first and nothing is torn down; or, "
