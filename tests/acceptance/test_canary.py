"""A secret that sings: wherever it turns up but in the requests themselves, it has leaked."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright import App, lookup, secret
from cloudwright.aws.control import AWS
from cloudwright.converted import stored_secret
from cloudwright.errors import InvalidProperties
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.saved import Saved, to_json
from cloudwright.render import json_lines
from cloudwright.render.deploy.outcomes import OutcomeText
from cloudwright.render.detail import Detail
from cloudwright.render.errors import error_lines
from cloudwright.render.graph.model import graph_of
from cloudwright.render.graph.svg import graph_svg
from cloudwright.render.graph.text import graph_json, graph_mermaid
from cloudwright.render.plan.text import PlanText
from cloudwright.render.report.page import report_page
from cloudwright.render.state.audit import audit_text
from cloudwright.render.state.export import export_lines
from cloudwright.render.state.records import record_lines
from cloudwright.render.terminal.style import TerminalStyle
from cloudwright.state.edits import dump
from cloudwright.state.s3.backend import S3Store
from cloudwright.state.sql.sqlite import SqliteStore
from conformance.memory_objects import MemoryObjects

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.control.model import Call, Reply, Transport
    from cloudwright.state.hosted_store import HostedStore

CANARY = "kanarienvogel-4711"


class Echo:
    """AWS as it sometimes is: the message of a failed create repeats what it was given."""

    def __init__(self, inner: Transport, canary: str) -> None:
        self._inner, self._canary = inner, canary

    async def send(self, call: Call) -> Reply:
        reply = await self._inner.send(call)
        if call.action not in {"CreateResource", "GetResourceRequestStatus", "UpdateResource"} or reply.status != 200:
            return reply
        document = json.loads(reply.body)
        event = document["ProgressEvent"]
        if event["TypeName"] == "AWS::SecretsManager::Secret":
            event |= {"OperationStatus": "FAILED", "ErrorCode": "InvalidRequest"}
            event["StatusMessage"] = f"value '{self._canary}-property' is not acceptable"
        return replace(reply, body=json.dumps(document).encode())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Bird:
    """Runs apps over a store, and keeps every text that anybody could get to see."""

    def __init__(self, folder: Path, store: Callable[[RunSettings], HostedStore]) -> None:
        self.world = World(folder)
        self._store = store
        self.seen: list[str] = []
        self.snapshots: list[str] = []

    async def runtime(self, settings: RunSettings) -> Runtime:
        runtime = await self.world.runtime(settings)
        return replace_store(runtime, self._store(settings))

    def app(self, program: Callable[[], Any]) -> App:
        app = App("aviary", stage="dev")
        app.program(program)
        return app.configure(runtime=self.runtime)

    async def run(self, program: Callable[[], Any]) -> Any:
        app = self.app(program)
        plan = await app.plan()
        self.keep(to_json(Saved(plan, PlanOptions())), repr(plan), *PlanText(TerminalStyle(), Detail.FULL).lines(plan))
        self.keep(*map(json_lines.encode, json_lines.plan_lines(plan)))
        result = await app.deploy(
            plan, observer=lambda event: self.keep(repr(event), json_lines.encode(json_lines.event_line(event)))
        )
        self.keep(repr(result), *OutcomeText(TerminalStyle()).lines(result))
        for outcome in result.outcomes:
            self.keep(json_lines.encode(json_lines.outcome_line(outcome)), str(outcome.message))
            if outcome.error is not None:
                self.keep(*error_lines(outcome.error, TerminalStyle(), with_traceback=True))
                self.keep("".join(traceback.format_exception(outcome.error)))
        await self.look(app)
        return result

    async def look(self, app: App) -> None:
        snapshot = await app.snapshot()
        self.keep(dump(snapshot), repr(snapshot), json.dumps(export_lines(snapshot)), repr(await app.outputs()))
        audit = await app.state_admin.audit()
        self.keep(*(json_lines.encode(json_lines.audit_line(line, app.name, app.stage)) for line in audit))
        self.keep(*audit_text(audit, TerminalStyle()))
        for record in snapshot.records:
            self.keep(*record_lines(record, TerminalStyle()))
        plan = await app.plan()
        graph = graph_of(plan)
        self.keep(
            report_page(plan, snapshot, 0.0), graph_svg(graph), graph_mermaid(graph), json.dumps(graph_json(graph))
        )

    def keep(self, *texts: str) -> None:
        self.seen.extend(texts)


def replace_store(runtime: Runtime, store: HostedStore) -> Runtime:
    runtime.services = replace(runtime.services, store=store)
    return runtime


@pytest.fixture(params=["sqlite", "s3"])
def bird(request: pytest.FixtureRequest, tmp_path: Path) -> Bird:
    objects = MemoryObjects()

    def sqlite(settings: RunSettings) -> HostedStore:
        return SqliteStore(tmp_path / "state.db", settings.app, settings.stage)

    def s3(settings: RunSettings) -> HostedStore:
        return S3Store(objects, "p", settings.app, settings.stage)

    bird = Bird(tmp_path, sqlite if request.param == "sqlite" else s3)
    bird.objects = objects  # type: ignore[attr-defined]
    return bird


def songs(bird: Bird, folder: Path, log: str) -> list[str]:
    """Where the canary was heard."""
    objects = bird.objects  # type: ignore[attr-defined]
    stored = [objects.get(each.name).body.decode() for each in objects.list_after("", "")]
    found = [text for text in (*bird.seen, *stored, log) if CANARY in text]
    files = [str(path) for path in folder.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
    return [*found, *files]


def birdhouse(value: str) -> Callable[[], Any]:
    def program() -> dict[str, Any]:
        AWS.SecretsManager.Secret("kept", Name="kept", SecretString=f"{value}-writeonly")
        parameter = AWS.SSM.Parameter("shown", Name="shown", Type="String", Value=secret(f"{value}-property"))
        key = AWS.Cognito.UserPoolClient("key", UserPoolId="eu-west-1_abc123", GenerateSecret=True)
        AWS.SecretsManager.Secret("again", Name="again", SecretString=key.ClientSecret)
        return {"Token": secret(f"{value}-output"), "Key": key.ClientSecret, "Name": parameter.Name}

    return program


async def test_a_whole_life_never_shows_a_secret(bird: Bird, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    first = await bird.run(birdhouse(CANARY))
    assert first.ok, [outcome.message for outcome in first.outcomes]
    made = bird.world.live("Cognito::UserPoolClient")[0]["ClientSecret"]
    assert bird.world.live("SecretsManager::Secret")[0]
    assert {made} == {
        found["SecretString"] for found in bird.world.live("SecretsManager::Secret") if found["Name"] == "again"
    }
    outputs = await bird.app(birdhouse(CANARY)).outputs()
    assert (f"{CANARY}-output", made) == (outputs["Token"].reveal(), outputs["Key"].reveal())

    again = await bird.run(birdhouse(CANARY))
    assert (0, {"none"}) == (again.calls, {str(step.action) for step in again.plans[0].steps})
    changed = await bird.run(birdhouse(f"{CANARY}-2"))
    assert changed.ok
    assert made not in "".join(bird.seen)
    result = await bird.app(lambda: None).destroy(observer=lambda event: bird.keep(repr(event)))
    assert result.ok
    await bird.look(bird.app(lambda: None))

    reported = {(line.action, line.outcome) for line in await bird.app(lambda: None).state_admin.audit()}
    assert reported == {("create", "succeeded"), ("update", "succeeded"), ("delete", "succeeded")}
    assert [] == songs(bird, tmp_path, caplog.text)


async def test_what_aws_repeats_of_a_secret_is_masked(bird: Bird, tmp_path: Path) -> None:
    bird.world.wrap = lambda inner: Echo(inner, CANARY)

    def program() -> None:
        AWS.SecretsManager.Secret("kept", Name="kept", SecretString=f"{CANARY}-property")

    result = await bird.run(program)

    assert not result.ok
    assert "value '(secret)' is not acceptable" in "".join(bird.seen)
    assert [] == songs(bird, tmp_path, "")


async def test_a_secret_that_is_looked_up_is_never_shown(
    bird: Bird, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    held = json.dumps({"user": "app", "password": CANARY})
    bird.world.cloud.put(
        "000000000000", "us-east-1", "AWS::SecretsManager::Secret", {"Name": "db", "SecretString": held}
    )

    async def program() -> dict[str, Any]:
        password = await lookup.secret_value("db", key="password")
        inner = await stored_secret("db", key="password", example="none")
        AWS.SecretsManager.Secret("whole", Name="whole", SecretString=password)
        AWS.SSM.Parameter("part", Name="part", Type="String", Value=secret(f"postgres://app:{inner}@db"))
        return {"Password": password}

    first = await bird.run(program)
    assert first.ok, [outcome.message for outcome in first.outcomes]
    assert bird.world.live("SSM::Parameter")[0]["Value"] == f"postgres://app:{CANARY}@db"
    again = await bird.run(program)
    assert again.plans[0].empty
    assert "(secret)" in "".join(bird.seen)

    assert [] == songs(bird, tmp_path, caplog.text)


async def test_a_request_under_way_keeps_its_secret_sealed(bird: Bird, tmp_path: Path) -> None:
    bird.world.operation_time = 0.5
    bird.world.__post_init__()
    app = bird.app(birdhouse(CANARY))
    running = asyncio.create_task(app.deploy())
    while not (await app.snapshot()).journal:  # noqa: ASYNC110 - the store tells nobody
        await asyncio.sleep(0.01)
    await bird.look(app)
    assert (await running).ok

    assert '"operation": "CREATE"' in "".join(bird.seen)
    assert [] == songs(bird, tmp_path, "")


async def test_a_secret_that_would_name_a_resource_is_refused(bird: Bird, tmp_path: Path) -> None:
    def program() -> None:
        AWS.SSM.Parameter("shown", Name=secret(CANARY), Type="String", Value="any")

    with pytest.raises(InvalidProperties, match="this identifies the resource") as caught:
        await bird.run(program)

    bird.keep(str(caught.value), *error_lines(caught.value, TerminalStyle(), with_traceback=True))
    assert "/Name" in str(caught.value)
    assert [] == songs(bird, tmp_path, "")
