"""Apps over a local cloud and a state in memory, both kept over several runs of one test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cloudwright import App
from cloudwright.app.runtime import Runtime, compose
from cloudwright.app.targets import LocalTargetResolver
from cloudwright.assets.local import LocalUploads
from cloudwright.clock import SystemClock
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.transport import LocalTransport
from cloudwright.plan.options import PlanOptions
from cloudwright.schema.catalog import Catalog
from cloudwright.state.memory import MemoryDatabase, MemoryStore
from cloudwright.state.sealing.sealer import open_sealer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudwright.app.runtime import RunSettings
    from cloudwright.clock import Clock
    from cloudwright.control.model import Transport
    from cloudwright.engine.outcome import Result
    from cloudwright.plan.model import Plan
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot


@dataclass
class World:
    """One account's cloud and the states that live beside it."""

    folder: Path
    operation_time: float = 0.0
    wrap: Callable[[Transport], Transport] = lambda transport: transport
    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    events: list[Any] = field(default_factory=list)
    clock: Clock = field(default_factory=SystemClock)
    catalog: Callable[[], Catalog] = Catalog.bundled

    def __post_init__(self) -> None:
        self.cloud = LocalCloud(self.catalog(), clock=self.clock, operation_time=self.operation_time)

    async def runtime(self, settings: RunSettings) -> Runtime:
        clock = self.clock
        store = MemoryStore(settings.app, settings.stage, clock=clock, database=self.database)
        snapshot = await store.read()
        transport = self.wrap(LocalTransport(self.cloud))
        composed = compose(
            replace(settings, folder=self.folder, local=True),
            snapshot,
            store,
            catalog=self.catalog(),
            clock=clock,
            transport=transport,
        )
        environ = {"CLOUDWRIGHT_KEY_FILE": str(self.folder / "key")}
        sealing = open_sealer(settings.app, settings.stage, snapshot.sealing, environ=environ)
        services = replace(composed.services, sealing=sealing)
        fixtures = self.cloud.fixtures.find
        return Runtime(
            services=services,
            places=LocalTargetResolver(),
            transport=transport,
            fixtures=fixtures,
            asset_bucket=settings.assets,
            uploads=lambda: LocalUploads(services.control),
        )

    def app(self, program: Callable[[], Any], **options: Any) -> App:
        app = App("test", stage="dev", **options)
        app.program(program)
        return app.configure(runtime=self.runtime)

    async def plan(self, program: Callable[[], Any], **options: Any) -> Plan:
        return await self.app(program).plan(PlanOptions(**options))

    async def deploy(self, program: Callable[[], Any], **options: Any) -> Result:
        """Deploy whatever the rules say: these programs are made to break the engine, not to please Image Builder."""
        switches = PlanOptions(**options)
        return await self.app(program).deploy(options=switches, observer=self.events.append, allow_findings=True)

    async def destroy(self) -> Result:
        return await self.app(lambda: None).destroy(observer=self.events.append)

    async def snapshot(self) -> Snapshot:
        return await MemoryStore("test", "dev", clock=self.clock, database=self.database).read()

    async def records(self) -> dict[str, Record]:
        return {record.key: record for record in (await self.snapshot()).records if record.current}

    def live(self, type_name: str) -> list[dict[str, Any]]:
        return [dict(found.properties) for found in self.cloud.resources() if found.type_name == f"AWS::{type_name}"]
