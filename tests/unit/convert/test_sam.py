"""Templates of the Serverless Application Model."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from cloudwright.app.convert import ConvertRequest, convert_template
from cloudwright.convert.problem import SourceError
from cloudwright.errors import ProgramError
from converted_kit import Answers, sent

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.convert.cloudformation.program import Converted

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Name: {Type: String, Default: hello}}
Globals: {Function: {Runtime: python3.12}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Ref Name
      CodeUri: src/
      Handler: app.handler
      Environment: {Variables: {REGION: !Ref "AWS::Region"}}
      Events:
        Get: {Type: Api, Properties: {Path: /hello, Method: get}}
  Table: {Type: AWS::Serverless::SimpleTable}
"""
REFS = dict.fromkeys(("Hello", "Table", "ServerlessRestApi"), "id")


@pytest.fixture
def converted(tmp_path: Path) -> Converted:
    pytest.importorskip("samtranslator")
    path = tmp_path / "t.yaml"
    path.write_text(TEMPLATE, encoding="utf-8")
    return convert_template(ConvertRequest(source=path, app="t", values={}, tags={}))


def test_a_function_becomes_what_it_expands_to(converted: Converted, tmp_path: Path) -> None:
    assert converted.whole
    attributes = {("HelloRole", "Arn"): "arn:role", ("Hello", "Arn"): "arn:hello"}

    class Deployments(Answers):
        def value(self, ref: object) -> object:
            return "id" if str(ref).startswith("ServerlessRestApiDeployment") else super().value(ref)  # type: ignore[arg-type]

    documents, _ = sent(converted.source, tmp_path, Deployments(REFS, attributes))
    hello = documents["Hello"]
    assert hello["FunctionName"] == "hello"
    assert hello["Code"]["S3Key"] == "Hello.zip"
    assert hello["Environment"] == {"Variables": {"REGION": "eu-west-1"}}
    assert {"HelloRole", "HelloGetPermissionProd", "ServerlessRestApiProdStage", "Table"} <= documents.keys()


def test_parameters_stay_parameters(converted: Converted) -> None:
    assert 'name: str = "hello"' in converted.source
    assert "FunctionName=name" in converted.source


def test_the_archives_are_a_parameter_that_is_reported(converted: Converted) -> None:
    (remark,) = converted.remarks
    assert remark.subject == "ArtifactBucket"
    assert not remark.blocks


def test_values_are_written_where_the_translator_needs_them(tmp_path: Path) -> None:
    pytest.importorskip("samtranslator")
    path = tmp_path / "t.yaml"
    text = TEMPLATE.replace("CodeUri: src/", "CodeUri: src/\n      AutoPublishAlias: !Ref Name")
    path.write_text(text, encoding="utf-8")
    found = convert_template(ConvertRequest(source=path, app="t", values={}, tags={}))
    assert 'Name="hello"' in found.source
    assert any("SAM needs the parameters' values" in remark.text for remark in found.remarks)


def test_an_image_is_a_parameter(tmp_path: Path) -> None:
    pytest.importorskip("samtranslator")
    path = tmp_path / "t.yaml"
    text = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Hi: {Type: AWS::Serverless::Function, "
    path.write_text(f"{text}Properties: {{PackageType: Image}}}}\n", encoding="utf-8")
    found = convert_template(ConvertRequest(source=path, app="t", values={}, tags={}))
    assert 'Code={"ImageUri": hi_image_uri}' in found.source


def test_what_the_translator_refuses_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("samtranslator")
    path = tmp_path / "t.yaml"
    path.write_text(TEMPLATE.replace("Handler: app.handler", "Handlr: app.handler"), encoding="utf-8")
    with pytest.raises(SourceError, match="SAM's translator rejects the template"):
        convert_template(ConvertRequest(source=path, app="t", values={}, tags={}))


def test_a_missing_translator_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "samtranslator.translator.translator", None)
    path = tmp_path / "t.yaml"
    path.write_text(TEMPLATE, encoding="utf-8")
    with pytest.raises(ProgramError) as caught:
        convert_template(ConvertRequest(source=path, app="t", values={}, tags={}))
    assert "cloudwright[sam]" in str(caught.value.hint)
