from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudwright.control.evidence import Evidence, Lookup, NeededLookup
from cloudwright.control.messages import event_text
from cloudwright.control.model import HookEvent, Operation, OperationStatus, ProgressEvent
from cloudwright.control.verdict import (
    DETERMINISTIC_REFUSALS,
    UNCERTAIN_REFUSALS,
    Verdict,
    VerdictKind,
    judge,
    throttled,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

CREATE, UPDATE, DELETE = Operation.CREATE, Operation.UPDATE, Operation.DELETE
SUCCESS, FAILED, CANCELLED = OperationStatus.SUCCESS, OperationStatus.FAILED, OperationStatus.CANCEL_COMPLETE

HANDLER_CODES = [
    "NotUpdatable",
    "InvalidRequest",
    "AccessDenied",
    "UnauthorizedTaggingOperation",
    "InvalidCredentials",
    "AlreadyExists",
    "NotFound",
    "ResourceConflict",
    "Throttling",
    "ServiceLimitExceeded",
    "NotStabilized",
    "GeneralServiceException",
    "ServiceInternalError",
    "ServiceTimeout",
    "NetworkFailure",
    "InternalFailure",
    "SomethingNew",
]
REFUSALS = sorted({f"{name}Exception" for name in DETERMINISTIC_REFUSALS | UNCERTAIN_REFUSALS} | {"Throttling"})
OWNING = {VerdictKind.DONE, VerdictKind.TAINTED}


CLASSES = [
    "InvalidRequest",
    "AlreadyExists",
    "NotFound",
    "Throttling",
    "NotStabilized",
    "GeneralServiceException",
    "InternalFailure",
]
REFUSED = [
    "ValidationException",
    "AlreadyExistsException",
    "ResourceNotFoundException",
    "ClientTokenConflictException",
    "ConcurrentOperationException",
    "ServiceInternalErrorException",
    "ThrottlingException",
    "ServiceLimitExceededException",
]
Ending = tuple[OperationStatus | None, str | None]


def endings(handler_codes: list[str], refusals: list[str]) -> list[Ending]:
    plain: list[Ending] = [(status, None) for status in (*OperationStatus, None)]
    ended: list[Ending] = list(itertools.product([FAILED, CANCELLED], handler_codes))
    return [*plain, *ended, *((None, code) for code in refusals)]


def product(ends: list[Ending], looks: list[Lookup], flags: list[tuple[bool, ...]]) -> Iterator[Evidence]:
    texts = ["", "Rate exceeded for the request with RequestToken ab-12"]
    rest = itertools.product(texts, [None, "id"], looks, looks, [None, False, True], [0, 1], flags)
    for message, identifier, read, listing, before, attempt, chosen in rest:
        for operation, (status, code) in itertools.product(Operation, ends):
            yield Evidence(
                operation=operation,
                status=status,
                error_code=code,
                message=message,
                identifier=identifier,
                read=read,
                listing=listing,
                existed_before=before,
                attempt=attempt,
                unanswered=chosen[0],
                server_made=chosen[1],
                own_random=chosen[2],
                may_retry=chosen[3],
            )


def broken_rules(evidence: Evidence, verdict: Verdict) -> Iterator[str]:  # noqa: PLR0912 - a list of laws
    kind, terminal = verdict.kind, evidence.status is not None and evidence.status.terminal
    create, code = evidence.operation is CREATE, evidence.code
    if (
        create
        and code == "AlreadyExists"
        and kind in OWNING
        and not (evidence.own_random and not evidence.existed_before)
    ):
        yield "owns on AlreadyExists without proof"
    if evidence.status is CANCELLED and kind is VerdictKind.DONE:
        yield "takes a cancelled request for a success"
    if kind is VerdictKind.DONE and evidence.status is not SUCCESS:
        yield "done without SUCCESS"
    if not terminal and evidence.status is not None and kind is not VerdictKind.RUNNING:
        yield "judges a request that has not ended"
    if kind is VerdictKind.TAINTED and not (create and evidence.identifier):
        yield "taints what is not an identified create"
    if kind is VerdictKind.TAINTED and evidence.existed_before:
        yield "owns what was there before"
    if kind is VerdictKind.TAINTED and evidence.read not in {Lookup.PRESENT, Lookup.UNREADABLE}:
        yield "owns what was not looked at"
    shown = Lookup.ABSENT in {evidence.read, evidence.listing}
    if create and kind is VerdictKind.RETRY and terminal and not shown:
        yield "creates again although absence was not shown"
    if kind is VerdictKind.RETRY and not evidence.may_retry:
        yield "retries beyond the bound"
    if create and kind in {VerdictKind.RETRY, VerdictKind.WAIT} and not terminal and evidence.unanswered:
        yield "sends a second create beside one that may have arrived"
    if kind is VerdictKind.RETRY and not terminal and code in UNCERTAIN_REFUSALS:
        yield "retries with a new token what may have started"
    if kind is VerdictKind.GONE and create:
        yield "a create can't be gone"
    if kind is VerdictKind.GONE and evidence.read is not Lookup.ABSENT:
        yield "takes for gone what was not shown to be absent"
    if kind is VerdictKind.DIRTY and evidence.operation is not UPDATE:
        yield "dirty without an update"
    if evidence.operation is UPDATE and terminal and kind is VerdictKind.FAIL:
        yield "an update's failure leaves the record clean"
    if kind is VerdictKind.LOOK and (verdict.needs is NeededLookup.READ) and evidence.read is not Lookup.NOT_MADE:
        yield "asks for a read that was made"
    if kind is VerdictKind.LOOK and (verdict.needs is NeededLookup.LIST) and evidence.listing is not Lookup.NOT_MADE:
        yield "asks for a listing that was made"
    if (kind is VerdictKind.LOOK) != (verdict.needs is not None):
        yield "a need goes with LOOK and with nothing else"
    if kind is VerdictKind.RESUME and verdict.request_token is None:
        yield "resumes without a token"
    if not verdict.reason:
        yield "gives no reason"


EVERY_FLAG = list(itertools.product([False, True], repeat=4))
FEW_FLAGS = [(False, False, False, True), (True, True, True, True), (True, False, True, False)]


@pytest.mark.parametrize(
    ("ends", "looks", "flags"),
    [
        pytest.param(endings(CLASSES, REFUSED), [*Lookup][:3], EVERY_FLAG, id="every flag, one code of each class"),
        pytest.param(endings(HANDLER_CODES, REFUSALS), [*Lookup], FEW_FLAGS, id="every code, some flags"),
    ],
)
def test_no_evidence_breaks_a_law(ends: list[Ending], looks: list[Lookup], flags: list[tuple[bool, ...]]) -> None:
    seen: set[VerdictKind] = set()
    for evidence in product(ends, looks, flags):
        verdict = judge(evidence)
        seen.add(verdict.kind)
        broken = list(broken_rules(evidence, verdict))
        assert broken == [], (evidence, verdict)

    assert seen == set(VerdictKind)


def settle(evidence: Evidence, read: Lookup, listing: Lookup = Lookup.UNREADABLE) -> VerdictKind:
    """Judge with a world in which look-ups show the given."""
    for _ in range(3):
        verdict = judge(evidence)
        if verdict.kind is not VerdictKind.LOOK:
            return verdict.kind
        found = {"read": read} if verdict.needs is NeededLookup.READ else {"listing": listing}
        evidence = replace(evidence, **found)  # type: ignore[arg-type]
    raise AssertionError("looks for ever")


def failed(code: str, **known: object) -> Evidence:
    return replace(Evidence(operation=CREATE, status=FAILED, error_code=code), **known)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["AccessDenied", "GeneralServiceException", "InvalidRequest"])
