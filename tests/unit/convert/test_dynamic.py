"""Dynamic references of templates: which lookups they become, alone and within larger texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.convert.problem import SourceError
from cloudwright.secret import Secret
from converted_kit import Answers, convert, sent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cloudwright.program.question import LookupQuestion

ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"


class Stored(Answers):
    """Answers of the services: what is asked is what is answered."""

    def __init__(self, refs: Mapping[str, str]) -> None:
        super().__init__(refs, {})
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def answer(self, question: LookupQuestion) -> Any:
        if question.kind not in {"ssm", "secret", "secret_value"}:
            return await super().answer(question)
        self.asked.append((question.kind, dict(question.arguments)))
        given = "|".join(str(value) for value in question.arguments.values())
        return given if question.kind == "ssm" else Secret(given)


def topic(name: str) -> str:
    return (
        "Parameters: {Env: {Type: String, Default: dev}}\nResources:\n  Login: {Type: AWS::SecretsManager::Secret}\n"
        f"  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: {name}\n"
    )


@pytest.mark.parametrize(
    ("reference", "kind", "arguments"),
    [
        ("ssm:/a/b", "ssm", {"path": "/a/b"}),
        ("ssm:/a/b:3", "ssm", {"path": "/a/b:3"}),
        ("ssm:/${Env}/b", "ssm", {"path": "/dev/b"}),
        ("ssm-secure:/a/b:3", "secret", {"path": "/a/b:3"}),
        ("ssm-secure:/${Env}/b", "secret", {"path": "/dev/b"}),
        ("secretsmanager:db", "secret_value", {"id": "db"}),
        ("secretsmanager:db:SecretString", "secret_value", {"id": "db"}),
        ("secretsmanager:db:SecretString:password", "secret_value", {"id": "db", "key": "password"}),
        ("secretsmanager:db:SecretString:::v1", "secret_value", {"id": "db", "version": "v1"}),
        ("secretsmanager:db::user:AWSPREVIOUS", "secret_value", {"id": "db", "key": "user", "stage": "AWSPREVIOUS"}),
        (f"secretsmanager:{ARN}:SecretString:password::", "secret_value", {"id": ARN, "key": "password"}),
        (f"secretsmanager:{ARN}", "secret_value", {"id": ARN}),
        ("secretsmanager:${Login}:SecretString:password", "secret_value", {"id": ARN, "key": "password"}),
        (
            "secretsmanager:${Env}-db:SecretString:${Env}:A${Env}",
            "secret_value",
            {"id": "dev-db", "key": "dev", "stage": "Adev"},
        ),
        (
            "secretsmanager:arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:db-AbCdEf",
            "secret_value",
            {"id": ARN},
        ),
    ],
)
@pytest.mark.parametrize("around", ["", "a-"])
def test_each_form_is_a_lookup(
    reference: str, kind: str, arguments: dict[str, Any], around: str, tmp_path: Path
) -> None:
    stored = Stored({"Login": ARN})
    source = convert(topic(f"!Sub '{around}{{{{resolve:{reference}}}}}'")).source
    documents, _ = sent(source, tmp_path, stored)
    assert [(kind, arguments)] == stored.asked
    assert documents["Topic"]["DisplayName"] == around + "|".join(arguments.values())
    assert ("secret(" in source) == (kind != "ssm")


def test_several_references_stand_in_one_text(tmp_path: Path) -> None:
    text = (
        "!Join [':', ['{{resolve', secretsmanager, !Ref Login, SecretString, 'user}}', "
        "!Sub '{{resolve:secretsmanager:${Login}:SecretString:password}}@{{resolve:ssm:host}}', 5432]]"
    )
    documents, _ = sent(convert(topic(text)).source, tmp_path, Stored({"Login": ARN}))
    assert documents["Topic"]["DisplayName"] == f"{ARN}|user:{ARN}|password@host:5432"


def test_a_secret_is_sealed_wherever_it_is_computed_with(tmp_path: Path) -> None:
    source = convert(topic("!Base64 'a{{resolve:ssm-secure:b}}'")).source
    documents, _ = sent(source, tmp_path, Stored({}))
    assert documents["Topic"]["DisplayName"] == "YWI="
    assert "DisplayName=secret(base64(" in source


DB = "{{resolve:secretsmanager:db:SecretString:password}}"


@pytest.mark.parametrize(("default", "given"), [(f"'{DB}'", {}), ("dev", {"Env": DB})])
def test_a_parameter_may_stand_for_a_reference(default: str, given: dict[str, str], tmp_path: Path) -> None:
    text = topic("!Sub 'a-${Env}'").replace("Default: dev", f"Default: {default}")
    source = convert(text, **given).source
    documents, _ = sent(source, tmp_path, Stored({}))
    assert documents["Topic"]["DisplayName"] == "a-db|password"
    assert 'secret(f"a-{env}")' in source


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("vault:x", "unknown dynamic reference 'vault:x'"),
        ("ssm", "unknown dynamic reference 'ssm'"),
        ("secretsmanager:db:SecretBinary", "can read only SecretString"),
    ],
)
def test_an_unknown_form_is_refused(reference: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as refused:
        convert(topic(f"'{{{{resolve:{reference}}}}}'"))
    assert refused.value.position.line == 7
