"""Details of the rules about what a build runs, and about what it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.imagebuilder.rules import RULES
from imagebuilder_plans import BUILD, PIPELINE, RECIPE, declare, distribution, entry, plan_of

if TYPE_CHECKING:
    from cloudwright.plan.model import Declared

BY_ID = {rule.id: rule for rule in RULES}
WORKFLOW = "AWS::ImageBuilder::Workflow"
IMAGE = "AWS::ImageBuilder::Image"
OWN = "arn:aws:imagebuilder:us-east-1:aws:workflow"
PARAMETER = "/imagebuilder/golden"


def paths(rule: str, *declared: Declared) -> list[str]:
    return [found.path for found in BY_ID[rule](plan_of(*declared))]


@pytest.mark.parametrize(
    ("marks", "places"),
    [
        (["golden", "golden"], ["/1"]),
        (["no"], ["/0"]),
        ([" golden"], ["/0"]),
        (["ümlaut"], ["/0"]),
        ([f"mark-{number}" for number in range(6)], [""]),
        (["golden image (2027)", "team/platform"], []),
    ],
)
def test_watermarks_have_the_form_that_the_service_takes(marks: list[str], places: list[str]) -> None:
    recipe = declare("recipe", RECIPE, {"Name": "r-1", "AmiWatermarks": marks})

    assert paths("IB213", recipe) == [f"/AmiWatermarks{place}" for place in places]


def _pipeline(*workflows: dict[str, Any], **more: Any) -> Declared:
    references = {
        f"/Workflows/{number}/WorkflowArn": one["WorkflowArn"]["$unknown"]
        for number, one in enumerate(workflows)
        if isinstance(one["WorkflowArn"], dict)
    }
    return declare("pipeline", PIPELINE, {"Name": "p", "Workflows": list(workflows), **more}, references=references)


def test_the_stage_of_a_workflow_of_the_program_is_read_from_it() -> None:
    build = {"WorkflowArn": f"{OWN}/build/build-image/x.x.x"}
    referred = {"WorkflowArn": {"$unknown": "checks:/Arn"}}
    checks = declare("checks", WORKFLOW, {"Name": "checks", "Type": "TEST"})
    other_build = declare("checks", WORKFLOW, {"Name": "checks", "Type": "BUILD"})

    assert paths("IB216", _pipeline(build, referred), checks) == []
    assert paths("IB216", _pipeline(build, referred), other_build) == ["/Workflows"]


def test_lists_that_the_plan_does_not_know_whole_and_tests_that_are_off_pass() -> None:
    build = {"WorkflowArn": f"{OWN}/build/build-image/x.x.x"}
    unknown = {"WorkflowArn": {"$unknown": "elsewhere:/Arn"}}
    only_test = {"WorkflowArn": f"{OWN}/test/test-image/x.x.x"}

    assert paths("IB216", _pipeline(build, unknown)) == []
    assert paths("IB216", _pipeline(only_test)) == []
    assert paths("IB216", _pipeline(build, ImageTestsConfiguration={"ImageTestsEnabled": False})) == []


def _writing(region: str = "us-east-1", **more: Any) -> Declared:
    return distribution(entry(region, SsmParameterConfigurations=[{"ParameterName": PARAMETER, **more}]))


def _parameter(**more: Any) -> Declared:
    return declare("parameter", "AWS::SSM::Parameter", {"Name": PARAMETER, "Type": "String", "Value": "none"}, **more)


def test_a_parameter_counts_only_in_the_place_where_builds_write_it() -> None:
    place = "/Distributions/0/SsmParameterConfigurations/0/ParameterName"

    assert paths("IB158", _writing(), _parameter()) == [place]
    assert paths("IB158", _writing(AmiAccountId=BUILD), _parameter()) == [place]
    assert paths("IB158", _writing("eu-west-1"), _parameter()) == []
    assert paths("IB158", _writing(AmiAccountId="222222222222"), _parameter()) == []
    assert paths("IB158", _writing(), _parameter(existing=True)) == []


@pytest.mark.parametrize("name", ["Workflows", "DistributionConfigurationArn", "InfrastructureConfigurationArn"])
def test_no_property_of_a_build_is_combined_with_a_run(name: str) -> None:
    image = {"ImagePipelineExecutionSettings": {"DeploymentId": {"$unknown": "pipeline:/DeploymentId"}}, name: "x"}

    assert paths("IB218", declare("image", IMAGE, image)) == [f"/{name}"]
    assert paths("IB218", declare("image", IMAGE, {name: "x"})) == []
