from __future__ import annotations

from dataclasses import replace

from cloudwright.plan.filling import is_outdated, outdated
from cloudwright.schema.catalog import Catalog
from cloudwright.state.records import Record
from cloudwright.target import Target

CATALOG = Catalog.bundled()
HERE = Target(account="111122223333", region="eu-west-1")


def recorded(key: str, kind: str, identifier: str, at: float, **declared: object) -> Record:
    return Record(
        key=key, type=f"AWS::EC2::{kind}", identifier=identifier, target=HERE, updated_at=at, declared=declared
    )


VPC = recorded("vpc", "VPC", "vpc-1", 10.0)


def block(at: float, vpc: str = "vpc-1") -> Record:
    return recorded("block", "VPCCidrBlock", f"id|{vpc}", at, VpcId=vpc)


def test_a_record_is_outdated_if_it_was_filled_after_its_last_write_and_its_last_read() -> None:
    assert is_outdated(VPC, block(10.5))
    assert not is_outdated(VPC, block(10.0))
    assert not is_outdated(VPC, block(9.0))
    assert not is_outdated(replace(VPC, filled_at=10.5), block(10.5))
    assert is_outdated(replace(VPC, filled_at=10.5), block(11.0))


def test_the_newest_write_of_those_that_fill_a_record_counts() -> None:
    assert outdated([VPC, block(11.0), block(12.0), block(9.0)], CATALOG) == {("vpc", 0): 12.0}


def test_records_of_other_resources_are_not_outdated() -> None:
    subnet = recorded("subnet", "Subnet", "vpc-1", 1.0)

    assert outdated([VPC, subnet, block(11.0, vpc="vpc-2")], CATALOG) == {}
    assert outdated([VPC, subnet], CATALOG) == {}
