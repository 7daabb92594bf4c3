"""The table of CloudFormation's constructs explains all that the converter knows."""

from __future__ import annotations

import pytest

from cloudwright.convert.cloudformation.dynamic import SERVICES
from cloudwright.convert.cloudformation.expressions import FUNCTIONS
from cloudwright.convert.cloudformation.functions.references import PSEUDO_PARAMETERS
from cloudwright.convert.cloudformation.nested import NESTED_TYPES
from cloudwright.convert.cloudformation.provided import PROVIDED_TYPES
from cloudwright.convert.cloudformation.stand_ins import REPLACED
from cloudwright.convert.cloudformation.template import (
    OUTPUT_ATTRIBUTES,
    PARAMETER_ATTRIBUTES,
    RESOURCE_ATTRIBUTES,
    SECTIONS,
)
from pages.constructs import CLOSE, OPEN, Construct, converted, fragments, groups, parts

ROWS = [row for rows in groups().values() for row in rows]

KNOWN = {
    "sections": SECTIONS,
    "functions": (*FUNCTIONS, "Fn::ForEach"),
    "pseudo parameters": PSEUDO_PARAMETERS,
    "dynamic references": SERVICES,
    "types that others replace": REPLACED,
    "types of shipped providers": tuple(PROVIDED_TYPES),
    "nested stacks": NESTED_TYPES,
    "attributes of resources": [f"resource.{name}" for name in RESOURCE_ATTRIBUTES],
    "attributes of parameters": [f"parameter.{name}" for name in PARAMETER_ATTRIBUTES],
    "attributes of outputs": [f"output.{name}" for name in OUTPUT_ATTRIBUTES],
}


@pytest.mark.parametrize("what", KNOWN)
def test_each_construct_that_the_converter_knows_has_a_row(what: str) -> None:
    explained = {name for row in ROWS for name in row.covers}
    assert [name for name in KNOWN[what] if name not in explained] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_shows_a_part_of_its_template(row: Construct) -> None:
    assert row.template.count(OPEN) == row.template.count(CLOSE) > 0
    assert all(fragments(row.template))
    assert row.shows


def test_what_no_program_holds_can_not_be_shown() -> None:
    row = Construct(
        name="x", becomes="", template="Resources: {«A: {Type: AWS::SQS::Queue}»}", shows=("SNS.",), covers=()
    )
    with pytest.raises(ValueError, match=r"nothing begins with 'SNS\.'"):
        parts(converted(row), row.shows)
