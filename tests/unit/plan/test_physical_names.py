"""Physical names that nobody gave."""

from __future__ import annotations

import pytest

from catalog_kit import CATALOG
from cloudwright.errors import ProgramError
from cloudwright.plan.physical_names import naming_property, physical_name

LONG = ("image-builder", "production", "network/a-rather-long-name-of-a-resource", "k3x9q2a")


def test_a_name_says_where_it_comes_from_and_ends_in_the_random_tail() -> None:
    assert "shop-dev-images-golden-k3x9q2a" == physical_name("shop", "dev", "images/golden", "k3x9q2a")


@pytest.mark.parametrize("longest", range(8, 80))
def test_a_long_name_is_cut_from_the_middle_and_keeps_its_tail(longest: int) -> None:
    name = physical_name(*LONG, max_length=longest)

    assert len(name) <= longest
    assert name.endswith("k3x9q2a")
    assert name.startswith("image-builder"[: (longest - 8) // 2])


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^[a-z][a-z0-9_]{0,30}$", "s_dev_a_b_t"),
        (r"^[a-zA-Z0-9]+$", "sdevabt"),
        (r"^alias/[a-z-]+$", "alias/s-dev-a-b-t"),
        (r"(unclosed", "s-dev-a-b-t"),
    ],
)
def test_a_name_fits_the_types_pattern(pattern: str, expected: str) -> None:
    assert expected == physical_name("s", "dev", "a/b", "t", pattern=pattern)


def test_a_short_name_is_filled_up_to_the_least_length() -> None:
    assert "a-b-c-ttttt" == physical_name("a", "b", "c", "t", min_length=11)


def test_where_no_name_fits_the_program_must_give_one() -> None:
    with pytest.raises(ProgramError, match="no automatic name for 'x' fits"):
        physical_name("a", "b", "x", "t", pattern="^(one|two)$")


@pytest.mark.parametrize(
    ("type_name", "expected"),
    [
        ("AWS::ImageBuilder::DistributionConfiguration", "Name"),
        ("AWS::AccessAnalyzer::ArchiveRule", "RuleName"),
        ("AWS::S3::Bucket", None),
        ("AWS::S3::BucketPolicy", None),
        ("AWS::EKS::Nodegroup", None),
        ("AWS::Route53::HostedZone", None),
        ("AWS::ApiGatewayV2::DomainName", None),
    ],
)
def test_only_the_types_own_required_name_is_made_up(type_name: str, expected: str | None) -> None:
    found = naming_property(CATALOG.get(type_name))

    assert expected == (found.name if found else None)


def test_nearly_every_type_that_needs_a_name_gets_one_that_fits() -> None:
    unnamed = []
    for type_name in CATALOG.names():
        needed = naming_property(CATALOG.get(type_name))
        if needed is not None:
            try:
                physical_name(*LONG, pattern=needed.pattern, max_length=needed.max_length, min_length=needed.min_length)
            except ProgramError:
                unnamed.append(type_name)

    assert ["AWS::Cognito::Terms"] == unnamed, "its two possible names are fixed"
