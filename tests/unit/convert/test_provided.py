"""Types that Cloud Control can't manage, and that a provider of cloudwright manages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.app.convert import ConvertRequest, convert_template
from converted_kit import load

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.convert.cloudformation.program import Converted
    from cloudwright.testing.runner import AppRunner

ACL = """
Parameters:
  Secret: {Type: String, NoEcho: true, Default: ""}
Conditions:
  HasSecret: !Not [!Equals [!Ref Secret, ""]]
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Acl: {Type: AWS::EC2::NetworkAcl, Properties: {VpcId: !Ref Vpc}}
  Https:
    Type: AWS::EC2::NetworkAclEntry
    Properties:
      NetworkAclId: !Ref Acl
      RuleNumber: "100"
      Protocol: "6"
      RuleAction: allow
      Egress: "false"
      CidrBlock: 0.0.0.0/0
      PortRange: {From: "443", To: 443}
  Cache:
    Type: AWS::ElastiCache::ReplicationGroup
    DependsOn: Https
    Properties:
      ReplicationGroupDescription: sessions
      AuthToken: !If [HasSecret, !Ref Secret, !Ref AWS::NoValue]
"""
KEY = """
Resources:
  User: {Type: AWS::IAM::User, Properties: {UserName: deployer}}
  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: !Ref User, Status: Active}}
  Note:
    Type: AWS::SecretsManager::Secret
    Properties: {SecretString: !Sub "${Key}:${Key.SecretAccessKey}"}
Outputs:
  Id: {Value: !Ref Key}
  Same: {Value: !GetAtt Key.Id}
"""
RULE = {
    "RuleNumber": 100,
    "Protocol": 6,
    "RuleAction": "allow",
    "Egress": False,
    "CidrBlock": "0.0.0.0/0",
    "PortRange": {"From": 443, "To": 443},
}


def written(folder: Path, ids: dict[str, str] | None = None, *, split: bool = False) -> Converted:
    path = folder / "acl.yaml"
    path.write_text(ACL, encoding="utf-8")
    return convert_template(ConvertRequest(source=path, app="acl", values={}, tags={}, ids=ids or {}, split=split))


def test_a_rule_of_a_network_acl_is_declared_by_its_provider(tmp_path: Path, app_runner: AppRunner) -> None:
    app = load(written(tmp_path).source, tmp_path).app

    app_runner.deploy(app)
    assert app_runner.plan(app).empty
    (rule,) = app_runner.live("Cloudwright::EC2::NetworkAclEntry")
    assert RULE.items() <= rule.items()


def test_an_access_key_is_declared_by_its_provider(tmp_path: Path, app_runner: AppRunner) -> None:
    (tmp_path / "key.yaml").write_text(KEY, encoding="utf-8")
    found = convert_template(ConvertRequest(source=tmp_path / "key.yaml", app="key", values={}, tags={}))
    app = load(found.source, tmp_path).app

    app_runner.deploy(app)
    assert app_runner.plan(app).empty
    (key,) = app_runner.live("Cloudwright::IAM::AccessKey")
    outputs = app_runner.outputs(app)
    assert outputs["Id"] == outputs["Same"] == key["AccessKeyId"]


def test_the_file_of_a_family_imports_the_class(tmp_path: Path) -> None:
    found = written(tmp_path, split=True)

    assert "providers=[NetworkAclEntries()]" in found.source
    assert "from cloudwright.providers.network_acls import NetworkAclEntries\n" in found.source
    assert any(
        "from cloudwright.providers.network_acls import NetworkAclEntry\n" in part for part in found.parts.values()
    )


def test_the_identifier_to_adopt_is_for_a_person_to_write(tmp_path: Path) -> None:
    found = written(tmp_path, {"Https": "stack-Https-1ABC"})

    remarks = [remark for remark in found.remarks if remark.blocks]
    assert ["Https"] == [remark.subject for remark in remarks]
    assert "write the identifier as ACL|ingress or egress|RULE NUMBER" in remarks[0].text


def test_a_secret_under_a_condition_is_left_out_where_the_template_leaves_it_out(tmp_path: Path) -> None:
    assert "AuthToken=secret(secret_value) if has_secret else None" in written(tmp_path).source
