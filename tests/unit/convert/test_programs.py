"""Programs of templates: what they look like, and what they say about what they leave out."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from converted_kit import Answers, convert, sent

WEB = """
Description: A small web stack
Parameters:
  VpcCidr: {Type: String, Default: 10.0.0.0/16, Description: The block of the VPC}
  Env: {Type: String, AllowedValues: [dev, prod], Default: dev}
  Size: {Type: Number, Default: 2}
  KeyName: {Type: "AWS::EC2::KeyPair::KeyName"}
  Password: {Type: String, NoEcho: true}
  MultiAz: {Type: String, Default: "false", AllowedValues: ["true", "false"]}
Mappings:
  Sizes:
    dev: {Type: t3.micro}
    prod: {Type: m5.large}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  Unused: !Not [!Condition IsProd]
Resources:
  Instance:
    Type: AWS::EC2::Instance
    DependsOn: [Bucket, Topic]
    CreationPolicy: {ResourceSignal: {Count: 1}}
    Properties:
      InstanceType: !FindInMap [Sizes, !Ref Env, Type]
      KeyName: !Ref KeyName
      SubnetId: !Ref Subnet
      UserData:
        Fn::Base64: !Sub |
          #!/bin/bash -xe
          echo "${Env} ${!HOME}" > greeting
          aws s3 cp s3://${Bucket}/x .
  VPC:
    Type: AWS::EC2::VPC
    Properties:
      CidrBlock: !Ref VpcCidr
      EnableDnsSupport: "true"
      Tags: [{Key: Name, Value: !Sub "${AWS::StackName}-vpc"}]
  Subnet:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref VPC
      CidrBlock: !Select [0, !Cidr [!GetAtt VPC.CidrBlock, 4, 8]]
  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
  Topic:
    Type: AWS::SNS::Topic
    Condition: IsProd
    Properties:
      DisplayName: !Join ["-", [a, !Ref Env, !Ref "AWS::AccountId"]]
  Db:
    Type: AWS::RDS::DBInstance
    Properties:
      MultiAZ: !Ref MultiAz
      AllocatedStorage: !Ref Size
      BackupRetentionPeriod: "7"
      MasterUserPassword: !Ref Password
      MasterUsername: !If [IsProd, admin, !Ref "AWS::NoValue"]
      VPCSecurityGroups: [!If [IsProd, sg-1, !Ref "AWS::NoValue"], sg-2]
Outputs:
  Vpc: {Value: !Ref VPC, Export: {Name: net-Vpc}}
  Topic: {Condition: IsProd, Value: !Ref Topic}
"""

PROGRAM = '''"""Converted from web.yaml.

