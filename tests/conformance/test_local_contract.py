"""What the local cloud promises of Cloud Control's contract, over both of its transports.

Each test is a rule; its docstring names the rule's source (sections of the project's notes on the API, CC numbers of
its catalogue of pitfalls; "recorded" stands for recorded answers of the real service, "model" for its service model).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.local.cloud import LocalCloud
from cloudwright.local.transport import LocalTransport
from local_kit import (
    FLAGSHIP,
    LEDGER,
    PART,
    REGION,
    START,
    WIDGET,
    Api,
    StillClock,
    catalog,
    distribution,
    in_process,
    over_http,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BUCKET = "AWS::S3::Bucket"
DAY = 86_400.0


@pytest.fixture(params=["in-process", "http"])
async def api(request: pytest.FixtureRequest) -> AsyncIterator[Api]:
    clock = StillClock()
    cloud = LocalCloud(catalog(), clock=clock)
    if request.param == "in-process":
        yield Api(cloud, clock, in_process(LocalTransport(cloud)))
    else:
        import aiohttp

        from cloudwright.local.http.server import LocalServer

        async with LocalServer(cloud) as server, aiohttp.ClientSession() as session:
            yield Api(cloud, clock, over_http(session, await server.start()))
    cloud.close()


# Every operation


async def test_modelled_errors_carry_message_and_the_services_namespace(api: Api) -> None:
    """1.1, recorded."""
    answer = await api.get(WIDGET, "nothing")

    assert answer.document["__type"] == "com.amazon.cloudapiservice#ResourceNotFoundException"
    assert set(answer.document) == {"__type", "Message"}
    assert answer.status == 400


async def test_the_frameworks_errors_carry_a_small_message(api: Api) -> None:
    """1.1, recorded."""
    answer = await api.call("GetResource", TypeName="nonsense", Identifier="x")

    assert answer.document["__type"] == "com.amazon.coral.validate#ValidationException"
    assert set(answer.document) == {"__type", "message"}


async def test_times_are_seconds_since_the_epoch(api: Api) -> None:
    """1.1: the default of JSON 1.0."""
    assert (await api.create(WIDGET, {"Name": "one"})).event["EventTime"] == START


async def test_documents_travel_as_text(api: Api) -> None:
    """1.1, model."""
    await api.made(WIDGET, {"Name": "one"})

    assert isinstance((await api.get(WIDGET, "one")).document["ResourceDescription"]["Properties"], str)


@pytest.mark.parametrize(
    ("action", "members", "text"),
    [
        ("CreateResource", {"DesiredState": "{}"}, "'typeName' failed to satisfy constraint: Member must not be null"),
        ("GetResource", {"TypeName": WIDGET}, "'identifier' failed to satisfy constraint: Member must not be null"),
        ("CreateResource", {"TypeName": WIDGET, "DesiredState": " " * 262_145}, "less than or equal to 262144"),
        ("UpdateResource", {"TypeName": WIDGET, "Identifier": "x", "PatchDocument": ""}, "greater than or equal to 1"),
        ("GetResource", {"TypeName": WIDGET, "Identifier": "x" * 1025}, "less than or equal to 1024"),
        ("GetResource", {"TypeName": WIDGET, "Identifier": "x\ny"}, "satisfy regular expression pattern: .+"),
        ("CreateResource", {"TypeName": WIDGET, "DesiredState": "{}", "ClientToken": "a b"}, "[-A-Za-z0-9+/=]+"),
        ("ListResources", {"TypeName": WIDGET, "MaxResults": 101}, "value less than or equal to 100"),
        ("ListResourceRequests", {"MaxResults": 0}, "value greater than or equal to 1"),
        ("ListResourceRequests", {"ResourceRequestStatusFilter": {"Operations": ["READ"]}}, "enum value set"),
    ],
)
async def test_members_are_held_to_the_service_model(api: Api, action: str, members: dict[str, Any], text: str) -> None:
    """1.2, model."""
    answer = await api.call(action, **members)

    assert (answer.status, answer.code) == (400, "ValidationException")
    assert answer.text.startswith("1 validation error detected: ")
    assert text in answer.text


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b'"text"', b'{"TypeName": 5, "Identifier": "x"}'])
async def test_a_body_that_is_no_json_object_is_a_serialization_error(api: Api, body: bytes) -> None:
    """The framework's answer to malformed JSON."""
    assert (await api.raw("GetResource", body)).code == "SerializationException"


