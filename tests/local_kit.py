"""What tests of the local cloud share: a clock that stands still, synthetic types, and two ways to call."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from cloudwright.control.model import Call
from cloudwright.schema.catalog import Catalog
from cloudwright.target import Target

if TYPE_CHECKING:
    import aiohttp

    from cloudwright.control.model import Transport
    from cloudwright.local.cloud import LocalCloud

START = 1_800_000_000.0
ACCOUNT = "111111111111"
REGION = "us-west-2"
FLAGSHIP = "AWS::ImageBuilder::DistributionConfiguration"
WIDGET = "Test::Local::Widget"
PART = "Test::Local::Part"
LEDGER = "Test::Local::Ledger"

_TEXT = {"type": "string"}

SCHEMAS: tuple[dict[str, Any], ...] = (
    {
        "typeName": WIDGET,
        "additionalProperties": False,
        "properties": {
            "Name": {"type": "string", "pattern": "^[a-z0-9-]+$", "minLength": 3, "maxLength": 20},
            "Arn": _TEXT,
            "Size": {"type": "integer", "minimum": 1, "maximum": 2**50},
            "Mode": {"type": "string", "enum": ["FAST", "SLOW"]},
            "Secret": _TEXT,
            "Birth": _TEXT,
            "Policy": {"type": ["string", "object"]},
            "Nested": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"Fixed": _TEXT, "Free": _TEXT, "Hidden": _TEXT},
            },
            "Items": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"Key": _TEXT, "Token": _TEXT, "Id": _TEXT},
                },
            },
            "Bag": {"type": "array", "insertionOrder": False, "maxItems": 9, "items": _TEXT},
            "Labels": {"type": "object", "patternProperties": {".+": _TEXT}, "additionalProperties": False},
            "Tags": {
                "type": "array",
                "insertionOrder": False,
                "items": {"type": "object", "properties": {"Key": _TEXT, "Value": _TEXT}, "required": ["Key"]},
            },
            "DeletionProtection": {"type": "boolean"},
            "LastModified": {"type": "string", "format": "date-time"},
        },
        "required": ["Name"],
        "primaryIdentifier": ["/properties/Name"],
        "readOnlyProperties": ["/properties/Arn", "/properties/Items/*/Id", "/properties/LastModified"],
        "writeOnlyProperties": [
            "/properties/Secret",
            "/properties/Birth",
            "/properties/Nested/Hidden",
            "/properties/Items/*/Token",
        ],
        "createOnlyProperties": ["/properties/Name", "/properties/Birth", "/properties/Nested/Fixed"],
        "conditionalCreateOnlyProperties": ["/properties/Mode"],
        "tagging": {"taggable": True, "tagProperty": "/properties/Tags", "cloudFormationSystemTags": True},
        "handlers": {"create": {}, "read": {}, "update": {}, "delete": {}, "list": {}},
    },
    {
        "typeName": PART,
        "additionalProperties": False,
        "properties": {"Widget": _TEXT, "PartId": _TEXT, "Note": _TEXT},
        "required": ["Widget"],
        "primaryIdentifier": ["/properties/Widget", "/properties/PartId"],
        "readOnlyProperties": ["/properties/PartId"],
        "createOnlyProperties": ["/properties/Widget"],
        "handlers": {
            "create": {},
            "read": {},
            "update": {},
            "delete": {},
            "list": {"handlerSchema": {"properties": {"Widget": {}}, "required": ["Widget"]}},
        },
    },
    {
        "typeName": LEDGER,
        "additionalProperties": False,
        "properties": {"LedgerId": _TEXT, "Domain": _TEXT, "Note": _TEXT},
        "required": ["Domain"],
        "primaryIdentifier": ["/properties/LedgerId"],
        "readOnlyProperties": ["/properties/LedgerId"],
        "writeOnlyProperties": ["/properties/Domain"],
        "createOnlyProperties": ["/properties/Domain"],
        "handlers": {"create": {}, "read": {}, "update": {}, "delete": {}},
    },
    {
        "typeName": "Test::Local::Frozen",
        "additionalProperties": False,
        "properties": {"Name": _TEXT},
        "primaryIdentifier": ["/properties/Name"],
        "handlers": {"create": {}, "read": {}, "delete": {}},
    },
)


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    """The bundled types and the synthetic ones; opened once, since no test changes it."""
    return Catalog(overlays={str(schema["typeName"]): schema for schema in SCHEMAS})


class StillClock:
    """Time that moves only on request."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> float:
        return self.time

    def boot(self) -> float:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += seconds


