"""The page of all rules. Each is shown at work: on a block that breaks it, with what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagebuilder_plans import case_plan, rule_cases
from pages.markdown import code, page, plain, table
from pages.resource_types import file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.imagebuilder.rules import Rule
    from cloudwright.plan.model import Finding

_BEGINNING = """\
Image Builder reports a wrong distribution only after a build of 20 to 60 minutes. These rules report it when you plan.

The service refuses what an **error** reports; a **warning** is a frequent mistake, and an **info** is good to know. An
error on a resource that would change [stops `deploy`](../plan.md#findings); `plan --strict` then exits with 5.

Silence a rule with a reason, for one resource (`silence={"IB125": "the role exists"}`) or for the app
(`app.silence("IB125", "the roles exist")`). You can [write your own rules](../rules.md).
"""


def rules_page(rules: Iterable[Rule]) -> str:
    """The page.

    Args:
        rules: In the order of the page.
    """
    found = tuple(rules)
    cases = {case["id"]: case for case in rule_cases()}
    head = ["id", "severity", "type", "what must hold"]
    lines = [_BEGINNING, *table(head, map(_row, found))]
    for rule in found:
        lines.extend(_section(rule, spoken(rule, cases[rule.id])))
    return page("Rules", lines)


def spoken(rule: Rule, case: dict[str, object]) -> Finding:
    """What a rule says about the block that breaks it.

    Args:
        rule: The rule.
        case: Its entry of the rules file.
    """
    return next(found for found in rule(case_plan(case, "bad")) if found.id == rule.id)


def _row(rule: Rule) -> list[str]:
    return [f"[{rule.id}](#{rule.id.lower()})", rule.severity, _types(rule), plain(rule.title)]


def _types(rule: Rule) -> str:
    return ", ".join(f"[{name.rpartition('::')[2]}]({file_name(name)})" for name in rule.types)


def _section(rule: Rule, finding: Finding) -> Iterator[str]:
    yield from (f"## {rule.id}", "", f"**{plain(rule.title)}.**", "")
    rows = [
        ["severity", rule.severity],
        ["about", _types(rule)],
        ["for example at", code(finding.path)],
        ["it says", plain(finding.text)],
        ["the fix", plain(finding.fix)],
        ["source", plain(rule.origin)],
    ]
    yield from table(["", ""], rows)
