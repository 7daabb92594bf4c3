"""What the program's lifecycle policies do to images automatically."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder.delivery.times import iso_seconds
from cloudwright.imagebuilder.graph import LIFECYCLE, DeclarationGraph, root, slug
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.imagebuilder.delivery.retirement import FoundAmi
    from cloudwright.imagebuilder.property_node import PropertyNode
    from cloudwright.plan.model import Declared, Plan

_DAYS = {"DAYS": 1, "WEEKS": 7, "MONTHS": 30, "YEARS": 365}
_ACTIONS = {"DEPRECATE": "deprecate", "DISABLE": "disable", "DELETE": "deregister"}
_VERBS = {"deprecate": "deprecates", "disable": "disables", "deregister": "deletes"}


@dataclass(frozen=True, slots=True)
class AgePolicy:
    """One age rule of a lifecycle policy that selects the line's recipe.

    Attributes:
        key: The policy's key.
        role: The ARN of its execution role, which may change the same images; empty if it is not known.
        action: `deprecate`, `disable` or `deregister`.
        days: The age at which it acts.
        words: What it does, as text.
    """

    key: str
    role: str
    action: str
    days: int
    words: str

    def does(self, action: str, chosen: Sequence[FoundAmi], now: float) -> bool:
        """Whether its next run applies an action to all of the given AMIs.

        Args:
            action: `deprecate`, `disable` or `deregister`.
            chosen: The AMIs.
            now: Seconds since the epoch.
        """
        oldest_that_stays = now - self.days * 86_400
        return self.action == action and all(iso_seconds(one.ami.created) < oldest_that_stays for one in chosen)


def policies_of(plan: Plan, recipes: Sequence[str]) -> tuple[AgePolicy, ...]:
    """The age rules of the enabled lifecycle policies that select one of some recipes.

    Args:
        plan: Its declarations are read.
        recipes: The slugs of the recipes' names.
    """
    found = DeclarationGraph.of(plan).of_type(LIFECYCLE)
    return tuple(rule for one in found if _selects(one, recipes) for rule in _rules(one))


def _selects(declared: Declared, recipes: Sequence[str]) -> bool:
    node = root(declared)
    names = [one["Name"].text or "" for one in node["ResourceSelection"]["Recipes"].elements]
    return node["Status"].text != "DISABLED" and any(slug(name) in recipes for name in names)


def _rules(declared: Declared) -> Iterator[AgePolicy]:
    role = root(declared)["ExecutionRole"].text or ""
    for detail in root(declared)["PolicyDetails"].elements:
        action, rule = _ACTIONS.get(detail["Action"]["Type"].text or ""), detail["Filter"]
        if action is None or rule["Type"].text != "AGE":
            continue
        unit = rule["Unit"].text or "DAYS"
        number = _number(rule["Value"])
        words = f"{_VERBS[action]} images after {number} {unit.lower()}"
        yield AgePolicy(
            declared.key, role if role.startswith("arn:") else "", action, number * _DAYS.get(unit, 1), words
        )


def _number(node: PropertyNode) -> int:
    return int(node.value) if isinstance(node.value, (int, float)) else 0
