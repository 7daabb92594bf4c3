"""`cloudwright convert cdk.out`: each stack of a cloud assembly becomes a program, and the programs deploy together."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.cli.root import run
from typing_checks import checked

if TYPE_CHECKING:
    from pathlib import Path

KEY = "0f" * 32 + ".zip"
BOOTSTRAP = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/x/version"}
COMMON = {"Parameters": {"BootstrapVersion": BOOTSTRAP}, "Rules": {"CheckBootstrapVersion": {"Assertions": []}}}
NETWORK = {
    "Resources": {"AlertsABCDEF12": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {
        "ExportsOutputRefAlerts": {
            "Value": {"Ref": "AlertsABCDEF12"},
            "Export": {"Name": "Network:ExportsOutputRefAlerts"},
        }
    },
    **COMMON,
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
IMAGES = {
    "Resources": {
        "RoleABCDEF12": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
        "FnABCDEF12": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"S3Bucket": {"Fn::Sub": "cdk-x-assets-${AWS::AccountId}-${AWS::Region}"}, "S3Key": KEY},
                "Handler": "index.handler",
                "Runtime": "python3.13",
                "Role": {"Fn::GetAtt": ["RoleABCDEF12", "Arn"]},
                "Environment": {"Variables": {"TOPIC": {"Fn::ImportValue": "Network:ExportsOutputRefAlerts"}}},
            },
        },
        "Part": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": {"Fn::Join": ["", ["https://s3/", {"Ref": "AWS::Region"}, "/b/0a.json"]]}},
            "Metadata": {"aws:asset:path": "ImagesPart.nested.template.json"},
        },
    },
    **COMMON,
}
PART = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}


def stack(file: str, **more: Any) -> dict[str, Any]:
    properties = {"templateFile": file, **more}
    return {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/us-east-1",
        "properties": properties,
    }


def assembly(folder: Path, artifacts: dict[str, Any], **files: Any) -> None:
    folder.mkdir(exist_ok=True)
    for name, content in {"manifest.json": {"version": "55.0.0", "artifacts": artifacts}, **files}.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture(autouse=True)
def synthesised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asset = {"source": {"path": "asset.0f", "packaging": "zip"}, "destinations": {"d": {"objectKey": KEY}}}
    assembly(
        tmp_path / "cdk.out",
        {
            "Images.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Images.assets.json"}},
            "Images": stack("Images.template.json"),
            "Deeper": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "deeper"}},
            "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
        },
        **{
            "Images.assets.json": {"files": {"0f": asset}},
            "Images.template.json": IMAGES,
            "ImagesPart.nested.template.json": PART,
        },
    )
    assembly(tmp_path / "cdk.out/deeper", {"N": stack("n.json", stackName="Network")}, **{"n.json": NETWORK})
    (tmp_path / "cdk.out/asset.0f").mkdir()
    (tmp_path / "cdk.out/asset.0f/index.py").write_text("def handler(event, context): ...\n", encoding="utf-8")


def test_the_stacks_deploy_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["convert", "cdk.out", "-o", "infra"]) == 0
    assert "next: cloudwright plan infra" in capsys.readouterr().out
    images = (tmp_path / "infra/images.py").read_text(encoding="utf-8")
    assert "    role = IAM.Role(\n" in images
    assert 'Code=asset("../cdk.out/asset.0f")' in images
    assert "bootstrap" not in images.casefold()
    assert "@component" in images
    assert 'with target(region="us-east-1"):' in images

    assert run(["convert", "cdk.out", "-o", "infra", "--check"]) == 0
    monkeypatch.chdir(tmp_path / "infra")
    consent = ["--local", "--yes"]
    assert run(["bootstrap", *consent]) == 0
    assert run(["deploy", ".", *consent]) == 0
    assert run(["plan", ".", "--local"]) == 0


def test_one_stack_may_be_one_file(tmp_path: Path) -> None:
    assembly(tmp_path / "one", {"Network": stack("n.json")}, **{"n.json": NETWORK})
    assert run(["convert", "one", "-o", "infra.py"]) == 0
    assert (tmp_path / "infra.py").is_file()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["cdk.out", "-o", "infra.py"], "the assembly has 2 stacks: Images, Network"),
        (["empty", "-o", "infra"], "empty has no stack"),
        (["broken", "-o", "infra"], "broken/manifest.json is not a manifest of a cloud assembly"),
        (
            ["cdk.out", "-o", "infra", "--adopt"],
            "for an assembly, only --tag, --literal, --split, --check and --force are valid",
        ),
        (["cdk.out", "-o", "made"], "made/images.py already exists"),
    ],
)
def test_bad_input_is_one_error(
    words: list[str], error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assembly(tmp_path / "empty", {})
    assembly(tmp_path / "broken", {"Images": 1})
    (tmp_path / "made").mkdir()
    (tmp_path / "made/images.py").touch()

    assert run(["convert", *words]) != 0
    printed = capsys.readouterr()
    assert error in printed.out + printed.err


SPLIT = ["convert", "cdk.out", "--split", "-o", "infra"]
IMAGE_FILES = [f"images_files/{name}.py" for name in ("__init__", "compute", "iam", "images_part", "stacks")]
STACK_FILES = ["images.py", *IMAGE_FILES, "network.py", "network_files/__init__.py", "network_files/messaging.py"]


def written(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))


def test_each_stack_may_have_a_package_of_its_own_with_the_same_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(SPLIT) == 0
    printed = capsys.readouterr().out
    assert "written: infra/images.py (3 resources in 6 files)" in printed
    assert "next: cloudwright plan infra" in printed
    assert written(tmp_path / "infra") == STACK_FILES
    assert 'asset("../../cdk.out/asset.0f")' in (tmp_path / "infra/images_files/compute.py").read_text("utf-8")
    assert run([*SPLIT, "--check"]) == 0

    texts = {name: (tmp_path / "infra" / name).read_text("utf-8") for name in STACK_FILES}
    assert checked(tmp_path / "infra", texts) == []

    assert run(["convert", "cdk.out", "-o", "whole"]) == 0
    plans = []
    for place in ("whole", "infra"):
        monkeypatch.chdir(tmp_path / place)
        assert run(["bootstrap", "--local", "--yes"]) == 0
        assert run(["deploy", ".", "--local", "--yes"]) == 0
        capsys.readouterr()
        assert run(["plan", ".", "--local", "--json"]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        plans.append(sorted((line["key"], line["type_name"]) for line in lines if line["type"] == "resource"))
    assert plans[0] == plans[1]


def test_what_an_earlier_conversion_wrote_is_removed_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(SPLIT) == 0
    (tmp_path / "infra/network_files/mine.py").write_text("x = 1\n", "utf-8")
    iam = tmp_path / "infra/images_files/iam.py"
    iam.write_text(iam.read_text("utf-8") + "# changed\n", "utf-8")
    small = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    (tmp_path / "cdk.out/Images.template.json").write_text(json.dumps(small), "utf-8")
    capsys.readouterr()

    assert run(SPLIT) == 1
    assert "infra/images.py already exists" in capsys.readouterr().err
    assert run([*SPLIT, "--force"]) == 0
    printed = capsys.readouterr().out
    removed = ("compute", "images_part", "stacks")
    assert [line for line in printed.splitlines() if line.startswith("removed")] == [
        f"removed: infra/images_files/{name}.py: an earlier conversion wrote it, and this one does not"
        for name in removed
    ]
    assert "kept: infra/images_files/iam.py: an earlier conversion wrote it, and it was changed since" in printed
    assert written(tmp_path / "infra") == [
        *("images.py", "images_files/__init__.py", "images_files/iam.py", "images_files/messaging.py", "network.py"),
        *("network_files/__init__.py", "network_files/messaging.py", "network_files/mine.py"),
    ]
    assert run([*SPLIT, "--force"]) == 0
    assert "kept" not in capsys.readouterr().out, "what somebody changed is theirs"
    assert (tmp_path / "infra/network_files/mine.py").is_file()


def test_programs_in_files_give_way_to_programs_with_packages(tmp_path: Path) -> None:
    assert run(["convert", "cdk.out", "-o", "infra"]) == 0
    assert written(tmp_path / "infra") == ["images.py", "network.py"]
    assert run([*SPLIT, "--force"]) == 0
    assert written(tmp_path / "infra") == STACK_FILES


@pytest.mark.parametrize(
    "note",
    [
        "{",
        "[]",
        '{".": 5}',
        '{".": {"../outside.py": ["D"], "/etc/hosts": ["D"], "x.py": 5}}',
        '{".": {"images_files/../../outside.py": ["D"]}}',
    ],
)
def test_a_note_that_was_edited_removes_nothing_outside(note: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("x = 1\n", "utf-8")
    digest = hashlib.sha256(outside.read_bytes()).hexdigest()
    assert run(SPLIT) == 0
    (tmp_path / "infra/.cloudwright/converted.json").write_text(note.replace("D", digest), "utf-8")
    assert run([*SPLIT, "--force"]) == 0
    assert outside.is_file()
    assert written(tmp_path / "infra") == STACK_FILES
