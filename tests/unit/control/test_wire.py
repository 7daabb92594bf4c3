from __future__ import annotations

import json

import pytest

from cloudwright.control import wire
from cloudwright.control.model import Operation, OperationStatus, Reply
from cloudwright.errors import InvalidProperties, NotAnswered, ServiceError
from cloudwright.secret import secret


def reply(status: int, body: object, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, headers, raw)


def test_canonical_json_is_compact_and_sorted_and_keeps_nulls() -> None:
    assert wire.dumps({"b": [1, None], "a": "ü"}) == '{"a":"ü","b":[1,null]}'


def test_create_body_encodes_the_document_as_a_string() -> None:
    body = wire.create_body("AWS::S3::Bucket", {"BucketName": "b"}, "token-1")

    assert json.loads(body) == {
        "TypeName": "AWS::S3::Bucket",
        "DesiredState": '{"BucketName":"b"}',
        "ClientToken": "token-1",
    }


def test_equal_requests_have_equal_bytes() -> None:
    one = wire.create_body("T", {"A": {"x": 1, "y": 2}, "B": 3}, "t")
    other = wire.create_body("T", {"B": 3, "A": {"y": 2, "x": 1}}, "t")

    assert one == other


def test_bodies_of_the_other_operations_name_their_fields() -> None:
    update = json.loads(wire.update_body("T", "id", [{"op": "remove", "path": "/A"}], "t"))
    listing = json.loads(wire.list_body("T", {"ClusterName": "c"}, "n"))
    requests = json.loads(wire.requests_body("n", operations=[Operation.CREATE], statuses=[OperationStatus.FAILED]))

    assert update["PatchDocument"] == '[{"op":"remove","path":"/A"}]'
    assert json.loads(wire.delete_body("T", "id", "t")) == {"TypeName": "T", "Identifier": "id", "ClientToken": "t"}
    assert json.loads(wire.get_body("T", "id")) == {"TypeName": "T", "Identifier": "id"}
    assert listing == {"TypeName": "T", "ResourceModel": '{"ClusterName":"c"}', "NextToken": "n"}
    assert requests["ResourceRequestStatusFilter"] == {"Operations": ["CREATE"], "OperationStatuses": ["FAILED"]}
    assert json.loads(wire.requests_body()) == {"MaxResults": 100}
    assert json.loads(wire.status_body("r")) == {"RequestToken": "r"}
    assert wire.type_name_in(wire.create_body("AWS::S3::Bucket", {}, "t")) == "AWS::S3::Bucket"


def test_secrets_are_unwrapped_in_bodies_and_refused_everywhere_else() -> None:
    body = wire.create_body("T", {"Password": secret("canary")}, "t")

    assert json.loads(json.loads(body)["DesiredState"]) == {"Password": "canary"}
    with pytest.raises(InvalidProperties):
        wire.dumps({"Password": secret("canary")})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, "\ud800"])
def test_what_has_no_json_form_is_refused_without_quoting_it(value: object) -> None:
    with pytest.raises(InvalidProperties, match="no JSON form"):
        wire.create_body("T", {"A": value}, "t")


def test_cc100_the_encoded_document_is_measured_in_characters() -> None:
    fits = "ü" * (wire.DOCUMENT_LIMIT - len('{"A":""}'))

    wire.create_body("T", {"A": fits}, "t")
    with pytest.raises(InvalidProperties, match=r"262,145 characters.*at most 262,144"):
        wire.create_body("T", {"A": fits + "x"}, "t")
    with pytest.raises(InvalidProperties, match="the patch of T id"):
        wire.update_body("T", "id", [{"op": "add", "path": "/A", "value": fits}], "t")


def test_cc85_every_field_of_a_progress_event_may_be_missing() -> None:
    event = wire.parse_progress({"ProgressEvent": {"RequestToken": "r"}})

    assert (event.request_token, event.operation, event.status, event.identifier) == ("r", None, None, None)
    assert wire.parse_progress({}).request_token is None
    assert wire.parse_requests({}).events == ()


def test_unknown_codes_and_states_are_taken_leniently() -> None:
    event = wire.parse_progress(
        {"ProgressEvent": {"OperationStatus": "PAUSED", "Operation": "MOVE", "ErrorCode": "NonCompliant"}}
    )

    assert (event.status, event.operation, event.error_code) == (None, None, "NonCompliant")


