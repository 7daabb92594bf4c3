"""The rules of EC2 Image Builder: what a schema can't say and the service says too late.

A mistake in a distribution fails after a build of 20 to 60 minutes; each of these is found before the first call.
"""

from __future__ import annotations

from cloudwright.imagebuilder.rules import (
    accounts,
    containers,
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

_THEMES = (
    accounts,
    containers,
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

__all__ = ["RULES", "Rule"]