async def test_an_unknown_operation_is_refused(api: Api) -> None:
    """The framework's answer to a wrong target."""
    assert (await api.call("DestroyResource")).code == "UnknownOperationException"


# Every operation on a type


@pytest.mark.parametrize("action", ["CreateResource", "UpdateResource", "DeleteResource", "GetResource"])
async def test_the_type_is_checked_first(api: Api, action: str) -> None:
    """1.3, recorded: before the patch is even parsed."""
    answer = await api.call(
        action, TypeName="AWS::Local::Nothing", Identifier="x", DesiredState="not json", PatchDocument="not json"
    )

    assert answer.code == "TypeNotFoundException"
    assert answer.text == "The type 'AWS::Local::Nothing' cannot be found."


async def test_a_type_without_handlers_is_unsupported(api: Api) -> None:
    """1.9."""
    assert (await api.create("AWS::CodeBuild::Project", {})).code == "UnsupportedActionException"


async def test_a_type_without_update_handler_cannot_be_updated(api: Api) -> None:
    """CC24."""
    await api.made("Test::Local::Frozen", {"Name": "ice"})

    answer = await api.update("Test::Local::Frozen", "ice")

    assert answer.code == "UnsupportedActionException"
    assert answer.text == "Resource type Test::Local::Frozen does not support UPDATE action"


async def test_a_type_without_list_handler_cannot_be_listed(api: Api) -> None:
    """1.9."""
    assert (await api.call("ListResources", TypeName=LEDGER)).code == "UnsupportedActionException"


async def test_a_type_is_unknown_where_its_region_lacks_it(api: Api) -> None:
    """CC87."""
    regions = catalog().regions("AWS::IoTFleetWise::Campaign")
    assert regions is not None
    assert "eu-west-3" not in regions

    there = await api.call("ListResources", TypeName="AWS::IoTFleetWise::Campaign", region="eu-west-3")
    here = await api.call("ListResources", TypeName="AWS::IoTFleetWise::Campaign", region=min(regions))

    assert (there.code, here.status) == ("TypeNotFoundException", 200)


# CreateResource


async def test_the_first_answer_is_in_progress_and_has_few_fields(api: Api) -> None:
    """1.3, recorded: no RetryAfter, no ResourceModel."""
    event = (await api.create(BUCKET, {})).event

    assert set(event) == {"TypeName", "RequestToken", "Operation", "OperationStatus", "EventTime"}
    assert (event["Operation"], event["OperationStatus"]) == ("CREATE", "IN_PROGRESS")


async def test_the_first_answer_has_an_identifier_only_if_the_caller_chose_it(api: Api) -> None:
    """1.3, recorded."""
    named = (await api.create(BUCKET, {"BucketName": "my-own-bucket"})).event
    unnamed = (await api.create(BUCKET, {})).event
    arn_like = (await api.create(FLAGSHIP, distribution())).event

    assert named["Identifier"] == "my-own-bucket"
    assert "Identifier" not in unnamed
    assert "Identifier" not in arn_like


