"""The spelling of the dry runs against both models, and that no other request can leave."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

import dry_run_forms
from cloudwright.clock import SystemClock
from cloudwright.control.client import CloudControl
from cloudwright.control.model import Call, Reply
from cloudwright.errors import ServiceError
from cloudwright.local.api.rest_services import OPERATIONS
from cloudwright.schema.catalog import Catalog
from cloudwright.services.imagebuilder import Answer, DryRuns, forms
from cloudwright.services.port import RatedPort
from cloudwright.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

TARGET = Target("111111111111", "us-east-1")
MODEL = botocore.session.get_session().get_service_model("imagebuilder")
TYPES = sorted(forms())

API_ONLY = {
    ("DistributionConfiguration", "distributions.s3ExportConfiguration"),
    ("ImagePipeline", "imageScanningConfiguration.imageScanningTypes"),
    ("ImagePipeline", "imageScanningConfiguration.scanResultCondition"),
}
"""What the API takes and the registry's schema does not have."""


@dataclass
class Recorder:
    """A transport that records the requests and returns prepared answers."""

    code: str = "DryRunOperationException"
    message: str = "Request would have succeeded"
    status: int = 412
    sent: list[Call] = field(default_factory=list)

    async def send(self, call: Call) -> Reply:
        self.sent.append(call)
        body = json.dumps({"message": self.message}).encode()
        return Reply(self.status, {"x-amzn-errortype": self.code} if self.code else {}, body)

    async def close(self) -> None: ...


def asked(recorder: Recorder, type_name: str, properties: Mapping[str, object]) -> Any:
    async def go() -> Any:
        port = RatedPort(CloudControl(recorder, clock=SystemClock()))
        return await DryRuns(port).ask(TARGET, type_name, properties)

    return asyncio.run(go())


def full(type_name: str) -> dict[str, Any]:
    """A document with every member that the API can take."""
    schema: Any = Catalog.bundled().get(type_name).schema
    members = forms()[type_name].members

    def made(node: Mapping[str, Any], path: str) -> Any:
        while "$ref" in node:
            node = schema["definitions"][node["$ref"].rpartition("/")[2]]
        if node.get("type") == "array":
            return [made(node["items"], f"{path}/*")]
        if "properties" in node:
            known = {name: child for name, child in node["properties"].items() if f"{path}/{name}" in members}
            return {name: made(child, f"{path}/{name}") for name, child in known.items()}
        values: dict[str, Any] = {
            "object": {"Some Key": "v"},
            "boolean": True,
            "integer": node.get("minimum", 100),
            "number": 100,
        }
        return values.get(str(node.get("type")), next(iter(node.get("enum") or ["text"])))

    return dict(made({"properties": schema["properties"]}, ""))


def leaves(shape: Any, path: str = "") -> set[str]:
    if shape.type_name == "list":
        return leaves(shape.member, path)
    if shape.type_name != "structure":
        return {path}
    below = ((name, leaves(child, f"{path}.{name}".lstrip("."))) for name, child in shape.members.items())
    return set().union(*(found for _, found in below))


def used(value: Any, shape: Any, path: str = "") -> set[str]:
    if shape.type_name == "list":
        return set().union(*(used(item, shape.member, path) for item in value))
    if shape.type_name != "structure":
        return {path}
    return set().union(*(used(v, shape.members[k], f"{path}.{k}".lstrip(".")) for k, v in value.items()))


def test_the_table_is_the_one_that_both_models_give() -> None:
    assert dry_run_forms.forms() == json.loads(dry_run_forms.FILE.read_text())
    assert sorted(OPERATIONS.values()) == TYPES
    assert len(TYPES) == 8


@pytest.mark.parametrize("type_name", TYPES)
def test_every_member_arrives_where_the_api_has_it(type_name: str) -> None:
    form, document = forms()[type_name], full(type_name)
    shape = MODEL.operation_model(form.operation).input_shape

    sent = {**form.spelled(document), "dryRun": True, "clientToken": "token"}

    assert ParamValidator().validate(sent, shape).generate_report() == ""
    missing = leaves(shape) - used(sent, shape)
    known = {path for name, path in API_ONLY if type_name.endswith(f"::{name}")}
    assert {path for path in missing if not any(path.startswith(one) for one in known)} == set()


