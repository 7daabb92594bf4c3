"""What a message says about the end of a request."""

from __future__ import annotations

from cloudwright.control.messages import event_text, hook_text
from cloudwright.control.model import PROVIDER_TOKEN, HookEvent, OperationStatus, ProgressEvent

FAILED = OperationStatus.FAILED


def hook(status: str, message: str = "", place: str = "") -> HookEvent:
    return HookEvent(
        type_name="My::Own::Hook", status=status, message=message, failure_mode="WARN", invocation_point=place
    )


def test_an_event_is_told_by_its_code_message_and_token() -> None:
    event = ProgressEvent(status=FAILED, error_code="NotUpdatable", message="no", request_token="r-1")

    assert event_text(event) == "NotUpdatable: no (request token r-1)"


def test_what_an_event_leaves_out_is_not_made_up() -> None:
    assert event_text(ProgressEvent(status=FAILED)) == "FAILED: AWS gave no message"
    assert event_text(ProgressEvent()) == "no status: AWS gave no message"


def test_what_a_provider_says_stands_alone() -> None:
    token = f"{PROVIDER_TOKEN}1"

    assert event_text(ProgressEvent(status=FAILED, message="mine", request_token=token)) == "mine"
    assert event_text(ProgressEvent(status=FAILED, error_code="Code", request_token=token)) == "Code"


def test_a_refused_token_of_the_handler_is_not_mistaken_for_ones_own() -> None:
    event = ProgressEvent(status=FAILED, error_code="InvalidRequest", message="The Security Token is invalid")

    assert "cloudwright's own signature was accepted" in event_text(event)
    assert "signature" not in event_text(ProgressEvent(status=FAILED, message="no"))


def test_each_hook_that_did_not_succeed_has_a_line() -> None:
    hooks = (hook("HOOK_COMPLETE_SUCCEEDED"), hook("HOOK_COMPLETE_FAILED", "not encrypted", "PRE_PROVISION"))
    text = event_text(ProgressEvent(status=FAILED, error_code="NonCompliant", message="no", hooks=hooks))

    assert text.splitlines()[1:] == [
        "hook My::Own::Hook (WARN at PRE_PROVISION) HOOK_COMPLETE_FAILED: not encrypted",
    ]
    assert hook_text(hook("HOOK_IN_PROGRESS")) == "hook My::Own::Hook (WARN) HOOK_IN_PROGRESS: no message"
