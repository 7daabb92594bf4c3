"""What a request's end says by itself: its code, its next attempt, and how long a read waits for a lagging service."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.control.evidence import Lookup
from cloudwright.control.model import Operation, OperationStatus, ProgressEvent
from cloudwright.control.verdict import Verdict, VerdictKind
from cloudwright.engine.evidence import JudgedRequest, _read, from_error, from_event, next_attempt
from cloudwright.engine.retry import LAG, MAX_ATTEMPTS
from cloudwright.engine.state_changes import attempt_ended, settle
from cloudwright.errors import ServiceError
from cloudwright.plan.attribute_values import sealed_place
from cloudwright.state.changes import DropEntry
from cloudwright.state.journal import EntryEnd
from cloudwright.testing.loop import VirtualClock
from dead_runs import HERE, VPC, VPC_DOCUMENT, entry_of, opened, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from cloudwright.engine.run import Services
    from cloudwright.state.journal import JournalEntry


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    async with opened(World(tmp_path, clock=VirtualClock(), operation_time=5.0)) as runtime:
        yield runtime.services


def create(services: Services, **more: Any) -> JournalEntry:
    return entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), services, **more)


def refusal(*, unanswered: bool = False) -> ServiceError:
    error = ServiceError("ThrottlingException", "slow down")
    error.unanswered = unanswered
    return error


def judged(kind: VerdictKind, **more: Any) -> JudgedRequest:
    return JudgedRequest(verdict=Verdict(kind=kind, reason="because"), **more)


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ({"event": ProgressEvent(error_code="NotStabilized")}, "NotStabilized"),
        ({"event": ProgressEvent()}, ""),
        ({"error": refusal()}, "ThrottlingException"),
        ({}, ""),
    ],
)
def test_the_code_is_what_aws_said_last(end: dict[str, Any], code: str) -> None:
    assert judged(VerdictKind.FAIL, **end).code == code


@pytest.mark.parametrize("unanswered", [True, False])
async def test_a_refusal_says_whether_an_earlier_delivery_was_answered(services: Services, *, unanswered: bool) -> None:
    error = refusal(unanswered=unanswered)

    assert from_error(create(services), error, services, iam_changed=False).unanswered == unanswered


@pytest.mark.parametrize(("attempt", "again"), [(MAX_ATTEMPTS - 2, True), (MAX_ATTEMPTS - 1, False)])
async def test_a_step_is_tried_only_so_often(services: Services, attempt: int, *, again: bool) -> None:
    entry = create(services, attempt=attempt)

    assert from_event(entry, ProgressEvent(status=OperationStatus.FAILED), services).may_retry == again


@pytest.mark.parametrize(
    ("end", "counted"),
    [
        (judged(VerdictKind.WAIT, error=refusal()), 0),
        (judged(VerdictKind.WAIT), 0),
        (judged(VerdictKind.WAIT, error=refusal(unanswered=True)), 1),
        (judged(VerdictKind.RETRY, error=refusal()), 1),
        (judged(VerdictKind.RETRY), 1),
    ],
)
async def test_an_attempt_counts_unless_it_certainly_only_waited(
    services: Services, end: JudgedRequest, counted: int
) -> None:
    entry = create(services, attempt=2)
    following = next_attempt(entry, end, services.token)

    assert following.attempt == 2 + counted
    assert following.client_token != entry.client_token


@pytest.mark.parametrize(
    ("operation", "status", "age", "waited"),
    [
        (Operation.CREATE, OperationStatus.FAILED, 1000.0, LAG),
        (Operation.CREATE, OperationStatus.SUCCESS, 1000.0, 0.0),
        (Operation.DELETE, OperationStatus.FAILED, 1000.0, 0.0),
        (Operation.DELETE, OperationStatus.FAILED, LAG - 1.0, LAG),
        (Operation.DELETE, OperationStatus.FAILED, LAG, 0.0),
    ],
)
async def test_only_what_may_be_new_is_waited_for_before_it_counts_as_missing(
    services: Services, operation: Operation, status: OperationStatus, age: float, waited: float
) -> None:
    began = services.control.now(HERE)
    missing = record(VPC, "vpc-0123456789abcdef0", declared=VPC_DOCUMENT, created_at=began - age)
    entry = entry_of(operation, missing, services)
    event = ProgressEvent(status=status, identifier=missing.identifier)
    result = await _read(entry, from_event(entry, event, services), services)

    assert result.lookup is Lookup.ABSENT
    passed = services.control.now(HERE) - began
    assert passed == 0.0 if not waited else passed > waited / 2, passed


@pytest.mark.parametrize(
    ("operation", "end", "recorded"),
    [
        (Operation.UPDATE, {"error": refusal()}, EntryEnd.REFUSED),
        (Operation.CREATE, {"error": refusal(unanswered=True)}, EntryEnd.REFUSED),
        (Operation.UPDATE, {"event": ProgressEvent(error_code="X"), "error": refusal(unanswered=True)}, None),
        (Operation.UPDATE, {"event": ProgressEvent(error_code="X")}, None),
        (Operation.UPDATE, {}, None),
    ],
)
async def test_an_attempt_that_is_followed_by_another_ends_as_far_as_it_is_known(
    services: Services, operation: Operation, end: dict[str, Any], recorded: EntryEnd | None
) -> None:
    entry, result = entry_of(operation, record(VPC, "vpc-1"), services), judged(VerdictKind.RETRY, **end)
    plain = DropEntry(entry.id, error=result.code)

    assert attempt_ended(entry, result) == ((replace(plain, end=recorded) if recorded else plain),)


@pytest.mark.parametrize("identifier", ["vpc-1", None])
async def test_a_doubtful_create_is_recorded_only_if_its_identifier_is_known(
    services: Services, identifier: str | None
) -> None:
    entry = create(services)
    end = settle(
        entry, judged(VerdictKind.DOUBTFUL, event=ProgressEvent(identifier=identifier)), services, now=1.0, live=None
    )

    assert bool(end.changes) == bool(identifier)
    assert (end.record.identifier if end.record else None) == identifier


@pytest.mark.parametrize("named", ["new", None])
async def test_a_secret_attribute_is_sealed_for_the_identifier_that_the_resource_has_now(
    services: Services, named: str | None
) -> None:
    old = record("AWS::IVS::StreamKey", "old", declared={"ChannelArn": "c"})
    entry = entry_of(Operation.UPDATE, old, services)
    end = judged(VerdictKind.DONE, event=ProgressEvent(identifier=named))
    settled = settle(entry, end, services, now=1.0, live={"ChannelArn": "c", "Value": "sk"})

    assert settled.record is not None
    text = str(settled.record.sealed["/Value"])
    assert services.sealing.unseal(text, place=sealed_place(old.type, named or "old", "/Value")) == b'"sk"'


@pytest.mark.parametrize(
    ("declared", "named", "made"),
    [
        (VPC_DOCUMENT, "vpc-1", True),
        (VPC_DOCUMENT, HERE.region, False),
        (VPC_DOCUMENT, HERE.account, False),
    ],
)
async def test_the_account_or_the_region_is_no_identifier_that_a_create_made(
    services: Services, declared: dict[str, str], named: str, *, made: bool
) -> None:
    event = ProgressEvent(status=OperationStatus.FAILED, identifier=named)

    assert from_event(create(services), event, services).server_made == made


async def test_an_identifier_that_the_program_chose_is_not_made_by_the_service(services: Services) -> None:
    bucket = entry_of(Operation.CREATE, record("AWS::S3::Bucket", declared={"BucketName": "b"}), services)
    unnamed = entry_of(Operation.CREATE, record("AWS::S3::Bucket"), services)
    event = ProgressEvent(status=OperationStatus.FAILED, identifier="b")

    assert not from_event(bucket, event, services).server_made
    assert from_event(unnamed, event, services).server_made


@pytest.mark.parametrize(("named", "known"), [("new", "new"), (None, "old")])
async def test_the_identifier_is_that_of_the_answer_or_else_that_of_the_request(
    services: Services, named: str | None, known: str
) -> None:
    entry = entry_of(Operation.UPDATE, record(VPC, "old"), services)

    assert from_event(entry, ProgressEvent(identifier=named), services).identifier == known
