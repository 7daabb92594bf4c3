"""Every operation of the services other than Cloud Control, through boto3, and every answer held to botocore's models.

The answers are taken as the operations return them, before they are put into a protocol's form: a member that no
shape has would be dropped there without notice.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from builds_kit import ABROAD, BUILD_ACCOUNT, DEV, GUEST, HOME, PARAMETER, Factory
from cloudwright.local.api.service_calls import TABLES
from cloudwright.local.protocols.checking import misfits
from cloudwright.local.protocols.model import service_models
from cloudwright.local.stack import LocalStack, StackOutput, StackResource

if TYPE_CHECKING:
    from collections.abc import Callable

Answers = dict[tuple[str, str], list[dict[str, Any]]]

WAITING = """
name: wait
schemaVersion: 1.0
steps:
  - name: Build
    action: LaunchInstance
    inputs: {waitFor: ssmAgent}
  - name: CreateOutputAMI
    action: CreateImage
    inputs: {instanceId.$: $.stepOutputs.Build.instanceId}
  - name: Approve
    action: WaitForAction
"""

WAITING_TEST = """
name: wait
schemaVersion: 1.0
steps:
  - name: Approve
    action: WaitForAction
"""


STACK = LocalStack(
    name="web",
    template='{"Resources": {}}',
    description="An archive",
    parameters={"Image": "/golden/ami"},
    resolved={"Image": "ami-0123456789abcdef0"},
    resources={"Archive": StackResource(type="AWS::S3::Bucket", id="web-archive")},
    outputs={"Archive": StackOutput(value="web-archive", export="shared")},
    tags={"team": "web"},
)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What the operations return, as they return it."""
    found: Answers = defaultdict(list)

    def recording(service: str, name: str, serve: Callable[..., Any]) -> Callable[..., Any]:
        def record(caller: Any, members: Any) -> Any:
            document = serve(caller, members)
            found[service, name].append(document)
            return document

        return record

    for service, table in TABLES.items():
        for name, serve in dict(table).items():
            monkeypatch.setitem(table, name, recording(service, name, serve))
    return found


@pytest.fixture
def factory(serve: Callable[..., Any], client_of: Callable[..., Any]) -> Factory:
    server = serve()
    server.cloud.put_stack(STACK, account=BUILD_ACCOUNT, region=HOME)

    def client(service: str, account: str = BUILD_ACCOUNT, region: str = HOME) -> Any:
        return client_of(server, service, access_key=account, region=region)

    return Factory(client)


def test_every_answer_has_botocores_shape(factory: Factory, answers: Answers) -> None:
    factory.furnish()
    arn = factory.run()
    use_image_builder(factory, arn)
    use_templates_and_parameters(factory)
    use_images(factory)
    use_lookups(factory)
    read_stacks(factory)

    wanted = {(service, name) for service, table in TABLES.items() for name in table}
    assert wanted - set(answers) == set()
    session = botocore.session.get_session()
    for (service, name), documents in answers.items():
        model, shapes = service_models()[service], session.get_service_model(service)
        output = shapes.operation_model(name).output_shape
        for document in documents:
            shown = list(misfits(model, model.operations[name].output, document)) if output else []
            assert shown == [], (service, name, document)
            report = ParamValidator().validate(document, output) if output else None
            assert not report or not report.has_errors(), (service, name, report.generate_report())


