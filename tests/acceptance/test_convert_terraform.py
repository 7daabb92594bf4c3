"""`cloudwright convert` on what `terraform show -json` prints.

The states are written by hand after Terraform's documented JSON format; `tests/integration/local/test_terraform.py`
runs Terraform itself where it is installed with the provider.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.cli.root import run
from stacks_kit import ACCOUNT, REGION, cloud_of

if TYPE_CHECKING:
    from pathlib import Path

HERE = (ACCOUNT, REGION)
FLAGSHIP = "AWS::ImageBuilder::DistributionConfiguration"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:builds"
AWS = "registry.terraform.io/hashicorp/aws"
BUILDER = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}"
EMPTY = {"Version": "2012-10-17", "Statement": []}
ADOPT = ["convert", "state.json", "-o", "infra.py", "--adopt", "--local"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def resource(type_name: str, name: str, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "address": f"{type_name}.{name}",
        "mode": "managed",
        "type": type_name,
        "name": name,
        "provider_name": AWS,
        "schema_version": 0,
        "values": values,
        "sensitive_values": {},
        **more,
    }


def state(*resources: dict[str, Any], modules: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    root = {"resources": list(resources), "child_modules": list(modules)}
    return {"format_version": "1.0", "terraform_version": "1.11.0", "values": {"root_module": root}}


def write(folder: Path, document: Any) -> None:
    (folder / "state.json").write_text(json.dumps(document), "utf-8")


def program(folder: Path) -> str:
    return (folder / "infra.py").read_text("utf-8")


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    found = capsys.readouterr()
    return found.out + found.err


def images(arn: str) -> dict[str, Any]:
    ami = {"Name": "golden-{{ imagebuilder:buildDate }}", "TargetAccountIds": ["222222222222"]}
    desired = {"Name": "golden", "Distributions": [{"Region": REGION, "AmiDistributionConfiguration": ami}]}
    values = {"type_name": FLAGSHIP, "desired_state": json.dumps(desired), "id": arn, "properties": "{}"}
    return resource("aws_cloudcontrolapi_resource", "images", values)


def topic(**values: Any) -> dict[str, Any]:
    given = {"arn": TOPIC, "id": TOPIC, "name": "builds", "display_name": "Builds", "tags": {"team": "images"}}
    return resource("aws_sns_topic", "builds", {**given, "fifo_topic": False, "tags_all": {"team": "images"}, **values})


def live(folder: Path) -> str:
    with cloud_of(folder) as cloud:
        tags = [{"Key": "team", "Value": "images"}]
        cloud.put(*HERE, "AWS::SNS::Topic", {"TopicName": "builds", "DisplayName": "Builds", "Tags": tags})
        ami = {"Name": "golden-{{ imagebuilder:buildDate }}", "TargetAccountIds": ["222222222222"]}
        entry = {"Region": REGION, "AmiDistributionConfiguration": ami}
        return cloud.put(*HERE, FLAGSHIP, {"Name": "golden", "Distributions": [entry]})


def test_a_state_is_taken_over_step_by_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arn = live(tmp_path)
    write(tmp_path, state(images(arn), topic()))

    assert run(ADOPT) == 0
    shown = printed(capsys)
    assert "adopted: 2 resources; only reads were sent" in shown
    assert "plan --refresh: 0 changes" in shown
    assert "1. terraform state rm aws_cloudcontrolapi_resource.images" in shown
    assert f'with target(region="{REGION}"):' in program(tmp_path)

    source = program(tmp_path).replace('"Builds"', '"All builds"')
    (tmp_path / "infra.py").write_text(source, "utf-8")
    assert run(["deploy", "infra.py", "--local", "--yes"]) == 1
    assert "builds: adopted from another tool" in printed(capsys)
    assert run(["doctor", "--handover", "infra.py", "--local"]) == 1
    assert "Terraform had it as aws_sns_topic.builds, but its state was not given" in printed(capsys)
    assert run(["doctor", "--handover", "infra.py", "--terraform", "state.json", "--local"]) == 1
    assert "Terraform still manages it as aws_sns_topic.builds" in printed(capsys)
    write(tmp_path, {"format_version": "1.0"})
    assert run(["doctor", "--handover", "infra.py", "--terraform", "state.json", "--local"]) == 0
    assert run(["deploy", "infra.py", "--local", "--yes"]) == 0
    assert "1 updated" in printed(capsys)
    assert run(["destroy", "infra.py", "--local", "--yes"]) == 0


def test_awscc_is_spelt_by_the_schema(tmp_path: Path) -> None:
    values = {
        "arn": "arn:aws:imagebuilder:us-east-1:000000000000:distribution-configuration/golden",
        "id": "arn:aws:imagebuilder:us-east-1:000000000000:distribution-configuration/golden",
        "name": "golden",
        "description": None,
        "distributions": [
            {
                "region": REGION,
                "ami_distribution_configuration": {
                    "name": "golden-{{ imagebuilder:buildDate }}",
                    "target_account_ids": ["222222222222"],
                    "launch_permission_configuration": None,
                    "ami_tags": {"cost_center": "1"},
                },
            }
        ],
        "tags": {"app_name": "golden"},
    }
    write(tmp_path, state(resource("awscc_imagebuilder_distribution_configuration", "images", values)))

    assert run(["convert", "state.json", "-o", "infra.py"]) == 0
    source = program(tmp_path)
    assert "ImageBuilder.DistributionConfiguration(" in source
    assert '"TargetAccountIds": ["222222222222"]' in source
    assert '"AmiTags": {"cost_center": "1"}' in source
    assert 'Tags={"app_name": "golden"}' in source
    assert 'adopt="arn:aws:imagebuilder' in source
    assert "Description" not in source


def test_classic_resources_refer_to_each_other(tmp_path: Path) -> None:
    role = resource(
        "aws_iam_role",
        "build",
        {
            "arn": "arn:aws:iam::000000000000:role/build",
            "id": "build",
            "name": "build",
            "path": "/",
            "assume_role_policy": json.dumps(EMPTY),
            "inline_policy": [{"name": "topic", "policy": json.dumps({"Version": "2012-10-17", "Statement": [TOPIC]})}],
            "max_session_duration": 3600,
            "managed_policy_arns": [],
        },
        depends_on=["aws_sns_topic.builds"],
    )
    pipe = {
        "arn": f"{BUILDER}:image-pipeline/p",
        "name": "p",
        "infrastructure_configuration_arn": f"{BUILDER}:infrastructure-configuration/i",
        "image_recipe_arn": f"{BUILDER}:image-recipe/r/1.0.0",
        "execution_role": "build",
        "schedule": [
            {"schedule_expression": "cron(0 0 * * ? *)", "pipeline_execution_start_condition": "", "timezone": ""}
        ],
        "workflow": [{"workflow_arn": "arn:w", "on_failure": "", "parameter": [{"name": "a", "value": "b"}]}],
        "status": "ENABLED",
    }
    pipeline = resource("aws_imagebuilder_image_pipeline", "p", pipe, depends_on=["aws_iam_role.build"])
    write(tmp_path, state(topic(), role, pipeline))

    assert run(["convert", "state.json", "-o", "infra.py"]) == 0
    source = program(tmp_path)
    assert "AssumeRolePolicyDocument={" in source
    assert '"Statement": [builds.TopicArn]' in source or '"Statement": [builds.ref]' in source
    assert "ExecutionRole=build.ref" in source
    assert 'Schedule={"ScheduleExpression": "cron(0 0 * * ? *)"}' in source
    assert '"Parameters": [{"Name": "a", "Value": ["b"]}]' in source
    assert 'Tags=[{"Key": "team", "Value": "images"}]' in source


def test_instances_and_modules_have_keys_of_their_own(tmp_path: Path) -> None:
    def one(module: str, index: Any) -> dict[str, Any]:
        address = f"module.{module}.aws_sns_topic.t[{json.dumps(index)}]"
        return {**resource("aws_sns_topic", "t", {"name": f"{module}-{index}"}), "address": address, "index": index}

    modules = tuple({"address": f"module.{name}", "resources": [one(name, 0), one(name, 1)]} for name in ("a", "b"))
    write(tmp_path, state(modules=modules))

    assert run(["convert", "state.json", "-o", "infra.py"]) == 0
    source = program(tmp_path)
    assert source.count("SNS.Topic(") == 1
    for key, name in (("a.aws_sns_topic.t-0", "a-0"), ("b.aws_sns_topic.t-1", "b-1")):
        assert f'("module.{key}", "{name}"),' in source


def test_a_plan_holds_what_is_not_made_yet(tmp_path: Path) -> None:
    planned = state(topic(), resource("aws_sqs_queue", "jobs", {"name": "jobs", "delay_seconds": 5}))["values"]
    document = {"format_version": "1.2", "planned_values": planned, "prior_state": state(topic())}
    write(tmp_path, document)

    assert run(["convert", "state.json", "-o", "infra.py"]) == 0
    source = program(tmp_path)
    assert source.count("adopt=") == 1
    assert 'SQS.Queue("jobs", QueueName="jobs", DelaySeconds=5)' in source


def test_what_terraform_calls_sensitive_is_never_written(tmp_path: Path) -> None:
    hidden = topic(kms_master_key_id="very-secret")
    hidden["sensitive_values"] = {"kms_master_key_id": True}
    desired = json.dumps({"Name": "db", "SecretString": "very-secret"})
    values = {"type_name": "AWS::SecretsManager::Secret", "desired_state": desired, "id": "arn:x"}
    generic = resource("aws_cloudcontrolapi_resource", "db", values, sensitive_values={"desired_state": True})
    write(tmp_path, state(hidden, generic))

    assert run(["convert", "state.json", "-o", "infra.py"]) == 0
    source = program(tmp_path)
    assert "very-secret" not in source
    assert source.count("secret(") >= 2


def test_what_has_no_counterpart_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    permission = resource("aws_ami_launch_permission", "shared", {"image_id": "ami-1", "account_id": "222222222222"})
    write(tmp_path, state(topic(delivery_policy="{}"), permission))

    assert run(["convert", "state.json", "-o", "infra.py"]) == 0
    shown = printed(capsys)
    assert "note: builds: delivery_policy is left out: Cloud Control's type has no delivery policy" in shown
    assert "note: shared: launch permissions are in the LaunchPermissionConfiguration" in shown
    assert "undecided: shared: aws_ami_launch_permission is not known to Cloud Control" in shown
    assert 'undecided("shared, aws_ami_launch_permission: is not known' in program(tmp_path)


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"format_version": "1.0"}, "state.json holds no managed resources"),
        ({"format_version": "9.0"}, "Terraform's JSON format 9.0 is newer than this cloudwright"),
        ({"version": 4, "serial": 1, "lineage": "x", "resources": []}, "this is a raw Terraform state file"),
        (
            state(topic(region="us-east-1"), resource("aws_sqs_queue", "q", {"name": "q", "region": "eu-west-1"})),
            "state.json holds resources in eu-west-1, us-east-1",
        ),
        (
            state(
                resource("aws_cloudcontrolapi_resource", "x", {"type_name": "AWS::SNS::Topic", "desired_state": "{"})
            ),
            "aws_cloudcontrolapi_resource.x: desired_state is not JSON",
        ),
    ],
)
def test_bad_input_is_one_error(tmp_path: Path, capsys: pytest.CaptureFixture[str], document: Any, error: str) -> None:
    write(tmp_path, document)
    assert run(["convert", "state.json", "-o", "infra.py"]) == 1
    assert error in printed(capsys)


@pytest.mark.parametrize(
    ("type_name", "values", "sensitive"),
    [
        ("aws_sns_topic", {"name": "t", "tags": {"team": "images", "key": "very-secret"}}, {"tags": {"key": True}}),
        ("awscc_sns_topic", {"tags": [{"key": "a", "value": "b"}, {"key": "k", "value": "very-secret"}]}, "value"),
        ("awscc_sns_topic", {"tags": [{"key": "k", "value": "very-secret"}]}, {"tags": [{"value": True}]}),
        ("awscc_sns_topic", {"tags": [{"key": "k", "value": "very-secret"}]}, {"tags": [True]}),
    ],
)
def test_a_sensitive_value_within_an_attribute_is_never_written(
    type_name: str, values: dict[str, Any], sensitive: Any, tmp_path: Path
) -> None:
    flags = {"tags": [{}, {"value": True}]} if sensitive == "value" else sensitive
    write(tmp_path, state(resource(type_name, "t", values, sensitive_values=flags)))

    assert run(["convert", "state.json", "-o", "infra.py"]) == 0
    source = program(tmp_path)
    assert "very-secret" not in source
    assert source.count("secret(") == source.count("parameter(") >= 1
    assert run(["plan", "infra.py", "--local"]) == 0


def parameter(kind: str, **values: Any) -> dict[str, Any]:
    given = {"id": "/db/password", "name": "/db/password", "type": kind, "tier": "Standard", "version": 1, **values}
    return resource("aws_ssm_parameter", "password", given, sensitive_values={"value": True})


def test_the_value_of_a_secure_parameter_is_never_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The provider marks the value of every parameter as sensitive; that of a SecureString is."""
    write(tmp_path, state(parameter("SecureString", value="very-secret", key_id="alias/aws/ssm"), topic()))

    assert run(["convert", "state.json", "-o", "infra.py"]) == 0
    shown = printed(capsys)
    assert "very-secret" not in shown + program(tmp_path)
    assert "password: Cloud Control makes no SecureString; declare it elsewhere, and read it with lookup.se" in shown
    assert "SSM.Parameter" not in program(tmp_path)


