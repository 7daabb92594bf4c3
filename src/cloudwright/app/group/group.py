"""A group of apps: planned, deployed and destroyed in the order of the outputs that they read."""

from __future__ import annotations

import asyncio
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.app.group.model import CannotPlan, GroupPlan, GroupResult, MemberPlan
from cloudwright.app.group.order import OutputUses
from cloudwright.app.group.planning import GroupPlanning
from cloudwright.app.group.running import GroupRun
from cloudwright.app.planning import GroupContext
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.consent import refuse_unconsented
from cloudwright.plan.findings import blocking, refuse
from cloudwright.plan.options import PlanOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cloudwright.app.group.model import Member
    from cloudwright.engine.outcome import Event
    from cloudwright.plan.model import Plan

    Approve = Callable[[GroupPlan], Awaitable[bool]]


async def _always(plan: GroupPlan) -> bool:
    del plan
    return True


@dataclass(slots=True)
class AppGroup:
    """Apps that are planned, deployed or destroyed together. Nothing is sent before all of them are planned.

    Attributes:
        members: The apps; each app and stage once.
        observe: Receives the events, with the member that each is about.
        planned_later: Called with a plan that could be made only after other members were deployed.
    """

    members: tuple[Member, ...]
    observe: Callable[[Member, Event], None] = lambda _member, _event: None
    planned_later: Callable[[Member, Plan], None] = lambda _member, _plan: None
    _signal: int = 0
    _run: GroupRun | None = field(default=None)

    async def plan(self, options: PlanOptions | None = None) -> GroupPlan:
        """Plan all members; those that can't be planned carry their error.

        Args:
            options: The switches; they hold for each member.
        """
        return await GroupPlanning(self.members, options or PlanOptions()).plan()

    async def plan_destroy(self, options: PlanOptions | None = None) -> GroupPlan:
        """Plan to destroy all members, users of outputs first.

        Args:
            options: The switches; they hold for each member.
        """
        return await plan_destroy(self.members, options or PlanOptions())

    async def deploy(
        self,
        *,
        options: PlanOptions | None = None,
        concurrency: int | None = None,
        approve: Approve = _always,
        allow_findings: bool = False,
    ) -> GroupResult | None:
        """Plan all members, get one approval for all, and deploy them.

        Args:
            options: The switches; they hold for each member.
            concurrency: Maximum of concurrent steps of each member.
            approve: Called once, with all plans.
            allow_findings: Deploy despite findings of severity error.

        Returns:
            The result; `None` if the plan was not approved.

        Raises:
            CannotPlan: A member can't be planned; nothing was sent.
            ConsentNeeded: A plan replaces what nobody agreed to.
            FindingsStop: A resource that would change has a finding of severity error.
        """
        planned = await self.plan(options)
        refuse_failures(planned)
        if not await approve(planned):
            return None
        for plan in planned.plans:
            refuse_unconsented(plan)
            if not allow_findings:
                refuse(plan, blocking(plan))
        run = self._begin(planned, options, concurrency)
        return await run.deploy(allow_findings=allow_findings)

    async def destroy(
        self, *, options: PlanOptions | None = None, concurrency: int | None = None, approve: Approve = _always
    ) -> GroupResult | None:
        """Plan to destroy all members, get one approval for all, and destroy them, users of outputs first.

        Args:
            options: The switches; they hold for each member.
            concurrency: Maximum of concurrent steps of each member.
            approve: Called once, with all plans.

        Returns:
            The result; `None` if the plan was not approved.

        Raises:
            CannotPlan: Something is protected, or a state can't be read; nothing was sent.
            DependencyCycle: The recorded uses of outputs form a cycle.
        """
        planned = await self.plan_destroy(options)
        refuse_failures(planned)
        if not await approve(planned):
            return None
        return await self._begin(planned, options, concurrency).destroy()

    def interrupt(self, signal: int) -> None:
        """First call: start nothing new. Second: stop at once.

        Args:
            signal: The signal's number.
        """
        if self._run is not None:
            self._run.interrupt(signal)

    def _begin(self, planned: GroupPlan, options: PlanOptions | None, concurrency: int | None) -> GroupRun:
        self._run = GroupRun(
            planned=planned,
            options=options or PlanOptions(),
            concurrency=concurrency,
            observe=self.observe,
            planned_later=self.planned_later,
        )
        return self._run


def refuse_failures(planned: GroupPlan) -> None:
    """Stop if a member can't be planned.

    Raises:
        CannotPlan: Carries all plans, with the errors.
    """
    if planned.failures:
        raise CannotPlan(planned)


async def plan_destroy(members: tuple[Member, ...], options: PlanOptions) -> GroupPlan:
    """Plan to destroy members, in the reverse of the order that their last deploys recorded.

    Args:
        members: The apps.
        options: The options of the plan.

    Raises:
        DependencyCycle: The recorded uses of outputs form a cycle.
    """
    names = {member.name for member in members}
    uses = OutputUses(hint="destroy one of them by itself first")
    for member, snapshot in zip(members, await asyncio.gather(*(one.app.snapshot() for one in members)), strict=True):
        for used in snapshot.uses:
            if used in names and used != member.name:
                uses.add(member.name, used)
    for member in members:
        member.app.configure(companions=GroupContext(frozenset(names)))
    plans = await asyncio.gather(*(one.app.plan_destroy(options) for one in members), return_exceptions=True)
    waits = uses.reversed()
    made = {member.name: _member_plan(member, plan, waits) for member, plan in zip(members, plans, strict=True)}
    return GroupPlan(tuple(made[name] for name in waits.ordered(made)))


def _member_plan(member: Member, plan: Plan | BaseException, uses: OutputUses) -> MemberPlan:
    if isinstance(plan, Exception):
        return MemberPlan(member=member, error=plan, uses=uses.of(member.name))
    if isinstance(plan, BaseException):
        raise plan
    return MemberPlan(member=member, plan=plan, uses=uses.of(member.name))
