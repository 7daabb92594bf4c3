"""Every configuration step that can fail, in AWS's words, and what the user reads about it."""

from __future__ import annotations

import pytest

from cloudwright.imagebuilder.delivery.reasons import ROLE, STEPS, build_cause, cause_of
from cloudwright.services.image_models import RegionFailure

BUILD, ACCOUNT, REGION = "111111111111", "222222222222", "eu-west-1"
SAID = "User: arn:aws:sts::222222222222:assumed-role/x is not authorized to perform:"


@pytest.mark.parametrize(
    ("step", "words", "cause", "fix"),
    [
        (
            "",
            f"User is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::{ACCOUNT}:role/{ROLE}",
            f"account {ACCOUNT} has no role {ROLE}",
            f"declare {ROLE} in account {ACCOUNT}",
        ),
        (
            "",
            "Snapshots encrypted with the AWS Managed CMK can't be shared",
            "the AMI is encrypted with the AWS-managed key",
            "encrypt it with a customer key",
        ),
        (
            "",
            f"AMI Copy Reported Failure For ami-1 (ID: {ACCOUNT}) in Region {REGION}.",
            "the KMS key's policy does not let account 222222222222 use the key",
            "allow account 222222222222 kms:Decrypt",
        ),
        ("", "You have exceeded the quota of AMIs", "has reached a limit", "retire old images there"),
        (
            "UPDATE_LAUNCH_TEMPLATES",
            "The specified launch template, with template ID lt-1, does not exist.",
            "the launch template was deleted",
            "correct LaunchTemplateId and AccountId of eu-west-1's entry",
        ),
        (
            "UPDATE_LAUNCH_TEMPLATES",
            f"{SAID} ec2:CreateLaunchTemplateVersion",
            "CreatedBy: EC2 Image Builder",
            "tag the",
        ),
        ("PUT_SSM_PARAMETERS", f"{SAID} ssm:PutParameter", "only parameters under /imagebuilder/", "ssm:PutParameter"),
        ("ASSOCIATE_LICENSES", f"{SAID} license-manager:Update", f"not shared with account {ACCOUNT}", "AWS RAM"),
        ("UPDATE_FAST_LAUNCH_CONFIGURATIONS", f"{SAID} ec2:EnableFastLaunch", f"{ROLE} lacks ec2", "eu-west-1's entry"),
        ("EXPORT_AMI", "The service role does not exist", "the role vmimport is missing", "create the role vmimport"),
    ],
)
def test_a_failed_cell_has_a_likely_cause_and_a_fix(step: str, words: str, cause: str, fix: str) -> None:
    found = cause_of(RegionFailure(ACCOUNT, REGION, "FAILED", step, words), BUILD)

    assert found is not None
    assert cause in found.text
    assert fix in found.fix
    assert "{" not in found.text + found.fix


def test_words_that_no_rule_knows_get_no_guess() -> None:
    assert cause_of(RegionFailure(ACCOUNT, REGION, "FAILED", "", "Something else."), BUILD) is None
    assert build_cause("Something else.") is None


def test_every_step_has_words_of_its_own() -> None:
    assert len(set(STEPS.values())) == len(STEPS) == 6


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("Step timed out while the step action was running.", "took longer than its timeout"),
        ("InsufficientInstanceCapacity", "no capacity"),
        ("Invalid IAM Instance Profile name", "the instance profile is missing"),
        ("SSM agent is not connected", "did not register with Systems Manager"),
        ("The workflow step was stopped by the user.", "was rejected"),
    ],
)
def test_a_failed_build_has_a_likely_cause(words: str, cause: str) -> None:
    found = build_cause(words)

    assert found is not None
    assert cause in found.text


def test_in_the_build_account_the_role_of_target_accounts_is_not_blamed() -> None:
    words = f"{SAID} license-manager:UpdateLicenseSpecificationsForResource"
    found = cause_of(RegionFailure(BUILD, REGION, "FAILED", "ASSOCIATE_LICENSES", words), BUILD)

    assert found is not None
    assert ROLE not in found.text + found.fix