@dataclass(frozen=True)
class Answer:
    """An answer, decoded."""

    status: int
    document: dict[str, Any]

    @property
    def code(self) -> str:
        """The error's name, after the `#`."""
        return str(self.document.get("__type", "")).partition("#")[2]

    @property
    def text(self) -> str:
        return str(self.document.get("Message", self.document.get("message", "")))

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = self.document["ProgressEvent"]
        return event

    @property
    def token(self) -> str:
        return str(self.event["RequestToken"])

    @property
    def model(self) -> dict[str, Any]:
        model: dict[str, Any] = json.loads(self.document["ResourceDescription"]["Properties"])
        return model


class Sender(Protocol):
    async def __call__(self, action: str, body: bytes, account: str, region: str) -> Answer: ...


def in_process(transport: Transport) -> Sender:
    async def send(action: str, body: bytes, account: str, region: str) -> Answer:
        reply = await transport.send(Call("cloudcontrolapi", action, body, Target(account, region)))
        return Answer(reply.status, json.loads(reply.body))

    return send


def over_http(session: aiohttp.ClientSession, endpoint: str) -> Sender:
    async def send(action: str, body: bytes, account: str, region: str) -> Answer:
        headers = {
            "X-Amz-Target": f"CloudApiService.{action}",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": signed(account, region),
        }
        async with session.post(endpoint, data=body, headers=headers) as reply:
            return Answer(reply.status, await reply.json(content_type=None))

    return send


def signed(account: str, region: str, service: str = "cloudcontrolapi") -> str:
    """An Authorization header whose signature nobody verifies."""
    scope = f"{account}/20270115/{region}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"


class Api:
    """Cloud Control as a test speaks to it."""

    def __init__(self, cloud: LocalCloud, clock: StillClock, send: Sender) -> None:
        self.cloud = cloud
        self.clock = clock
        self._send = send

    async def call(self, action: str, *, account: str = ACCOUNT, region: str = REGION, **members: Any) -> Answer:
        return await self._send(action, json.dumps(members).encode(), account, region)

    async def raw(self, action: str, body: bytes) -> Answer:
        return await self._send(action, body, ACCOUNT, REGION)

    async def create(self, type_name: str, properties: Any, **members: Any) -> Answer:
        return await self.call("CreateResource", TypeName=type_name, DesiredState=json.dumps(properties), **members)

    async def update(self, type_name: str, identifier: str, *operations: Any, **members: Any) -> Answer:
        patch = json.dumps(operations)
        return await self.call(
            "UpdateResource", TypeName=type_name, Identifier=identifier, PatchDocument=patch, **members
        )

    async def delete(self, type_name: str, identifier: str, **members: Any) -> Answer:
        return await self.call("DeleteResource", TypeName=type_name, Identifier=identifier, **members)

    async def get(self, type_name: str, identifier: str, **members: Any) -> Answer:
        return await self.call("GetResource", TypeName=type_name, Identifier=identifier, **members)

    async def status(self, token: str) -> Answer:
        return await self.call("GetResourceRequestStatus", RequestToken=token)

    async def done(self, answer: Answer, seconds: float = 1) -> dict[str, Any]:
        """The event of an accepted request once its time has passed."""
        assert answer.status == 200, answer.document
        self.clock.advance(seconds)
        return (await self.status(answer.token)).event

    async def made(self, type_name: str, properties: Any, seconds: float = 1) -> str:
        event = await self.done(await self.create(type_name, properties), seconds)
        assert event["OperationStatus"] == "SUCCESS", event
        return str(event["Identifier"])


def distribution(name: str = "Golden Images", **more: Any) -> dict[str, Any]:
    """A sound distribution configuration."""
    ami = {"Name": "golden-{{ imagebuilder:buildDate }}", "TargetAccountIds": ["123456789012"]}
    return {"Name": name, "Distributions": [{"Region": REGION, "AmiDistributionConfiguration": ami}], **more}