@pytest.mark.parametrize(
    ("type_name", "properties", "violation"),
    [
        (BUCKET, {"BucketSomething": "x"}, "#: extraneous key [BucketSomething] is not permitted"),
        (BUCKET, {"BucketName": True}, "#/BucketName: expected type: String, found: Boolean"),
        (LEDGER, {}, "#: required key [Domain] not found"),
        (WIDGET, {"Name": "one", "Size": "300"}, "#/Size: expected type: Integer, found: String"),
        (WIDGET, {"Name": "one", "Mode": "fast"}, "#/Mode: fast is not a valid enum value"),
        (WIDGET, {"Name": "One"}, "#/Name: string [One] does not match pattern ^[a-z0-9-]+$"),
        (WIDGET, {"Name": "on"}, "#/Name: expected minLength: 3, actual: 2"),
        (WIDGET, {"Name": "o" * 21}, "#/Name: expected maxLength: 20, actual: 21"),
        (WIDGET, {"Name": "one", "Bag": ["x"] * 10}, "#/Bag: expected maximum item count: 9, found: 10"),
        (WIDGET, {"Name": "one", "Items": [{"Key": 1}]}, "#/Items/0/Key: expected type: String, found: Integer"),
        (WIDGET, {"Name": "one", "Nested": []}, "#/Nested: expected type: JSONObject, found: JSONArray"),
        (WIDGET, {"Name": "one", "Arn": "arn:aws:x"}, "#: extraneous key [Arn] is not permitted"),
    ],
)
async def test_a_model_is_validated_at_once(
    api: Api, type_name: str, properties: dict[str, Any], violation: str
) -> None:
    """1.3, recorded (first three); CC19; the texts of AWS's validator."""
    answer = await api.create(type_name, properties)

    assert answer.code == "ValidationException"
    assert answer.text == f"Model validation failed ({violation})"


async def test_several_violations_are_on_separate_lines(api: Api) -> None:
    """1.3, recorded."""
    answer = await api.create(WIDGET, {"Size": 0, "Extra": 1})

    assert answer.text.removeprefix("Model validation failed (").removesuffix(")").split("\n") == [
        "#: required key [Name] not found",
        "#/Size: 0 is not greater or equal to 1",
        "#: extraneous key [Extra] is not permitted",
    ]


async def test_a_taken_name_is_reported_later_with_the_identifier(api: Api) -> None:
    """1.3, recorded; CC50."""
    await api.made(WIDGET, {"Name": "taken"})

    second = await api.create(WIDGET, {"Name": "taken"})
    event = await api.done(second)

    assert second.status == 200
    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "AlreadyExists")
    assert event["Identifier"] == "taken"


async def test_of_two_creates_with_the_same_server_made_identifier_the_second_fails(api: Api) -> None:
    """2.1: names that differ by case and space only."""
    first = await api.create(FLAGSHIP, distribution("Golden Images"))
    second = await api.create(FLAGSHIP, distribution("golden-images"))
    api.clock.advance(1)

    events = [(await api.status(answer.token)).event for answer in (first, second)]

    assert [event["OperationStatus"] for event in events] == ["SUCCESS", "FAILED"]
    assert events[1]["ErrorCode"] == "AlreadyExists"
    assert events[1]["Identifier"] == events[0]["Identifier"]


async def test_big_integers_survive(api: Api) -> None:
    """CC22."""
    await api.made(WIDGET, {"Name": "one", "Size": 2**40})

    assert (await api.get(WIDGET, "one")).model["Size"] == 2**40


# GetResourceRequestStatus


async def test_a_poll_returns_the_time_of_the_next_poll_as_an_absolute_time(api: Api) -> None:
    """1.4; CC79."""
    answer = await api.create(WIDGET, {"Name": "one"})

    event = (await api.status(answer.token)).event

    assert event["OperationStatus"] == "IN_PROGRESS"
    assert event["RetryAfter"] == START + 0.3


async def test_a_finished_request_has_no_time_for_a_next_poll(api: Api) -> None:
    """1.4."""
    event = await api.done(await api.create(WIDGET, {"Name": "one"}))

    assert event["OperationStatus"] == "SUCCESS"
    assert "RetryAfter" not in event


async def test_nothing_exists_before_its_time(api: Api) -> None:
    """1.4: asynchronous."""
    await api.create(WIDGET, {"Name": "one"})

    early = await api.get(WIDGET, "one")
    api.clock.advance(0.3)
    late = await api.get(WIDGET, "one")

    assert (early.code, late.status) == ("ResourceNotFoundException", 200)


async def test_an_unknown_request_token_is_refused(api: Api) -> None:
    """1.3, recorded."""
    answer = await api.status("11111111-2222")

    assert answer.code == "RequestTokenNotFoundException"
    assert answer.text == "Request with token 11111111-2222 was not found"


