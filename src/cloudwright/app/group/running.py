"""Applies the plans of a group: each member as soon as those that it waits for are complete."""

from __future__ import annotations

import asyncio
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING

from cloudwright.app.group.model import GroupResult, MemberResult, MemberStatus, NeedsMember
from cloudwright.app.group.order import OutputUses
from cloudwright.app.group.reading import member_read
from cloudwright.app.outputs import Outputs
from cloudwright.app.planning import GroupContext
from cloudwright.errors import StalePlan
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cloudwright.app.group.model import GroupPlan, Member, MemberPlan
    from cloudwright.engine.outcome import Event, Result
    from cloudwright.plan.model import Plan
    from cloudwright.plan.options import PlanOptions

_AGAIN = "run the same command again; its plan then starts with them"


@dataclass(slots=True, kw_only=True)
class GroupRun:
    """One run of a group.

    Attributes:
        planned: The approved plans.
        options: The switches that they were made with.
        concurrency: Maximum of concurrent steps of each member.
        observe: Called with each event of the run.
        planned_later: Receives plans that nobody has seen yet, before they are applied.
        signal: The first signal's number; 0 without one.
    """

    planned: GroupPlan
    options: PlanOptions
    concurrency: int | None
    observe: Callable[[Member, Event], None]
    planned_later: Callable[[Member, Plan], None]
    signal: int = 0
    uses: OutputUses = field(default_factory=OutputUses)
    _tasks: dict[str, asyncio.Task[MemberResult]] = field(default_factory=dict)
    _running: dict[str, Member] = field(default_factory=dict)

    async def deploy(self, *, allow_findings: bool) -> GroupResult:
        """Deploy all members.

        Args:
            allow_findings: Deploy despite findings of severity error.
        """
        return await self._all(partial(self._deploy, allow_findings=allow_findings))

    async def destroy(self) -> GroupResult:
        """Destroy all members."""
        return await self._all(self._destroy)

    def interrupt(self, signal: int) -> None:
        """First call: start nothing new. Second: stop at once.

        Args:
            signal: The signal's number.
        """
        self.signal = self.signal or signal
        for member in self._running.values():
            member.app.interrupt(signal)

    async def _all(self, apply: Callable[[MemberPlan], Awaitable[Result]]) -> GroupResult:
        for each in self.planned.members:
            for used in each.uses:
                self.uses.add(each.member.name, used)
        for each in self.planned.members:
            self._tasks[each.member.name] = asyncio.create_task(self._one(each, apply))
        try:
            results = await asyncio.gather(*self._tasks.values())
        finally:
            # A second signal cancels one member's run, and with it this one; the others must not be left running.
            for task in self._tasks.values():
                task.cancel()
        return GroupResult(members=tuple(results), interrupted=self._interrupted(results))

    async def _one(self, each: MemberPlan, apply: Callable[[MemberPlan], Awaitable[Result]]) -> MemberResult:
        member = each.member
        for used in each.uses:
            before = await asyncio.shield(self._tasks[used])
            if before.status is not MemberStatus.DONE:
                return MemberResult(member=member, status=MemberStatus.SKIPPED, because=f"{used} is not complete")
        if self.signal:
            return MemberResult(member=member, status=MemberStatus.SKIPPED, because="the run was interrupted")
        self._running[member.name] = member
        try:
            result = await apply(each)
        except Exception as error:  # noqa: BLE001 - one member's error must not end the others
            return MemberResult(member=member, status=MemberStatus.FAILED, error=error)
        finally:
            del self._running[member.name]
        status = MemberStatus.DONE if result.ok else MemberStatus.FAILED
        return MemberResult(member=member, status=status, result=result)

    async def _deploy(self, each: MemberPlan, *, allow_findings: bool) -> Result:
        names = frozenset(one.member.name for one in self.planned.members)
        each.member.app.configure(companions=GroupContext(names, partial(self._outputs, each.member)))
        return await each.member.app.deploy(
            each.plan if each.final else None,
            options=self.options,
            observer=partial(self.observe, each.member),
            concurrency=self.concurrency,
            approve=partial(self._covered, each),
            allow_findings=allow_findings,
            answers=each.plan.lookups if each.plan else (),
        )

    async def _destroy(self, each: MemberPlan) -> Result:
        return await each.member.app.destroy(
            options=self.options,
            observer=partial(self.observe, each.member),
            concurrency=self.concurrency,
            approve=partial(self._covered, each),
        )

    async def _covered(self, each: MemberPlan, plan: Plan) -> bool:
        """Whether the approval of the group covers a plan, whose unseen steps are shown now."""
        if not each.covers(plan):
            raise StalePlan(
                f"{each.member.name} now needs changes that its plan did not show; nothing of it was changed",
                hint=_AGAIN,
            )
        if each.unseen(plan):
            self.planned_later(each.member, plan)
        return True

    async def _outputs(self, reader: Member, app: str, stage: str, state: str | None) -> Mapping[str, object] | None:
        """The outputs of a member, once it is deployed."""
        members = [each.member for each in self.planned.members]
        used = member_read(members, reader, app, stage, state)
        if used is None:
            return None
        self.uses.add(reader.name, used.name)
        ended = await asyncio.shield(self._tasks[used.name])
        if ended.status is not MemberStatus.DONE or ended.result is None:
            raise NeedsMember(f"{reader.name} reads the outputs of {used.name}, which is not complete")
        return Outputs(ended.result.outputs, f"{used.name} in this run")

    def _interrupted(self, results: list[MemberResult]) -> int:
        stopped = any(each.result.interrupted for each in results if each.result)
        left = any(each.status is not MemberStatus.DONE for each in results)
        return self.signal if self.signal and (stopped or left) else 0
