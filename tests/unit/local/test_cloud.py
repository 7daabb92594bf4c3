"""The cloud's surface for programs: both transports' accounts, the inspection API, and the mutator."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from cloudwright.control.model import Call
from cloudwright.local.transport import LocalTransport, account_of
from cloudwright.target import CredentialSource, Target
from local_kit import ACCOUNT, FLAGSHIP, REGION, START, WIDGET, Api, distribution

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("target", "account"),
    [
        (Target("111111111111", REGION), "111111111111"),
        (Target("", REGION), "000000000000"),
        (Target("", REGION, source=CredentialSource("role", "arn:aws:iam::333333333333:role/deploy")), "333333333333"),
        (Target("111111111111", REGION, source=CredentialSource("profile", "work")), "111111111111"),
    ],
)
def test_a_target_means_an_account(target: Target, account: str) -> None:
    assert account_of(target) == account


async def test_sts_answers_in_process_too(api: Api) -> None:
    call = Call("sts", "GetCallerIdentity", b"", Target(ACCOUNT, REGION))

    reply = await LocalTransport(api.cloud).send(call)

    assert f"<Account>{ACCOUNT}</Account>".encode() in reply.body
    assert set(reply.headers) >= {"date", "x-amzn-requestid", "content-type"}


async def test_calls_in_process_let_others_run(api: Api) -> None:
    transport = LocalTransport(api.cloud)
    call = Call("sts", "GetCallerIdentity", b"", Target(ACCOUNT, REGION))
    order: list[str] = []

    async def send() -> None:
        await transport.send(call)
        order.append("answered")

    async def other() -> None:
        order.append("other")

    await asyncio.gather(send(), other())
    await transport.close()

    assert order == ["other", "answered"]


async def test_headers_carry_the_clouds_own_time(api: Api) -> None:
    reply = api.cloud.handle("cloudcontrolapi", "ListResourceRequests", b"{}", ACCOUNT, REGION)

    assert reply.headers["date"] == "Fri, 15 Jan 2027 08:00:00 GMT"


async def test_calls_are_logged_without_their_bodies(api: Api) -> None:
    await api.create(WIDGET, {"Name": "one", "Secret": "canary"})
    await api.get("AWS::No::Type", "x")

    seen = [
        (call.action, call.type_name, call.account, call.region, call.time, call.status) for call in api.cloud.calls
    ]

    assert seen == [
        ("CreateResource", WIDGET, ACCOUNT, REGION, START, 200),
        ("GetResource", "AWS::No::Type", ACCOUNT, REGION, START, 400),
    ]
    assert "canary" not in repr(api.cloud.calls)


async def test_a_listener_hears_every_call_with_its_bodies(api: Api) -> None:
    heard: list[tuple[str, bool, bool]] = []
    api.cloud.listen(lambda record, body, reply: heard.append((record.action, b"one" in body, b"Token" in reply.body)))

    await api.create(WIDGET, {"Name": "one"})
    api.cloud.handle("sts", "GetCallerIdentity", b"", ACCOUNT, REGION)

    assert heard == [("CreateResource", True, True), ("GetCallerIdentity", False, False)]


async def test_resources_are_seen_per_account_and_region(api: Api) -> None:
    for account, region in (
        ("111111111111", "us-east-1"),
        ("111111111111", "eu-west-1"),
        ("222222222222", "us-east-1"),
    ):
        api.cloud.put(account, region, WIDGET, {"Name": "one"})

    def places(**where: str) -> list[tuple[str, str]]:
        return [tuple(one.place) for one in api.cloud.resources(**where)]  # type: ignore[misc]

    assert len(places()) == 3
    assert places(account="222222222222") == [("222222222222", "us-east-1")]
    assert places(account="111111111111", region="eu-west-1") == [("111111111111", "eu-west-1")]


async def test_things_change_behind_the_clients_back(api: Api) -> None:
    arn = api.cloud.put(ACCOUNT, REGION, FLAGSHIP, distribution(Description="first"))

    api.cloud.modify(ACCOUNT, REGION, FLAGSHIP, arn, {"Description": None, "Tags": {"a": "b"}})
    model = (await api.get(FLAGSHIP, arn)).model
    api.cloud.remove(ACCOUNT, REGION, FLAGSHIP, arn)

    assert model == {**distribution(), "Arn": arn, "Tags": {"a": "b"}}
    assert (await api.get(FLAGSHIP, arn)).code == "ResourceNotFoundException"
    with pytest.raises(KeyError):
        api.cloud.remove(ACCOUNT, REGION, FLAGSHIP, arn)


async def test_operations_take_as_long_as_configured(make_api: Callable[..., Api]) -> None:
    api = make_api(operation_time=lambda type_name, operation: 1800.0 if operation == "DELETE" else 0.0)
    name = await api.made(WIDGET, {"Name": "one"})

    answer = await api.delete(WIDGET, name)

    assert api.cloud.next_effect() == api.clock.now() + 1800
    event = (await api.status(answer.token)).event
    assert event["RetryAfter"] == api.clock.now() + 5
    api.clock.advance(1800)
    assert (await api.status(answer.token)).event["OperationStatus"] == "SUCCESS"
    assert api.cloud.next_effect() is None


async def test_an_early_cancel_ends_long_before_the_operation_would(make_api: Callable[..., Api]) -> None:
    api = make_api(operation_time=1800)
    answer = await api.create(WIDGET, {"Name": "one"})

    await api.call("CancelResourceRequest", RequestToken=answer.token)
    api.clock.advance(5)

    assert (await api.status(answer.token)).event["OperationStatus"] == "CANCEL_COMPLETE"
    assert api.cloud.resources() == []


async def test_effects_take_place_in_the_order_of_their_times(make_api: Callable[..., Api]) -> None:
    api = make_api(operation_time=lambda _, operation: {"CREATE": 10.0, "DELETE": 1.0}[operation])
    api.cloud.put(ACCOUNT, REGION, FLAGSHIP, distribution())
    arn = api.cloud.resources()[0].identifier

    create = await api.create(FLAGSHIP, distribution())
    delete = await api.delete(FLAGSHIP, arn)
    api.clock.advance(100)

    assert (await api.status(delete.token)).event["OperationStatus"] == "SUCCESS"
    assert (await api.status(create.token)).event["OperationStatus"] == "SUCCESS"
    assert [one.created for one in api.cloud.resources()] == [START + 10]


async def test_the_same_seed_and_calls_give_the_same_answers(make_api: Callable[..., Api]) -> None:
    async def shown(seed: int) -> list[str]:
        api = make_api(seed=seed)
        for _ in range(2):
            await api.made("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})
        return [request.token + str(request.identifier) for request in api.cloud.requests()]

    assert await shown(1) == await shown(1) != await shown(2)


async def test_lenient_values_accept_what_only_the_bundled_schemas_refuse(make_api: Callable[..., Api]) -> None:
    odd = {"Name": "NOT-LOWER", "Mode": "OTHER"}

    assert (await make_api().create(WIDGET, odd)).code == "ValidationException"
    assert (await make_api(lenient_values=True).create(WIDGET, odd)).status == 200
    assert (await make_api(lenient_values=True).create(WIDGET, {"Name": 5})).code == "ValidationException"


@pytest.mark.parametrize(
    "desired",
    [
        '{"Name": "one", "Size": NaN}',
        '{"Name": "one", "Size": 1e999}',
        '{"Name": "\\ud800x"}',
        "[" * 5000,
        '{"a":' * 200 + "1" + "}" * 200,
    ],
)
async def test_documents_that_could_not_be_answered_again_are_refused(api: Api, desired: str) -> None:
    answer = await api.call("CreateResource", TypeName=WIDGET, DesiredState=desired)

    assert answer.code == "ValidationException"
    assert api.cloud.requests() == []


async def test_a_broken_handler_ends_its_request_and_nothing_else(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("cloudwright.local.handlers.add_defaults", broken)
    event = await api.done(await api.create(WIDGET, {"Name": "one"}))

    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "InternalFailure")
    assert "broken" in caplog.text
    assert (await api.call("ListResources", TypeName=WIDGET)).status == 200


async def test_long_causes_are_cut(make_api: Callable[..., Api]) -> None:
    api = make_api(f"fail:message={'x' * 3000}")

    event = await api.done(await api.create(WIDGET, {"Name": "one"}))

    assert event["StatusMessage"] == "x" * 2048


async def test_list_types_pages_through_all_names(api: Api) -> None:
    found: list[str] = []
    form = "Visibility=PUBLIC&ProvisioningType=IMMUTABLE&MaxResults=100"
    token = ""
    while True:
        reply = api.cloud.handle("cloudformation", "ListTypes", f"{form}&NextToken={token}".encode(), ACCOUNT, REGION)
        text = reply.body.decode()
        found += [part.partition("<")[0] for part in text.split("<TypeName>")[1:]]
        token = text.partition("<NextToken>")[2].partition("<")[0]
        if not token:
            break

    assert found == sorted(set(found))
    assert 100 < len(found) < 400
    assert "Test::Local::Frozen" not in found


async def test_types_of_ones_own_are_listed_as_private(api: Api) -> None:
    form = b"ProvisioningType=IMMUTABLE&MaxResults=100"

    reply = api.cloud.handle("cloudformation", "ListTypes", form, ACCOUNT, REGION)

    assert [part.partition("<")[0] for part in reply.body.decode().split("<TypeName>")[1:]] == ["Test::Local::Frozen"]


@pytest.mark.parametrize("form", [b"MaxResults=many", b"MaxResults=-1", b"ProvisioningType=FULLY_MUTABLE&MaxResults=1"])
async def test_odd_forms_are_answered(api: Api, form: bytes) -> None:
    reply = api.cloud.handle("cloudformation", "ListTypes", form, ACCOUNT, REGION)

    assert reply.status == (200 if b"FULLY" in form else 400)


def test_described_schemas_hold_what_the_registry_holds(api: Api) -> None:
    reply = api.cloud.handle("cloudformation", "DescribeType", f"TypeName={FLAGSHIP}".encode(), ACCOUNT, REGION)

    import html

    text = reply.body.decode().partition("<Schema>")[2].partition("</Schema>")[0]
    schema = json.loads(html.unescape(text))
    assert {"typeName", "properties", "description", "primaryIdentifier", "additionalProperties"} <= set(schema)
    assert "arnTemplate" not in schema
