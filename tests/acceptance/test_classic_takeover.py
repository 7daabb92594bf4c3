"""Each type of the table for the provider `aws`: converted from a state, deployed, taken over; the plan is empty."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.cli.root import run
from cloudwright.convert.terraform.attributes import classic_tables
from stacks_kit import ACCOUNT, REGION, cloud_of

if TYPE_CHECKING:
    from pathlib import Path

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ],
    }
)
KEY_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
        ],
    }
)
TAGS = {"team": "images"}
BUILDER = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}"
COMPONENT = f"{BUILDER}:component/setup/1.0.0/1"
RECIPE = f"{BUILDER}:image-recipe/golden/1.0.0"
INFRASTRUCTURE = f"{BUILDER}:infrastructure-configuration/small"
WORKFLOW = f"{BUILDER}:workflow/test/check/1.0.0/1"
DOCUMENT = """
name: setup
schemaVersion: 1.0
phases:
  - name: build
    steps: [{name: one, action: ExecuteBash, inputs: {commands: [uptime]}}]
"""
STEPS = """
name: check
schemaVersion: 1.0
steps:
  - {name: Approve, action: WaitForAction}
"""
DEAD_LETTERS = f"arn:aws:sqs:{REGION}:{ACCOUNT}:d"
DISTRIBUTION = {
    "region": REGION,
    "ami_distribution_configuration": [
        {
            "name": "golden-{{ imagebuilder:buildDate }}",
            "description": "",
            "kms_key_id": "",
            "ami_tags": TAGS,
            "target_account_ids": ["222222222222"],
            "launch_permission": [{"user_ids": ["333333333333"], "user_groups": [], "organization_arns": None}],
        }
    ],
    "container_distribution_configuration": [],
    "launch_template_configuration": [
        {"account_id": ACCOUNT, "default": True, "launch_template_id": "lt-0123456789abcdef0"}
    ],
    "ssm_parameter_configuration": [],
    "license_configuration_arns": None,
}

VALUES: dict[str, dict[str, Any]] = {
    "aws_imagebuilder_component": {
        "name": "setup", "version": "1.0.0", "platform": "Linux", "data": DOCUMENT, "skip_destroy": False,
        "supported_os_versions": [], "type": "BUILD", "encrypted": True, "tags": TAGS,
    },
    "aws_imagebuilder_container_recipe": {
        "name": "box", "version": "1.0.0", "container_type": "DOCKER", "parent_image": "amazonlinux:latest",
        "component": [{"component_arn": COMPONENT, "parameter": []}],
        "dockerfile_template_data": "FROM {{{ imagebuilder:parentImage }}}",
        "target_repository": [{"repository_name": "box", "service": "ECR"}], "instance_configuration": [],
    },
    "aws_imagebuilder_distribution_configuration": {"name": "golden", "distribution": [DISTRIBUTION], "tags": TAGS},
    "aws_imagebuilder_image": {
        "image_recipe_arn": RECIPE, "infrastructure_configuration_arn": INFRASTRUCTURE,
        "enhanced_image_metadata_enabled": True, "name": "golden", "version": "1.0.0/1", "os_version": "x",
        "image_tests_configuration": [{"image_tests_enabled": True, "timeout_minutes": 720}],
    },
    "aws_imagebuilder_image_pipeline": {
        "name": "nightly", "image_recipe_arn": RECIPE, "infrastructure_configuration_arn": INFRASTRUCTURE,
        "status": "ENABLED", "enhanced_image_metadata_enabled": True, "container_recipe_arn": "", "platform": "Linux",
        "schedule": [{"schedule_expression": "cron(0 0 * * ? *)", "timezone": "UTC"}],
    },
    "aws_imagebuilder_image_recipe": {
        "name": "golden", "version": "1.0.0",
        "parent_image": f"arn:aws:imagebuilder:{REGION}:aws:image/amazon-linux-2023-x86/x.x.x",
        "component": [{"component_arn": COMPONENT, "parameter": []}],
        "block_device_mapping": [
            {
                "device_name": "/dev/xvda", "no_device": False, "virtual_name": "",
                "ebs": [{"volume_size": 20, "volume_type": "gp3", "iops": 0, "throughput": 0, "encrypted": "true"}],
            }
        ],
    },
    "aws_imagebuilder_infrastructure_configuration": {
        "name": "small", "instance_profile_name": "build", "instance_types": ["t3.micro"], "key_pair": "",
        "terminate_instance_on_failure": True, "resource_tags": TAGS, "security_group_ids": [],
        "logging": [{"s3_logs": [{"s3_bucket_name": "logs", "s3_key_prefix": "/"}]}],
    },
    "aws_imagebuilder_lifecycle_policy": {
        "name": "old", "execution_role": f"arn:aws:iam::{ACCOUNT}:role/lifecycle", "resource_type": "AMI_IMAGE",
        "status": "ENABLED",
        "policy_detail": [
            {
                "action": [{"type": "DELETE", "include_resources": [{"amis": True, "snapshots": True}]}],
                "filter": [{"type": "AGE", "value": 6, "retain_at_least": 10, "unit": "YEARS"}],
                "exclusion_rules": [],
            }
        ],
        "resource_selection": [{"tag_map": TAGS, "recipe": []}],
    },
    "aws_imagebuilder_workflow": {"name": "check", "version": "1.0.0", "type": "TEST", "data": STEPS},
    "aws_iam_role": {
        "name": "build", "path": "/", "assume_role_policy": TRUST, "max_session_duration": 3600, "description": "",
        "inline_policy": [], "managed_policy_arns": [], "permissions_boundary": "", "tags": TAGS,
        "force_detach_policies": False,
    },
    "aws_kms_key": {
        "description": "images", "key_usage": "ENCRYPT_DECRYPT", "customer_master_key_spec": "SYMMETRIC_DEFAULT",
        "is_enabled": True, "multi_region": False, "enable_key_rotation": True, "policy": KEY_POLICY, "tags": TAGS,
        "deletion_window_in_days": None, "custom_key_store_id": "", "xks_key_id": "",
    },
    "aws_launch_template": {
        "name": "golden", "image_id": "ami-0123456789abcdef0", "instance_type": "t3.micro", "ebs_optimized": "",
        "disable_api_stop": False, "disable_api_termination": False, "vpc_security_group_ids": [],
        "monitoring": [{"enabled": True}], "metadata_options": [], "default_version": 1, "latest_version": 1,
    },
    "aws_s3_bucket": {
        "bucket": "golden-logs", "object_lock_enabled": False, "force_destroy": False, "grant": [{"type": "x"}],
        "versioning": [{"enabled": True, "mfa_delete": False}], "acceleration_status": "", "policy": "",
        "server_side_encryption_configuration": [
            {
                "rule": [
                    {
                        "apply_server_side_encryption_by_default": [
                            {"sse_algorithm": "AES256", "kms_master_key_id": ""}
                        ],
                        "bucket_key_enabled": False,
                    }
                ]
            }
        ],
        "tags": TAGS,
    },
    "aws_ssm_parameter": {
        "name": "/golden/ami", "type": "String", "value": "ami-0123456789abcdef0", "data_type": "text",
        "tier": "Standard", "tags": TAGS, "version": 3, "insecure_value": None,
    },
    "aws_sns_topic": {
        "name": "builds", "display_name": "Builds", "fifo_topic": False, "signature_version": 0, "policy": "{}",
        "content_based_deduplication": False, "sqs_success_feedback_sample_rate": 0, "tags": TAGS,
    },
    "aws_sqs_queue": {
        "name": "jobs", "delay_seconds": 0, "max_message_size": 262144, "message_retention_seconds": 345600,
        "visibility_timeout_seconds": 30, "receive_wait_time_seconds": 0, "fifo_queue": False, "policy": "",
        "redrive_policy": json.dumps({"deadLetterTargetArn": DEAD_LETTERS, "maxReceiveCount": 4}),
        "kms_data_key_reuse_period_seconds": 300, "sqs_managed_sse_enabled": True, "tags": TAGS,
    },
    "aws_cloudwatch_log_group": {
        "name": "/golden/builds", "retention_in_days": 30, "log_group_class": "STANDARD", "skip_destroy": False,
        "kms_key_id": "", "tags": TAGS,
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(folder: Path, type_name: str, values: dict[str, Any], *, section: str) -> None:
    one = {"address": f"{type_name}.it", "mode": "managed", "type": type_name, "name": "it", "values": values}
    state = {"format_version": "1.0", section: {"root_module": {"resources": [one]}}}
    (folder / "state.json").write_text(json.dumps(state), "utf-8")


def test_each_type_of_the_table_is_tried() -> None:
    assert set(VALUES) == set(classic_tables())


@pytest.mark.parametrize("type_name", sorted(VALUES))
def test_a_resource_is_converted_deployed_and_taken_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], type_name: str
) -> None:
    table = classic_tables()[type_name]
    write(tmp_path, type_name, VALUES[type_name], section="planned_values")
    assert run(["convert", "state.json", "-o", "before.py", "--app", "before"]) == 0
    assert "left out" not in capsys.readouterr().out
    if type_name != "aws_imagebuilder_image":
        assert run(["deploy", "before.py", "--local", "--yes", "--allow-findings"]) == 0, capsys.readouterr()
        assert run(["state", "rm", "it", "before.py", "--local", "--yes"]) == 0
    with cloud_of(tmp_path) as cloud:
        if type_name == "aws_imagebuilder_image":
            plain = {"ImageRecipeArn": RECIPE, "InfrastructureConfigurationArn": INFRASTRUCTURE}
            tests = {"ImageTestsEnabled": True, "TimeoutMinutes": 720}
            more = {"EnhancedImageMetadataEnabled": True, "ImageTestsConfiguration": tests}
            cloud.put(ACCOUNT, REGION, table.type, {**plain, **more})
        (made,) = [one for one in cloud.resources() if one.type_name == table.type]
    write(tmp_path, type_name, {**VALUES[type_name], table.identifier: made.identifier}, section="values")
    capsys.readouterr()

    assert run(["convert", "state.json", "-o", "after.py", "--app", "after", "--adopt", "--local"]) == 0, (
        capsys.readouterr()
    )
    assert "plan --refresh: 0 changes" in capsys.readouterr().out
