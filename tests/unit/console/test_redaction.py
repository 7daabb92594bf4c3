"""Bodies of calls are shown without what no read would show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwright.console.redaction import BODY_LIMIT, BodyRedaction
from cloudwright.local.model.types import LocalType
from cloudwright.secret import MASK

KIND = LocalType(
    "Test::A::B",
    {},
    (("Id",),),
    write_only=(("Password",), ("Users", "*", "Secret"), ("Keys", "*"), ("Skipped", "Pin")),
)


def shown(kind: LocalType | None = KIND, **members: Any) -> dict[str, Any]:
    body = {name: json.dumps(value) for name, value in members.items()}
    found: dict[str, Any] = json.loads(BodyRedaction(kind).request(json.dumps(body).encode()))
    return found


def patched(path: str, value: object) -> object:
    (operation,) = shown(PatchDocument=[{"op": "add", "path": path, "value": value}])["PatchDocument"]
    return operation["value"]


def test_hidden_values_of_a_document_are_masked_at_any_depth() -> None:
    document = {
        "Name": "n",
        "Password": "hunter2",
        "Users": [{"Name": "u", "Secret": "hunter2"}],
        "Keys": ["hunter2"],
        "Skipped": [{"Pin": "hunter2"}],
    }

    assert shown(DesiredState=document)["DesiredState"] == {
        "Name": "n",
        "Password": MASK,
        "Users": [{"Name": "u", "Secret": MASK}],
        "Keys": [MASK],
        "Skipped": [{"Pin": MASK}],
    }


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("/Name", "n", "n"),
        ("/Password", "hunter2", MASK),
        ("/Users", [{"Secret": "hunter2"}], [{"Secret": MASK}]),
        ("/Users/0", {"Secret": "hunter2"}, {"Secret": MASK}),
        ("/Users/-", {"Secret": "hunter2"}, {"Secret": MASK}),
        ("/Users/0/Secret", "hunter2", MASK),
        ("/Keys/1", "hunter2", MASK),
        ("/Skipped/0/Pin", "hunter2", MASK),
        ("", {"Password": "hunter2"}, {"Password": MASK}),
    ],
)
def test_hidden_values_of_a_patch_are_masked_wherever_it_points(path: str, value: object, expected: object) -> None:
    assert patched(path, value) == expected


def test_an_operation_without_a_value_stays_as_it_is() -> None:
    operations = [{"op": "remove", "path": "/Password"}]

    assert shown(PatchDocument=operations)["PatchDocument"] == operations


@pytest.mark.parametrize("document", [["hunter2"], "hunter2", {"Password": "hunter2"}])
def test_a_document_that_nobody_understands_is_not_shown(document: object) -> None:
    kind = None if isinstance(document, dict) else KIND

    assert shown(kind, DesiredState=document, PatchDocument="hunter2") == {"DesiredState": MASK, "PatchDocument": MASK}


@pytest.mark.parametrize(("body", "text"), [(b"Action=GetCallerIdentity", "Action=GetCallerIdentity"), (b"\xff", "�")])
def test_a_form_is_shown_as_text(body: bytes, text: str) -> None:
    assert BodyRedaction(None).request(body) == text


def test_a_long_body_is_cut() -> None:
    text = BodyRedaction(None).request(json.dumps({"TypeName": "x" * 2 * BODY_LIMIT}).encode())

    assert len(text) < BODY_LIMIT + 100
    assert "characters more" in text


def test_a_broken_document_is_not_shown_since_nobody_knows_what_it_hides() -> None:
    assert BodyRedaction(KIND).request(b'{"DesiredState": "hunter2') == "25 bytes that are not a JSON object"


def answered(secret: str, message: str) -> str:
    redaction = BodyRedaction(KIND)
    redaction.request(json.dumps({"DesiredState": json.dumps({"Password": secret})}).encode())
    return redaction.response(json.dumps({"message": message}).encode())


@pytest.mark.parametrize("secret", ["hunter2", 'say "friend"', "{x}"])
def test_an_answer_that_quotes_a_hidden_value_is_masked(secret: str) -> None:
    text = answered(secret, f"#/Password: string [{secret}] does not match pattern ^a$")

    assert json.loads(text)["message"] == f"#/Password: string [{MASK}] does not match pattern ^a$"


def test_a_value_too_short_for_a_secret_leaves_the_answer_readable() -> None:
    assert "does not match" in answered("a", "string [a] does not match pattern ^b$")


def test_credentials_in_an_answer_are_masked() -> None:
    xml = b"<AccessKeyId>111122223333</AccessKeyId><SecretAccessKey>hunter2</SecretAccessKey>"

    text = BodyRedaction(None).response(xml)

    assert "hunter2" not in text
    assert "111122223333" in text