async def test_requests_are_remembered_for_seven_days(api: Api) -> None:
    """1.6, model."""
    answer = await api.create(WIDGET, {"Name": "one"})

    api.clock.advance(7 * DAY)
    last_moment = await api.status(answer.token)
    api.clock.advance(1)
    too_late = await api.status(answer.token)

    assert last_moment.event["OperationStatus"] == "SUCCESS"
    assert too_late.code == "RequestTokenNotFoundException"
    assert (await api.call("ListResourceRequests")).document == {"ResourceRequestStatusSummaries": []}


# ListResourceRequests


async def test_requests_are_listed_newest_first_twenty_a_page(api: Api) -> None:
    """1.2, model."""
    tokens = [(await api.create(WIDGET, {"Name": f"w-{number}"})).token for number in range(25)]

    first = (await api.call("ListResourceRequests")).document
    second = (await api.call("ListResourceRequests", NextToken=first["NextToken"])).document

    pages = [[one["RequestToken"] for one in page["ResourceRequestStatusSummaries"]] for page in (first, second)]
    assert [len(page) for page in pages] == [20, 5]
    assert pages[0] + pages[1] == tokens[::-1]
    assert "NextToken" not in second


async def test_requests_are_filtered_by_operation_and_status(api: Api) -> None:
    """1.2, model."""
    await api.made(WIDGET, {"Name": "one"})
    await api.done(await api.delete(WIDGET, "missing"))
    running = await api.create(WIDGET, {"Name": "two"})

    async def listed(**wanted: list[str]) -> list[tuple[str, str]]:
        answer = await api.call("ListResourceRequests", ResourceRequestStatusFilter=wanted)
        found = answer.document["ResourceRequestStatusSummaries"]
        return [(one["Operation"], one["OperationStatus"]) for one in found]

    assert await listed(Operations=["DELETE"]) == [("DELETE", "FAILED")]
    assert await listed(OperationStatuses=["IN_PROGRESS"]) == [("CREATE", "IN_PROGRESS")]
    assert await listed(Operations=["CREATE"], OperationStatuses=["SUCCESS"]) == [("CREATE", "SUCCESS")]
    assert running.event["Operation"] == "CREATE"


async def test_a_request_for_an_unknown_type_is_listed_without_operation(api: Api) -> None:
    """1.3, recorded; CC85."""
    await api.create("AWS::Local::Nothing", {})

    listed = (await api.call("ListResourceRequests")).document["ResourceRequestStatusSummaries"]
    wanted = {"Operations": ["CREATE", "DELETE", "UPDATE"]}
    filtered = (await api.call("ListResourceRequests", ResourceRequestStatusFilter=wanted)).document

    assert [(one["TypeName"], one["OperationStatus"]) for one in listed] == [("AWS::Local::Nothing", "FAILED")]
    assert "Operation" not in listed[0]
    assert filtered["ResourceRequestStatusSummaries"] == []


# CreateResource, UpdateResource, DeleteResource


async def test_the_same_request_again_is_the_first_one(api: Api) -> None:
    """1.5: documented."""
    first = await api.create(LEDGER, {"Domain": "d"}, ClientToken="t-1")
    api.clock.advance(1)
    again = await api.create(LEDGER, {"Domain": "d"}, ClientToken="t-1")

    assert again.token == first.token
    assert again.event["OperationStatus"] == "SUCCESS"
    assert len(api.cloud.resources()) == 1


async def test_another_request_under_the_same_token_is_a_conflict_that_names_the_first(api: Api) -> None:
    """1.5, recorded; CC70."""
    first = await api.create(LEDGER, {"Domain": "d"}, ClientToken="t-1")

    other = await api.create(LEDGER, {"Domain": "e"}, ClientToken="t-1")
    deletion = await api.delete(LEDGER, "x", ClientToken="t-1")

    wanted = f"ClientToken t-1 is already associated with an existing operation with RequestToken {first.token}"
    assert {(other.code, other.text), (deletion.code, deletion.text)} == {("ClientTokenConflictException", wanted)}


async def test_a_client_token_is_new_again_after_36_hours(api: Api) -> None:
    """1.5, model."""
    first = await api.create(LEDGER, {"Domain": "d"}, ClientToken="t-1")
    api.clock.advance(36 * 3600)
    later = await api.create(LEDGER, {"Domain": "d"}, ClientToken="t-1")

    assert later.token != first.token