@pytest.mark.parametrize("type_name", TYPES)
def test_what_nobody_can_declare_is_no_member(type_name: str) -> None:
    kind = Catalog.bundled().get(type_name)
    outputs = {"/" + "/".join(path) for path in kind.read_only}
    assert not outputs & set(forms()[type_name].members)
    with pytest.raises(KeyError, match="/Arn"):
        forms()[type_name].spelled({"Arn": "arn"})


@pytest.mark.parametrize("type_name", TYPES)
def test_a_parameter_that_aws_names_leads_back_to_the_declared_path(type_name: str) -> None:
    form = forms()[type_name]
    for pointer in form.members:
        steps = pointer.strip("/").split("/")
        parameter, at = "", ""
        for step in steps:
            at = f"{at}/{step}"
            parameter += "[0]" if step == "*" else f".{form.members[at]}"
        assert form.pointer(parameter.lstrip(".")) == pointer.replace("*", "0")


def test_the_users_own_keys_keep_their_spelling() -> None:
    form = forms()["AWS::ImageBuilder::DistributionConfiguration"]
    entry = {"Region": "us-east-1", "AmiDistributionConfiguration": {"AmiTags": {"Name": "Mine", "Region": "x"}}}
    sent = form.spelled({"Tags": {"Name": "Mine"}, "Distributions": [entry]})
    assert sent["tags"] == {"Name": "Mine"}
    assert sent["distributions"][0]["amiDistributionConfiguration"]["amiTags"] == {"Name": "Mine", "Region": "x"}


NAMES = st.sampled_from(["Name", "Tags", "dryRun", "DryRun", "clientToken", "Version", "Distributions", "Data"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@given(type_name=st.sampled_from(TYPES), document=st.dictionaries(NAMES, VALUES, max_size=5))
def test_no_request_without_dry_run_leaves(type_name: str, document: dict[str, Any]) -> None:
    recorder = Recorder()
    try:
        asked(recorder, type_name, document)
    except KeyError:
        assert recorder.sent == []
    for call in recorder.sent:
        assert json.loads(call.body)["dryRun"] is True
        assert (call.service, call.method) == ("imagebuilder", "PUT")


def test_the_client_can_do_nothing_but_ask() -> None:
    assert [name for name in vars(DryRuns) if not name.startswith("_")] == ["ask"]


@pytest.mark.parametrize(
    ("code", "status", "message", "answer", "path"),
    [
        ("DryRunOperationException", 412, "fine", Answer.CONFIRMED, ""),
        ("AccessDeniedException", 403, "User: x is not authorized", Answer.DENIED, ""),
        ("ForbiddenException", 403, "", Answer.DENIED, ""),
        ("InvalidRequestException", 400, "The EC2 AMI name must contain", Answer.REFUSED, ""),
        (
            "InvalidRequestException",
            400,
            "The value supplied for parameter 'distributions[1].amiDistributionConfiguration.launchPermission' is bad.",
            Answer.REFUSED,
            "/Distributions/1/AmiDistributionConfiguration/LaunchPermissionConfiguration",
        ),
        ("InvalidRequestException", 400, "The value for parameter 'nonsense[0]' is bad.", Answer.REFUSED, ""),
        ("", 200, "made", Answer.CARRIED_OUT, ""),
    ],
)
def test_what_the_service_says(code: str, status: int, message: str, answer: Answer, path: str) -> None:
    document = {"Name": "a", "Distributions": []}
    shown = asked(Recorder(code, message, status), "AWS::ImageBuilder::DistributionConfiguration", document)
    assert (shown.answer, shown.path) == (answer, path)


def test_a_failing_service_is_no_answer() -> None:
    with pytest.raises(ServiceError):
        asked(Recorder("ServiceException", "boom", 500), "AWS::ImageBuilder::Component", {"Name": "a"})
