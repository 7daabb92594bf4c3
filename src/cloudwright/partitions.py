"""Partitions, from the form of a Region's name alone, so that no endpoint data has to be loaded."""

from __future__ import annotations

# The Region patterns of botocore's endpoint data, one prefix each; every other Region is in `aws`.
_PREFIXES = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}


def partition_of(region: str) -> str:
    """The partition of a Region, such as `aws-cn` for `cn-north-1`."""
    return next((partition for prefix, partition in _PREFIXES.items() if region.startswith(prefix)), "aws")
