"""A small Cloud Control server that shares no code with the local cloud, for measuring clients from outside.

It answers the eight operations and STS GetCallerIdentity with a fixed latency, lets every operation take a fixed time,
and counts calls. Like some real services it sets an event's `EventTime` to the operation's end once it has ended.
It checks nothing: neither signatures nor documents.

    python server.py --latency 0.05 --operation 3.0 [--rate 20]

The first line on standard output is its address. `GET /figures` answers the counts and times of the last run as JSON
(times in seconds of the system's monotonic clock), and `POST /figures` starts a new count.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

ACCOUNT = "000000000000"
PAGE = 100
LOGGED = 100
"""Calls that are told one by one."""
IDENTIFIERS = {"AWS::ImageBuilder::DistributionConfiguration": "Arn", "AWS::SNS::Topic": "TopicArn"}
JSON = "application/x-amz-json-1.0"
XML = "text/xml"


@dataclass(slots=True)
class Request:
    """One create, update or delete."""

    token: str
    operation: str
    type: str
    identifier: str
    began: float
    ends: float

    def event(self, now: float) -> dict[str, Any]:
        """The progress event as of now."""
        done = now >= self.ends
        return {
            "TypeName": self.type,
            "Identifier": self.identifier,
            "RequestToken": self.token,
            "Operation": self.operation,
            "OperationStatus": "SUCCESS" if done else "IN_PROGRESS",
            "EventTime": self.ends if done else self.began,
        }


@dataclass(slots=True)
class Figures:
    """What a client did since the last reset."""

    calls: Counter[str] = field(default_factory=Counter)
    throttled: int = 0
    first: float = 0.0
    first_mutation: float = 0.0
    last_mutation: float = 0.0
    last_answer: float = 0.0
    log: list[tuple[float, str]] = field(default_factory=list)
    ended: float = 0.0


class Cloud:
    """Resources and requests of one account in one Region."""

    def __init__(self, operation: float, rate: float) -> None:
        """Begin empty.

        Args:
            operation: Seconds that each operation takes.
            rate: Accepted calls a second, with a burst of one second; 0 for no limit.
        """
        self.operation, self.rate = operation, rate
        self.resources: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}
        self.requests: dict[str, Request] = {}
        self.order: list[Request] = []
        self.by_client_token: dict[str, Request] = {}
        self.gone: dict[tuple[str, str], float] = {}
        self.figures = Figures()
        self._tokens, self._filled = rate, time.monotonic()

    def answer(self, operation: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """One call of the wire protocol: its status and its answer."""
        self._note(operation)
        if not self._admitted():
            self.figures.throttled += 1
            return 400, {"__type": "ThrottlingException", "Message": "Rate exceeded"}
        return getattr(self, f"_{operation}")(body)  # type: ignore[no-any-return]

    def _note(self, operation: str) -> None:
        now, figures = time.monotonic(), self.figures
        figures.calls[operation] += 1
        if len(figures.log) < LOGGED:
            figures.log.append((now, operation))
        figures.first = figures.first or now
        if operation in ("CreateResource", "UpdateResource", "DeleteResource"):
            figures.first_mutation = figures.first_mutation or now
            figures.last_mutation, figures.ended = now, now + self.operation

    def _admitted(self) -> bool:
        if not self.rate:
            return True
        now = time.monotonic()
        self._tokens = min(self.rate, self._tokens + (now - self._filled) * self.rate)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _start(self, operation: str, body: dict[str, Any], identifier: str) -> tuple[int, dict[str, Any]]:
        known = self.by_client_token.get(body.get("ClientToken", ""))
        if known is None:
            now = time.time()
            known = Request(str(uuid.uuid4()), operation, body["TypeName"], identifier, now, now + self.operation)
            self.requests[known.token] = known
            self.order.append(known)
            if "ClientToken" in body:
                self.by_client_token[body["ClientToken"]] = known
        return 200, {"ProgressEvent": known.event(time.time())}

    def _CreateResource(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802 - the API's name
        document = json.loads(body["DesiredState"])
        name = document.get("Name") or document.get("TopicName") or str(uuid.uuid4())
        member = IDENTIFIERS.get(body["TypeName"], "Id")
        kind = "distribution-configuration" if "ImageBuilder" in body["TypeName"] else "topic"
        identifier = f"arn:aws:imagebuilder:us-east-1:{ACCOUNT}:{kind}/{str(name).lower()}"
        done = time.time() + self.operation
        self.resources[body["TypeName"], identifier] = (done, {**document, member: identifier})
        self.gone.pop((body["TypeName"], identifier), None)
        return self._start("CREATE", body, identifier)

    def _UpdateResource(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        key = body["TypeName"], body["Identifier"]
        if not self._there(key):
            return self._not_found(key)
        made, document = self.resources[key]
        for step in json.loads(body["PatchDocument"]):
            _patch(document, step)
        self.resources[key] = (made, document)
        return self._start("UPDATE", body, body["Identifier"])

    def _DeleteResource(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        key = body["TypeName"], body["Identifier"]
        if not self._there(key):
            return self._not_found(key)
        self.gone[key] = time.time() + self.operation
        return self._start("DELETE", body, body["Identifier"])

    def _GetResource(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        key = body["TypeName"], body["Identifier"]
        if not self._there(key):
            return self._not_found(key)
        described = {"Identifier": key[1], "Properties": json.dumps(self.resources[key][1])}
        return 200, {"TypeName": key[0], "ResourceDescription": described}

    def _ListResources(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        found = [
            {"Identifier": key[1], "Properties": json.dumps(document)}
            for key, (_, document) in self.resources.items()
            if key[0] == body["TypeName"] and self._there(key)
        ]
        return 200, {"TypeName": body["TypeName"], "ResourceDescriptions": found}

    def _GetResourceRequestStatus(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        request = self.requests.get(body["RequestToken"])
        if request is None:
            return 400, {"__type": "RequestTokenNotFoundException", "Message": "No such request"}
        return 200, {"ProgressEvent": request.event(time.time())}

    def _ListResourceRequests(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        chosen = body.get("ResourceRequestStatusFilter") or {}
        operations, states = chosen.get("Operations"), chosen.get("OperationStatuses")
        now = time.time()
        events = (request.event(now) for request in reversed(self.order))
        chosen_events = (
            event
            for event in events
            if (not operations or event["Operation"] in operations)
            and (not states or event["OperationStatus"] in states)
        )
        start, size = int(body.get("NextToken") or 0), min(PAGE, body.get("MaxResults") or PAGE)
        page = list(islice(chosen_events, start, start + size + 1))
        answer: dict[str, Any] = {"ResourceRequestStatusSummaries": page[:size]}
        if len(page) > size:
            answer["NextToken"] = str(start + size)
        return 200, answer

    def _CancelResourceRequest(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        return self._GetResourceRequestStatus(body)

    def _there(self, key: tuple[str, str]) -> bool:
        now = time.time()
        return key in self.resources and self.resources[key][0] <= now < self.gone.get(key, now + 1)

    def _not_found(self, key: tuple[str, str]) -> tuple[int, dict[str, Any]]:
        message = f"Resource of type '{key[0]}' with identifier '{key[1]}' was not found."
        return 400, {"__type": "ResourceNotFoundException", "Message": message}


def _patch(document: Any, step: dict[str, Any]) -> None:
    *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].lstrip("/").split("/")]
    for part in parents:
        document = document[int(part)] if isinstance(document, list) else document[part]
    if isinstance(document, list):
        place = len(document) if last == "-" else int(last)
        if step["op"] == "add":
            document.insert(place, step["value"])
        elif step["op"] == "remove":
            del document[place]
        else:
            document[place] = step["value"]
    elif step["op"] == "remove":
        document.pop(last, None)
    elif step["op"] != "test":
        document[last] = step["value"]


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive; requests of one connection are answered in order."""

    def __init__(self, cloud: Cloud, latency: float) -> None:
        """Answer for a cloud after so many seconds."""
        self.cloud, self.latency, self.buffer = cloud, latency, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Take whole requests out of what has arrived."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            size = int(headers.get("content-length", "0"))
            if len(self.buffer) < end + 4 + size:
                return
            body = self.buffer[end + 4 : end + 4 + size]
            self.buffer = self.buffer[end + 4 + size :]
            self._serve(head[0].split(" ")[0], head[0].split(" ")[1], headers, body)

    def _serve(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        if path == "/figures":
            self._figures(method)
        elif target := headers.get("x-amz-target"):
            status, answer = self.cloud.answer(target.rpartition(".")[2], json.loads(body or b"{}"))
            self._later(status, json.dumps(answer).encode(), JSON)
        else:
            self.cloud._note("GetCallerIdentity")  # noqa: SLF001 - one module, one idea
            self._later(200, IDENTITY, XML)

    def _figures(self, method: str) -> None:
        figures = self.cloud.figures
        if method == "POST":
            self.cloud.figures = Figures()
        names = ("throttled", "first", "first_mutation", "last_mutation", "last_answer", "log", "ended")
        answer = {"calls": dict(figures.calls), **{name: getattr(figures, name) for name in names}}
        self._send(200, json.dumps(answer).encode(), JSON)

    def _later(self, status: int, answer: bytes, kind: str) -> None:
        asyncio.get_running_loop().call_later(self.latency, self._answered, status, answer, kind)

    def _answered(self, status: int, answer: bytes, kind: str) -> None:
        self.cloud.figures.last_answer = time.monotonic()
        self._send(status, answer, kind)

    def _send(self, status: int, answer: bytes, kind: str) -> None:
        if not self.transport.is_closing():
            head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(answer)}\r\n"
            head += f"date: {time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime())}\r\n"
            head += f"x-amzn-requestid: {uuid.uuid4()}\r\n\r\n"
            self.transport.write(head.encode() + answer)


IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::{ACCOUNT}:user/bench</Arn><UserId>AIDA</UserId><Account>{ACCOUNT}</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>
""".encode()


async def serve(latency: float, operation: float, rate: float) -> None:
    """Serve on a free port of the loopback interface until the process is ended."""
    cloud = Cloud(operation, rate)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(cloud, latency), "127.0.0.1", 0, backlog=2048
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds of each call")
    parser.add_argument("--operation", type=float, default=3.0, help="seconds of each operation")
    parser.add_argument("--rate", type=float, default=0.0, help="accepted calls a second; 0: no limit")
    given = parser.parse_args()
    asyncio.run(serve(given.latency, given.operation, given.rate))
