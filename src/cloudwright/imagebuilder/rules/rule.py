"""The rule class: a small function over one resource, with an id, a severity and the source of its fact."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cloudwright.imagebuilder.configuration import Configuration, RuleSubject
from cloudwright.imagebuilder.graph import DISTRIBUTION, DeclarationGraph
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan import findings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cloudwright.imagebuilder.property_node import PropertyNode
    from cloudwright.plan.model import Finding, Plan


@dataclass(frozen=True, slots=True)
class Note:
    """One result of a rule.

    Attributes:
        node: The place; its path becomes the finding's.
        text: What is wrong.
        fix: What to do, with the corrected value where there is one.
        severity: Overrides the rule's severity; empty to use it.
    """

    node: PropertyNode
    text: str
    fix: str
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule over all resources of some types; call it with a plan.

    Attributes:
        id: Such as `IB103`.
        severity: `error`, `warning` or `info`.
        origin: The source of the fact.
        title: One line.
        types: The resource types that it judges.
        subject: How it reads a declaration in its graph.
        check: Judges one declaration.
        graph: The plan's graph, shared by many rules; without it, the rule builds its own.
    """

    id: str
    severity: str
    origin: str
    title: str
    types: tuple[str, ...]
    subject: type[RuleSubject]
    check: Callable[[Any], Iterable[Note]]
    graph: DeclarationGraph | None = None

    def __call__(self, plan: Plan) -> Iterator[Finding]:
        """Judge every resource of the rule's types that the plan manages."""
        graph = self.graph or DeclarationGraph.of(plan)
        for subject in graph.managed(self.subject, self.types):
            for note in self.check(subject):
                yield findings.finding(
                    subject.declared,
                    note.text,
                    id=self.id,
                    severity=note.severity or self.severity,
                    path=note.node.path,
                    fix=note.fix,
                    origin=self.origin,
                )


def distribution(
    id: str,
    severity: str,
    origin: str,
) -> Callable[[Callable[[Configuration], Iterable[Note]]], Rule]:
    """Make a rule about DistributionConfigurations from a function over one; its docstring is the title.

    Args:
        id: Such as `IB103`.
        severity: `error`, `warning` or `info`.
        origin: The source of the fact.
    """

    def decorate(check: Callable[[Configuration], Iterable[Note]]) -> Rule:
        return Rule(id, severity, origin, _title(check.__doc__), (DISTRIBUTION,), Configuration, check)

    return decorate


def neighbour(
    id: str,
    severity: str,
    origin: str,
    *types: str,
) -> Callable[[Callable[[RuleSubject], Iterable[Note]]], Rule]:
    """Make a rule about other types from a function over one resource; its docstring is the title.

    Args:
        id: Such as `IB203`.
        severity: `error`, `warning` or `info`.
        origin: The source of the fact.
        types: The resource types that it judges.
    """

    def decorate(check: Callable[[RuleSubject], Iterable[Note]]) -> Rule:
        return Rule(id, severity, origin, _title(check.__doc__), types, RuleSubject, check)

    return decorate


def quote(value: object) -> str:
    """A value as a program could write it."""
    return json.dumps(value, ensure_ascii=True)


def listed(values: Sequence[str], most: int = 5) -> str:
    """Values as text; the rest of a long list is shown as a count."""
    shown = ", ".join(values[:most])
    return f"{shown} and {len(values) - most} more" if len(values) > most else shown


def account_in(text: str) -> str | None:
    """The only account number in a text, as twelve digits: in an ARN, or written with separators."""
    whole = re.findall(r"(?<!\d)\d{12}(?!\d)", text)
    if len(whole) == 1:
        return str(whole[0])
    digits = re.sub(r"[ \-_.]", "", text)
    return digits if re.fullmatch(r"[0-9]{12}", digits) else None


def _title(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0].rstrip(".")