def test_s1_a_failed_create_on_a_foreign_name_is_doubtful(code: str) -> None:
    assert settle(failed(code, identifier="name"), Lookup.PRESENT) is VerdictKind.DOUBTFUL


def test_s2_concurrent_operation_is_somebody_elses() -> None:
    verdict = judge(
        Evidence(operation=CREATE, error_code="ConcurrentOperationException", message="busy, RequestToken other-1")
    )

    assert (verdict.kind, verdict.request_token) == (VerdictKind.WAIT, "other-1")
    assert settle(failed("AlreadyExists", identifier="name"), Lookup.PRESENT) is VerdictKind.EXISTS


@pytest.mark.parametrize("token", ["", " with RequestToken ours-1"])
def test_a_concurrent_operation_after_an_unanswered_create_may_be_our_own(token: str) -> None:
    text = f"Another resource operation is currently being performed on this resource{token}"
    evidence = Evidence(operation=CREATE, error_code="ConcurrentOperationException", message=text, unanswered=True)

    verdict = judge(evidence)

    assert (verdict.kind, verdict.request_token) == (VerdictKind.RUNNING, "ours-1" if token else None)
    assert judge(replace(evidence, operation=UPDATE)).kind is VerdictKind.WAIT


def test_s3_client_token_conflict_resumes_our_own_request() -> None:
    text = "ClientToken t is already associated with an existing operation with RequestToken ours-1"
    verdict = judge(Evidence(operation=CREATE, error_code="ClientTokenConflictException", message=text))

    assert (verdict.kind, verdict.request_token) == (VerdictKind.RESUME, "ours-1")