A small web stack
"""

from __future__ import annotations

from typing import Literal

from cloudwright import App, lookup, secret
from cloudwright.aws import EC2, RDS, S3, SNS
from cloudwright.converted import base64, cidr, parameter

app = App("web")

SIZES: dict[str, dict[str, str]] = {
    "dev": {"Type": "t3.micro"},
    "prod": {"Type": "m5.large"},
}


async def stack(
    *,
    key_name: str,
    password: str,
    vpc_cidr: str = "10.0.0.0/16",
    env: Literal["dev", "prod"] = "dev",
    size: int = 2,
    multi_az: Literal["true", "false"] = "false",
) -> dict[str, object]:
    """Declare the resources of the stack.

    Args:
        vpc_cidr: The block of the VPC.
        env: The parameter Env.
        size: The parameter Size.
        key_name: The parameter KeyName; AWS::EC2::KeyPair::KeyName.
        password: The parameter Password.
        multi_az: The parameter MultiAz.
    """
    here = await lookup.identity()
    stack_name = f"{app.name}-{app.stage}"
    is_prod = env == "prod"
    vpc = EC2.VPC(
        "VPC",
        CidrBlock=vpc_cidr,
        EnableDnsSupport=True,
        Tags=[{"Key": "Name", "Value": f"{stack_name}-vpc"}],
    )
    await vpc
    subnet = EC2.Subnet("Subnet", VpcId=vpc.ref, CidrBlock=cidr(vpc.CidrBlock, 4, 8)[0])
    bucket = S3.Bucket("Bucket", retain=True)
    if is_prod:
        topic = SNS.Topic("Topic", DisplayName=f"a-{env}-{here.account}")
    await bucket
    # CreationPolicy (line 21) is left out: cloudwright does not wait for signals of
    # instances.
    EC2.Instance(
        "Instance",
        InstanceType=SIZES[env]["Type"],
        KeyName=key_name,
        SubnetId=subnet.ref,
        UserData=base64(
            (
                "#!/bin/bash -xe\\n"
                f'echo "{env} ${{HOME}}" > greeting\\n'
                f"aws s3 cp s3://{bucket.ref}/x .\\n"
            ),
        ),
        depends_on=[bucket, *([topic] if is_prod else [])],
    )
    RDS.DBInstance(
        "Db",
        MultiAZ=multi_az == "true",
        AllocatedStorage=str(size),
        BackupRetentionPeriod=7,
        MasterUserPassword=secret(password),
        MasterUsername="admin" if is_prod else None,
        VPCSecurityGroups=[*(["sg-1"] if is_prod else []), "sg-2"],
    )
    results: dict[str, object] = {"Vpc": vpc.ref, "net-Vpc": vpc.ref}
    if is_prod:
        results["Topic"] = topic.ref
    return results


@app.program
async def main() -> dict[str, object]:
    return await stack(
        key_name=parameter("KeyName", example="example"),
        password=parameter("Password", example="Example-Password-1"),
    )


if __name__ == "__main__":
    app.cli()
'''


def test_a_template_becomes_a_program_that_a_person_would_have_written() -> None:
    assert convert(WEB).source == PROGRAM


@pytest.mark.skipif(shutil.which("ruff", path=str(Path(sys.executable).parent)) is None, reason="ruff is not installed")
def test_the_program_is_formatted_and_clean(tmp_path: Path) -> None:
    path = tmp_path / "infra.py"
    path.write_text(convert(WEB).source, encoding="utf-8")
    ruff = str(Path(sys.executable).parent / "ruff")
    for words in (("format", "--check"), ("check",)):
        ran = subprocess.run([ruff, *words, "--isolated", str(path)], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout


def test_what_is_left_out_is_reported_with_its_line() -> None:
    (remark,) = convert(WEB).remarks
    assert (remark.position.line, remark.subject) == (21, "Instance")
    assert not remark.blocks


def resource(kind: str, properties: str = "", more: str = "") -> str:
    return f"Resources:\n  Thing:\n    Type: {kind}\n{more}    Properties: {{{properties}}}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (resource("Custom::Thing"), "Custom::Thing is a custom resource"),
        (resource("AWS::CloudFormation::Stack", "TemplateURL: x"), "is a nested stack"),
        (resource("AWS::CodeBuild::Project"), "can't be managed by Cloud Control: it has no handlers"),
        (resource("AWS::WAF::WebACL"), "use AWS::WAFv2::WebACL"),
        (f"Transform: Mine\n{resource('AWS::SNS::Topic')}", "only CloudFormation can run Mine"),
        (
            resource("AWS::SNS::Topic", "DisplayName: !Ref AWS::NotificationARNs"),
            "AWS::NotificationARNs has no counterpart",
        ),
        (
            resource("AWS::SNS::Topic", "DisplayName: !GetAtt Thing2.Nope") + "  Thing2: {Type: AWS::SNS::Topic}\n",
            "Nope",
        ),
    ],
)
def test_what_has_no_counterpart_stops_the_plan(text: str, words: str) -> None:
    found = convert(text)
    assert not found.whole
    assert any(words in remark.text for remark in found.remarks if remark.blocks)
    assert "undecided(" in found.source


def test_policies_that_cloud_control_lacks_become_inline_policies() -> None:
    text = (
        "Resources:\n"
        "  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}\n"
        "  Policy:\n    Type: AWS::IAM::Policy\n"
        "    Properties: {PolicyName: p, PolicyDocument: {}, Roles: [!Ref Role, other]}\n"
        "  Late: {Type: AWS::SNS::Topic, DependsOn: Policy}\n"
    )
    found = convert(text)
    assert found.whole
    assert found.source.count("IAM.RolePolicy(") == 2
    assert "depends_on=[policy1, policy2]" in found.source


def test_scalars_are_converted_by_the_schema(tmp_path: Path) -> None:
    text = resource(
        "AWS::EC2::SecurityGroup", "GroupDescription: 60, SecurityGroupIngress: [{IpProtocol: -1, FromPort: '443'}]"
    )
    documents, _ = sent(convert(text).source, tmp_path, Answers({}, {}))
    assert documents["Thing"] == {
        "GroupDescription": "60",
        "SecurityGroupIngress": [{"IpProtocol": "-1", "FromPort": 443}],
    }


def test_a_loop_is_written_out(tmp_path: Path) -> None:
    text = (
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Topics:\n    - Name\n    - [a, b-c]\n"
        "    - Topic&{Name}: {Type: AWS::SNS::Topic, "
        "Properties: {TopicName: !Sub '${Name}-x', DisplayName: !Ref Name}}\n"
    )
    documents, _ = sent(convert(text).source, tmp_path, Answers({}, {}))
    assert documents == {
        "Topica": {"TopicName": "a-x", "DisplayName": "a"},
        "Topicbc": {"TopicName": "b-c-x", "DisplayName": "b-c"},
    }


def test_a_given_value_is_written_into_the_program() -> None:
    assert 'key_name="mine"' in convert(WEB, KeyName="mine").source


@pytest.mark.parametrize("name", ["class", "Print", "None", "App", "EC2", "stack", "9lives", "Self"])
def test_names_collide_with_nothing(name: str, tmp_path: Path) -> None:
    text = (
        f"Parameters:\n  {name}: {{Type: String, Default: x}}\n"
        f"Conditions:\n  C{name}: !Equals [!Ref '{name}', x]\n"
        f"Resources:\n  {name}1: {{Type: AWS::SNS::Topic, Condition: C{name}, "
        f"Properties: {{DisplayName: !Ref '{name}'}}}}\n"
        f"  V: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: !Ref '{name}'}}}}\n"
    )
    documents, _ = sent(convert(text).source, tmp_path, Answers({}, {}))
    assert documents == {f"{name}1": {"DisplayName": "x"}, "V": {"CidrBlock": "x"}}


def test_a_dynamic_reference_may_hold_other_values() -> None:
    text = (
        "Resources:\n  Login: {Type: AWS::SecretsManager::Secret}\n"
        "  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n"
        "      MasterUserPassword: !Sub '{{resolve:secretsmanager:${Login}:SecretString:password}}'\n"
    )
    source = convert(text).source
    assert 'secret(await stored_secret(login.ref, key="password", example=' in " ".join(source.split()).replace(
        "( ", "("
    )


def test_an_imported_value_is_converted_by_the_schema(tmp_path: Path) -> None:
    text = resource("AWS::EC2::SecurityGroupIngress", "IpProtocol: tcp, FromPort: !ImportValue web-Port")
    documents, _ = sent(convert(text).source, tmp_path, Answers({}, {}))
    assert documents["Thing"] == {"IpProtocol": "tcp", "FromPort": 443}


def test_examples_of_ids_differ_and_keys_of_mappings_fit() -> None:
    text = (
        "Parameters:\n  A: {Type: 'AWS::EC2::Subnet::Id'}\n  B: {Type: 'AWS::EC2::Subnet::Id'}\n"
        "  Size: {Type: String}\n  Names: {Type: CommaDelimitedList}\n"
        "Mappings: {Sizes: {small: {Type: t3.micro}}}\nResources:\n"
        "  Lb: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Subnets: [!Ref A, !Ref B],"
        " Name: !FindInMap [Sizes, !Ref Size, Type], Tags: [{Key: !Select [1, !Ref Names], Value: x}]}}\n"
    )
    source = convert(text).source
    assert source.count("subnet-0123456789abcdef0") == 1
    assert 'parameter("Size", example="small")' in source
    assert 'example="example,exampl1,exampl2"' in source


def test_a_stack_id_lasts(tmp_path: Path) -> None:
    text = resource("AWS::SNS::Topic", "DisplayName: !Select [2, !Split ['/', !Ref 'AWS::StackId']]")
    first, second = (sent(convert(text).source, tmp_path, Answers({}, {}))[0] for _ in range(2))
    assert first == second
    assert len(first["Thing"]["DisplayName"]) == 36


def test_the_example_of_a_dynamic_reference_fits_its_property() -> None:
    text = (
        "Resources:\n  Login: {Type: AWS::SecretsManager::Secret}\n"
        "  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n"
        "      MasterUsername: !Join ['', ['{{resolve:secretsmanager:', !Ref Login, ':SecretString:username}}']]\n"
    )
    source = convert(text).source
    assert 'await stored_secret(login.ref, key="username", example="example")' in source


def test_a_choice_of_truth_is_the_condition() -> None:
    text = (
        "Parameters: {Env: {Type: String, Default: dev}}\nConditions: {Prod: !Equals [!Ref Env, prod]}\n"
        "Resources:\n  Vpc:\n    Type: AWS::EC2::VPC\n    Properties:\n"
        "      EnableDnsSupport: !If [Prod, 'true', 'false']\n      EnableDnsHostnames: !If [Prod, false, true]\n"
    )
    source = convert(text).source
    assert "EnableDnsSupport=prod, EnableDnsHostnames=not prod" in source


def test_a_long_look_up_breaks_within_its_last_brackets() -> None:
    text = (
        "Parameters: {InstanceType: {Type: String, Default: t}}\nMappings:\n"
        "  RegionsAndArchitectures: {eu: {arm64: ami-1}}\n  InstanceTypes: {t: {Architecture: arm64}}\n"
        "Resources:\n  I:\n    Type: AWS::EC2::Instance\n    Properties:\n      ImageId: !FindInMap "
        "[RegionsAndArchitectures, eu, !FindInMap [InstanceTypes, !Ref InstanceType, Architecture]]\n"
    )
    source = convert(text).source
    assert 'ImageId=REGIONS_AND_ARCHITECTURES["eu"][\n            INSTANCE_TYPES[instance_type]["Archit' in source


def test_computed_names_of_exports_are_computed_by_the_program(tmp_path: Path) -> None:
    found = convert(
        """
