"""Names by Python's conventions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.convert.writer.names import snake


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("VPCGatewayAttachment", "vpc_gateway_attachment"),
        ("VPCCIDR", "vpc_cidr"),
        ("ECSALB", "ecs_alb"),
        ("AWSAMIRegionMap", "aws_ami_region_map"),
        ("NumberOfAZs", "number_of_azs"),
        ("DBSubnetIDs", "db_subnet_ids"),
        ("UserARNs", "user_arns"),
        ("PrivateSubnet1A", "private_subnet1a"),
        ("PrivateSubnet1ACIDR", "private_subnet1a_cidr"),
        ("NATGW1EIP", "nat_gw1_eip"),
        ("IPv6Cidr", "ipv6_cidr"),
        ("IoTRole", "iot_role"),
        ("DynamoDBTable", "dynamodb_table"),
        ("OAuth2Client", "oauth2_client"),
        ("EC2InstanceProfile", "ec2_instance_profile"),
        ("S3BucketName", "s3_bucket_name"),
        ("SG2ES", "sg2_es"),
        ("XYZWidget", "xyz_widget"),
        ("rIAMPolicy", "r_iam_policy"),
        ("my-queue_1", "my_queue_1"),
        ("3AZCondition", "n3_az_condition"),
        ("", "n"),
    ],
)
def test_words_are_separated(name: str, expected: str) -> None:
    assert snake(name) == expected


@given(st.from_regex(r"[A-Za-z0-9]{1,24}", fullmatch=True))
def test_no_letter_is_lost(name: str) -> None:
    found = snake(name)
    assert found.isidentifier()
    assert found.replace("_", "").removeprefix("n" if name[0].isdigit() else "") == name.lower()