@pytest.mark.parametrize("code", ["Throttling", "ServiceTimeout", "NetworkFailure"])
def test_s10_a_create_is_tried_again_only_once_absence_is_shown(code: str) -> None:
    assert settle(failed(code, identifier="name"), Lookup.ABSENT) is VerdictKind.RETRY
    assert settle(failed(code, identifier="name"), Lookup.PRESENT) is VerdictKind.DOUBTFUL
    assert settle(failed(code), Lookup.UNREADABLE, Lookup.ABSENT) is VerdictKind.RETRY
    assert settle(failed(code), Lookup.UNREADABLE, Lookup.PRESENT) is VerdictKind.DOUBTFUL
    assert settle(failed(code), Lookup.UNREADABLE, Lookup.UNREADABLE) is VerdictKind.DOUBTFUL


def test_s11_already_exists_after_an_own_attempt() -> None:
    fixed = failed("AlreadyExists", identifier="name", attempt=1)
    random = failed("AlreadyExists", identifier="name-x7f3", attempt=1, own_random=True)

    assert settle(fixed, Lookup.PRESENT) is VerdictKind.DOUBTFUL
    assert settle(random, Lookup.PRESENT) is VerdictKind.TAINTED


def test_cc49_a_proved_leftover_is_tainted() -> None:
    assert settle(failed("NotStabilized", identifier="name"), Lookup.PRESENT) is VerdictKind.TAINTED
    assert (
        settle(failed("GeneralServiceException", identifier="i-1", server_made=True), Lookup.PRESENT)
        is VerdictKind.TAINTED
    )
    assert (
        settle(failed("InvalidRequest", identifier="name", existed_before=False), Lookup.PRESENT) is VerdictKind.TAINTED
    )


def test_cc50_a_server_made_part_proves_nothing_on_already_exists() -> None:
    assert settle(failed("AlreadyExists", identifier="arn", server_made=True), Lookup.PRESENT) is VerdictKind.EXISTS


def test_cc51_a_speculative_identifier_leaves_nothing() -> None:
    assert settle(failed("InvalidRequest", identifier="name"), Lookup.ABSENT) is VerdictKind.FAIL


def test_cc52_a_name_taken_in_another_account_is_said_so() -> None:
    verdict = judge(failed("AlreadyExists", identifier="name", read=Lookup.ABSENT))

    assert verdict.kind is VerdictKind.EXISTS
    assert "another account" in verdict.reason


def test_cc53_already_exists_although_it_was_absent_before_is_for_the_user_to_decide() -> None:
    assert (
        settle(failed("AlreadyExists", identifier="name", existed_before=False), Lookup.PRESENT) is VerdictKind.DOUBTFUL
    )


@pytest.mark.parametrize(("status", "code"), [(FAILED, "NotFound"), (None, "ResourceNotFoundException")])
def test_cc60_a_delete_of_what_is_missing_is_gone_once_a_read_shows_it(
    status: OperationStatus | None, code: str
) -> None:
    evidence = Evidence(operation=DELETE, status=status, error_code=code, identifier="id")

    assert settle(evidence, Lookup.ABSENT) is VerdictKind.GONE
    assert settle(evidence, Lookup.PRESENT) is VerdictKind.FAIL
    assert settle(evidence, Lookup.UNREADABLE) is VerdictKind.FAIL


def test_cc62_a_delete_waits_out_dependencies() -> None:
    evidence = Evidence(
        operation=DELETE, status=FAILED, error_code="InvalidRequest", message="resource sg-1 has a dependent object"
    )

    assert judge(evidence).kind is VerdictKind.RETRY
    assert judge(replace(evidence, may_retry=False)).kind is VerdictKind.FAIL


@pytest.mark.parametrize("code", ["GeneralServiceException", "InternalFailure"])
def test_cc73_a_throttle_hidden_behind_another_code_is_retried_more_than_once(code: str) -> None:
    evidence = failed(code, message="Rate exceeded (Service: Lambda)", identifier="n", read=Lookup.ABSENT, attempt=3)

    assert (judge(evidence).kind, judge(evidence).throttled) == (VerdictKind.RETRY, True)
    assert throttled("InvalidRequest", "Rate exceeded") is False


