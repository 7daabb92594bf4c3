"""What the id of a rule and the name of an error mean."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from cloudwright import errors
from cloudwright.imagebuilder.rules import RULES

if TYPE_CHECKING:
    from cloudwright.imagebuilder.rules import Rule


def explain(name: str) -> dict[str, object] | None:
    """Facts about a rule (`IB103`) or an error (`StalePlan`); `None` if the name is neither.

    Args:
        name: From a finding's `id` or an error's `error`.
    """
    rule = next((rule for rule in RULES if rule.id == name), None)
    if rule:
        return _rule(rule)
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, errors.CloudwrightError):
        return _error(kind)
    return None


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "type": "rule",
        "id": rule.id,
        "severity": rule.severity,
        "title": rule.title,
        "resource_types": list(rule.types),
        "origin": rule.origin,
    }


def _error(kind: type[errors.CloudwrightError]) -> dict[str, object]:
    parents = [each.__name__ for each in kind.__mro__[1:] if issubclass(each, errors.CloudwrightError)]
    return {
        "type": "error_class",
        "error": kind.__name__,
        "meaning": inspect.cleandoc(kind.__doc__ or ""),
        "kinds": parents,
        "exit_code": kind.exit_code,
    }
