"""The findings of the built-in rules and the app's own about a plan."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from cloudwright.plan.findings import Rule
    from cloudwright.plan.model import Finding, Plan


@dataclass(slots=True)
class RuleEvaluator:
    """Evaluates the rules on the plans of one app.

    Attributes:
        rules: The app's own.
        silenced: Rule -> why the app silences it.
        installed: Those that packages install.
    """

    rules: list[Rule] = field(default_factory=list)
    silenced: dict[str, str] = field(default_factory=dict)
    installed: tuple[Rule, ...] = ()

    def silence(self, rule_id: str, reason: str) -> None:
        """Silence a rule.

        Args:
            rule_id: Such as `IB103`.
            reason: Why.

        Raises:
            ProgramError: The reason is empty.
        """
        if not reason.strip():
            raise ProgramError(f"silencing {rule_id} needs a reason")
        self.silenced[rule_id] = reason

    def __call__(self, plan: Plan) -> tuple[Finding, ...]:
        """The findings about a plan; the rules of a service run only if the plan declares something of it."""
        from cloudwright.plan.findings import evaluate
        from cloudwright.plan.foreign_arns import foreign_arns

        rules = [foreign_arns, *self.rules, *self.installed]
        if any(declared.type.startswith("AWS::ImageBuilder::") for declared in plan.declared):
            from cloudwright.imagebuilder.rules import rules_for

            rules.extend(rules_for(plan))
        return evaluate(plan, rules, self.silenced)

    def quieted(self, plan: Plan, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Findings from outside the rules, with the program's reasons for silencing them."""
        from cloudwright.plan.findings import evaluate

        return evaluate(plan, [lambda _: findings], self.silenced)

    def of_changes(self, plan: Plan) -> tuple[Finding, ...]:
        """The same, but none for a plan without changes: a deploy that changes nothing prints no findings."""
        return () if plan.steps and plan.empty else self(plan)
