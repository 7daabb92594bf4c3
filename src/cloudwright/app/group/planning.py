"""Plans a group: every member at the same time, each waiting where its program reads the outputs of another."""

from __future__ import annotations

import asyncio
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING

from cloudwright.app.group.model import GroupPlan, MemberPlan, NeedsMember
from cloudwright.app.group.order import OutputUses
from cloudwright.app.group.reading import member_read
from cloudwright.app.outputs import Outputs
from cloudwright.app.planned_outputs import FutureOutputs
from cloudwright.app.planning import GroupContext
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.app.group.model import Member
    from cloudwright.app.plan import PlannedProgram
    from cloudwright.plan.options import PlanOptions


@dataclass(slots=True)
class GroupPlanning:
    """Plans the members of a group."""

    members: tuple[Member, ...]
    options: PlanOptions
    uses: OutputUses = field(default_factory=OutputUses)
    _tasks: dict[str, asyncio.Task[PlannedProgram]] = field(default_factory=dict)

    async def plan(self) -> GroupPlan:
        """Plan all members; each carries its plan or its error."""
        for member in self.members:
            self._tasks[member.name] = asyncio.create_task(self._plan(member))
        try:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        except asyncio.CancelledError:
            for task in self._tasks.values():
                task.cancel()
            raise
        made = {member.name: self._made(member) for member in self.members}
        return GroupPlan(tuple(made[name] for name in self.uses.ordered(made)))

    async def _plan(self, member: Member) -> PlannedProgram:
        names = frozenset(one.name for one in self.members)
        member.app.configure(companions=GroupContext(names, partial(self._outputs, member)))
        return await member.app.planned(self.options)

    def _made(self, member: Member) -> MemberPlan:
        error = self._tasks[member.name].exception()
        uses = self.uses.of(member.name)
        if isinstance(error, Exception):
            return MemberPlan(member=member, error=error, uses=uses)
        planned = self._tasks[member.name].result()
        final = planned.plan.partial is None and not planned.planner.outside
        return MemberPlan(member=member, plan=planned.plan, uses=uses, final=final)

    async def _outputs(self, reader: Member, app: str, stage: str, state: str | None) -> Mapping[str, object] | None:
        """What a member's outputs will be, if it is a member that is read."""
        used = member_read(self.members, reader, app, stage, state)
        if used is None:
            return None
        self.uses.add(reader.name, used.name)
        try:
            planned = await asyncio.shield(self._tasks[used.name])
        except Exception as error:
            raise NeedsMember(f"{reader.name} reads the outputs of {used.name}, which can't be planned") from error
        if planned.plan.empty and planned.plan.partial is None:
            return Outputs(planned.outputs, f"the plan of {used.name}")
        return FutureOutputs(used.name, planned.outputs, complete=planned.plan.partial is None)
