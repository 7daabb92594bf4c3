"""The rules of EC2 Image Builder: what a schema can't say and the service says too late.

A mistake in a distribution fails after a build of 20 to 60 minutes; each of these is found before the first call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder.graph import DeclarationGraph
from cloudwright.imagebuilder.rules import (
    accounts,
    containers,
    documents,
    encryption,
    fast_launch,
    history,
    licences,
    names,
    neighbours,
    permissions,
    regions,
    spelling,
    ssm,
    tags,
    templates,
)
from cloudwright.imagebuilder.rules.rule import Rule
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from cloudwright.plan.model import Plan

_THEMES = (
    accounts,
    containers,
    documents,
    encryption,
    fast_launch,
    history,
    licences,
    names,
    neighbours,
    permissions,
    regions,
    spelling,
    ssm,
    tags,
    templates,
)

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (value for theme in _THEMES for value in vars(theme).values() if isinstance(value, Rule)),
        key=lambda rule: rule.id,
    )
)
"""Every rule, by id."""


def rules_for(plan: Plan) -> tuple[Rule, ...]:
    """Every rule, ready to judge this one plan: they share its graph.

    Args:
        plan: The plan that they will be given.
    """
    graph = DeclarationGraph.of(plan)
    return tuple(replace(rule, graph=graph) for rule in RULES)


__all__ = ["RULES", "Rule", "rules_for"]
