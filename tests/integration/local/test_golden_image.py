"""A whole image factory in five accounts and three Regions, under strict service rules."""

from __future__ import annotations

import json
import re
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from cloudwright.local.cloud import LocalCloud
from cloudwright.local.model.validation import ModelValidator
from cloudwright.local.transport import LocalTransport
from local_kit import Api, StillClock, catalog, in_process

DATA = Path(__file__).parents[2] / "data" / "golden-image.json"


class Factory:
    """Creates the resources of the example one after the other."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.identifiers: dict[str, str] = {}
        self.models: dict[str, dict[str, Any]] = {}

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"}:
            return self.identifiers[value["Ref"]]
        if set(value) == {"Fn::GetAtt"}:
            name, attribute = value["Fn::GetAtt"]
            return self.models[name][attribute]
        if set(value) == {"Fn::Sub"}:
            return re.sub(r"\$\{(\w+)\.(\w+)\}", lambda match: str(self.models[match[1]][match[2]]), value["Fn::Sub"])
        return {key: self.resolve(item) for key, item in value.items()}

    async def create(self, resource: dict[str, Any]) -> None:
        place = {"account": resource["account"], "region": resource["region"]}
        desired = json.dumps(self.resolve(resource["properties"]))
        answer = await self._api.call("CreateResource", TypeName=resource["type"], DesiredState=desired, **place)
        event = await self.finished(answer.document, place)
        assert event["OperationStatus"] == "SUCCESS", (resource["name"], event)
        self.identifiers[resource["name"]] = event["Identifier"]
        read = await self._api.get(resource["type"], event["Identifier"], **place)
        self.models[resource["name"]] = read.model

    async def delete(self, resource: dict[str, Any]) -> dict[str, Any]:
        place = {"account": resource["account"], "region": resource["region"]}
        identifier = self.identifiers[resource["name"]]
        answer = await self._api.delete(resource["type"], identifier, **place)
        return await self.finished(answer.document, place)

    async def finished(self, document: dict[str, Any], place: dict[str, str]) -> dict[str, Any]:
        assert "ProgressEvent" in document, document
        self._api.clock.advance(1)
        token = document["ProgressEvent"]["RequestToken"]
        event: dict[str, Any] = (await self._api.call("GetResourceRequestStatus", RequestToken=token, **place)).event
        return event


def in_order(document: dict[str, Any]) -> list[dict[str, Any]]:
    by_name = {resource["name"]: resource for resource in document["resources"]}
    needs = {name: set(resource["depends_on"]) for name, resource in by_name.items()}
    for edge in document["edges"]:
        needs[edge["target"]].add(edge["source"])
    return [by_name[name] for name in TopologicalSorter(needs).static_order()]


async def test_the_whole_factory_is_built_read_and_torn_down() -> None:
    clock = StillClock()
    cloud = LocalCloud(catalog(), clock=clock, strict_services=True)
    factory = Factory(Api(cloud, clock, in_process(LocalTransport(cloud))))
    resources = in_order(json.loads(DATA.read_text("utf-8")))

    for resource in resources:
        await factory.create(resource)

    assert len(cloud.resources()) == len(resources) == 19
    for resource in resources:
        validator = ModelValidator(catalog().get(resource["type"]).schema)
        written_only = {path[0] for path in catalog().get(resource["type"]).write_only}
        found = [one for one in validator.violations(factory.models[resource["name"]]) if one.key not in written_only]
        assert [one for one in found if one.keyword != "minItems"] == [], resource["name"]

    by_name = {resource["name"]: resource for resource in resources}
    in_use = await factory.delete(by_name["Distribution"])
    assert in_use["ErrorCode"] == "GeneralServiceException"
    for resource in reversed(resources):
        assert (await factory.delete(resource))["OperationStatus"] == "SUCCESS", resource["name"]
    assert cloud.resources() == []
    cloud.close()
