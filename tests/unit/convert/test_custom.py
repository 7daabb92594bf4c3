"""Custom resources become types written in Python, whose providers a person writes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cloudwright.cli.root import run
from converted_kit import convert

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Thing:
    Type: Custom::Thing
    Properties:
      ServiceToken: arn:aws:lambda:us-east-1:111122223333:function:thing
      Bucket: !Ref Bucket
      Size: 3
      Labels: {a: b}
  Other:
    Type: Custom::Thing
    Properties: {ServiceToken: "arn:aws:lambda:us-east-1:111122223333:function:thing", Bucket: x, Size: 4}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub "${Thing}-${Thing.Endpoint.Name}-${Thing.Size}"}}
"""


def test_a_class_holds_the_properties_and_the_attributes_that_are_read() -> None:
    source = convert(TEMPLATE).source
    body = source[source.index("class Thing(") : source.index("class ThingProvider(")].strip()
    assert body == (
        'class Thing(CustomResource, type="Custom::Web::Thing"):\n'
        '    """Custom::Thing of web.yaml, line 5."""\n\n'
        "    Bucket: str\n    Size: int\n    Labels: dict[str, str] | None = None\n"
        "    Endpoint_Name: str = attribute()\n    Size_: str = attribute()"
    )
    assert 'app = App("web", providers=[ThingProvider()])' in source
    assert 'thing = Thing("Thing", Bucket=bucket.ref, Size=3, Labels={"a": "b"})' in source
    assert 'DisplayName=f"{thing.ref}-{thing.Endpoint_Name}-{thing.Size_}"' in source


def test_the_provider_says_what_to_write() -> None:
    source = convert(TEMPLATE).source
    where = "arn:aws:lambda:us-east-1:111122223333:function:thing (web.yaml, line 7)"
    for method, duty in (("create", "make"), ("update", "change"), ("delete", "delete")):
        assert f"ThingProvider.{method} is not written: {duty} what {where}" in source
    assert "ThingProvider.read is not written: return what it is now, or None" in source


def test_each_resource_is_reported_and_each_class_stops_the_plan_once() -> None:
    found = convert(TEMPLATE)
    assert [remark.subject for remark in found.remarks if remark.blocks] == ["Thing", "Other"]
    assert found.source.count("    undecided(") == 1


def test_types_with_the_same_name_and_another_function_have_classes_of_their_own() -> None:
    generic = "Type: AWS::CloudFormation::CustomResource, Properties: {ServiceToken: %s}"
    source = convert(f"Resources:\n  A: {{{generic % 'f'}}}\n  B: {{{generic % 'g'}}}\n").source
    assert "providers=[AProvider(), BProvider()]" in source
    two = "Type: Custom::Thing, Properties: {ServiceToken: %s}"
    source = convert(f"Resources:\n  A: {{{two % 'f'}}}\n  B: {{{two % 'g'}}}\n").source
    assert "providers=[ThingProvider(), ThingResourceProvider()]" in source


@pytest.mark.parametrize("condition", ["Yes", "No"])
def test_only_what_is_declared_stops_the_plan(condition: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = TEMPLATE[: TEMPLATE.index("  Topic:")].replace(
        "Type: Custom::Thing", "Type: Custom::Thing\n    Condition: Wanted"
    )
    head = f"Parameters: {{Answer: {{Type: String, Default: '{condition}'}}}}\n"
    head += "Conditions: {Wanted: !Equals [!Ref Answer, 'Yes']}\n"
    (tmp_path / "web.py").write_text(convert(head + text).source, "utf-8")
    assert run(["plan", "web.py", "--local"]) == (1 if condition == "Yes" else 0)


def test_the_program_is_tried_on_the_local_cloud_and_refused_until_its_methods_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    source = convert(TEMPLATE).source
    (tmp_path / "web.py").write_text(source, "utf-8")
    assert run(["plan", "web.py", "--local"]) == 1
    assert "undecided: Thing, Custom::Thing (line 5): is a custom resource; write" in capsys.readouterr().err
    decided = re.sub(r"^    undecided\(\n.*\n    \)\n", "", source, flags=re.MULTILINE)
    assert "undecided(" not in decided
    (tmp_path / "web.py").write_text(decided, "utf-8")
    assert run(["deploy", "web.py", "--local", "--yes"]) == 0
    assert run(["plan", "web.py", "--local", "--detailed-exitcode"]) == 0
    unwritten = decided.replace("(Provider[Thing]):\n", "(Provider[Thing]):\n    runs_locally = True\n", 1)
    (tmp_path / "web.py").write_text(unwritten, "utf-8")
    assert run(["deploy", "web.py", "--stage", "other", "--local", "--yes"]) == 3
    assert "ThingProvider.create is not written: make what arn:aws:lambda" in "".join(capsys.readouterr())