async def test_a_client_token_belongs_to_an_account_and_region(api: Api) -> None:
    """1.5."""
    here = await api.create(LEDGER, {"Domain": "d"}, ClientToken="t-1")
    there = await api.create(LEDGER, {"Domain": "d"}, ClientToken="t-1", region="eu-west-1")
    elsewhere = await api.create(LEDGER, {"Domain": "e"}, ClientToken="t-1", account="222222222222")

    assert len({here.token, there.token, elsewhere.token}) == 3


async def test_one_operation_at_a_time_works_on_a_resource(api: Api) -> None:
    """1.5; CC71: the message names the other request."""
    running = await api.create(WIDGET, {"Name": "one"})

    second = await api.create(WIDGET, {"Name": "one"})
    deletion = await api.delete(WIDGET, "one")

    assert {second.code, deletion.code} == {"ConcurrentOperationException"}
    assert f"RequestToken {running.token}" in deletion.text


# UpdateResource


async def updated(api: Api, before: dict[str, Any], *operations: Any) -> dict[str, Any]:
    identifier = await api.made(WIDGET, before)
    event = await api.done(await api.update(WIDGET, identifier, *operations))
    assert event["OperationStatus"] == "SUCCESS", event
    return api.cloud.resources()[0].properties


async def test_a_missing_resource_is_not_found_at_once(api: Api) -> None:
    """1.3, recorded."""
    answer = await api.update(WIDGET, "missing", {"op": "add", "path": "/Size", "value": 1})

    assert answer.code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/Name", "value": "two"},
        {"op": "replace", "path": "/Name", "value": "one"},
        {"op": "remove", "path": "/Name"},
        {"op": "move", "from": "/Name", "path": "/Secret"},
    ],
)
async def test_create_only_properties_are_refused_even_unchanged(api: Api, operation: Any) -> None:
    """1.3, recorded; CC1, CC57."""
    await api.made(WIDGET, {"Name": "one"})

    answer = await api.update(WIDGET, "one", operation)

    assert answer.code == "NotUpdatableException"
    assert answer.text == "Invalid patch update: createOnlyProperties [/properties/Name] cannot be updated"


async def test_a_coarse_replace_that_drags_a_create_only_leaf_along_is_refused(api: Api) -> None:
    """CC1."""
    nested = {"Fixed": "f", "Free": "a"}
    await api.made(WIDGET, {"Name": "one", "Nested": nested})

    coarse = await api.update(WIDGET, "one", {"op": "replace", "path": "/Nested", "value": {**nested, "Free": "b"}})
    precise = await api.update(WIDGET, "one", {"op": "replace", "path": "/Nested/Free", "value": "b"})

    assert coarse.code == "NotUpdatableException"
    assert "[/properties/Nested/Fixed]" in coarse.text
    assert precise.status == 200


@pytest.mark.parametrize(
    ("operation", "pointer"),
    [
        ({"op": "add", "path": "/Arn", "value": "x"}, "/properties/Arn"),
        ({"op": "add", "path": "/Items/0/Id", "value": "x"}, "/properties/Items/*/Id"),
        ({"op": "add", "path": "/Items/-", "value": {"Id": "x"}}, "/properties/Items/*/Id"),
    ],
)
async def test_read_only_properties_are_refused(api: Api, operation: Any, pointer: str) -> None:
    """1.3; CC7."""
    await api.made(WIDGET, {"Name": "one", "Items": [{"Key": "k"}]})

    answer = await api.update(WIDGET, "one", operation)

    assert answer.code == "ValidationException"
    assert answer.text == f"Invalid patch update: readOnlyProperties [{pointer}] cannot be updated"


async def test_a_test_operation_may_read_anything(api: Api) -> None:
    """RFC 6902: `test` changes nothing."""
    await api.made(WIDGET, {"Name": "one"})

    fitting = await api.update(WIDGET, "one", {"op": "test", "path": "/Name", "value": "one"})
    api.clock.advance(1)
    failing = await api.update(WIDGET, "one", {"op": "test", "path": "/Name", "value": "two"})

    assert fitting.status == 200
    assert failing.code == "ValidationException"


