"""Bodies of calls are shown without what no read would show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwright.console.recent import BODY_LIMIT, KEPT, MASK, Recent, masked
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.types import LocalType
from local_kit import ACCOUNT, REGION, StillClock, catalog

KIND = LocalType(
    "Test::A::B",
    {},
    (("Id",),),
    write_only=(("Password",), ("Users", "*", "Secret"), ("Keys", "*"), ("Skipped", "Pin")),
)


def shown(kind: LocalType | None = KIND, **members: Any) -> dict[str, Any]:
    body = {name: json.dumps(value) for name, value in members.items()}
    found: dict[str, Any] = json.loads(masked(json.dumps(body).encode(), kind))
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
def test_a_body_that_is_no_json_is_shown_as_text(body: bytes, text: str) -> None:
    assert masked(body, None) == text


def test_a_long_body_is_cut() -> None:
    text = masked(json.dumps({"TypeName": "x" * 2 * BODY_LIMIT}).encode(), None)

    assert len(text) < BODY_LIMIT + 100
    assert "characters more" in text


def test_the_last_calls_are_kept_newest_first() -> None:
    cloud = LocalCloud(catalog(), clock=StillClock())
    recent = Recent(cloud)

    for _ in range(KEPT + 1):
        cloud.handle("cloudcontrolapi", "ListResources", b"{}", ACCOUNT, REGION)

    numbers = [call.number for call in recent.newest_first()]
    assert (numbers[0], numbers[-1], recent.count) == (KEPT + 1, 2, KEPT + 1)
    assert recent.find(1) is None
    cloud.close()
