"""An app without a cloud, and what a command came to, for the tests of the command line."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cloudwright.engine.outcome import Result, StepFinished, StepStarted
from cloudwright.secret import secret
from json_output import read_lines
from render_samples import lease, outcome, snapshot

if TYPE_CHECKING:
    from cloudwright.plan.model import Plan
    from cloudwright.plan.options import PlanOptions
    from cloudwright.state.leases.lease import Lease
    from cloudwright.state.snapshot import Snapshot


@dataclass
class FakeApp:
    """An app with given plans, which it applies by saying so."""

    plans: list[Plan]
    name: str = "payments"
    stage: str = "dev"
    settings: dict[str, Any] = field(default_factory=dict)
    options: PlanOptions | None = None
    concurrency: int | None = None
    given: Plan | None = None
    applied: list[Plan] = field(default_factory=list)
    signals: list[int] = field(default_factory=list)
    error: BaseException | None = None
    locked: Lease | None = field(default_factory=lease)
    broken: list[str] = field(default_factory=list)
    during: Callable[[], None] = lambda: None
    results: tuple[Any, ...] = ()
    read_early: dict[str, object] = field(default_factory=dict)

    @property
    def state_stage(self) -> str:
        return self.stage

    def configure(self, **settings: Any) -> FakeApp:
        self.settings = settings
        self.stage = settings.get("stage") or self.stage
        self.plans = [replace(plan, stage=self.stage) for plan in self.plans]
        return self

    async def plan(self, options: PlanOptions | None = None) -> Plan:
        self._fail()
        self.options = options
        return self.plans[0]

    async def deploy(
        self,
        plan: Plan | None = None,
        *,
        options: Any,
        observer: Any,
        concurrency: Any,
        approve: Any,
        allow_findings: bool = False,
        builds: Any = None,
    ) -> Result:
        self._fail()
        self.given, self.options, self.concurrency = plan, options, concurrency
        for planned in [plan] if plan else self.plans:
            if not planned.empty and not await approve(planned):
                break
            await self._apply(planned, observer)
        return Result(
            plans=tuple(self.applied),
            outcomes=self.results or tuple(outcome(step.key, step.action) for p in self.applied for step in p.changes),
            outputs={"Arn": "arn:1", "Password": secret("hunter2")},
            interrupted=self.signals[0] if self.signals else 0,
            calls=3,
            seconds=1.5,
        )

    async def destroy(self, *, options: Any, observer: Any, concurrency: Any, approve: Any) -> Result:
        self.plans = [replace(plan, destroy=True) for plan in self.plans]
        return await self.deploy(options=options, observer=observer, concurrency=concurrency, approve=approve)

    async def _apply(self, plan: Plan, observer: Any) -> None:
        self.applied.append(plan)
        loop = asyncio.get_running_loop()
        self.during()
        for _ in range(3):
            await asyncio.sleep(0)
        for step in plan.changes:
            observer(StepStarted(key=step.key, type=step.type, action=step.action, at=loop.time()))
            observer(StepFinished(outcome=outcome(step.key, step.action), at=loop.time()))

    async def outputs(self) -> dict[str, object]:
        self._fail()
        return {"Arn": "arn:1", "Password": secret("hunter2")}

    async def snapshot(self) -> Snapshot:
        return snapshot()

    async def holder(self) -> Lease | None:
        return self.locked

    async def in_progress(self) -> Lease | None:
        return None

    async def unlock(self, lease_id: str) -> None:
        self.broken.append(lease_id)

    def interrupt(self, number: int) -> None:
        self.signals.append(number)

    def _fail(self) -> None:
        if self.error:
            raise self.error


@dataclass
class Ran:
    """The result of a command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return read_lines(self.out)

    @property
    def types(self) -> list[str]:
        return [line["type"] for line in self.lines]


Command = Callable[..., Ran]


class Keyboard(io.StringIO):
    """Somebody who types answers at a terminal."""

    def isatty(self) -> bool:
        return True
