from __future__ import annotations

import pytest

from cloudwright.schema.suggest import did_you_mean

NAMES = (
    "Name",
    "Description",
    "LaunchPermissionConfiguration",
    "LaunchTemplateConfigurations",
    "TargetAccountIds",
    "KmsKeyId",
)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("name", "Name"),
        ("launchPermissionConfiguration", "LaunchPermissionConfiguration"),
        ("target_account_ids", "TargetAccountIds"),
        ("kms-key-id", "KmsKeyId"),
        ("LaunchPermission", "LaunchPermissionConfiguration"),
        ("Descripton", "Description"),
        ("TargetAccountId", "TargetAccountIds"),
        ("TragetAccuontIds", "TargetAccountIds"),
        ("Nmae", "Name"),
    ],
)
def test_a_near_miss_finds_what_was_meant(word: str, meant: str) -> None:
    assert meant == did_you_mean(word, NAMES)


@pytest.mark.parametrize("word", ["Zebra", "x", "", "Launch", "S3ExportConfigurations"])
def test_a_word_near_to_nothing_or_to_several_gets_no_guess(word: str) -> None:
    assert did_you_mean(word, NAMES) is None


def test_a_word_is_never_suggested_for_itself() -> None:
    assert did_you_mean("Name", ["Name"]) is None


def test_equality_without_case_wins_over_a_longer_beginning() -> None:
    assert did_you_mean("tags", ["TagsAndMore", "Tags"]) == "Tags"
