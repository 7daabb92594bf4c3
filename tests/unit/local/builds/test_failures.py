"""How builds fail: each phase and each configuration step once, with what AWS says and what is left."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.local.builds.failures import STEPS
from cloudwright.local.faults.calls import AnswerLost
from cloudwright.local.protocols.model import service_models
from image_kit import ABROAD, DEV, ServiceError, Studio, entry
from local_kit import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_kit import Api

LICENCE = f"arn:aws:license-manager:{REGION}:{ACCOUNT}:license-configuration:lic-{'0' * 32}"
TEMPLATE = "AWS::EC2::LaunchTemplate"


async def full(api: Api) -> Studio:
    """A distribution in which every configuration step has something to do."""
    template = await api.made(
        TEMPLATE, {"LaunchTemplateName": "app", "LaunchTemplateData": {"InstanceType": "m6i.large"}}
    )
    settings = {
        "LicenseConfigurationArns": [LICENCE],
        "LaunchTemplateConfigurations": [{"LaunchTemplateId": template}],
        "SsmParameterConfigurations": [{"ParameterName": "/imagebuilder/golden"}],
        "FastLaunchConfigurations": [{"Enabled": True, "MaxParallelLaunches": 6}],
    }
    return Studio(api, [entry(REGION, **settings), entry(ABROAD)], parent="windows-server-2025-english-full-base-x86")


def test_the_steps_are_those_of_the_model() -> None:
    enum = service_models()["imagebuilder"].shapes["ImageConfigurationStep"]["enum"]
    assert set(STEPS) == {"COPY", *enum}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "TIMED_OUT"])
async def test_each_step_fails_as_aws_says_and_a_retry_delivers(
    make_api: Callable[..., Api], step: str, status: str
) -> None:
    studio = await full(make_api(f"image-delivery:type={ACCOUNT}.{REGION},operation={step},status={status},count=1"))
    image = await studio.ended()

    assert image["state"]["status"] == "FAILED"
    context = image["state"]["failureContext"]
    (failure,) = context["distributionFailure"]["regionFailures"]
    assert (failure["region"], failure["targetAccountId"], failure["status"]) == (REGION, ACCOUNT, status)
    assert failure.get("imageConfigurationStep", "COPY") == step
    assert failure["errorMessage"] in image["state"]["reason"]
    assert context["imageStatus"] == ("DISTRIBUTING" if step == "COPY" else "INTEGRATING")
    again = await studio.retried(image["arn"])
    assert again["state"] == {"status": "AVAILABLE"}
    assert len(again["outputResources"]["amis"]) == 4
    runs = studio.ask("ListWorkflowExecutions", imageBuildVersionArn=image["arn"])["workflowExecutions"]
    assert [(run["type"], run["status"], run["retried"]) for run in runs[-2:]] == [
        ("DISTRIBUTION", "FAILED", True),
        ("DISTRIBUTION", "COMPLETED", False),
    ]


async def test_what_was_delivered_before_a_failure_stays(make_api: Callable[..., Api]) -> None:
    studio = Studio(make_api(f"image-delivery:type={DEV}.*,operation=COPY"))
    image = await studio.ended()

    failures = image["state"]["failureContext"]["distributionFailure"]["regionFailures"]
    assert [(one["region"], one["targetAccountId"]) for one in failures] == [(REGION, DEV), (ABROAD, DEV)]
    there = {(one["region"], one["accountId"]) for one in image["outputResources"]["amis"]}
    assert there == {(REGION, ACCOUNT), (ABROAD, ACCOUNT)}


async def test_a_launch_template_that_does_not_exist_fails_the_region(api: Api) -> None:
    missing = {"LaunchTemplateConfigurations": [{"LaunchTemplateId": "lt-00000000000000000"}]}
    image = await Studio(api, [entry(REGION, **missing)]).ended()

    (failure,) = image["state"]["failureContext"]["distributionFailure"]["regionFailures"]
    assert failure["imageConfigurationStep"] == "UPDATE_LAUNCH_TEMPLATES"
    assert "InvalidLaunchTemplateId.NotFound" in failure["errorMessage"]


@pytest.mark.parametrize(
    ("settings", "step", "words"),
    [
        (
            {"FastLaunchConfigurations": [{"Enabled": True}]},
            "UPDATE_FAST_LAUNCH_CONFIGURATIONS",
            "Fast launch is supported for Windows AMIs only",
        ),
        (
            {"LicenseConfigurationArns": [LICENCE.replace(REGION, ABROAD)]},
            "ASSOCIATE_LICENSES",
            "InvalidParameterValueException",
        ),
        (
            {"SsmParameterConfigurations": [{"ParameterName": "/taken"}]},
            "PUT_SSM_PARAMETERS",
            "HierarchyTypeMismatchException",
        ),
    ],
)
async def test_other_services_refuse_what_they_refuse_at_aws(
    api: Api, settings: dict[str, Any], step: str, words: str
) -> None:
    api.cloud.put(ACCOUNT, REGION, "AWS::SSM::Parameter", {"Name": "/taken", "Type": "StringList", "Value": "a,b"})
    image = await Studio(api, [entry(REGION, **settings)]).ended()

    (failure,) = image["state"]["failureContext"]["distributionFailure"]["regionFailures"]
    assert failure["imageConfigurationStep"] == step
    assert words in failure["errorMessage"]


async def test_too_few_parallel_launches_are_refused(api: Api) -> None:
    few = {"FastLaunchConfigurations": [{"Enabled": True, "MaxParallelLaunches": 2}]}
    studio = Studio(api, [entry(REGION, **few)], parent="windows-server-2025-english-full-base-x86")
    image = await studio.ended()

    assert "MaxParallelLaunches must be 6 or greater" in image["state"]["reason"]


async def test_an_ami_as_parent_may_be_windows(api: Api) -> None:
    studio = Studio(api, [entry(REGION, FastLaunchConfigurations=[{"Enabled": True}])])
    await studio.furnish()
    recipe = {"Name": "own", "Version": "1.0.0", "ParentImage": "ami-0abcdef1234567890"}
    arns = {**studio.arns, "ImageRecipeArn": await api.made("AWS::ImageBuilder::ImageRecipe", recipe)}
    studio.pipeline = await api.made("AWS::ImageBuilder::ImagePipeline", {"Name": "own", **arns})

    assert (await studio.ended())["state"]["status"] == "AVAILABLE"


async def test_strict_services_let_image_builder_write_its_own_parameters_only(make_api: Callable[..., Api]) -> None:
    studio = Studio(
        make_api(strict_services=True),
        [{"Region": REGION, "AmiDistributionConfiguration": {"Name": "golden-{{ imagebuilder:buildDate }}"}}],
    )
    studio.entries[0]["SsmParameterConfigurations"] = [{"ParameterName": "/golden"}]
    image = await studio.ended()

    assert "not authorized to perform: ssm:PutParameter on resource: /golden" in image["state"]["reason"]


async def test_strict_services_ask_for_the_role_in_the_target_account(make_api: Callable[..., Api]) -> None:
    api = make_api(strict_services=True)
    image = await Studio(api).ended()
    role = {"RoleName": "EC2ImageBuilderDistributionCrossAccountRole", "AssumeRolePolicyDocument": {}}
    api.cloud.put(DEV, REGION, "AWS::IAM::Role", role)
    second = await Studio(api).retried(image["arn"])

    assert "sts:AssumeRole" in image["state"]["reason"]
    assert second["state"]["status"] == "AVAILABLE"


async def test_a_build_that_failed_to_build_cannot_be_retried(make_api: Callable[..., Api]) -> None:
    studio = Studio(make_api("image-step:type=BUILD"))
    image = await studio.ended()

    with pytest.raises(ServiceError, match="build phase") as caught:
        studio.act("RetryImage", imageBuildVersionArn=image["arn"])
    assert caught.value.code == "InvalidRequestException"


async def test_a_failed_test_workflow_may_let_the_image_continue(make_api: Callable[..., Api]) -> None:
    studio = Studio(make_api("image-step:type=TEST,operation=ApplyTestComponents"))
    own = f"arn:aws:imagebuilder:{REGION}:aws:workflow"
    build = {"WorkflowArn": f"{own}/build/build-image/x.x.x"}
    test = {"WorkflowArn": f"{own}/test/test-image/x.x.x", "OnFailure": "CONTINUE"}
    await studio.furnish(Workflows=[build, test], ExecutionRole=f"arn:aws:iam::{ACCOUNT}:role/builder")
    image = await studio.ended()

    assert image["state"]["status"] == "AVAILABLE"
    runs = studio.ask("ListWorkflowExecutions", imageBuildVersionArn=image["arn"])["workflowExecutions"]
    assert [run["status"] for run in runs] == ["COMPLETED", "FAILED", "COMPLETED"]


async def test_without_tests_there_is_no_test_workflow(api: Api) -> None:
    studio = Studio(api)
    await studio.furnish(ImageTestsConfiguration={"ImageTestsEnabled": False})
    runs = studio.ask("ListWorkflowExecutions", imageBuildVersionArn=await studio.started())["workflowExecutions"]

    assert [run["type"] for run in runs] == ["BUILD", "DISTRIBUTION"]


async def test_throttles_denials_and_lost_answers_come_in_the_services_words(make_api: Callable[..., Api]) -> None:
    def code(fault: str, service: str, action: str) -> tuple[int, str]:
        cloud = make_api(fault).cloud
        path = service_models()[service].operations[action].path
        reply = cloud.handle(service, action, b"Action=x" if service == "ec2" else b"{}", ACCOUNT, REGION, path)
        body = reply.body.decode()
        name = reply.headers.get("x-amzn-errortype") or (
            json.loads(body)["__type"] if body.startswith("{") else body.partition("<Code>")[2].partition("<")[0]
        )
        return reply.status, name

    assert code("CC75", "imagebuilder", "ListImages") == (429, "CallRateLimitExceededException")
    assert code("CC75", "ec2", "DescribeImages") == (503, "RequestLimitExceeded")
    assert code("CC75", "ssm", "GetParameters") == (400, "ThrottlingException")
    assert code("CC94", "imagebuilder", "ListImages") == (403, "AccessDeniedException")
    assert code("CC94", "ec2", "DescribeImages") == (403, "UnauthorizedOperation")
    assert code("CC75:type=ssm", "ec2", "DescribeImages") == (200, "")


async def test_a_disabled_pipeline_can_still_be_started(api: Api) -> None:
    studio = Studio(api)
    await studio.furnish(Status="DISABLED")

    assert (await studio.ended())["state"]["status"] == "AVAILABLE"


async def test_a_run_whose_answer_was_lost_is_found_by_its_token(make_api: Callable[..., Api]) -> None:
    studio = Studio(make_api("CC69:operation=StartImagePipelineExecution,count=1"))
    pipeline = await studio.furnish()
    asked = {"imagePipelineArn": pipeline, "clientToken": "0123456789abcdef0123456789abcdef"}
    with pytest.raises(AnswerLost):
        studio.ask("StartImagePipelineExecution", **asked)
    again = studio.ask("StartImagePipelineExecution", **asked)

    listed = studio.ask("ListImagePipelineImages", imagePipelineArn=pipeline)["imageSummaryList"]
    assert [one["arn"] for one in listed] == [again["imageBuildVersionArn"]]