def use_image_builder(factory: Factory, arn: str) -> None:
    """Every operation of Image Builder that is served."""
    builder = factory.client("imagebuilder")
    for run in builder.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]:
        builder.get_workflow_execution(workflowExecutionId=run["workflowExecutionId"])
        for step in builder.list_workflow_step_executions(workflowExecutionId=run["workflowExecutionId"])["steps"]:
            builder.get_workflow_step_execution(stepExecutionId=step["stepExecutionId"])
    builder.list_images(byName=True)
    builder.list_images(filters=[{"name": "platform", "values": ["Linux"]}])
    builder.list_image_build_versions(imageVersionArn=arn.rpartition("/")[0])
    builder.list_image_pipelines()
    builder.list_image_pipeline_images(imagePipelineArn=factory.pipeline)
    builder.get_image_pipeline(imagePipelineArn=factory.pipeline)
    builder.get_distribution_configuration(distributionConfigurationArn=factory.distribution)
    copied = builder.distribute_image(
        sourceImage=arn, distributionConfigurationArn=factory.distribution, executionRole="distributor"
    )["imageBuildVersionArn"]
    assert factory.wait(copied)["state"]["status"] == "AVAILABLE"
    wait_for_somebody(factory)
    retire(builder, copied)


def wait_for_somebody(factory: Factory) -> None:
    """A build that waits, goes on, fails, is retried and cancelled."""
    builder = factory.client("imagebuilder")
    build = {"Name": "wait-build", "Version": "1.0.0", "Type": "BUILD", "Data": WAITING}
    test = {"Name": "wait", "Version": "1.0.0", "Type": "TEST", "Data": WAITING_TEST}
    arns = [factory.make("AWS::ImageBuilder::Workflow", one) for one in (build, test)]
    control = factory.client("cloudcontrol")
    workflows = [{"WorkflowArn": one} for one in arns]
    patch = json.dumps([{"op": "add", "path": "/Workflows", "value": workflows}])
    control.update_resource(
        TypeName="AWS::ImageBuilder::ImagePipeline", Identifier=factory.pipeline, PatchDocument=patch
    )
    arn = builder.start_image_pipeline_execution(imagePipelineArn=factory.pipeline)["imageBuildVersionArn"]
    for action in ("RESUME", "STOP"):
        (waiting,) = builder.list_waiting_workflow_steps()["steps"]
        builder.send_workflow_step_action(
            stepExecutionId=waiting["stepExecutionId"], imageBuildVersionArn=arn, action=action, reason="checked"
        )
    image = builder.get_image(imageBuildVersionArn=arn)["image"]
    assert image["state"]["status"] == "FAILED", image["state"]
    assert image["state"]["failureContext"]["failedStep"] == "Approve"
    builder.retry_image(imageBuildVersionArn=arn)
    builder.cancel_image_creation(imageBuildVersionArn=arn)


def retire(builder: Any, arn: str) -> None:
    """Deprecate an image, then delete it."""
    builder.start_resource_state_update(
        resourceArn=arn, state={"status": "DEPRECATED"}, executionRole="lifecycle", includeResources={"amis": True}
    )
    assert builder.get_image(imageBuildVersionArn=arn)["image"]["state"]["status"] == "DEPRECATED"
    reported = builder.start_resource_state_update(
        resourceArn=arn,
        state={"status": "DELETED"},
        executionRole="lifecycle",
        includeResources={"amis": True, "snapshots": True},
    )
    id = reported["lifecycleExecutionId"]
    assert (
        builder.get_lifecycle_execution(lifecycleExecutionId=id)["lifecycleExecution"]["state"]["status"] == "SUCCESS"
    )
    resources = builder.list_lifecycle_execution_resources(lifecycleExecutionId=id)["resources"]
    assert [one["action"]["name"] for one in resources] == ["DELETE"] * 5
    assert len(builder.list_lifecycle_executions(resourceArn=arn)["lifecycleExecutions"]) == 2
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        builder.get_image(imageBuildVersionArn=arn)


