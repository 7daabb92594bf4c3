"""Nested stacks become components of the same program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.app.convert import ConvertRequest, convert_template
from cloudwright.convert.problem import SourceError
from converted_kit import load

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.convert.cloudformation.program import Converted
    from cloudwright.testing.runner import AppRunner

ROOT = """
Parameters:
  Cidr: {Type: String, Default: 10.0.0.0/16}
  Zones: {Type: CommaDelimitedList, Default: "a,b"}
  Size: {Type: Number, Default: 2}
Resources:
  Network:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: !Sub https://${AWS::Region}.s3.amazonaws.com/bucket/parts/network.yaml
      Parameters: {VpcCidr: !Ref Cidr, Env: prod, Names: !Join [",", !Ref Zones]}
  Blue:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./parts/web.yaml
      Parameters:
        VpcId: !GetAtt Network.Outputs.VpcId
        SubnetIds: !GetAtt Network.Outputs.Subnets
        Size: !Ref Size
        First: !Select [0, !Split [",", !GetAtt Network.Outputs.Subnets]]
  Green:
    Type: AWS::Serverless::Application
    DependsOn: Blue
    Properties:
      Location: parts/web.yaml
      Parameters: {VpcId: !GetAtt Network.Outputs.VpcId, SubnetIds: "subnet-1,subnet-2", First: literal}
  Note:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !Sub "${Network.Outputs.VpcId} in ${Blue.Outputs.Name}"}
Outputs:
  Vpc: {Value: !GetAtt Network.Outputs.VpcId}
"""
NETWORK = """
Parameters:
  VpcCidr: {Type: String}
  Env: {Type: String, AllowedValues: [dev, prod]}
  Names: {Type: CommaDelimitedList}
Mappings: {Counts: {dev: {n: 1}, prod: {n: 2}}}
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties:
      CidrBlock: !Ref VpcCidr
      Tags: [{Key: Name, Value: !Sub "${AWS::StackName}-vpc"}, {Key: Count, Value: !FindInMap [Counts, !Ref Env, n]}]
  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: !Select [0, !Cidr [!Ref VpcCidr, 4, 8]]}}
  B: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: !Select [1, !Cidr [!Ref VpcCidr, 4, 8]]}}
Outputs:
  VpcId: {Value: !Ref Vpc}
  Subnets: {Value: !Join [",", [!Ref A, !Ref B]]}
"""
WEB = """
Parameters:
  VpcId: {Type: AWS::EC2::VPC::Id}
  SubnetIds: {Type: List<AWS::EC2::Subnet::Id>}
  Size: {Type: Number, Default: 1}
  First: {Type: String}
Mappings: {Counts: {dev: {n: 7}, prod: {n: 2}}}
Resources:
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref VpcId, GroupDescription: !Ref First}}
  Names:
    Type: AWS::SSM::Parameter
    Properties:
      Type: StringList
      Name: !Sub "/${AWS::StackName}/${Size}"
      Value: !Join [",", [!FindInMap [Counts, dev, n], !Join [",", !Ref SubnetIds]]]
Outputs:
  Name: {Value: !Ref Names}
