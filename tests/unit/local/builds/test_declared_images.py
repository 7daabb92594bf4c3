"""Images that a program declares: the request lasts as long as the build."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from image_kit import Studio
from local_kit import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_kit import Api

IMAGE = "AWS::ImageBuilder::Image"
PIPELINE = "AWS::ImageBuilder::ImagePipeline"


async def test_the_request_ends_with_the_build(api: Api) -> None:
    studio = Studio(api)
    await studio.furnish()
    answer = await api.create(IMAGE, studio.arns)
    begun = await api.done(answer)
    building = studio.image(begun["Identifier"])
    ended = await api.done(answer, 60)

    assert (begun["OperationStatus"], building["state"]["status"]) == ("IN_PROGRESS", "BUILDING")
    assert ended["OperationStatus"] == "SUCCESS"
    amis = studio.image(ended["Identifier"])["outputResources"]["amis"]
    assert (await api.get(IMAGE, ended["Identifier"])).model["ImageId"] == amis[0]["image"]
    assert len(amis) == 4


async def test_a_failed_build_fails_the_request_with_its_reason(make_api: Callable[..., Api]) -> None:
    studio = Studio(make_api("image-step:operation=CreateOutputAMI,message=no capacity"))
    await studio.furnish()
    event = await studio.api.done(await studio.api.create(IMAGE, studio.arns), 60)

    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "GeneralServiceException")
    assert "no capacity" in event["StatusMessage"]
    assert studio.image(event["Identifier"])["state"]["status"] == "FAILED"


async def test_an_image_runs_the_pipeline_whose_deployment_it_names(api: Api) -> None:
    studio = Studio(api)
    pipeline = await studio.furnish()
    deployment = (await api.get(PIPELINE, pipeline)).model["DeploymentId"]
    arn = await api.made(IMAGE, {"ImagePipelineExecutionSettings": {"DeploymentId": deployment}}, 60)

    image = studio.image(arn)
    assert image["sourcePipelineArn"] == pipeline
    assert arn.endswith(":image/golden/1.0.0/1")
    assert len(image["outputResources"]["amis"]) == 4
    listed = studio.ask("ListImagePipelineImages", imagePipelineArn=pipeline)["imageSummaryList"]
    assert [one["arn"] for one in listed] == [arn]


async def test_the_deployment_id_changes_with_the_pipeline(api: Api) -> None:
    studio = Studio(api)
    pipeline = await studio.furnish()
    before = (await api.get(PIPELINE, pipeline)).model["DeploymentId"]
    change: Any = {"op": "add", "path": "/Description", "value": "weekly"}
    await api.done(await api.update(PIPELINE, pipeline, change))

    assert (await api.get(PIPELINE, pipeline)).model["DeploymentId"] != before


async def test_an_unknown_deployment_is_refused(api: Api) -> None:
    settings = {"ImagePipelineExecutionSettings": {"DeploymentId": "none"}}
    event = await api.done(await api.create(IMAGE, settings))

    assert event["ErrorCode"] == "InvalidRequest"


async def test_a_request_gives_up_after_twelve_hours(api: Api) -> None:
    studio = Studio(api)
    data = "name: w\nschemaVersion: 1.0\nsteps:\n  - name: Approve\n    action: WaitForAction\n"
    workflow = {"Name": "wait", "Version": "1.0.0", "Type": "TEST", "Data": data}
    arn = await api.made("AWS::ImageBuilder::Workflow", workflow)
    await studio.furnish()
    role = f"arn:aws:iam::{arn.split(':')[4]}:role/builder"
    wanted = {**studio.arns, "Workflows": [{"WorkflowArn": arn}], "ExecutionRole": role}
    answer = await api.create(IMAGE, wanted)
    assert (await api.done(answer, 3600))["OperationStatus"] == "IN_PROGRESS"
    event = await api.done(answer, 12 * 3600)

    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "NotStabilized")
    assert json.dumps(studio.ask("ListWaitingWorkflowSteps")["steps"]).count("Approve") == 1


@pytest.mark.parametrize("settings", [{}, {"DeletionSettings": {"ExecutionRole": "cleaner"}}])
async def test_a_deleted_image_leaves_its_amis_unless_its_settings_say_otherwise(
    api: Api, settings: dict[str, Any]
) -> None:
    studio = Studio(api)
    await studio.furnish()
    arn = await api.made(IMAGE, {**studio.arns, **settings}, 60)
    ended = await api.done(await api.delete(IMAGE, arn))

    assert ended["OperationStatus"] == "SUCCESS"
    reply = api.cloud.handle("ec2", "DescribeImages", b"Owner.1=self", ACCOUNT, REGION)
    assert (b"<imageId>" in reply.body) is (not settings)


async def test_deleting_an_image_that_is_being_built_cancels_the_build(api: Api) -> None:
    studio = Studio(api)
    arn = await studio.started()
    ended = await api.done(await api.delete(IMAGE, arn))
    api.clock.advance(60)

    assert ended["OperationStatus"] == "SUCCESS"
    assert api.cloud.builds(1)[0].status == "CANCELLED"
    assert b"<imageId>" not in api.cloud.handle("ec2", "DescribeImages", b"Owner.1=self", ACCOUNT, REGION).body
