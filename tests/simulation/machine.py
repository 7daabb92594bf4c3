"""One run on one machine that may die, sleep and be cut off: the ports of the product, wrapped."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from cloudwright.app.app import App
from cloudwright.app.runtime import Runtime
from cloudwright.app.targets import LocalTargetResolver
from cloudwright.control.client import CloudControl
from cloudwright.control.limiter import Limiter
from cloudwright.control.polling.durations import Durations
from cloudwright.control.polling.tracker import Tracker
from cloudwright.engine.run import Services
from cloudwright.errors import CloudwrightError
from cloudwright.local.cloud import DEFAULT_ACCOUNT
from cloudwright.plan.model import Action
from cloudwright.plan.saved import Saved, from_json, to_json
from cloudwright.state.leases.lease import expired, same
from cloudwright.state.sealing.sealer import Sealer
from simulation.deeds import act
from simulation.facts import Sight, answers_of, answers_on_record
from simulation.faults import Calm, Strike
from simulation.ports import FaultyStore, FaultyTransport
from simulation.programs import function_of
from simulation.world import APP, STAGE, FixedKeys, brief, catalog

if TYPE_CHECKING:
    from cloudwright.app.runtime import RunSettings
    from cloudwright.control.model import Call
    from cloudwright.engine.outcome import Result
    from cloudwright.plan.drift import DriftReport
    from cloudwright.plan.model import Plan
    from cloudwright.plan.options import PlanOptions
    from cloudwright.program.action import ActionContext
    from cloudwright.state.leases.lease import Lease
    from cloudwright.testing.loop import VirtualClock
    from simulation.faults import Schedule
    from simulation.programs import Program, Spec
    from simulation.world import World


class Interrupted(Exception):
    """The user pressed Ctrl-C twice."""


@dataclass(slots=True)
class Report:
    """How a run ended: with a result, with an error, or not at all (killed).

    Attributes:
        calls: Requests sent to Cloud Control.
        points: Where the machine could have died.
    """

    result: Result | None = None
    error: Exception | None = None
    calls: int = 0
    points: list[str] = field(default_factory=list)

    @property
    def killed(self) -> bool:
        return self.result is None and self.error is None

    @property
    def ok(self) -> bool:
        return self.result is not None and self.result.ok

    def __str__(self) -> str:
        if self.killed:
            return "killed"
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}"
        assert self.result is not None
        failed = [f"{o.key} {o.action} {o.status}: {o.message}" for o in self.result.failed]
        return "ok" if self.result.ok else "failed: " + "; ".join(failed)


@dataclass(slots=True, eq=False)
class Machine:
    """One run: everything it sends or writes passes here."""

    world: World
    schedule: Schedule = field(default_factory=Calm)
    skew: float = 0.0
    number: int = 0
    dead: bool = False
    died: asyncio.Event = field(default_factory=asyncio.Event)
    fell_asleep: asyncio.Event = field(default_factory=asyncio.Event)
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    approved: list[Plan] = field(default_factory=list)
    report: Report = field(default_factory=Report)
    lease: Lease | None = None
    dice: Random = field(default_factory=Random)
    app: App = field(init=False)
    sight: Sight = field(init=False)
    clock: VirtualClock = field(init=False)
    store: FaultyStore | None = None

    def __post_init__(self) -> None:
        self.world.machines += 1
        self.number = self.world.machines
        self.dice.seed(self.number)
        self.sight = Sight(self.world)
        self.clock = self.world.clock.skewed(self.skew)
        self.app = App(APP, stage=STAGE).configure(runtime=self.runtime)
        self.awake.set()

    # -- points

    async def point(self, label: str, *, may_sleep: bool = True) -> bool:
        """A place where the machine may die or fall asleep; whether the user's function is to fail here."""
        await self.gate()
        number = len(self.report.points)
        self.report.points.append(label)
        strike = self.schedule.at(number, label)
        if strike is Strike.KILL:
            self.kill(f"at point {number}: {label}")
        elif strike is Strike.INTERRUPT:
            self.world.say(f"  machine {self.number} is interrupted at point {number}: {label}")
            self.app.interrupt(2)
        elif strike is Strike.SLEEP and may_sleep and not self.fell_asleep.is_set():
            self.world.say(f"  machine {self.number} falls asleep at point {number}: {label}")
            self.awake.clear()
            self.fell_asleep.set()
        await self.gate()
        return strike is Strike.RAISE

    async def gate(self) -> None:
        """Nobody passes while the machine sleeps, and never again once it is dead."""
        if not self.dead:
            await self.awake.wait()
        if self.dead:
            if self.world.closing:
                raise asyncio.CancelledError
            await self.world.grave()

    def kill(self, where: str) -> None:
        """End the process: nothing of it runs on."""
        self.world.say(f"  machine {self.number} is killed {where}")
        self.dead = True
        self.died.set()

    # -- runs

    async def deploy(
        self,
        program: Program,
        options: PlanOptions | None = None,
        *,
        concurrency: int | None = None,
        plan: Plan | None = None,
    ) -> Report:
        """Run a deploy until it ends or the machine dies."""
        self.app.program(function_of(program, self))
        self.sight.given = _given(self.world, options, plan)
        deploy = self.app.deploy(
            plan, options=options, approve=self.approve, concurrency=concurrency, allow_findings=True
        )
        return await self._until_death(deploy)

    async def plan(self, program: Program, options: PlanOptions) -> Saved | None:
        """A plan as it is saved to a file and read again; `None` if there is none."""
        self.app.program(function_of(program, self))
        try:
            text = to_json(Saved(await self.app.plan(options), options))
        except CloudwrightError as error:
            self.world.say(f"  machine {self.number} makes no plan: {error}")
            return None
        saved = from_json(text)
        self.sight.check_plan(saved.plan)
        return saved

    async def destroy(self) -> Report:
        """Run a destroy until it ends or the machine dies."""
        return await self._until_death(self.app.destroy(approve=self.approve))

    async def drift(self) -> DriftReport:
        """Compare what is recorded with what is there, in calm."""
        return await self.app.drift()

    async def _until_death(self, work: Any) -> Report:
        run = asyncio.ensure_future(work)
        death = asyncio.ensure_future(self.died.wait())
        await asyncio.wait({run, death}, return_when=asyncio.FIRST_COMPLETED)
        if self.dead:
            if self.store is not None:
                await self.store.inner.close()
            return self.report
        death.cancel()
        if run.cancelled():
            self.report.error = Interrupted("left at once")
        elif (error := run.exception()) is None:
            self.report.result = run.result()
        elif isinstance(error, Exception):
            self.report.error = error
        else:
            raise error
        self.world.say(f"  machine {self.number}: {self.report}")
        return self.report

    async def approve(self, plan: Plan) -> bool:
        """Approve every plan, and remember what was approved."""
        self.approved.append(plan)
        self.sight.check_plan(plan)
        steps = ", ".join(f"{s.action}{'/' + s.order if s.order else ''} {s.key}.{s.generation}" for s in plan.changes)
        self.world.say(f"  machine {self.number} approves: {steps}")
        imports = [s for s in plan.steps if s.action is Action.IMPORT]
        kept = [s for s in plan.steps if s.action is Action.FORGET]
        self.world.shown += json.dumps([change.old for step in plan.steps for change in step.changes])
        self.world.released |= {(s.type, s.target.account, s.target.region, s.identifier or "") for s in kept}
        self.world.adoptable |= {(s.type, s.target.account, s.target.region, s.identifier or "") for s in imports}
        self.world.stir_facts()
        return True

    async def runtime(self, settings: RunSettings) -> Runtime:
        """What `App.configure` takes."""
        self.store = self.make_store()
        snapshot = await self.store.read()
        transport = self.make_transport()
        control = CloudControl(transport, Limiter(snapshot.learned), self.clock, jitter=self.dice.random)
        services = Services(
            store=self.store,
            control=control,
            tracker=Tracker(control, Durations(snapshot.learned)),
            catalog=catalog(),
            sealing=Sealer(APP, STAGE, FixedKeys()),
            clock=self.clock,
            token=lambda: f"{self.dice.getrandbits(128):032x}",
        )
        return Runtime(services=services, places=LocalTargetResolver(), transport=transport)

    def make_store(self) -> FaultyStore:
        """The store of this machine; tests of the harness take another one."""
        return FaultyStore(self)

    def make_transport(self) -> FaultyTransport:
        """The transport of this machine; tests of the harness take another one."""
        return FaultyTransport(self)

    # -- what is checked at the moment of sending

    async def act(self, context: ActionContext, spec: Spec, what: str) -> str:
        """What an action does."""
        return await act(self, context, spec, what)

    async def ask(self, fact: str) -> str:
        """What a lookup asks for."""
        await self.point("before a lookup")
        return self.sight.ask(fact)

    def see(self, fact: str, answer: str) -> None:
        """What a pass of the program gets from a lookup."""
        self.sight.see(fact, answer)

    def check_lease(self, what: str) -> None:
        """Nothing is done without a live lease."""
        lease = self.world.backend().holder()
        alive = self.lease is not None and lease is not None and same(lease, self.lease)
        if not alive or lease is None or expired(lease, self.world.clock.now()):
            self.world.violated(f"{what} was done without a live lease")

    def check_send(self, call: Call) -> None:
        """No request without a live lease, none that no approved plan holds."""
        self.check_lease(f"{call.action} {brief(call)}")
        fields = json.loads(call.body)
        if not self._approved(call.action, fields["TypeName"], fields.get("Identifier")):
            self.world.violated(f"{call.action} {brief(call)} was sent, but no approved plan holds it")
        one = (fields["TypeName"], DEFAULT_ACCOUNT, call.target.region, fields.get("Identifier", ""))
        if one in self.world.foreign.keys() - self.world.adoptable:
            self.world.violated(f"{call.action} {brief(call)} touches what is not ours")

    def _approved(self, action: str, type_name: str, identifier: str | None) -> bool:
        steps = [s for plan in self.approved for s in plan.steps if s.type == type_name]
        # The plan told of steps that may turn out as replacements, and the user consented to them.
        steps = [s for s in steps if s.action in _STEPS[action] or s.may_replace]
        return any(identifier is None or s.identifier == identifier for s in steps)


def _given(world: World, options: PlanOptions | None, plan: Plan | None) -> dict[str, str] | None:
    """The answers by which a run goes without asking; `None` if it may ask."""
    if plan is not None:
        return answers_of(plan)
    return answers_on_record(world.snapshot()) if options is not None and options.frozen else None


_STEPS = {
    "CreateResource": {Action.CREATE, Action.REPLACE, Action.RESUME},
    "UpdateResource": {Action.UPDATE, Action.REPLACE, Action.IMPORT},
    "DeleteResource": {Action.DELETE, Action.REPLACE},
}