async def test_a_path_may_lack_its_leading_slash(api: Api) -> None:
    """1.3, documented example."""
    after = await updated(api, {"Name": "one"}, {"op": "add", "path": "Size", "value": 7})

    assert after["Size"] == 7


async def test_write_only_properties_cannot_be_replaced_since_the_read_lacks_them(api: Api) -> None:
    """CC4."""
    await api.made(WIDGET, {"Name": "one", "Secret": "s"})

    replaced = await api.update(WIDGET, "one", {"op": "replace", "path": "/Secret", "value": "t"})
    added = await api.update(WIDGET, "one", {"op": "add", "path": "/Secret", "value": "t"})

    assert (replaced.code, added.status) == ("ValidationException", 200)


async def test_a_write_only_property_missing_from_an_update_is_cleared(api: Api) -> None:
    """CC5."""
    before = {"Name": "one", "Secret": "s", "Items": [{"Key": "k", "Token": "t"}], "Nested": {"Hidden": "h"}}

    after = await updated(api, before, {"op": "add", "path": "/Size", "value": 7})

    assert "Secret" not in after
    assert "Token" not in after["Items"][0]
    assert "Nested" not in after


async def test_values_that_are_write_only_and_create_only_survive_updates(api: Api) -> None:
    """CC3."""
    after = await updated(api, {"Name": "one", "Birth": "b"}, {"op": "add", "path": "/Size", "value": 7})
    touched = await api.update(WIDGET, "one", {"op": "add", "path": "/Birth", "value": "b"})

    assert after["Birth"] == "b"
    assert touched.code == "NotUpdatableException"


async def test_the_whole_patched_model_is_validated(api: Api) -> None:
    """1.3, recorded; CC6: a required write-only property is missing from every read."""
    identifier = await api.made(LEDGER, {"Domain": "d"})

    answer = await api.update(LEDGER, identifier, {"op": "add", "path": "/Note", "value": "n"})

    assert answer.text == "Model validation failed (#: required key [Domain] not found)"


async def test_all_six_operations_work_in_order(api: Api) -> None:
    """1.3, documented; CC10."""
    after = await updated(
        api,
        {"Name": "one", "Bag": ["a", "b", "c"], "Labels": {"x/y": "1", "p~q": "2"}},
        {"op": "test", "path": "/Bag/0", "value": "a"},
        {"op": "remove", "path": "/Bag/2"},
        {"op": "remove", "path": "/Bag/0"},
        {"op": "add", "path": "/Bag/-", "value": "d"},
        {"op": "replace", "path": "/Labels/x~1y", "value": "3"},
        {"op": "copy", "from": "/Labels/p~0q", "path": "/Labels/copied"},
        {"op": "move", "from": "/Labels/p~0q", "path": "/Labels/moved"},
    )

    assert after["Bag"] == ["b", "d"]
    assert after["Labels"] == {"x/y": "3", "copied": "2", "moved": "2"}


@pytest.mark.parametrize("patch", ["null", "{}", "nonsense", '[{"op": "add", "path": "/Size"}]', "[1]"])
async def test_an_invalid_patch_is_refused(api: Api, patch: str) -> None:
    """CC12."""
    await api.made(WIDGET, {"Name": "one"})

    answer = await api.call("UpdateResource", TypeName=WIDGET, Identifier="one", PatchDocument=patch)

    assert answer.code == "ValidationException"


async def test_read_only_values_survive_updates(api: Api) -> None:
    """2: found in reads, decided by the service."""
    await api.made(WIDGET, {"Name": "one", "Items": [{"Key": "k"}]})
    before = (await api.get(WIDGET, "one")).model

    await api.done(await api.update(WIDGET, "one", {"op": "add", "path": "/Size", "value": 7}))

    assert (await api.get(WIDGET, "one")).model == {**before, "Size": 7}


async def test_items_added_by_an_update_get_their_read_only_members(api: Api) -> None:
    """2."""
    before = {"Name": "one", "Items": [{"Key": "a"}]}
    after = await updated(api, before, {"op": "add", "path": "/Items/-", "value": {"Key": "b"}})

    assert ["a", "b"] == [item["Key"] for item in after["Items"]]
    assert len({item["Id"] for item in after["Items"]}) == 2