"""


def written(folder: Path, root: str = ROOT, **parts: str) -> Converted:
    (folder / "parts").mkdir()
    for name, text in {"network": NETWORK, "web": WEB, **parts}.items():
        (folder / "parts" / f"{name}.yaml").write_text(text, encoding="utf-8")
    path = folder / "root.yaml"
    path.write_text(root, encoding="utf-8")
    return convert_template(ConvertRequest(source=path, app="root", values={}, tags={}))


def test_a_file_used_twice_is_one_component(tmp_path: Path) -> None:
    found = written(tmp_path)
    assert found.whole
    assert found.source.count("@component") == 2
    assert found.source.count("await web(") == 2
    assert 'COUNTS: dict[str, dict[str, str]] = {"dev": {"n": "1"}' in found.source
    assert ["DependsOn of a nested stack is left out: the order follows from references"] == [
        remark.text for remark in found.remarks
    ]


def test_outputs_reach_the_outer_program_and_the_other_stacks(tmp_path: Path, app_runner: AppRunner) -> None:
    app = load(written(tmp_path).source, tmp_path).app
    app_runner.deploy(app)

    (vpc,) = app_runner.live("AWS::EC2::VPC")
    assert [{"Key": "Name", "Value": "root-dev-Network-vpc"}, {"Key": "Count", "Value": "2"}] == vpc["Tags"]
    subnets = {one["SubnetId"] for one in app_runner.live("AWS::EC2::Subnet")}
    parameters = {one["Name"]: one for one in app_runner.live("AWS::SSM::Parameter")}
    blue, green = parameters["/root-dev-Blue/2"], parameters["/root-dev-Green/1"]
    assert {"7", *subnets} == set(blue["Value"].split(","))
    assert green["Value"] == "7,subnet-1,subnet-2"
    groups = {one["GroupDescription"] for one in app_runner.live("AWS::EC2::SecurityGroup")}
    assert {"literal"} == groups - subnets
    assert app_runner.plan(app).empty


def test_a_nested_stack_within_a_nested_one(tmp_path: Path, app_runner: AppRunner) -> None:
    outer = """
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: inner.yaml}
Outputs: {Name: {Value: !GetAtt Inner.Outputs.Name}}
"""
    inner = """
Resources: {Names: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: x, Name: !Sub "/${AWS::StackName}"}}}
Outputs: {Name: {Value: !Ref Names}}
"""
    root = "Resources: {Outer: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: parts/outer.yaml}}}"
    app = load(written(tmp_path, root, outer=outer, inner=inner).source, tmp_path).app
    app_runner.deploy(app)
    (live,) = app_runner.live("AWS::SSM::Parameter")
    assert live["Name"] == "/root-dev-Outer-Inner"


ALARMED = """
Parameters:
  Topic: {Type: String, Default: ""}
  Mode: {Type: String, Default: off}
Conditions:
  HasTopic: !Not [!Equals [!Ref Topic, ""]]
  IsOn: !Equals [!Ref Mode, "on"]
Resources:
  Note:
    Type: AWS::SSM::Parameter
    Condition: HasTopic
    Properties: {Name: /topic, Type: String, Value: !Ref Topic}
  Mode:
    Type: AWS::SSM::Parameter
    Properties: {Name: /mode, Type: String, Value: !If [IsOn, "yes", "no"]}
