"""What an event leaves out is taken from the one before it."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from cloudwright.control.model import Operation, OperationStatus, ProgressEvent
from cloudwright.control.polling import poller

TEXTS = st.none() | st.sampled_from(["a", "b"])
EVENTS = st.builds(
    ProgressEvent,
    type_name=st.sampled_from(["", "AWS::SNS::Topic"]),
    identifier=TEXTS,
    request_token=TEXTS,
    hooks_request_token=TEXTS,
    operation=st.none() | st.sampled_from(Operation),
    status=st.none() | st.sampled_from(OperationStatus),
    event_time=st.none() | st.sampled_from([0.0, 1.0, 2.0]),
    message=st.sampled_from(["", "shown"]),
)


@given(EVENTS, EVENTS)
def test_it_is_merged_field_by_field(known: ProgressEvent, event: ProgressEvent) -> None:
    expected = dataclasses.replace(
        event,
        type_name=event.type_name or known.type_name,
        identifier=event.identifier or known.identifier,
        request_token=event.request_token or known.request_token,
        hooks_request_token=event.hooks_request_token or known.hooks_request_token,
        operation=event.operation or known.operation,
        event_time=event.event_time if event.event_time is not None else known.event_time,
    )

    assert poller._merged(known, event) == expected
