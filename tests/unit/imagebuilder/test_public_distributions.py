"""Configurations as people publish them: a warning is something that its user would want to change.

The shapes are those of some two dozen public programs in CloudFormation, the CDK and Terraform, written anew.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwright.imagebuilder.rules import RULES
from cloudwright.plan.findings import evaluate
from imagebuilder_plans import DATA, declare, plan_of

PUBLIC = json.loads((DATA / "public-distributions.json").read_text())


@pytest.mark.parametrize("case", PUBLIC, ids=lambda case: case["about"])
def test_only_what_its_user_would_change_is_loud(case: dict[str, Any]) -> None:
    plan = plan_of(declare("dist", properties=case["properties"], region=case["home"]))

    found = evaluate(plan, RULES)

    assert case["expected"] == {single.id: single.severity for single in found if single.severity != "info"}