def test_an_internal_failure_is_retried_once() -> None:
    first = failed("InternalFailure", identifier="n", read=Lookup.ABSENT)

    assert judge(first).kind is VerdictKind.RETRY
    assert judge(replace(first, attempt=1)).kind is VerdictKind.FAIL


@pytest.mark.parametrize(
    ("operation", "read", "kind"),
    [
        (CREATE, Lookup.PRESENT, VerdictKind.DOUBTFUL),
        (CREATE, Lookup.ABSENT, VerdictKind.FAIL),
        (UPDATE, Lookup.PRESENT, VerdictKind.DIRTY),
        (DELETE, Lookup.PRESENT, VerdictKind.FAIL),
        (DELETE, Lookup.ABSENT, VerdictKind.GONE),
        (DELETE, Lookup.UNREADABLE, VerdictKind.FAIL),
    ],
)
def test_cc78_a_cancelled_request_is_read_and_then_classified(
    operation: Operation, read: Lookup, kind: VerdictKind
) -> None:
    assert settle(Evidence(operation=operation, status=CANCELLED, identifier="id"), read) is kind


def test_cc80_role_propagation_is_retried_only_after_a_role_changed_in_this_run() -> None:
    text = "The role defined for the function cannot be assumed by Lambda."
    evidence = failed("InvalidRequest", message=text, identifier="n", read=Lookup.ABSENT)

    assert judge(evidence).kind is VerdictKind.FAIL
    assert judge(replace(evidence, iam_changed=True)).kind is VerdictKind.RETRY


def test_cc81_a_handlers_credential_error_is_distinguished_from_our_own() -> None:
    event = ProgressEvent(
        status=FAILED,
        error_code="InvalidCredentials",
        message="The security token included in the request is invalid",
        request_token="r-1",
    )

    assert "own signature was accepted" in event_text(event)
    assert judge(failed("InvalidCredentials")).kind is VerdictKind.FAIL


def test_cc82_listed_transient_messages_are_retried() -> None:
    evidence = failed(
        "InvalidRequest",
        message="DB subnet group is not ready",
        identifier="n",
        read=Lookup.ABSENT,
        transient=("not ready",),
    )

    assert judge(evidence).kind is VerdictKind.RETRY


def test_an_update_of_a_missing_resource_is_gone_after_a_read() -> None:
    evidence = Evidence(operation=UPDATE, error_code="ResourceNotFoundException", identifier="id")

    assert settle(evidence, Lookup.ABSENT) is VerdictKind.GONE
    assert settle(evidence, Lookup.PRESENT) is VerdictKind.DIRTY


def test_an_updates_refusal_changes_nothing_and_its_failure_makes_it_dirty() -> None:
    assert judge(Evidence(operation=UPDATE, error_code="NotUpdatableException")).kind is VerdictKind.FAIL
    assert judge(Evidence(operation=UPDATE, status=FAILED, error_code="InvalidRequest")).kind is VerdictKind.DIRTY
    assert judge(Evidence(operation=UPDATE, status=FAILED, error_code="ServiceTimeout")).kind is VerdictKind.RETRY


def test_a_refusal_after_an_unanswered_delivery_proves_nothing_unless_every_delivery_meets_it() -> None:
    refused = Evidence(operation=CREATE, error_code="ServiceLimitExceededException")

    assert judge(refused).kind is VerdictKind.FAIL
    assert judge(replace(refused, unanswered=True)).kind is VerdictKind.RUNNING
    assert judge(replace(refused, unanswered=True, error_code="ValidationException")).kind is VerdictKind.FAIL


def test_a_success_without_an_identifier_is_searched_for() -> None:
    evidence = Evidence(operation=CREATE, status=SUCCESS)

    assert settle(evidence, Lookup.NOT_MADE, Lookup.PRESENT) is VerdictKind.DONE
    assert settle(evidence, Lookup.NOT_MADE, Lookup.ABSENT) is VerdictKind.DOUBTFUL


def test_cc101_the_text_names_code_message_token_and_every_hook_that_spoke() -> None:
    event = ProgressEvent(
        status=FAILED,
        error_code="GeneralServiceException",
        message="Hook failed",
        request_token="r-1",
        hooks=(
            HookEvent("My::Tag::Hook", "HOOK_COMPLETE_FAILED", "Owner tag is missing", "FAIL", "CREATE_PRE_PROVISION"),
            HookEvent("My::Ok::Hook", "HOOK_COMPLETE_SUCCEEDED", "fine"),
        ),
    )

    assert event_text(event) == (
        "GeneralServiceException: Hook failed (request token r-1)\n"
        "hook My::Tag::Hook (FAIL at CREATE_PRE_PROVISION) HOOK_COMPLETE_FAILED: Owner tag is missing"
    )


