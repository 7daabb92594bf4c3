"""What judging a program costs, counted in calls: time says nothing on a busy machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from cloudwright.imagebuilder.graph import COMPONENT, CONTAINER_RECIPE, REPOSITORY, ROLE
from cloudwright.imagebuilder.rules import rules_for
from cloudwright.plan.findings import evaluate
from imagebuilder_plans import BUILD, DISTRIBUTION, HOME, NAME, PIPELINE, RECIPE, declare, plan_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudwright.plan.model import Declared, Plan

SMALL, FACTOR = 40, 4


def _configurations(number: int) -> Iterator[Declared]:
    ami = {"Name": NAME, "TargetAccountIds": [f"{number:012d}"]}
    container = {"TargetRepository": {"Service": "ECR", "RepositoryName": f"repository-{number}"}}
    entry = {"Region": HOME, "AmiDistributionConfiguration": ami, "ContainerDistributionConfiguration": container}
    yield declare(f"dist{number}", DISTRIBUTION, {"Name": f"dist-{number}", "Distributions": [entry]})
    yield declare(f"role{number}", ROLE, {"RoleName": f"role-{number}"}, account=f"{number:012d}")
    yield declare(f"repository{number}", REPOSITORY, {"RepositoryName": f"repository-{number}"})


def _pipelines(number: int) -> Iterator[Declared]:
    arn = f"arn:aws:imagebuilder:{HOME}:{BUILD}:"
    yield declare(f"dist{number}", DISTRIBUTION, {"Name": f"dist-{number}", "Distributions": []})
    yield declare(f"recipe{number}", RECIPE, {"Name": f"recipe-{number}", "Version": "1.0.0"})
    used = {
        "ImageRecipeArn": f"{arn}image-recipe/recipe-{number}/1.0.0",
        "DistributionConfigurationArn": f"{arn}distribution-configuration/dist-{number}",
    }
    yield declare(f"pipeline{number}", PIPELINE, {"Name": f"pipeline-{number}", **used})


def _components(number: int) -> Iterator[Declared]:
    yield declare(f"component{number}", COMPONENT, {"Name": f"component-{number}", "Version": "1.0.0"})
    yield declare(f"recipe{number}", CONTAINER_RECIPE, {"Name": f"recipe-{number}", "Version": "1.0.0"})


def _calls(plan: Plan) -> int:
    """How many functions a run of all rules calls, C's and generators' turns among them."""
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        evaluate(plan, rules_for(plan))
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("declarations", [_configurations, _pipelines, _components])
def test_rules_cost_the_same_for_each_resource(declarations: Callable[[int], Iterator[Declared]]) -> None:
    small, large = (
        plan_of(*(declared for number in range(size) for declared in declarations(number)))
        for size in (SMALL, SMALL * FACTOR)
    )
    evaluate(small, rules_for(small))  # what is made once, such as compiled patterns, is no part of it

    assert _calls(large) < FACTOR * _calls(small) * 1.2
