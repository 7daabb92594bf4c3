"""What the audit says about the end of a request, and what a record keeps of how it came to be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.control.model import Operation
from cloudwright.engine.audit import ended_requests
from cloudwright.engine.drafts import SEALED, body_of, draft_of, refreshed, with_body
from cloudwright.plan.model import Action
from cloudwright.state.audit import AuditOutcome
from cloudwright.state.changes import DropEntry, DropRecord, PutRecord
from cloudwright.state.journal import EntryEnd, JournalEntry
from cloudwright.state.records import RecordStatus
from dead_runs import HERE, TOPIC, opened, record
from subject_kit import subject_of, work_of

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.state.changes import StateChange

TOPIC_RECORD = record(identifier="one")


def entry(operation: Operation, **more: Any) -> JournalEntry:
    return JournalEntry(
        id="e",
        key="a",
        generation=0,
        operation=operation,
        type=TOPIC,
        target=HERE,
        client_token="t",
        body="",
        draft=TOPIC_RECORD,
        **more,
    )


@pytest.mark.parametrize(
    ("operation", "end", "written", "outcome"),
    [
        (Operation.CREATE, EntryEnd.SENT, (PutRecord(TOPIC_RECORD),), AuditOutcome.SUCCEEDED),
        (
            Operation.CREATE,
            EntryEnd.SENT,
            (PutRecord(replace(TOPIC_RECORD, status=RecordStatus.TAINTED)),),
            AuditOutcome.TAINTED,
        ),
        (Operation.CREATE, EntryEnd.SENT, (), AuditOutcome.FAILED),
        (Operation.CREATE, EntryEnd.UNCLEAR, (PutRecord(TOPIC_RECORD),), AuditOutcome.UNCLEAR),
        (Operation.UPDATE, EntryEnd.SENT, (PutRecord(TOPIC_RECORD),), AuditOutcome.SUCCEEDED),
        (Operation.UPDATE, EntryEnd.SENT, (PutRecord(replace(TOPIC_RECORD, dirty=("/A",))),), AuditOutcome.UNCLEAR),
        (Operation.UPDATE, EntryEnd.REFUSED, (PutRecord(TOPIC_RECORD),), AuditOutcome.FAILED),
        (Operation.UPDATE, EntryEnd.FOUND, (PutRecord(TOPIC_RECORD),), AuditOutcome.FOUND_DONE),
        (Operation.DELETE, EntryEnd.SENT, (DropRecord("a", 0),), AuditOutcome.SUCCEEDED),
        (Operation.DELETE, EntryEnd.SENT, (DropRecord("b", 0),), AuditOutcome.FAILED),
    ],
)
def test_the_audit_says_how_a_request_ended(
    operation: Operation, end: EntryEnd, written: tuple[StateChange, ...], outcome: AuditOutcome
) -> None:
    (line,) = ended_requests(
        {"e": entry(operation, request_token="r")}, [*written, DropEntry("e", end, error="Broken")], 1.0
    )

    assert line.line.outcome is outcome
    assert line.line.request_token == "r"
    assert line.line.error == ("" if outcome is AuditOutcome.SUCCEEDED else "Broken")


def test_a_request_without_a_token_has_none_in_the_audit() -> None:
    (line,) = ended_requests({"e": entry(Operation.DELETE)}, [DropEntry("e")], 1.0)

    assert line.line.request_token == ""


@pytest.mark.parametrize(
    ("action", "present", "adopted"),
    [
        (Action.IMPORT, None, True),
        (Action.UPDATE, replace(TOPIC_RECORD, adopted=True), True),
        (Action.UPDATE, TOPIC_RECORD, False),
        (Action.UPDATE, None, False),
        (Action.CREATE, replace(TOPIC_RECORD, adopted=True), False),
        (Action.CREATE, None, False),
    ],
)
def test_a_record_stays_adopted_until_a_new_resource_is_made(action: Action, present: Any, *, adopted: bool) -> None:
    assert draft_of(work_of(subject_of(), action=action, record=present), 1).adopted == adopted


def test_an_adopted_record_learns_a_hidden_value_that_only_a_create_could_set() -> None:
    key = "AWS::ApiGateway::ApiKey"
    subject = subject_of({"Name": "k", "GenerateDistinctId": True}, key)
    present = record(key, "one", adopted=True, declared={"Name": "k"})

    learned = refreshed(work_of(subject, action=Action.NONE, record=present), present)
    assert learned.declared == {"Name": "k", "GenerateDistinctId": subject.masked["GenerateDistinctId"]}
    plain = record(identifier="one", declared={"TopicName": "t"})
    assert refreshed(work_of(subject_of({"TopicName": "t"}), action=Action.NONE, record=plain), plain) is plain


async def test_only_bytes_with_secrets_are_sealed(tmp_path: Path) -> None:
    async with opened(World(tmp_path)) as runtime:
        services = runtime.services
        plain = with_body(entry(Operation.CREATE), subject_of({"TopicName": "t"}), b"{}", services)
        database = subject_of({"MasterUserPassword": "p"}, "AWS::RDS::DBInstance")
        sealed = with_body(entry(Operation.CREATE), database, b'{"a": 1}', services)

        assert plain.body == "{}"
        assert sealed.body.startswith(SEALED)
        assert body_of(sealed, services) == b'{"a": 1}'
