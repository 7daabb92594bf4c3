from __future__ import annotations

import asyncio
import json
import selectors
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from cloudwright.control.client import CloudControl
from cloudwright.control.model import Reply
from cloudwright.target import Target

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from cloudwright.control.limiter import Limiter
    from cloudwright.control.model import Call

T = TypeVar("T")
EPOCH = 1_700_000_000.0


class _InstantSelector(selectors.DefaultSelector):
    skipped: float = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            ready = super().select(5.0)  # a thread may still be at work
        if not ready and timeout is None:
            raise RuntimeError("everything waits and nothing will ever happen")
        if not ready:
            self.skipped += timeout or 0.0
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Sleeps cost nothing: time jumps to the next timer."""

    def __init__(self) -> None:
        self._instant = _InstantSelector()
        super().__init__(self._instant)

    def time(self) -> float:
        return self._instant.skipped


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)


class LoopClock:
    """Wall time that goes with the virtual loop."""

    def now(self) -> float:
        return EPOCH + self.boot()

    def boot(self) -> float:
        return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Request:
    token: str
    identifier: str
    started: float
    ends: float
    outcome: dict[str, Any]
    hooks: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class FakeCloud:
    """A scripted Cloud Control in virtual time; enough to see what the client sends and when.

    `operation_time` and `latency` are seconds, `rate` calls a second, `burst` calls at once.
    """

    operation_time: float = 3.0
    latency: float = 0.05
    rate: float | None = None
    burst: float = 1.0
    known: dict[str, Request] = field(default_factory=dict)
    log: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    throttled: int = 0
    detected: list[float] = field(default_factory=list)
    before: Callable[[Call], Awaitable[Reply | None]] | None = None
    change_page: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] | None = None
    foreign: int = 0
    _tokens: float = 0.0
    _at: float = 0.0

    def __post_init__(self) -> None:
        self._tokens = self.burst

    async def send(self, call: Call) -> Reply:
        loop = asyncio.get_running_loop()
        fields = json.loads(call.body)
        self.log.append((loop.time(), call.action, fields))
        await asyncio.sleep(self.latency / 2)
        if self.before is not None and (reply := await self.before(call)) is not None:
            return reply
        reply = self._answer(call, fields)
        await asyncio.sleep(self.latency / 2)
        return reply

    async def close(self) -> None:
        pass

    def calls(self, action: str) -> list[tuple[float, dict[str, Any]]]:
        return [(at, fields) for at, name, fields in self.log if name == action]

    def _answer(self, call: Call, fields: dict[str, Any]) -> Reply:
        if not self._allowed():
            self.throttled += 1
            return error("ThrottlingException", "Rate exceeded")
        return ok(getattr(self, f"_{call.action}")(fields))

    def _allowed(self) -> bool:
        if self.rate is None:
            return True
        now = asyncio.get_running_loop().time()
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens < 1 - 1e-9:
            return False
        self._tokens -= 1
        return True

    def _CreateResource(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - the API's name
        now = asyncio.get_running_loop().time()
        number = len(self.known)
        request = Request(f"request-{number}", f"thing-{number}", now, now + self.operation_time, {})
        self.known[request.token] = request
        return {"ProgressEvent": self._event(request)}

    def _GetResourceRequestStatus(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        request = self.known[fields["RequestToken"]]
        return {"ProgressEvent": self._event(request), "HooksProgressEvent": request.hooks}

    def _ListResourceRequests(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        entries = [self._event(request) for request in reversed(self.known.values())]
        others = [
            {"RequestToken": f"foreign-{n}", "OperationStatus": "IN_PROGRESS", "EventTime": EPOCH + 1e6 - n}
            for n in range(self.foreign)
        ]
        entries = others + entries
        if self.change_page is not None:
            entries = self.change_page(entries)
        start, size = int(fields.get("NextToken", "0")), fields["MaxResults"]
        page: dict[str, Any] = {"ResourceRequestStatusSummaries": entries[start : start + size]}
        if start + size < len(entries):
            page["NextToken"] = str(start + size)
        return page

    def _GetResource(self, fields: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"ResourceDescription": {"Identifier": fields["Identifier"], "Properties": "{}"}}

    def _event(self, request: Request) -> dict[str, Any]:
        event = {
            "TypeName": "AWS::Test::Thing",
            "RequestToken": request.token,
            "Operation": "CREATE",
            "OperationStatus": "IN_PROGRESS",
            "EventTime": EPOCH + request.started,
        }
        if asyncio.get_running_loop().time() >= request.ends:
            event |= {"OperationStatus": "SUCCESS", "Identifier": request.identifier} | request.outcome
        return event


def ok(document: dict[str, Any], headers: dict[str, str] | None = None) -> Reply:
    return Reply(200, headers or {}, json.dumps(document).encode())


def make_client(transport: Any, limiter: Limiter | None = None) -> CloudControl:
    return CloudControl(transport, limiter, LoopClock(), jitter=lambda: 0.5)


PLACE = Target("111111111111", "us-east-1")


def error(code: str, message: str = "no", status: int = 400) -> Reply:
    body = {"__type": f"com.amazon.cloudapiservice#{code}", "Message": message}
    return Reply(status, {}, json.dumps(body).encode())