def test_a_cancelled_delete_with_not_found_is_read_before_the_record_is_dropped() -> None:
    cancelled = Evidence(
        operation=Operation.DELETE, status=OperationStatus.CANCEL_COMPLETE, error_code="NotFound", identifier="one"
    )

    assert judge(cancelled).kind is VerdictKind.LOOK
    assert judge(replace(cancelled, read=Lookup.PRESENT)).kind is not VerdictKind.GONE


def test_a_failed_update_that_finds_something_missing_is_read_first_and_a_cancelled_one_is_dirty() -> None:
    evidence = Evidence(operation=UPDATE, status=FAILED, error_code="NotFound", identifier="id")

    assert settle(evidence, Lookup.ABSENT) is VerdictKind.GONE
    assert settle(evidence, Lookup.PRESENT) is VerdictKind.DIRTY
    assert judge(replace(evidence, status=CANCELLED)).kind is VerdictKind.DIRTY


def test_only_a_throttle_slows_the_client_down() -> None:
    assert judge(Evidence(operation=UPDATE, status=SUCCESS)).throttled is False
    assert judge(Evidence(operation=DELETE, status=FAILED, error_code="AccessDenied")).throttled is False


@pytest.mark.parametrize(
    ("code", "message"), [("ThrottlingException", "slower, please"), ("ValidationException", "the table is not ready")]
)
def test_a_refusal_is_retried_if_it_is_a_throttle_or_its_message_is_listed(code: str, message: str) -> None:
    refused = Evidence(operation=CREATE, error_code=code, message=message, transient=("not ready",))

    assert judge(refused).kind is VerdictKind.RETRY
    assert judge(replace(refused, may_retry=False)).kind is VerdictKind.FAIL


@pytest.mark.parametrize(("status", "code"), [(CANCELLED, None), (FAILED, "GeneralServiceException")])
def test_a_create_that_may_have_made_something_is_searched_for(status: OperationStatus, code: str | None) -> None:
    evidence = Evidence(operation=CREATE, status=status, error_code=code)

    assert judge(evidence).needs is NeededLookup.LIST
    assert settle(evidence, Lookup.UNREADABLE, Lookup.PRESENT) is VerdictKind.DOUBTFUL


@pytest.mark.parametrize(
    ("status", "read", "reason"),
    [
        (CANCELLED, Lookup.PRESENT, "the delete was cancelled, but the resource still exists; its record is kept"),
        (
            FAILED,
            Lookup.PRESENT,
            "the delete found something missing, but the resource still exists; its record is kept",
        ),
        (
            CANCELLED,
            Lookup.UNREADABLE,
            "the delete was cancelled, and the resource can't be read, so its record is kept",
        ),
    ],
)
def test_a_delete_that_keeps_the_record_says_what_is_known(status: OperationStatus, read: Lookup, reason: str) -> None:
    evidence = Evidence(operation=DELETE, status=status, error_code="NotFound", identifier="id", read=read)

    assert judge(evidence).reason == reason


UNREAD = "AccessDeniedException: User: u is not authorized to perform: s3:GetBucket on resource: *"


@pytest.mark.parametrize(
    "evidence",
    [
        failed("AlreadyExists", identifier="name", attempt=1, read=Lookup.UNREADABLE),
        failed("GeneralServiceException", identifier="name", read=Lookup.UNREADABLE),
        failed("Throttling", listing=Lookup.UNREADABLE),
        Evidence(operation=CREATE, status=SUCCESS, listing=Lookup.UNREADABLE),
        Evidence(operation=UPDATE, status=FAILED, error_code="NotFound", read=Lookup.UNREADABLE),
        Evidence(operation=DELETE, status=FAILED, error_code="NotFound", read=Lookup.UNREADABLE),
    ],
    ids=lambda one: f"{one.operation} {one.error_code}",
)
def test_a_verdict_that_lacks_a_read_says_why_it_was_refused(evidence: Evidence) -> None:
    assert judge(replace(evidence, refusal=UNREAD)).reason.endswith(f": {UNREAD}")
    assert not judge(replace(evidence, refusal="")).reason.endswith(" ")
    assert "but not the resource itself" not in judge(evidence).reason