async def test_an_update_clears_settings_that_the_schema_does_not_know(api: Api) -> None:
    """CC26."""
    api.cloud.put("111111111111", REGION, WIDGET, {"Name": "one", "BesideTheSchema": True})

    shown = (await api.get(WIDGET, "one")).model
    await api.done(await api.update(WIDGET, "one", {"op": "add", "path": "/Size", "value": 7}))

    assert "BesideTheSchema" not in shown
    assert "BesideTheSchema" not in api.cloud.resources()[0].properties


# DeleteResource


async def test_deleting_a_missing_resource_is_accepted_and_fails_later(api: Api) -> None:
    """1.3, recorded; CC60."""
    answer = await api.delete(WIDGET, "missing")
    event = await api.done(answer)

    assert (answer.status, answer.event["OperationStatus"], answer.event["Identifier"]) == (
        200,
        "IN_PROGRESS",
        "missing",
    )
    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "NotFound")


# GetResource


async def test_get_runs_the_handler_and_quotes_it(api: Api) -> None:
    """1.3, recorded."""
    answer = await api.get(WIDGET, "missing")

    assert answer.text.startswith(f"{WIDGET} Handler returned status FAILED: ")
    assert '{"/properties/Name":"missing"}' in answer.text
    assert "(HandlerErrorCode: NotFound, RequestToken: " in answer.text


async def test_reads_never_show_write_only_values_but_the_service_keeps_them(api: Api) -> None:
    """2; CC11."""
    await api.made(WIDGET, {"Name": "one", "Secret": "s", "Items": [{"Key": "k", "Token": "t"}]})

    model = (await api.get(WIDGET, "one")).model

    assert "Secret" not in model
    assert model["Items"] == [{"Key": "k", "Id": model["Items"][0]["Id"]}]
    assert api.cloud.resources()[0].properties["Secret"] == "s"


async def test_compound_identifiers_are_joined_in_schema_order(api: Api) -> None:
    """1.8; CC67."""
    identifier = await api.made(PART, {"Widget": "one"})
    part = identifier.partition("|")[2]

    as_text = await api.get(PART, identifier)
    as_json = await api.get(PART, json.dumps({"PartId": part, "Widget": "one"}))
    wrong_order = await api.get(PART, f"{part}|one")
    too_short = await api.get(PART, "one")

    assert identifier.startswith("one|")
    assert as_text.model == as_json.model
    assert (wrong_order.code, too_short.code) == ("ResourceNotFoundException", "ValidationException")


# ListResources


async def test_a_list_that_needs_a_parent_says_which(api: Api) -> None:
    """1.3; CC91."""
    await api.made(PART, {"Widget": "one"})
    await api.made(PART, {"Widget": "two"})

    without = await api.call("ListResources", TypeName=PART)
    of_one = await api.call("ListResources", TypeName=PART, ResourceModel='{"Widget": "one"}')

    assert without.code == "InvalidRequestException"
    assert without.text == (
        f"Missing or invalid ResourceModel property in {PART} list handler request input."
        "Required property: (#: required key [Widget] not found)"
    )
    assert [one["Identifier"].split("|")[0] for one in of_one.document["ResourceDescriptions"]] == ["one"]


async def test_lists_show_identifiers_only(api: Api) -> None:
    """1.3, recorded; CC92."""
    await api.made(WIDGET, {"Name": "one", "Size": 1})

    answer = await api.call("ListResources", TypeName=WIDGET)

    assert answer.document == {
        "TypeName": WIDGET,
        "ResourceDescriptions": [{"Identifier": "one", "Properties": '{"Name":"one"}'}],
    }