def use_templates_and_parameters(factory: Factory) -> None:
    """Every operation on launch templates, parameters and groups."""
    ec2, ssm = factory.client("ec2"), factory.client("ssm")
    (template,) = ec2.describe_launch_templates()["LaunchTemplates"]
    assert template["LatestVersionNumber"] >= 2
    ec2.create_launch_template_version(
        LaunchTemplateId=factory.template, SourceVersion="1", LaunchTemplateData={"InstanceType": "c7g.large"}
    )
    ec2.modify_launch_template(LaunchTemplateId=factory.template, DefaultVersion="1")
    versions = ec2.describe_launch_template_versions(LaunchTemplateId=factory.template)["LaunchTemplateVersions"]
    (default,) = [one for one in versions if one["DefaultVersion"]]
    assert default["VersionNumber"] == 1
    assert versions[0]["LaunchTemplateData"]["InstanceType"] == "c7g.large"
    ssm.put_parameter(Name="/app/size", Type="String", Value="3")
    ssm.put_parameter(Name="/app/size", Value="4", Overwrite=True)
    reported = ssm.get_parameters(Names=["/app/size", "/none"])
    assert [(one["Value"], one["Version"]) for one in reported["Parameters"]] == [("4", 2)]
    assert reported["InvalidParameters"] == ["/none"]
    ssm.get_parameter(Name=PARAMETER)
    ssm.put_parameter(Name="/app/password", Type="SecureString", Value="sealed-1")
    ssm.put_parameter(Name="/app/password", Value="sealed-2", Overwrite=True)
    (opened,) = ssm.get_parameters(Names=["/app/password", "/none"], WithDecryption=True)["Parameters"]
    assert (opened["Type"], opened["Value"], opened["Version"]) == ("SecureString", "sealed-2", 2)
    closed = ssm.get_parameter(Name="/app/password")["Parameter"]
    assert (closed["Type"], closed["Value"][:6]) == ("SecureString", "AQICAH")
    group = {"AutoScalingGroupName": "web", "MinSize": "1", "MaxSize": "3", "AvailabilityZones": ["us-east-1a"]}
    launched_from = {"LaunchTemplateId": factory.template, "Version": "1"}
    factory.make("AWS::AutoScaling::AutoScalingGroup", {**group, "LaunchTemplate": launched_from})
    (shown,) = factory.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert shown["LaunchTemplate"]["Version"] == "1"


def use_lookups(factory: Factory) -> None:
    """What lookups of a program ask for."""
    ec2 = factory.client("ec2")
    vpc = factory.make("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})
    factory.make("AWS::EC2::Subnet", {"VpcId": vpc, "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1a"})
    assert [one["VpcId"] for one in ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]] == [vpc]
    assert [one["VpcId"] for one in ec2.describe_subnets()["Subnets"]] == [vpc]
    assert ec2.describe_availability_zones()["AvailabilityZones"]
    arn = factory.make("AWS::SecretsManager::Secret", {"Name": "app/login", "GenerateSecretString": {}})
    secrets = factory.client("secretsmanager")
    (reported, named, part) = (secrets.get_secret_value(SecretId=one) for one in (arn, "app/login", arn[:-7]))
    assert (reported["ARN"], reported["Name"], len(reported["SecretString"])) == (arn, "app/login", 32)
    assert reported["SecretString"] == named["SecretString"] == part["SecretString"]
    for given in ({"SecretId": "none"}, {"SecretId": arn, "VersionStage": "AWSPENDING"}):
        with pytest.raises(secrets.exceptions.ResourceNotFoundException):
            secrets.get_secret_value(**given)
    unit = factory.make("AWS::Organizations::OrganizationalUnit", {"Name": "prod", "ParentId": "r-ab12"})
    account = {"AccountName": "one", "Email": "one@example.com", "ParentIds": [unit]}
    id = factory.make("AWS::Organizations::Account", account)
    (listed,) = factory.client("organizations").list_accounts_for_parent(ParentId=unit)["Accounts"]
    assert (
        [] == factory.client("organizations").list_organizational_units_for_parent(ParentId=unit)["OrganizationalUnits"]
    )
    assert listed["Id"] == id


