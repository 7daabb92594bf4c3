"""Resources that are alike become a loop, and nothing else does."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog_kit import CATALOG
from cloudwright.convert.cloudformation.nodes import read_text
from cloudwright.convert.cloudformation.program import ProgramNames
from cloudwright.convert.cloudformation.template import parse_template
from cloudwright.convert.cloudformation.write import write_program
from converted_kit import Answers, sent


def written(resources: dict[str, Any], *, literal: bool = False) -> str:
    template = parse_template(read_text(json.dumps({"Resources": resources})))
    naming = ProgramNames(app="web", origin="web.yaml", values={}, tags={}, literal=literal)
    return write_program(template, CATALOG, naming).source


def queue(name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **properties}}


def test_three_alike_are_one_loop() -> None:
    source = written({"A": queue("a"), "B": queue("b"), "C": queue("c")})
    assert source.count("SQS.Queue(") == 1
    assert '("A", "a"),' in source
    assert "SQS.Queue(name, QueueName=queue_name)" in source


def test_texts_that_are_equal_share_a_variable() -> None:
    source = written({name: queue(name) for name in "ABC"})
    assert 'for name in ("A", "B", "C"):' in source
    assert "SQS.Queue(name, QueueName=name)" in source


@pytest.mark.parametrize(
    "resources",
    [
        {"A": queue("a"), "B": queue("b")},
        {"A": queue("a"), "B": queue("b"), "T": {"Type": "AWS::SNS::Topic"}, "C": queue("c")},
        {"A": queue("a", DelaySeconds=1), "B": queue("b", DelaySeconds=2), "C": queue("c", DelaySeconds=3)},
        {"A": queue("a"), "B": queue("b"), "C": queue("c") | {"DeletionPolicy": "Retain"}},
        {"A": queue("a"), "B": queue("b"), "C": queue("c"), "D": queue("d", RedrivePolicy={"Ref": "A"})},
    ],
    ids=["two", "another between", "numbers", "other options", "one that is named"],
)
def test_the_rest_is_written_out(resources: dict[str, Any]) -> None:
    assert "for " not in written(resources)


def test_values_that_the_schema_lists_are_written_out() -> None:
    types = ["String", "StringList", "String"]
    resources = {
        f"P{at}": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": kind, "Value": f"v{at}"}}
        for at, kind in enumerate(types)
    }
    assert "for " not in written(resources)


def test_literal_writes_each_out() -> None:
    assert "for " not in written({name: queue(name) for name in "ABC"}, literal=True)


VALUES = st.sampled_from(["a", "b", 'it\'s "so"', "{x}", "two\nlines", "x" * 70])


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=3, max_size=6))
def test_a_loop_sends_what_the_template_says(rows: list[tuple[str, str, str]], tmp_path: Path) -> None:
    resources = {
        f"R{at}": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": first,
                "RedrivePolicy": {"deep": [second, {"er": third}]},
                "Tags": [{"Key": "k", "Value": second}],
            },
        }
        for at, (first, second, third) in enumerate(rows)
    }
    source = written(resources)
    documents, _ = sent(source, tmp_path, Answers({}, {}))
    assert documents == {name: one["Properties"] for name, one in resources.items()}
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    if ruff is not None:
        command = [ruff, "format", "--isolated", "--no-cache", "-"]
        assert source == subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout
