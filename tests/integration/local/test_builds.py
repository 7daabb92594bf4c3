"""A pipeline's run through boto3, from the first status to what stands in accounts and Regions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from builds_kit import ABROAD, BUILD_ACCOUNT, DEV, GUEST, HOME, PARAMETER, Factory

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def make_factory(serve: Callable[..., Any], client_of: Callable[..., Any]) -> Callable[..., Factory]:
    def make(operation_time: float = 0.0, **options: Any) -> Factory:
        server = serve(operation_time=operation_time, **options)

        def client(service: str, account: str = BUILD_ACCOUNT, region: str = HOME) -> Any:
            return client_of(server, service, access_key=account, region=region)

        factory = Factory(client)
        factory.furnish()
        return factory

    return make


@pytest.fixture
def factory(make_factory: Callable[..., Factory]) -> Factory:
    return make_factory()


def test_the_workflows_of_a_run_are_shown_with_their_steps(factory: Factory) -> None:
    builder = factory.client("imagebuilder")
    arn = factory.run()

    assert arn.endswith(":image/golden/1.0.0/1")
    runs = builder.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
    assert [(run["type"], run["status"]) for run in runs] == [
        ("BUILD", "COMPLETED"),
        ("TEST", "COMPLETED"),
        ("DISTRIBUTION", "COMPLETED"),
    ]
    steps = builder.list_workflow_step_executions(workflowExecutionId=runs[0]["workflowExecutionId"])["steps"]
    assert [step["name"] for step in steps][:2] == ["LaunchBuildInstance", "ApplyBuildComponents"]
    assert {step["status"] for step in steps} == {"COMPLETED"}


def test_every_cell_of_the_distribution_gets_its_ami(factory: Factory) -> None:
    image = factory.client("imagebuilder").get_image(imageBuildVersionArn=factory.run())["image"]

    amis = {(one["region"], one["accountId"]): one["image"] for one in image["outputResources"]["amis"]}
    assert set(amis) == {(region, account) for region in (HOME, ABROAD) for account in (BUILD_ACCOUNT, DEV)}
    for (region, account), id in amis.items():
        (found,) = factory.client("ec2", account, region).describe_images(Owners=["self"])["Images"]
        assert found["ImageId"] == id
        assert {"Key": "team", "Value": "platform"} in found["Tags"]
        assert "{{" not in found["Name"]


def test_a_share_is_a_launch_permission_on_the_owners_ami(factory: Factory) -> None:
    factory.run()
    (own,) = factory.client("ec2").describe_images(Owners=["self"])["Images"]
    (shared,) = factory.client("ec2", GUEST).describe_images()["Images"]
    attribute = factory.client("ec2").describe_image_attribute(ImageId=own["ImageId"], Attribute="launchPermission")

    assert shared["ImageId"] == own["ImageId"]
    assert "Tags" not in shared or shared["Tags"] == []
    assert attribute["LaunchPermissions"] == [{"UserId": GUEST}]
    assert factory.client("ec2", "999999999999").describe_images()["Images"] == []


def test_parameters_and_launch_templates_point_at_the_new_ami(factory: Factory) -> None:
    factory.run()
    (own,) = factory.client("ec2").describe_images(Owners=["self"])["Images"]
    reported = factory.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]
    shown = factory.client("cloudcontrol").get_resource(
        TypeName="AWS::EC2::LaunchTemplate", Identifier=factory.template
    )
    model = json.loads(shown["ResourceDescription"]["Properties"])

    assert (reported["Value"], reported["Version"], reported["DataType"]) == (own["ImageId"], 1, "aws:ec2:image")
    assert (model["DefaultVersionNumber"], model["LatestVersionNumber"]) == ("2", "2")


def test_cloud_control_shows_the_image(factory: Factory) -> None:
    arn = factory.run()
    control = factory.client("cloudcontrol")
    listed = control.list_resources(TypeName="AWS::ImageBuilder::Image")["ResourceDescriptions"]
    shown = control.get_resource(TypeName="AWS::ImageBuilder::Image", Identifier=arn)["ResourceDescription"]

    assert [one["Identifier"] for one in listed] == [arn]
    assert json.loads(shown["Properties"])["ImageId"].startswith("ami-")


def test_a_repeated_client_token_starts_nothing(factory: Factory) -> None:
    builder = factory.client("imagebuilder")
    token = "0123456789abcdef0123456789abcdef"
    first = builder.start_image_pipeline_execution(imagePipelineArn=factory.pipeline, clientToken=token)
    second = builder.start_image_pipeline_execution(imagePipelineArn=factory.pipeline, clientToken=token)
    third = builder.start_image_pipeline_execution(imagePipelineArn=factory.pipeline)

    assert first["imageBuildVersionArn"] == second["imageBuildVersionArn"]
    assert third["imageBuildVersionArn"].endswith("/2")
    listed = builder.list_image_pipeline_images(imagePipelineArn=factory.pipeline)["imageSummaryList"]
    assert sorted(one["version"] for one in listed) == ["1.0.0/1", "1.0.0/2"]


def test_a_cancelled_build_stops(make_factory: Callable[..., Factory]) -> None:
    factory = make_factory(operation_time=0.3)
    builder = factory.client("imagebuilder")
    arn = builder.start_image_pipeline_execution(imagePipelineArn=factory.pipeline)["imageBuildVersionArn"]
    builder.cancel_image_creation(imageBuildVersionArn=arn)

    assert factory.wait(arn)["state"]["status"] == "CANCELLED"
    assert factory.client("ec2").describe_images(Owners=["self"])["Images"] == []


def test_what_does_not_exist_is_refused_in_the_words_of_each_service(factory: Factory) -> None:
    def code(call: Callable[..., Any], **given: Any) -> str:
        with pytest.raises(ClientError) as caught:
            call(**given)
        return str(caught.value.response["Error"]["Code"])

    builder, ec2, ssm = (factory.client(one) for one in ("imagebuilder", "ec2", "ssm"))
    stranger = factory.pipeline.replace("golden", "silver")
    assert code(builder.get_image_pipeline, imagePipelineArn=stranger) == "ResourceNotFoundException"
    assert code(builder.start_image_pipeline_execution, imagePipelineArn=stranger) == "ResourceNotFoundException"
    assert code(ec2.describe_images, ImageIds=["ami-00000000"]) == "InvalidAMIID.NotFound"
    assert code(ec2.describe_images, ImageIds=["vpc-1"]) == "InvalidAMIID.Malformed"
    assert code(ssm.get_parameter, Name="/none") == "ParameterNotFound"
    assert code(ec2.describe_volumes) == "InvalidAction"


def test_signatures_of_requests_with_a_query_are_verified(
    serve: Callable[..., Any], client_of: Callable[..., Any]
) -> None:
    from cloudwright.local.api.signatures import SignatureCheck

    server = serve(signatures=SignatureCheck("secret"))
    arn = "arn:aws:imagebuilder:us-west-2:111111111111:image/golden/1.0.0/1"
    with pytest.raises(ClientError) as sound:
        client_of(server, "imagebuilder").get_image(imageBuildVersionArn=arn)
    with pytest.raises(ClientError) as wrong:
        client_of(server, "imagebuilder", secret="wrong").get_image(imageBuildVersionArn=arn)

    assert sound.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert wrong.value.response["Error"]["Code"] == "InvalidSignatureException"