"""


@pytest.mark.parametrize(("given", "names"), [("Topic: !Ref Alarm", {"/topic", "/mode"}), ("Topic: ''", {"/mode"})])
def test_a_condition_sees_whether_a_reference_was_given(
    given: str, names: set[str], tmp_path: Path, app_runner: AppRunner
) -> None:
    root = (
        "Resources: {Alarm: {Type: AWS::SNS::Topic}, Part: {Type: AWS::CloudFormation::Stack, "
        f"Properties: {{TemplateURL: parts/alarmed.yaml, Parameters: {{{given}}}}}}}}}"
    )
    app = load(written(tmp_path, root, alarmed=ALARMED).source, tmp_path).app
    planned = app_runner.plan(app)
    app_runner.deploy(app)

    assert planned.partial is None
    assert names == {one["Name"] for one in app_runner.live("AWS::SSM::Parameter")}
    assert app_runner.plan(app).empty


def test_a_condition_compares_the_value_of_a_reference(tmp_path: Path, app_runner: AppRunner) -> None:
    root = (
        "Resources: {Alarm: {Type: AWS::SNS::Topic, Properties: {DisplayName: on}}, "
        "Part: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: parts/alarmed.yaml, "
        "Parameters: {Mode: !GetAtt Alarm.TopicName}}}}"
    )
    app = load(written(tmp_path, root, alarmed=ALARMED).source, tmp_path).app
    app_runner.deploy(app)

    (mode,) = app_runner.live("AWS::SSM::Parameter")
    assert mode["Value"] == "no"
    assert app_runner.plan(app).empty


def nested(properties: str) -> str:
    return f"Resources: {{Part: {{Type: AWS::CloudFormation::Stack, Properties: {{{properties}}}}}}}"


def test_a_template_that_is_not_there_stays_undecided(tmp_path: Path) -> None:
    found = written(tmp_path, nested("TemplateURL: https://example.com/other.yaml"))
    (remark,) = found.remarks
    assert remark.blocks
    assert remark.text.endswith(
        "is a nested stack, but its template is not next to this one; put the file there and convert again"
    )


@pytest.mark.parametrize(
    "url",
    [
        "./node_modules/@modules/vpc/root.yaml",
        "./node_modules/@modules/vpc/web.yaml",
        "https://example.com/modules/root.yaml",
        "https://example.com/modules/broken.yaml",
        "!Sub 'https://${AWS::Region}.example.com/modules/network.yaml'",
    ],
)
def test_a_file_that_only_has_the_same_name_is_not_taken(url: str, tmp_path: Path) -> None:
    for name, text in (("web", WEB), ("network", NETWORK), ("broken", "- no template")):
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    found = written(tmp_path, nested(f"TemplateURL: {url}, Parameters: {{Flow: x}}"))
    (remark,) = found.remarks
    assert "is a nested stack, but its template is not next to this one" in remark.text


def test_the_template_of_a_package_is_found_by_its_path(tmp_path: Path) -> None:
    place = tmp_path / "node_modules" / "@modules" / "vpc"
    place.mkdir(parents=True)
    (place / "module.yaml").write_text("Resources: {Q: {Type: AWS::SNS::Topic}}", "utf-8")
    assert written(tmp_path, nested("TemplateURL: ./node_modules/@modules/vpc/module.yaml")).whole


@pytest.mark.parametrize(
    ("root", "message"),
    [
        (
            nested("TemplateURL: parts/web.yaml, Parameters: {VpcID: x}"),
            "root.yaml: line 1, column 116: {folder}/parts/web.yaml has no parameter 'VpcID'",
        ),
        (
            nested("TemplateURL: parts/web.yaml, Parameters: {VpcId: x}"),
            "root.yaml: line 1, column 19: the parameter SubnetIds of {folder}/parts/web.yaml has no value",
        ),
        (
            nested("TemplateURL: parts/plain.yaml").replace("}}}", "}}, Q: {Type: AWS::SNS::Topic, Properties: ")
            + "{TopicName: !GetAtt Part.Outputs.Nam}}}",
            "root.yaml: line 1, column 151: the nested stack Part has no 'Outputs.Nam'",
        ),
        (
            nested("TemplateURL: parts/circle.yaml"),
            "column 19: nested templates form a cycle: root.yaml -> circle.yaml -> circle.yaml",
        ),
    ],
)
def test_mistakes_name_file_and_line(root: str, message: str, tmp_path: Path) -> None:
    plain = "Resources: {Q: {Type: AWS::SNS::Topic}}\nOutputs: {Name: {Value: !Ref Q}}"
    with pytest.raises(SourceError) as found:
        written(tmp_path, root, circle=nested("TemplateURL: circle.yaml"), plain=plain)
    assert message.replace("{folder}", str(tmp_path)) in str(found.value)


@pytest.mark.parametrize("given", ["'{{resolve:secretsmanager:db:SecretString:password}}'", "!Ref Password"])
def test_a_secret_stays_one_on_its_way_into_nested_stacks(given: str, tmp_path: Path) -> None:
    stack = "{Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s, Parameters: {Given: %s}}}"
    head = "Parameters: {Given: {Type: String}}\nResources:\n"
    topic = "  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub 'a-${Given}'}}\n"
    (tmp_path / "inner.yaml").write_text(head + topic)
    (tmp_path / "middle.yaml").write_text(f"{head}  Inner: {stack % ('inner.yaml', '!Ref Given')}\n")
    parameter = "Parameters: {Password: {Type: String, NoEcho: true, Default: x}}\n"
    (tmp_path / "root.yaml").write_text(f"{parameter}Resources:\n  Middle: {stack % ('middle.yaml', given)}\n")
    request = ConvertRequest(source=tmp_path / "root.yaml", app="root", values={}, tags={}, ids={})
    assert 'DisplayName=secret(f"a-{given}")' in convert_template(request).source
