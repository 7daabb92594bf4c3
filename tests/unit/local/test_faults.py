"""Each pitfall that can be switched on does what the catalogue says, and nothing when it is off."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.errors import NotAnswered
from cloudwright.local.faults import BUILT_IN, CATALOGUE, Fault, Faults, parse
from cloudwright.local.faults.catalogue import ALIASES
from image_kit import Studio
from local_kit import ACCOUNT, FLAGSHIP, REGION, START, WIDGET, Api, distribution

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Check = Callable[[Callable[..., Api]], Awaitable[None]]

ONE = {"Name": "one"}
GROW = {"op": "add", "path": "/Size", "value": 7}

CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    def register(function: Check) -> Check:
        assert name not in CHECKS
        CHECKS[name] = function
        return function

    return register


async def shown(api: Api, properties: dict[str, Any] | None = None) -> dict[str, Any]:
    name = await api.made(WIDGET, {**ONE, **(properties or {})})
    return (await api.get(WIDGET, name)).model


async def created(api: Api, properties: dict[str, Any] | None = None) -> dict[str, Any]:
    return await api.done(await api.create(WIDGET, {**ONE, **(properties or {})}))


def failed(event: dict[str, Any], code: str) -> bool:
    return (event["OperationStatus"], event.get("ErrorCode")) == ("FAILED", code)


# Calls whose answers get lost


@check("CC68")
async def _(make: Callable[..., Api]) -> None:
    api = make(f"CC68:count=1,type={WIDGET}")
    answer = await api.create(WIDGET, ONE)

    with pytest.raises(NotAnswered):
        await api.status(answer.token)
    assert (await api.status(answer.token)).status == 200


@check("CC69")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC69:count=1")

    with pytest.raises(NotAnswered):
        await api.create(WIDGET, ONE, ClientToken="mine")
    again = await api.create(WIDGET, ONE, ClientToken="mine")

    assert (await api.done(again))["OperationStatus"] == "SUCCESS"
    assert len(api.cloud.requests()) == 1


# Reads


@check("CC8")
async def _(make: Callable[..., Api]) -> None:
    assert (await shown(make("CC8:property=Extra,value=new")))["Extra"] == "new"


@check("CC9")
async def _(make: Callable[..., Api]) -> None:
    bag = [str(number) for number in range(9)]
    api = make("CC9")
    orders = {tuple((await shown(api, {"Bag": bag}))["Bag"])}
    orders |= {tuple((await api.get(WIDGET, "one")).model["Bag"]) for _ in range(3)}

    assert len(orders) > 1
    assert {tuple(sorted(order)) for order in orders} == {tuple(bag)}


@check("CC14")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC14")
    arn = await api.made(FLAGSHIP, distribution())
    event = await api.done(await api.update(FLAGSHIP, arn, {"op": "add", "path": "/Description", "value": "x"}))

    assert failed(event, "InvalidRequest")


@check("CC15")
async def _(make: Callable[..., Api]) -> None:
    assert (await shown(make("CC15:property=Mode,twin=ModeAlias"), {"Mode": "FAST"}))["ModeAlias"] == "FAST"


@check("CC16")
async def _(make: Callable[..., Api]) -> None:
    assert (await shown(make("CC16:property=Bag")))["Bag"] == [None]


@check("CC17")
async def _(make: Callable[..., Api]) -> None:
    assert (await shown(make("CC17:property=Mode")))["Mode"] == ""


@check("CC30")
async def _(make: Callable[..., Api]) -> None:
    items = [{"Key": "b"}, {"Key": "a"}]
    model = await shown(make("CC30:property=Items"), {"Items": items})

    assert [item["Key"] for item in model["Items"]] == ["a", "b"]


@check("CC31")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC31:property=Mode,value=SLOW")
    assert (await shown(api))["Mode"] == "SLOW"
    api.cloud.modify(ACCOUNT, REGION, WIDGET, "one", {"Mode": "FAST"})
    assert (await api.get(WIDGET, "one")).model["Mode"] == "FAST"


@check("CC33")
async def _(make: Callable[..., Api]) -> None:
    policy = {"Statement": [{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": ["a", "b"]}]}
    model = await shown(make("CC33"), {"Policy": policy})

    assert model["Policy"] == {"Statement": [{"Action": "s3:Get*", "Effect": "Allow", "Resource": ["a", "b"]}]}


@check("CC35")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC35:property=Mode,value=SLOW")
    await shown(api, {"Mode": "FAST"})
    assert {(await api.get(WIDGET, "one")).model["Mode"] for _ in range(2)} == {"FAST", "SLOW"}


@check("CC38")
async def _(make: Callable[..., Api]) -> None:
    assert (await shown(make("CC38:property=Size"), {"Size": 300}))["Size"] == "300"


@check("CC41")
async def _(make: Callable[..., Api]) -> None:
    tags = (await shown(make("CC41"), {"Tags": [{"Key": "a", "Value": "b"}]}))["Tags"]
    assert [tag["Key"] for tag in tags] == ["a", "aws:cloudformation:stack-name"]


@check("CC46")
async def _(make: Callable[..., Api]) -> None:
    assert (await shown(make("CC46:property=Mode,value=child")))["Mode"] == "child"


@check("CC47")
async def _(make: Callable[..., Api]) -> None:
    assert "Mode" not in await shown(make("CC47:property=Mode"), {"Mode": "FAST"})


@check("CC54")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC54:calls=2")
    await created(api)
    assert [(await api.get(WIDGET, "one")).status for _ in range(3)] == [400, 400, 200]


@check("CC86")
async def _(make: Callable[..., Api]) -> None:
    answer = await make("CC86").get(WIDGET, "one")
    assert (answer.status, answer.code) == (500, "HandlerInternalFailureException")


# Writes


@check("CC13")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC13")
    await created(api, {"Mode": "FAST"})
    assert (await api.done(await api.update(WIDGET, "one", {"op": "remove", "path": "/Mode"})))["Operation"] == "UPDATE"
    assert (await api.get(WIDGET, "one")).model["Mode"] == "FAST"


@check("CC20")
async def _(make: Callable[..., Api]) -> None:
    assert failed(await created(make("CC20"), {"Mode": None}), "GeneralServiceException")
    assert (await make().create(WIDGET, {**ONE, "Mode": None})).code == "ValidationException"


@check("CC21")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC21")
    assert failed(await created(api, {"Policy": {"a": 1}}), "InvalidRequest")
    assert (await created(api, {"Policy": "{}"}))["OperationStatus"] == "SUCCESS"


@check("CC25")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC25")
    await created(api)
    assert failed(await api.done(await api.update(WIDGET, "one", GROW)), "InvalidRequest")


@check("CC26")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC26:property=Export,value=bucket")
    model = await shown(api)
    hidden = [one.properties.get("Export") for one in api.cloud.resources()]
    await api.done(await api.update(WIDGET, "one", GROW))

    assert ("Export" in model, hidden) == (False, ["bucket"])
    assert [one.properties.get("Export") for one in api.cloud.resources()] == [None]


@check("CC27")
async def _(make: Callable[..., Api]) -> None:
    tags = [{"Key": "aws:x", "Value": "1"}]
    for fault, operation in (("CC27", GROW), ("CC27:mode=stripped", {"op": "remove", "path": "/Tags"})):
        api = make(fault)
        await created(api, {"Tags": tags})
        assert "aws: prefixed tag key names" in (await api.update(WIDGET, "one", operation)).text


@check("CC34")
async def _(make: Callable[..., Api]) -> None:
    group = {"DBSubnetGroupName": "MyGroup", "DBSubnetGroupDescription": "d", "SubnetIds": ["subnet-1", "subnet-2"]}
    for faults, name in ((["CC34"], "mygroup"), ([], "MyGroup")):
        assert await make(*faults).made("AWS::RDS::DBSubnetGroup", group) == name


@check("CC36")
async def _(make: Callable[..., Api]) -> None:
    assert (await shown(make("CC36:property=Policy"), {"Policy": "ABC"}))["Policy"] == "abc"


@check("CC37")
async def _(make: Callable[..., Api]) -> None:
    policy = (await shown(make("CC37:property=Policy"), {"Policy": "mine"}))["Policy"]
    assert policy == f"arn:aws:local:{REGION}:{ACCOUNT}:widget/mine"


@check("CC39")
async def _(make: Callable[..., Api]) -> None:
    event = await created(make("CC39"))
    assert (event["OperationStatus"], event["Identifier"]) == ("SUCCESS", "one.")


@check("CC44")
async def _(make: Callable[..., Api]) -> None:
    model = await shown(make("CC44:property=Policy"), {"Policy": '{"a":1}'})
    assert model["Policy"] == json.dumps({"a": 1}, indent=2)


@check("CC48")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC48")
    before = (await shown(api))["LastModified"]
    api.clock.advance(60)
    await api.done(await api.update(WIDGET, "one", GROW))
    assert (await api.get(WIDGET, "one")).model["LastModified"] > before


@check("CC97")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC97")
    await created(api)
    tags = {"op": "add", "path": "/Tags", "value": []}
    assert (await api.update(WIDGET, "one", tags)).code == "NotUpdatableException"
    assert (await api.update(WIDGET, "one", GROW)).status == 200


# Outcomes


@check("CC49")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC49")
    event = await created(api)
    assert failed(event, "NotStabilized")
    assert (event["Identifier"], (await api.get(WIDGET, "one")).status) == ("one", 200)


@check("CC51")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC51")
    event = await created(api)
    assert failed(event, "InvalidRequest")
    assert (event["Identifier"], api.cloud.resources()) == ("one", [])


@check("CC52")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC52")
    api.cloud.put("999999999999", REGION, WIDGET, ONE)
    assert failed(await created(api), "AlreadyExists")
    assert (await api.get(WIDGET, "one")).code == "ResourceNotFoundException"


@check("CC53")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC53")
    assert failed(await created(api), "AlreadyExists")
    assert len(api.cloud.resources()) == 1


@check("CC56")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC56:property=Mode")
    await created(api, {"Mode": "FAST"})
    twin = await api.done(await api.create(WIDGET, {"Name": "two", "Mode": "FAST"}))
    other = await api.done(await api.create(WIDGET, {"Name": "three", "Mode": "SLOW"}))
    assert failed(twin, "AlreadyExists")
    assert other["OperationStatus"] == "SUCCESS"


@check("fail")
async def _(make: Callable[..., Api]) -> None:
    api = make("fail:code=ServiceLimitExceeded,message=no more")
    event = await created(api)
    assert failed(event, "ServiceLimitExceeded")
    assert (event["StatusMessage"], api.cloud.resources()) == ("no more", [])


@check("fail-after")
async def _(make: Callable[..., Api]) -> None:
    api = make("fail-after:operation=UPDATE,code=ServiceTimeout")
    await created(api)
    assert failed(await api.done(await api.update(WIDGET, "one", GROW)), "ServiceTimeout")
    assert (await api.get(WIDGET, "one")).model["Size"] == 7


@check("stale")
async def _(make: Callable[..., Api]) -> None:
    api = make("stale:calls=1")
    await created(api)
    await api.done(await api.update(WIDGET, "one", GROW))
    assert ["Size" in (await api.get(WIDGET, "one")).model for _ in range(2)] == [False, True]
    await api.done(await api.delete(WIDGET, "one"))
    assert [(await api.get(WIDGET, "one")).status for _ in range(2)] == [200, 400]


@check("refuse")
async def _(make: Callable[..., Api]) -> None:
    answer = await make("refuse:code=NetworkFailureException,message=lost").get(WIDGET, "one")
    assert (answer.status, answer.code, answer.text) == (500, "NetworkFailureException", "lost")


@check("CC57")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC57")
    await created(api, {"Mode": "FAST"})
    mode = {"op": "replace", "path": "/Mode", "value": "SLOW"}
    assert failed(await api.done(await api.update(WIDGET, "one", mode)), "NotUpdatable")
    assert (await api.done(await api.update(WIDGET, "one", GROW)))["OperationStatus"] == "SUCCESS"


@check("CC62")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC62:count=1")
    await created(api)
    assert failed(await api.done(await api.delete(WIDGET, "one")), "ResourceConflict")
    assert (await api.done(await api.delete(WIDGET, "one")))["OperationStatus"] == "SUCCESS"


@check("CC63")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC63")
    await created(api, {"DeletionProtection": True})
    assert failed(await api.done(await api.delete(WIDGET, "one")), "InvalidRequest")


@check("CC65")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC65:suffix=-b")
    await created(api)
    event = await api.done(await api.update(WIDGET, "one", GROW))
    assert (event["Identifier"], (await api.get(WIDGET, "one-b")).status) == ("one-b", 200)


@check("CC72")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC72:count=1")
    assert failed(await created(api), "Throttling")
    assert (await created(api))["OperationStatus"] == "SUCCESS"


@check("CC73")
async def _(make: Callable[..., Api]) -> None:
    event = await created(make("CC73"))
    assert failed(event, "GeneralServiceException")
    assert "Rate exceeded" in event["StatusMessage"]


@check("CC80")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC80:seconds=10")
    api.cloud.put(ACCOUNT, REGION, "AWS::IAM::Role", {"RoleName": "r"})
    role = {"Policy": f"arn:aws:iam::{ACCOUNT}:role/r"}
    assert failed(await created(api, role), "InvalidRequest")
    api.clock.advance(10)
    assert (await created(api, role))["OperationStatus"] == "SUCCESS"


@check("CC81")
async def _(make: Callable[..., Api]) -> None:
    event = await created(make("CC81"))
    assert failed(event, "InvalidCredentials")
    assert "security token included in the request is invalid" in event["StatusMessage"]


@check("CC82")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC82:count=2")
    outcomes = [(await created(api))["OperationStatus"] for _ in range(3)]
    assert outcomes == ["FAILED", "FAILED", "SUCCESS"]


@check("CC101")
async def _(make: Callable[..., Api]) -> None:
    for mode, status in (("FAIL", "FAILED"), ("WARN", "SUCCESS")):
        api = make(f"CC101:mode={mode}")
        answer = await api.create(WIDGET, ONE)
        event = await api.done(answer)
        hooks = (await api.status(answer.token)).document["HooksProgressEvent"]
        assert event["OperationStatus"] == status
        assert "HooksRequestToken" in event
        assert (hooks[0]["FailureMode"], "comply" in hooks[0]["HookStatusMessage"]) == (mode, True)
        assert "comply" not in event.get("StatusMessage", "")


# Progress


@check("CC66")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC66:polls=2")
    answer = await api.create("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})
    api.clock.advance(1)
    assert ["Identifier" in (await api.status(answer.token)).event for _ in range(3)] == [False, False, True]


@check("CC70")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC70")
    first = await api.create(WIDGET, ONE, ClientToken="t")
    again = await api.create(WIDGET, ONE, ClientToken="t")
    assert again.code == "ClientTokenConflictException"
    assert first.token in again.text


@check("busy")
async def _(make: Callable[..., Api]) -> None:
    for named in ("true", "false"):
        api = make(f"busy:named={named}", operation_time=10)
        first = await api.create(WIDGET, ONE, ClientToken="t")
        again = await api.create(WIDGET, ONE, ClientToken="t")
        assert again.code == "ConcurrentOperationException"
        assert (first.token in again.text) is (named == "true")
        api.clock.advance(10)
        assert (await api.create(WIDGET, ONE, ClientToken="t")).token == first.token


@check("CC71")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC71:seconds=60,operation=UPDATE")
    await created(api)
    first = await api.update(WIDGET, "one", GROW)
    assert (await api.done(first))["OperationStatus"] == "IN_PROGRESS"
    assert (await api.update(WIDGET, "one", GROW)).code == "ConcurrentOperationException"
    api.clock.advance(60)
    assert (await api.done(first))["OperationStatus"] == "SUCCESS"


@check("CC78")
async def _(make: Callable[..., Api]) -> None:
    for exists, count in (("true", 1), ("false", 0)):
        api = make(f"CC78:exists={exists}")
        answer = await api.create(WIDGET, ONE)
        await api.call("CancelResourceRequest", RequestToken=answer.token)
        event = await api.done(answer)
        assert (event["OperationStatus"], len(api.cloud.resources())) == ("CANCEL_COMPLETE", count)


@check("CC79")
async def _(make: Callable[..., Api]) -> None:
    for fault, wanted in (("CC79", START - 86_400), ("CC79:seconds=1000000", START + 1e6)):
        api = make(fault)
        answer = await api.create(WIDGET, ONE)
        assert (await api.status(answer.token)).event["RetryAfter"] == wanted


@check("CC85")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC85")
    await created(api)
    listed = (await api.call("ListResourceRequests")).document["ResourceRequestStatusSummaries"]
    assert "Operation" not in listed[0]


@check("pending")
async def _(make: Callable[..., Api]) -> None:
    api = make("pending", operation_time=10)
    answer = await api.create(WIDGET, ONE)
    seen = []
    for _ in range(3):
        seen.append((await api.status(answer.token)).event["OperationStatus"])
        api.clock.advance(5)
    assert seen == ["PENDING", "IN_PROGRESS", "SUCCESS"]
    other = await api.create(WIDGET, {"Name": "two"})
    cancelled = await api.call("CancelResourceRequest", RequestToken=other.token)
    assert cancelled.event["OperationStatus"] == "CANCEL_COMPLETE"


# Calls


@check("CC74")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC74:count=1")
    answer = await api.create(WIDGET, ONE)
    throttled = await api.status(answer.token)
    assert throttled.document["__type"] == "com.amazon.coral.availability#ThrottlingException"
    assert (await api.status(answer.token)).status == 200


@check("CC75")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC75:operation=GetResource")
    assert (await api.get(WIDGET, "one")).code == "ThrottlingException"
    assert (await api.create(WIDGET, ONE)).status == 200


@check("CC76")
async def _(make: Callable[..., Api]) -> None:
    form = f"Action=DescribeType&Type=RESOURCE&TypeName={WIDGET}".encode()
    reply = make("CC76").cloud.handle("cloudformation", "DescribeType", form, ACCOUNT, REGION)
    assert (reply.status, b"<Code>Throttling</Code>" in reply.body) == (400, True)


@check("CC83")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC83:calls=2")
    codes = [(await api.get(WIDGET, "one")).code for _ in range(3)]
    assert codes == ["ResourceNotFoundException", "ResourceNotFoundException", "ExpiredTokenException"]


@check("CC87")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC87:regions=eu-west-1+eu-west-2")
    assert (await api.create(WIDGET, ONE)).code == "TypeNotFoundException"
    assert (await api.create(WIDGET, ONE, region="eu-west-2")).status == 200


@check("CC88")
async def _(make: Callable[..., Api]) -> None:
    assert (await make("CC88").create(WIDGET, ONE)).code == "UnsupportedActionException"


@check("CC24")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC24")
    await created(api)
    assert (await api.update(WIDGET, "one", GROW)).code == "UnsupportedActionException"


@check("CC89")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC89")
    api.cloud.put(ACCOUNT, "eu-west-1", WIDGET, {"Name": "far"})
    api.cloud.put("999999999999", REGION, WIDGET, {"Name": "foreign"})
    listed = await api.call("ListResources", TypeName=WIDGET)
    assert [one["Identifier"] for one in listed.document["ResourceDescriptions"]] == ["far"]


@check("CC90")
async def _(make: Callable[..., Api]) -> None:
    api = make("CC90:count=1")
    await created(api)
    empty = (await api.call("ListResources", TypeName=WIDGET)).document
    full = (await api.call("ListResources", TypeName=WIDGET, NextToken=empty["NextToken"])).document
    assert (len(empty["ResourceDescriptions"]), len(full["ResourceDescriptions"])) == (0, 1)


@check("CC94")
async def _(make: Callable[..., Api]) -> None:
    answer = await make("CC94").get(WIDGET, "one")
    assert answer.document["__type"] == "com.amazon.coral.service#AccessDeniedException"
    assert "is not authorized to perform: cloudformation:GetResource" in answer.text


@check("assume")
async def _(make: Callable[..., Api]) -> None:
    def answers(fault: str) -> list[str]:
        cloud = make(fault).cloud
        forms = [
            f"Action=AssumeRole&RoleSessionName=me&RoleArn=arn:aws:iam::{account}:role/deploy"
            for account in ("111122223333", "444455556666")
        ]
        return [cloud.handle("sts", "AssumeRole", form.encode(), ACCOUNT, REGION).body.decode() for form in forms]

    refused, given = answers("assume:type=*::111122223333:*")
    assert "<Code>AccessDenied</Code>" in refused
    assert "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/deploy" in refused
    assert "<AccessKeyId>444455556666</AccessKeyId>" in given
    assert "<AccessKeyId>999999999999</AccessKeyId>" in answers("assume:account=999999999999")[0]


@check("deny")
async def _(make: Callable[..., Api]) -> None:
    cloud = make("deny:type=ssm.222222222222").cloud
    body = b'{"Names": ["/x"]}'
    denied = cloud.handle("ssm", "GetParameters", body, "222222222222", REGION)
    assert b"is not authorized to perform: ssm:GetParameters" in denied.body
    assert cloud.handle("ssm", "GetParameters", body, ACCOUNT, REGION).status == 200


@check("image-step")
async def _(make: Callable[..., Api]) -> None:
    studio = Studio(make("image-step:operation=ApplyBuildComponents,message=exit code 1"))
    state = (await studio.ended())["state"]
    assert (state["status"], state["failureContext"]["imageStatus"]) == ("FAILED", "BUILDING")
    assert state["failureContext"]["failedStep"] == "ApplyBuildComponents"
    assert state["failureContext"]["componentFailure"]["errorMessage"] == "exit code 1"
    late = Studio(make("image-step:type=TEST,reason=timeout"))
    assert (await late.ended())["state"]["failureContext"]["imageStatus"] == "TESTING"


@check("image-delivery")
async def _(make: Callable[..., Api]) -> None:
    studio = Studio(make("image-delivery:type=222222222222.eu-west-1,operation=COPY,count=1"))
    image = await studio.ended()
    (failure,) = image["state"]["failureContext"]["distributionFailure"]["regionFailures"]
    assert (failure["region"], failure["targetAccountId"], failure["status"]) == ("eu-west-1", "222222222222", "FAILED")
    assert "AMI Copy Reported Failure" in failure["errorMessage"]
    assert len(image["outputResources"]["amis"]) == 3
    assert len((await studio.retried(image["arn"]))["outputResources"]["amis"]) == 4


@check("image-schedule")
async def _(make: Callable[..., Api]) -> None:
    api = make("image-schedule:failures=3")
    pipeline = await Studio(api).furnish()
    reported = Studio(api).ask("GetImagePipeline", imagePipelineArn=pipeline)["imagePipeline"]
    assert (reported["status"], reported["consecutiveFailures"]) == ("DISABLED", 3)
    assert (await api.get("AWS::ImageBuilder::ImagePipeline", pipeline)).model["Status"] == "DISABLED"


@pytest.mark.parametrize("name", sorted(CATALOGUE))
async def test_a_fault_does_what_the_catalogue_says(make_api: Callable[..., Api], name: str) -> None:
    await CHECKS[name](make_api)


async def test_without_faults_a_resource_reads_back_as_written(make_api: Callable[..., Api]) -> None:
    written = {"Bag": ["b", "a"], "Mode": "FAST", "Policy": '{"a":1}', "Size": 300, "Tags": [{"Key": "a"}]}

    model = await shown(make_api(), written)

    assert {name: model[name] for name in written} == written


# The panel


def test_faults_are_written_on_one_line() -> None:
    assert parse("CC101:type=AWS::S3::*,operation=CREATE,count=2,probability=0.5,seed=7,mode=x") == Fault(
        "CC101", type_name="AWS::S3::*", operation="CREATE", count=2, probability=0.5, seed=7, options={"mode": "x"}
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("CC1400", "no fault is named 'CC1400'; did you mean CC14"),
        ("CC14:count", "write count=VALUE"),
        ("CC14:probability=2", "must be between 0 and 1"),
        ("CC14:count=-1", "can't be negative"),
        ("CC1", "CC1 needs no switch: always on"),
        ("CC47", "CC47 needs property=..."),
        ("CC15:property=Mode", "CC15 needs twin=..."),
        ("CC72:property=Mode", "CC72: there is no option 'property'"),
        ("CC77:mode=WARN", "CC71: there is no option 'mode'"),
    ],
)
def test_a_fault_that_is_none_is_refused_with_advice(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(text)


def test_a_fault_strikes_only_where_it_is_meant_to() -> None:
    faults = Faults([parse("CC72:type=AWS::S3::*,operation=CREATE")])

    struck = [
        faults.fire("CC72", *where) is not None
        for where in (("AWS::S3::Bucket", "CREATE"), ("AWS::S3::Bucket", "DELETE"), ("AWS::EC2::VPC", "CREATE"))
    ]

    assert struck == [True, False, False]


def test_chance_is_reproducible() -> None:
    def throws(seed: int) -> list[bool]:
        faults = Faults([Fault("CC72", probability=0.5, seed=seed)])
        return [faults.fire("CC72") is not None for _ in range(40)]

    assert throws(1) == throws(1) != throws(2)
    assert 5 < sum(throws(1)) < 35


def test_pitfalls_with_the_same_cause_are_one_switch() -> None:
    faults = Faults([Fault("CC29")])

    assert faults.fire("CC9") == Fault("CC29")
    faults.remove("CC96")
    assert not faults


async def test_merging_may_be_narrowed_to_one_property(make_api: Callable[..., Api]) -> None:
    api = make_api("CC13:property=Mode")
    await created(api, {"Mode": "FAST", "Size": 7})

    removals = [{"op": "remove", "path": f"/{name}"} for name in ("Mode", "Size")]
    await api.done(await api.update(WIDGET, "one", *removals))

    model = (await api.get(WIDGET, "one")).model
    assert (model.get("Mode"), model.get("Size")) == ("FAST", None)


def test_every_pitfall_is_a_switch_or_needs_none() -> None:
    switches = {name for name in CATALOGUE if name.startswith("CC")} | set(ALIASES)

    assert switches & set(BUILT_IN) == set()
    assert switches | set(BUILT_IN) == {f"CC{number}" for number in range(1, 107)}


def test_faults_can_be_switched_off_again() -> None:
    faults = Faults([Fault("CC72"), Fault("CC73")])

    faults.remove("CC72")
    assert [fault.name for fault in faults.listing()] == ["CC73"]
    faults.clear()
    assert not faults