def read_stacks(factory: Factory) -> None:
    """Every operation on stacks."""
    stacks = factory.client("cloudformation")
    arn = stacks.list_stacks()["StackSummaries"][0]["StackId"]
    assert stacks.describe_stacks(StackName=arn)["Stacks"][0]["StackName"] == "web"
    assert stacks.get_template(StackName="web")["TemplateBody"] == {"Resources": {}}
    assert len(stacks.list_stack_resources(StackName="web")["StackResourceSummaries"]) == 1
    assert [one["Name"] for one in stacks.list_exports()["Exports"]] == ["shared"]


def use_images(factory: Factory) -> None:
    """Every operation on AMIs and snapshots."""
    ec2 = factory.client("ec2")
    own = ec2.describe_images(Owners=["self"])["Images"]
    id = own[0]["ImageId"]
    ec2.modify_image_attribute(ImageId=id, LaunchPermission={"Add": [{"UserId": DEV}], "Remove": [{"UserId": GUEST}]})
    reported = ec2.describe_image_attribute(ImageId=id, Attribute="launchPermission")
    assert reported["LaunchPermissions"] == [{"UserId": DEV}]
    for attribute in ("description", "blockDeviceMapping", "deregistrationProtection", "lastLaunchedTime"):
        ec2.describe_image_attribute(ImageId=id, Attribute=attribute)
    instance = factory.make("AWS::EC2::Instance", {"ImageId": id, "InstanceType": "m6i.large"})
    (reservation,) = ec2.describe_instances()["Reservations"]
    assert reservation["Instances"][0]["InstanceId"] == instance
    references = ec2.describe_image_references(ImageIds=[id], IncludeAllResourceTypes=True)["ImageReferences"]
    assert "ec2:Instance" in {one["ResourceType"] for one in references}
    ec2.describe_fast_launch_images()
    report = ec2.create_image_usage_report(ImageId=id, ResourceTypes=[{"ResourceType": "ec2:Instance"}])["ReportId"]
    assert ec2.describe_image_usage_reports(ReportIds=[report])["ImageUsageReports"][0]["State"] == "available"
    (entry,) = ec2.describe_image_usage_report_entries(ReportIds=[report])["ImageUsageReportEntries"]
    assert (entry["AccountId"], entry["UsageCount"]) == (BUILD_ACCOUNT, 1)
    ec2.delete_image_usage_report(ReportId=report)
    end(factory, id)


def end(factory: Factory, id: str) -> None:
    """What is done to an AMI until it is gone."""
    ec2, abroad = factory.client("ec2"), factory.client("ec2", region=ABROAD)
    copy = abroad.copy_image(SourceImageId=id, SourceRegion=HOME, Name="copy")["ImageId"]
    assert abroad.describe_images(ImageIds=[copy])["Images"][0]["SourceImageId"] == id
    ec2.enable_image_deprecation(ImageId=id, DeprecateAt=time.time() + 3600)
    ec2.disable_image_deprecation(ImageId=id)
    ec2.disable_image(ImageId=id)
    assert id not in {one["ImageId"] for one in ec2.describe_images(Owners=["self"])["Images"]}
    ec2.enable_image(ImageId=id)
    ec2.enable_image_deregistration_protection(ImageId=id)
    with pytest.raises(ClientError, match="deregistration protection"):
        ec2.deregister_image(ImageId=id)
    ec2.disable_image_deregistration_protection(ImageId=id)
    results = ec2.deregister_image(ImageId=id, DeleteAssociatedSnapshots=True)["DeleteSnapshotResults"]
    assert [one["ReturnCode"] for one in results] == ["success"]
    abroad.deregister_image(ImageId=copy)
    (left,) = [one for one in abroad.describe_snapshots()["Snapshots"] if copy in one["Description"]]
    abroad.delete_snapshot(SnapshotId=left["SnapshotId"])
    with pytest.raises(ClientError, match=r"InvalidSnapshot\.NotFound"):
        abroad.delete_snapshot(SnapshotId=left["SnapshotId"])
