"""The rules of EC2 Image Builder: constraints that the schema does not state and that the service checks too late.

A mistake in a distribution fails only after the build, which takes 20 to 60 minutes. A rule reports it at plan time,
before the first call.

A rule is a function over one resource and the graph of everything that the program declares. It is pure and makes no
call, so it sees only what the plan contains. A value that is unknown until the deploy, or a resource that the program
does not declare, is no evidence of a mistake: a rule then reports nothing, or lowers its finding to `info`.
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
    runs,
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
    runs,
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
    """Every rule, bound to the graph of this plan, so that the graph is built once and not once for each rule."""
    graph = DeclarationGraph.of(plan)
    return tuple(replace(rule, graph=graph) for rule in RULES)


__all__ = ["RULES", "Rule", "rules_for"]
