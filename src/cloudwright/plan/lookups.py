"""The answers of lookups in a plan: which ones changed, and what that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import replace
from cloudwright.plan.model import Action
from cloudwright.schema.pointer import format_pointer, walk_leaves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.plan.model import PinnedAnswer, Step
    from cloudwright.state.records import Record

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "accounts": ("organizations:ListAccountsForParent",),
    "ami": ("ec2:DescribeImages",),
    "resource": ("cloudformation:GetResource", "cloudformation:ListResources"),
    "secret": ("kms:Decrypt", "ssm:GetParameter"),
    "secret_value": ("kms:Decrypt", "secretsmanager:GetSecretValue"),
    "ssm": ("ssm:GetParameter",),
    "subnets": ("ec2:DescribeSubnets",),
    "vpc": ("ec2:DescribeVpcs",),
    "zones": ("ec2:DescribeAvailabilityZones",),
}
"""Kind of lookup -> what the caller must be allowed to do; a resource's handlers need more."""

_RECURSIVE = ("organizations:ListOrganizationalUnitsForParent",)

_SHORTEST = 4
"""Characters of a text that is looked for inside of larger ones; a shorter one is in many by chance."""

_QUIET = frozenset({Action.NONE, Action.READ})


def needed_actions(question: str) -> tuple[str, ...]:
    """What the caller must be allowed to do for a lookup; a resource's handlers need more.

    Args:
        question: Its text, such as `accounts(ou="ou-abcd-12345678", recursive=true)`.
    """
    kind, _, arguments = question.partition("(")
    recursive = kind == "accounts" and arguments.endswith(", recursive=true)")
    return ACTIONS.get(kind, ()) + (_RECURSIVE if recursive else ())


def saved_answers(lookups: Iterable[PinnedAnswer]) -> dict[str, object]:
    """The answers of a plan by their key, with markers for secrets."""
    return {pinned.key: pinned.answer for pinned in lookups}


def differing(pinned: PinnedAnswer) -> bool:
    """Whether a lookup has another answer than at the last deploy."""
    return pinned.recorded and pinned.answer != pinned.before


def with_effects(
    lookups: Iterable[PinnedAnswer], steps: Iterable[Step], records: Iterable[Record]
) -> tuple[PinnedAnswer, ...]:
    """The answers, those that changed with the places that hold what is new in them or what is gone.

    Args:
        lookups: The plan's answers.
        steps: The plan's steps.
        records: The state's records: what a step deletes.
    """
    changing = [step for step in steps if step.action not in _QUIET]
    kept = {record.id: record.declared for record in records}
    return tuple(replace(one, effects=tuple(_effects(one, changing, kept))) for one in lookups)


def _effects(
    pinned: PinnedAnswer, steps: Iterable[Step], kept: Mapping[tuple[str, int], Mapping[str, object]]
) -> Iterator[str]:
    if not differing(pinned):
        return
    new, old = _leaves(pinned.answer), _leaves(pinned.before)
    come, gone = new - old, old - new
    for step in steps:
        if step.action is Action.DELETE:
            places = _places("", kept.get((step.key, step.generation), {}), gone)
        elif step.changes:
            places = _changed(step, come, gone)
        else:
            places = _places("", step.desired, come)
        first = next(iter(places), None)
        if first is not None:
            yield f"{step.key} {first}"


def _changed(step: Step, come: set[object], gone: set[object]) -> Iterator[str]:
    for change in step.changes:
        yield from _places(change.path, change.new, come)
        yield from _places(change.path, change.old, gone)


def _places(at: str, document: object, values: set[object]) -> Iterator[str]:
    for path, leaf in walk_leaves(document):
        if any(_holds(leaf, value) for value in values):
            yield at + format_pointer(path)


def _holds(leaf: object, value: object) -> bool:
    if type(leaf) is type(value) and leaf == value:
        return True
    return isinstance(leaf, str) and isinstance(value, str) and len(value) >= _SHORTEST and value in leaf


def _leaves(answer: object) -> set[object]:
    return {leaf for _, leaf in walk_leaves(answer) if isinstance(leaf, str | int | float)}
