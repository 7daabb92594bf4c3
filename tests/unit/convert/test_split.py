"""Programs in several files declare what the same program in one file declares."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.app.convert import ConvertRequest, convert_template
from cloudwright.app.loading import load
from cloudwright.app.user_modules import forget
from cloudwright.convert.cloudformation.families import together
from typing_checks import checked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cloudwright.convert.cloudformation.program import Converted

SHOP = """
Description: A shop
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod], Default: ENV}
  Cidr: {Type: String, Default: 10.0.0.0/16}
Conditions: {Prod: !Equals [!Ref Env, prod]}
Mappings: {Sizes: {dev: {n: "128"}, prod: {n: "256"}}}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !Ref Cidr}}
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: !Select [0, !GetAZs ""]}
  Extra:
    {Type: AWS::EC2::Subnet, Condition: Prod, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}}}
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: read
      Roles: [!Ref Role]
      PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${Bucket.Arn}/*"}]}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "${AWS::StackName}-${AWS::Region}-x"}}
  Function:
    Type: AWS::Lambda::Function
    DependsOn: [Vpc, Extra]
    Properties:
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "x"}
      Handler: a.b
      Runtime: python3.12
      MemorySize: !FindInMap [Sizes, !Ref Env, n]
      VpcConfig: {SubnetIds: [!Ref Subnet, !If [Prod, !Ref Extra, !Ref AWS::NoValue]], SecurityGroupIds: []}
  Kept: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Select [1, !Split ["-", !Ref Bucket]]}}
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: queue.yaml, Parameters: {Name: !Ref Bucket}}}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt Inner.Outputs.Queue}}
  Private: {Type: Acme::Web::Page, Properties: {Title: x}}
Outputs:
  Vpc: {Value: !Ref Vpc}
  Extra: {Condition: Prod, Value: !Ref Extra}
  Queue: {Value: !GetAtt Inner.Outputs.Queue}
"""
QUEUE = """
Parameters: {Name: {Type: String}}
Mappings: {Delays: {a: {b: "5"}}}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !FindInMap [Delays, a, b], Tags: [{Key: name, Value: !Ref Name}]}
Outputs: {Queue: {Value: !GetAtt Queue.QueueName}}
"""


def large() -> str:
    """200 resources of 10 services, of which each group of ten refers to one another and to the group before."""
    rows = ["Parameters: {Env: {Type: String, Default: dev}}", "Resources:"]
    assume = "AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}"
    allow = "PolicyDocument: {Statement: [{Effect: Allow, Action: '*', Resource: !GetAtt B%d.Arn}]}"
    for n in range(20):
        before = f"B{n - 1}" if n else "V0"
        rows += [
            f"  V{n}: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: 10.{n}.0.0/16}}}}",
            f"  S{n}: {{Type: AWS::EC2::Subnet, Properties: {{VpcId: !Ref V{n}, CidrBlock: 10.{n}.0.0/24}}}}",
            f"  G{n}: {{Type: AWS::EC2::SecurityGroup, Properties: {{VpcId: !Ref V{n}, GroupDescription: g{n}}}}}",
            f"  R{n}: {{Type: AWS::IAM::Role, Properties: {{{assume}}}}}",
            f"  B{n}: {{Type: AWS::S3::Bucket, DependsOn: {before}}}",
            f"  P{n}: {{Type: AWS::IAM::RolePolicy, Properties: {{RoleName: !Ref R{n}, PolicyName: p, {allow % n}}}}}",
            f"  T{n}: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: !Sub '${{Env}}-${{B{n}}}'}}}}",
            f"  Q{n}: {{Type: AWS::SQS::Queue, Properties: {{KmsMasterKeyId: !Ref K{n}}}}}",
            f"  K{n}: {{Type: AWS::KMS::Key, Properties: {{Description: !GetAtt R{n}.Arn, KeyPolicy: {{Id: k{n}}}}}}}",
            f"  L{n}: {{Type: AWS::Logs::LogGroup, Properties: {{KmsKeyId: !GetAtt K{n}.Arn, RetentionInDays: 3}}}}",
        ]
    return "\n".join(rows)


NAMES = """
Parameters: {Network: {Type: String, Default: 10.0.0.0/16}, Iam: {Type: Number, Default: 3}}
Conditions: {Compute: !Equals [!Ref Iam, "3"]}
Resources:
  Storage: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !Ref Network}}
  Messaging: {Type: AWS::S3::Bucket, Condition: Compute, Properties: {Tags: [{Key: a, Value: !Ref Storage}]}}
  Infra: {Type: AWS::SNS::Topic, Condition: Compute, Properties: {DisplayName: !Sub "network ${Messaging}"}}
  Stack: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: a, Value: !If [Compute, !Ref Infra, !Ref Storage]}]}}
  Login: {Type: AWS::SecretsManager::Secret, Properties: {GenerateSecretString: {}}}
  Copy: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Sub "{{resolve:secretsmanager:${Login}}}"}}
"""
CASES = {"names": NAMES, "dev": SHOP.replace("ENV", "dev"), "prod": SHOP.replace("ENV", "prod"), "large": large()}


def converted(folder: Path, text: str, *, split: bool) -> Converted:
    (folder / "queue.yaml").write_text(QUEUE, "utf-8")
    (folder / "web.yaml").write_text(text, "utf-8")
    request = ConvertRequest(source=folder / "web.yaml", app="web", values={}, tags={}, split=split)
    return convert_template(request)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "program"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    forget(folder)


async def planned(folder: Path, found: Converted) -> Any:
    """What a plan of the program does, by key."""
    for name, text in {**found.parts, "infra.py": found.source}.items():
        (folder / name).write_text(text, "utf-8")
    app = load(folder / "infra.py", stage="dev", local=True).configure(runtime=World(folder).runtime)
    plan = await app.plan()
    after = {step.key: set(step.depends_on) for step in plan.steps}
    steps = {step.key: (step.type, step.desired, _all_before(step.key, after)) for step in plan.steps}
    forget(folder)
    return steps, plan.partial.reason if plan.partial else ""


def _all_before(key: str, after: Mapping[str, set[str]]) -> set[str]:
    """What a step waits for, directly or not: which of the edges are written down is no matter."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        fresh = after[waiting.pop()] - found
        found |= fresh
        waiting += fresh
    return found


@pytest.mark.parametrize("case", CASES)
async def test_the_plan_is_that_of_the_program_in_one_file(case: str, place: Path) -> None:
    text = CASES[case].replace("  Private: {Type: Acme::Web::Page, Properties: {Title: x}}\n", "")
    whole = await planned(place, converted(place.parent, text, split=False))
    split = await planned(place, converted(place.parent, text, split=True))
    assert {key: (one, whole[0].get(key)) for key, one in split[0].items() if one != whole[0].get(key)} == {}
    assert (split[0].keys(), split[1]) == (whole[0].keys(), whole[1])
    assert len(split[0]) >= {"large": 200, "names": 5}.get(case, 6)


def test_a_custom_type_may_be_called_as_a_file(place: Path) -> None:
    custom = "Properties: {ServiceToken: !GetAtt F.Arn, To: !GetAtt F.Arn}"
    function = "Code: {ZipFile: x}, Role: 'arn:aws:iam::111122223333:role/x', Handler: a.b, Runtime: python3.12"
    text = (
        f"Resources:\n  F: {{Type: AWS::Lambda::Function, Properties: {{{function}}}}}\n"
        f"  A: {{Type: Custom::Compute, {custom}}}\n  B: {{Type: Custom::Storage, {custom}}}\n"
        "  Bucket: {Type: AWS::S3::Bucket, Properties: {Tags: [{Key: a, Value: !GetAtt A.B}]}}\n"
        "Outputs: {Bucket: {Value: !Ref Bucket}}\n"
    )
    found = converted(place.parent, text, split=True)
    assert checked(place, {"infra.py": found.source, **found.parts}) == []


@pytest.mark.parametrize("case", CASES)
def test_all_files_are_typed_and_clean(case: str, place: Path) -> None:
    found = converted(place.parent, CASES[case], split=True)
    assert checked(place, {"infra.py": found.source, **found.parts}) == []


@pytest.mark.parametrize("case", CASES)
def test_files_import_each_other_in_one_direction(case: str, place: Path) -> None:
    found = converted(place.parent, CASES[case], split=True)
    imports = {name.removesuffix(".py"): _imported(text) & _names(found) for name, text in found.parts.items()}
    while imports:
        free = {name for name, needed in imports.items() if not needed & imports.keys()}
        assert free, f"these import each other: {imports}"
        imports = {name: needed for name, needed in imports.items() if name not in free}


def _names(found: Converted) -> set[str]:
    return {name.removesuffix(".py") for name in found.parts}


def _imported(text: str) -> set[str]:
    return {one.module for one in ast.walk(ast.parse(text)) if isinstance(one, ast.ImportFrom) and one.module}


def test_each_family_and_each_nested_template_has_its_file(place: Path) -> None:
    found = converted(place.parent, CASES["dev"], split=True)
    assert set(found.parts) == {
        *("network.py", "iam.py", "storage.py", "permissions.py", "compute.py", "parameters.py", "messaging.py"),
        *("stacks.py", "queue_stack.py", "constants.py", "web.py"),
    }  # fmt: skip
    assert "class Network:" in found.parts["network.py"]
    assert "    extra: EC2.Subnet\n" in found.parts["network.py"]
    assert "network = await declare_network(cidr_value=cidr_value, prod=prod)" in found.source


def test_families_that_need_each_other_stay_together() -> None:
    families = {"a": "network", "b": "compute", "c": "network", "d": "iam", "e": "storage"}
    needs = {"a": [], "b": ["a", "d"], "c": ["b"], "d": [], "e": ["c"]}
    assert together(families, needs) == {"iam": ["d"], "network_and_compute": ["a", "b", "c"], "storage": ["e"]}
    needs["d"] = ["c"]
    assert together(families, needs) == {"core": ["a", "b", "c", "d"], "storage": ["e"]}