@pytest.mark.parametrize("attribute", ["value", "insecure_value"])
def test_the_value_of_a_plain_parameter_is_written(attribute: str, tmp_path: Path) -> None:
    write(tmp_path, state(parameter("String", **{"value": None, "insecure_value": None, attribute: "ami-1"})))

    assert run(["convert", "state.json", "-o", "infra.py"]) == 0
    assert 'Value="ami-1"' in program(tmp_path)


@pytest.mark.parametrize(
    ("kind", "desired", "hidden"),
    [
        ("AWS::SecretsManager::Secret", {"Name": "db", "SecretString": "very-secret"}, "Name, SecretString"),
        (
            "AWS::Lambda::Function",
            {
                "FunctionName": "arn:x",
                "PackageType": "Zip",
                "Role": TOPIC,
                "MemorySize": 128,
                "Code": {"S3Bucket": "very-secret", "S3Key": "k"},
                "Environment": {"Variables": {"TOKEN": "very-secret"}},
                "Layers": ["very-secret"],
            },
            "MemorySize, Code_S3Bucket, Code_S3Key, Environment_Variables_TOKEN, Layers_0",
        ),
        (
            "AWS::IAM::User",
            {"UserName": "arn:x", "LoginProfile": {"Password": "very-secret", "PasswordResetRequired": True}},
            "LoginProfile_Password",
        ),
    ],
)
def test_no_value_of_a_sensitive_document_is_written(
    kind: str, desired: dict[str, Any], hidden: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Terraform marks the whole document if one value in it is sensitive, and does not tell which one."""
    values = {"type_name": kind, "desired_state": json.dumps(desired), "id": "arn:x"}
    generic = resource("aws_cloudcontrolapi_resource", "db", values, sensitive_values={"desired_state": True})
    write(tmp_path, state(generic, topic()))

    assert run(["convert", "state.json", "-o", "infra.py"]) == 0
    shown = printed(capsys)
    assert f"read from the environment: {hidden}; write those that are no secret into the program" in shown
    assert "very-secret" not in shown + program(tmp_path)
    assert 'adopt="arn:x"' in program(tmp_path)
    assert run(["validate", "infra.py"]) == 0, printed(capsys)


def test_the_json_of_terraform_1_11_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every member that is documented, with count, for_each, nested modules, data sources and deposed objects."""

    def made(address: str, name: str, **more: Any) -> dict[str, Any]:
        arn = f"arn:aws:sns:us-east-1:000000000000:{name}"
        return {**resource("aws_sns_topic", "t", {"name": name, "arn": arn, "id": arn}), "address": address, **more}

    old = made("aws_sns_topic.t[0]", "old", index=0, deposed_key="00000000")
    data = {**made("data.aws_sns_topic.d", "data"), "mode": "data"}
    inner = {"address": 'module.a["x"].module.b', "resources": [made('module.a["x"].module.b.aws_sns_topic.t', "deep")]}
    each = made('module.a["x"].aws_sns_topic.t["k/1"]', "each", index="k/1", depends_on=["data.aws_sns_topic.d"])
    outer = {"address": 'module.a["x"]', "resources": [each], "child_modules": [inner]}
    document = {
        "format_version": "1.0",
        "terraform_version": "1.11.4",
        "values": {
            "outputs": {"secret": {"sensitive": True, "value": "very-secret", "type": "string"}},
            "root_module": {
                "resources": [made("aws_sns_topic.t[0]", "zero", index=0), old, data],
                "child_modules": [outer],
            },
        },
        "checks": [],
    }
    write(tmp_path, document)
    with cloud_of(tmp_path) as cloud:
        for name in ("zero", "each", "deep"):
            cloud.put(*HERE, "AWS::SNS::Topic", {"TopicName": name})

    assert run(ADOPT) == 0
    shown = printed(capsys)
    assert "adopted: 3 resources" in shown
    assert "terraform state rm 'aws_sns_topic.t[0]'" in shown
    assert """terraform state rm 'module.a["x"].aws_sns_topic.t["k/1"]'""" in shown
    assert "very-secret" not in shown + program(tmp_path)