async def test_resources_are_listed_in_pages(api: Api) -> None:
    """1.2, model."""
    for number in range(5):
        await api.made(WIDGET, {"Name": f"w-{number}"})

    names: list[str] = []
    token: dict[str, str] = {}
    sizes = []
    while True:
        page = (await api.call("ListResources", TypeName=WIDGET, MaxResults=2, **token)).document
        names += [one["Identifier"] for one in page["ResourceDescriptions"]]
        sizes.append(len(page["ResourceDescriptions"]))
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}

    assert names == [f"w-{number}" for number in range(5)]
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize("token", ["x", "WyJyZXF1ZXN0cyIsICIiLCA1XQ==", "' OR 1=1 --"])
async def test_a_stale_or_foreign_page_token_is_refused(api: Api, token: str) -> None:
    """Bad input."""
    assert (await api.call("ListResources", TypeName=WIDGET, NextToken=token)).code == "ValidationException"


# CancelResourceRequest


async def test_cancelling_a_finished_request_is_refused(api: Api) -> None:
    """1.3, recorded."""
    answer = await api.create(WIDGET, {"Name": "one"})
    await api.done(answer)

    cancelled = await api.call("CancelResourceRequest", RequestToken=answer.token)

    assert cancelled.code == "ValidationException"
    assert cancelled.text == f"Request {answer.token} is already in status SUCCESS"


@pytest.mark.parametrize(("after", "left"), [(0.1, []), (0.2, ["one"])])
async def test_a_cancelled_request_ends_cancelled_without_rollback(api: Api, after: float, left: list[str]) -> None:
    """1.3; CC78: what the handler has done by then stays done."""
    answer = await api.create(WIDGET, {"Name": "one"})
    api.clock.advance(after)

    first = await api.call("CancelResourceRequest", RequestToken=answer.token)
    again = await api.call("CancelResourceRequest", RequestToken=answer.token)
    last = await api.done(answer)

    assert "RetryAfter" not in first.event
    assert (first.event["OperationStatus"], again.event["OperationStatus"]) == ("CANCEL_IN_PROGRESS",) * 2
    assert last["OperationStatus"] == "CANCEL_COMPLETE"
    assert [one.identifier for one in api.cloud.resources()] == left


# Every operation, over accounts and Regions


async def test_accounts_and_regions_share_nothing(api: Api) -> None:
    """CC61, CC93."""
    answer = await api.create(WIDGET, {"Name": "one"})
    await api.done(answer)
    resize = {"op": "add", "path": "/Size", "value": 2}

    for place in ({"account": "222222222222"}, {"region": "eu-west-1"}):
        assert (await api.get(WIDGET, "one", **place)).code == "ResourceNotFoundException"
        for action in ("GetResourceRequestStatus", "CancelResourceRequest"):
            unknown = await api.call(action, RequestToken=answer.token, **place)
            assert unknown.code == "RequestTokenNotFoundException"
        assert (await api.update(WIDGET, "one", resize, **place)).code == "ResourceNotFoundException"
        assert (await api.call("ListResourceRequests", **place)).document["ResourceRequestStatusSummaries"] == []
        assert (await api.call("ListResources", TypeName=WIDGET, **place)).document["ResourceDescriptions"] == []
        assert (await api.create(WIDGET, {"Name": "one"}, **place)).status == 200


async def test_a_page_token_of_another_account_is_refused(api: Api) -> None:
    """Bad input."""
    for number in range(3):
        await api.made(WIDGET, {"Name": f"w-{number}"})
    first = await api.call("ListResources", TypeName=WIDGET, MaxResults=1)
    stolen = {"NextToken": first.document["NextToken"], "account": "222222222222"}

    found = await api.call("ListResources", TypeName=WIDGET, **stolen)
    requests = await api.call("ListResourceRequests", MaxResults=1)
    theirs = await api.call("ListResourceRequests", NextToken=requests.document["NextToken"], account="222222222222")

    assert (found.code, theirs.code) == ("ValidationException", "ValidationException")


@pytest.mark.parametrize("identifier", ["' OR '1'='1", "one'; DROP TABLE resources; --", "%", "\x00", "{not json"])
async def test_odd_identifiers_are_just_not_found(api: Api, identifier: str) -> None:
    """Bad input."""
    await api.made(WIDGET, {"Name": "one"})

    assert (await api.get(WIDGET, identifier)).code == "ResourceNotFoundException"
    assert (await api.get(WIDGET, "one")).status == 200
