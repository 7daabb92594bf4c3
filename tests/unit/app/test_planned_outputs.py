from __future__ import annotations

import pytest

from cloudwright.app.planned_outputs import FutureOutputs, PlannedOutputs
from cloudwright.program.document import Unknown
from cloudwright.program.reference import PlanningEnds, Ref, Reference, ReferenceTable

UNKNOWN = Unknown(Ref("vpc", ("VpcId",)), prior="vpc-1")


def planned(values: dict[str, object], *, complete: bool = True) -> tuple[PlannedOutputs, dict[Ref, Unknown]]:
    unknown: dict[Ref, Unknown] = {}
    return FutureOutputs("network/prod", values, complete=complete).read_by(ReferenceTable(), unknown), unknown


def test_a_known_output_is_its_value() -> None:
    outputs = planned({"Cidr": "10.0.0.0/16", "VpcId": UNKNOWN})[0]

    assert outputs["Cidr"] == "10.0.0.0/16"
    assert list(outputs) == ["Cidr", "VpcId"]


def test_an_unknown_output_is_passed_on_and_not_computed_with() -> None:
    outputs, unknown = planned({"Network": {"VpcId": UNKNOWN, "Name": "blue"}})

    vpc = outputs["Network"]["VpcId"]

    assert outputs["Network"]["Name"] == "blue"
    assert isinstance(vpc, Reference)
    assert unknown[vpc.ref].prior == "vpc-1"
    assert str(vpc.ref) == "network/prod:/Network/VpcId"
    with pytest.raises(PlanningEnds, match="network/prod:/Network/VpcId"):
        vpc.upper()


def test_a_missing_output_is_an_error_that_lists_those_that_are_there() -> None:
    outputs = planned({"VpcId": UNKNOWN})[0]

    with pytest.raises(KeyError, match="no output 'Vpc'; it has VpcId"):
        _ = outputs["Vpc"]


def test_of_a_partial_plan_nothing_is_known_to_be_missing() -> None:
    outputs = planned({}, complete=False)[0]

    for read in (lambda: outputs["VpcId"], lambda: "VpcId" in outputs, lambda: len(outputs), lambda: list(outputs)):
        with pytest.raises(PlanningEnds):
            read()