Parameters: {Env: {Type: String, Default: prod}}
Conditions: {IsProd: !Equals [!Ref Env, prod]}
Resources:
  Topic: {Type: AWS::SNS::Topic}
Outputs:
  Arn: {Value: !Ref Topic, Export: {Name: !Sub "${AWS::StackName}-Arn"}}
  Name: {Value: !GetAtt Topic.TopicName, Export: {Name: !Join ["-", [!Ref Env, name]]}, Condition: IsProd}
  Same: {Value: !Ref Topic, Export: {Name: !Sub Same}}
"""
    )
    answers = Answers({"Topic": "arn:topic"}, {("Topic", "TopicName"): "alerts"})
    assert sent(found.source, tmp_path, answers)[1] == {
        "Arn": "arn:topic",
        "Same": "arn:topic",
        "web-dev-Arn": "arn:topic",
        "Name": "alerts",
        "prod-name": "alerts",
    }
    assert () == found.remarks


def test_an_export_named_after_a_resource_is_reported() -> None:
    found = convert(
        """
Resources: {Topic: {Type: AWS::SNS::Topic}}
Outputs: {Arn: {Value: !Ref Topic, Export: {Name: !Sub "${Topic.TopicName}-arn"}}}
"""
    )
    (remark,) = found.remarks
    assert ("Arn", "its export is left out") == (remark.subject, remark.text.partition(":")[0])


def test_an_import_whose_app_is_unknown_is_reported() -> None:
    template = "Resources: {{Q: {{Type: AWS::SQS::Queue, Properties: {{QueueName: !ImportValue {}}}}}}}"
    assert () == convert(template.format("shop-Queue")).remarks
    (remark,) = convert(template.format("queue")).remarks
    assert ("Q", "which app exports queue is unknown") == (remark.subject, remark.text.partition(";")[0])