def test_a_progress_event_carries_times_model_and_hooks() -> None:
    event = wire.parse_progress(
        {
            "ProgressEvent": {"EventTime": 1.5, "RetryAfter": 2.5, "ResourceModel": "{}", "StatusMessage": "m"},
            "HooksProgressEvent": [
                {"HookTypeName": "My::Hook::X", "HookStatus": "HOOK_COMPLETE_FAILED", "HookStatusMessage": "no"}
            ],
        }
    )

    assert (event.event_time, event.retry_after, event.message) == (1.5, 2.5, "m")
    assert (event.hooks[0].type_name, event.hooks[0].message, event.hooks[0].failure_mode) == (
        "My::Hook::X",
        "no",
        "FAIL",
    )


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"__type": "com.amazon.cloudapiservice#ResourceNotFoundException", "Message": "m"}, None, "m"),
        ({"__type": "com.amazon.coral.service#AccessDeniedException", "message": "m"}, "AccessDeniedException", "m"),
        ({"__type": "ValidationException:http://internal", "message": "m"}, "ValidationException", "m"),
        ({"code": "ExpiredTokenException", "Message": "m"}, "ExpiredTokenException", "m"),
    ],
)
def test_cc94_errors_go_by_the_part_after_the_hash(body: object, code: str | None, message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        wire.parse(reply(400, body, **{"x-amzn-requestid": "id-1"}))

    assert caught.value.code == (code or "ResourceNotFoundException")
    assert (caught.value.service_message, caught.value.request_id) == (message, "id-1")


def test_the_error_type_header_serves_when_the_body_says_nothing() -> None:
    with pytest.raises(ServiceError) as caught:
        wire.parse(reply(400, b"", **{"x-amzn-errortype": "ThrottlingException:", "retry-after": "2"}))

    assert (caught.value.name, caught.value.retry_after) == ("Throttling", 2.0)


@pytest.mark.parametrize("status", [200, 500, 502, 503, 504])
def test_html_instead_of_an_answer_leaves_it_open_whether_the_request_arrived(status: int) -> None:
    with pytest.raises(NotAnswered, match="Bad Gateway"):
        wire.parse(reply(status, b"<html><body><h1>Bad Gateway</h1></body></html>"))


def test_html_with_a_client_error_is_a_refusal() -> None:
    with pytest.raises(ServiceError) as caught:
        wire.parse(reply(403, b"<html>Forbidden by proxy</html>"))

    assert (caught.value.code, caught.value.service_message) == ("HTTP403", "Forbidden by proxy")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (199, None),
        (200, ""),
        (299, ""),
        (300, "HTTP300"),
        (429, "ThrottlingException"),
        (430, "HTTP430"),
        (499, "HTTP499"),
    ],
)
def test_an_answer_without_a_code_is_judged_by_its_status(status: int, code: str | None) -> None:
    if code == "":
        assert wire.parse(reply(status, {"A": 1})) == {"A": 1}
        return
    with pytest.raises(NotAnswered if code is None else ServiceError) as caught:
        wire.parse(reply(status, {"A": 1}))
    assert getattr(caught.value, "code", None) == code


def test_an_error_quotes_no_more_than_a_line_of_a_page() -> None:
    page = b"<p>" + b"x" * 1990 + b"</p>" + b"y" * 3000
    with pytest.raises(ServiceError) as caught:
        wire.parse(reply(403, page))
    assert caught.value.service_message == "x" * 200

    with pytest.raises(ServiceError) as caught:
        wire.parse(reply(403, b"<i>" * 660 + b"0123456789" * 4))
    assert caught.value.service_message == "01234567890123456789"
    with pytest.raises(ServiceError) as caught:
        wire.parse(reply(403, b""))
    assert caught.value.service_message == "an empty body"


def test_a_modelled_fault_with_status_500_keeps_its_code() -> None:
    with pytest.raises(ServiceError) as caught:
        wire.parse(reply(500, {"__type": "x#HandlerInternalFailureException", "Message": "m"}))

    assert caught.value.name == "HandlerInternalFailure"


def test_cc70_the_request_token_is_found_in_the_recorded_texts() -> None:
    text = "ClientToken c-1 is already associated with an existing operation with RequestToken 1f2e-3d"

    assert wire.request_token_in(text) == "1f2e-3d"
    assert wire.request_token_in("Another operation (RequestToken: ab-12) is running") == "ab-12"
    assert wire.request_token_in("nothing here") is None


def test_resource_descriptions_hold_parsed_documents() -> None:
    found = wire.parse_resource({"ResourceDescription": {"Identifier": "i", "Properties": '{"A":1}'}})
    page = wire.parse_resources({"ResourceDescriptions": [{"Identifier": "i"}], "NextToken": "n"})

    assert (found.identifier, found.properties) == ("i", {"A": 1})
    assert (page.resources[0].properties, page.next_token) == ({}, "n")


@pytest.mark.parametrize("document", [{}, {"ResourceDescription": {"Identifier": "i", "Properties": "[1]"}}])
def test_an_unreadable_description_is_no_answer(document: dict[str, object]) -> None:
    with pytest.raises(NotAnswered):
        wire.parse_resource(document)
