"""What a record says unless it says otherwise, and what it keeps out of logs."""

from __future__ import annotations

from cloudwright.state.records import Record
from conformance.state import FULL_RECORD, TARGET


def test_a_new_record_is_of_a_live_current_resource_that_nothing_protects() -> None:
    made = Record(key="a", type="AWS::S3::Bucket", identifier="a-1", target=TARGET)

    assert (made.generation, made.current, made.status) == (0, True, "live")
    assert not any((made.protect, made.retain, made.own_name, made.adopted, made.dirty, made.unobservable))
    assert (made.order, made.created_at, made.updated_at, made.filled_at) == (0, 0.0, 0.0, 0.0)


def test_the_properties_of_a_record_are_kept_out_of_logs() -> None:
    shown = repr(FULL_RECORD)

    assert "vpc-1|x" in shown
    for content in ("10.0.0.0/16", "VpcId"):
        assert content not in shown
    made = Record(key="a", type="T", identifier="a", target=TARGET, tried={"k": "hunter2"}, sealed={"/P": "hunter2"})
    assert "hunter2" not in repr(made)
