"""A group of apps, and the results of its plan and its run."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.consent import covered_later

if TYPE_CHECKING:
    from cloudwright.app.app import App
    from cloudwright.engine.outcome import Result
    from cloudwright.plan.model import Plan, Step


class NeedsMember(ProgramError):
    """Another app of the group, whose outputs this one reads, could not be planned or deployed."""


class CannotPlan(ProgramError):
    """Apps of a group can't be planned; nothing was sent."""

    def __init__(self, planned: GroupPlan) -> None:
        """Carry the plans."""
        self.planned = planned
        reasons = (f"{each.member.name} can't be planned: {each.error}" for each in planned.failures)
        super().__init__("; ".join(reasons))


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One app of a group."""

    app: App
    file: str

    @property
    def name(self) -> str:
        """`app/stage`, which names it in the group."""
        return f"{self.app.name}/{self.app.state_stage}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPlan:
    """The plan of one member, or why there is none.

    Attributes:
        member: The member.
        plan: Its plan; `None` if it can't be planned.
        error: Why it can't be planned.
        uses: Names of the members that must be deployed before it; for a destroy, those that must be destroyed before.
        final: Whether the plan depends on nothing that another member's deploy makes known.
    """

    member: Member
    plan: Plan | None = None
    error: Exception | None = field(default=None, repr=False)
    uses: tuple[str, ...] = ()
    final: bool = True

    def unseen(self, plan: Plan) -> tuple[Step, ...]:
        """The steps that this plan did not show.

        Args:
            plan: A later plan of the same member, made when the outputs that it reads are known.
        """
        shown = {(step.key, step.action) for step in self.plan.changes} if self.plan else set()
        return tuple(step for step in plan.changes if (step.key, step.action) not in shown)

    def covers(self, plan: Plan) -> bool:
        """Whether the approval of this plan holds for a later one of the same member."""
        unseen = self.unseen(plan)
        partial = self.plan is not None and self.plan.partial is not None
        return not unseen or (partial and covered_later(replace(plan, steps=unseen)))


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """The plans of a group, in an order in which they can be applied."""

    members: tuple[MemberPlan, ...]

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans of the members that can be planned."""
        return tuple(each.plan for each in self.members if each.plan is not None)

    @property
    def failures(self) -> tuple[MemberPlan, ...]:
        """The members that can't be planned, without those that only wait for one of them."""
        failed = [each for each in self.members if each.error is not None]
        causes = [each for each in failed if not isinstance(each.error, NeedsMember)]
        return tuple(causes or failed)

    @property
    def empty(self) -> bool:
        """Whether nothing would happen, as far as is known."""
        return all(plan.empty and plan.partial is None for plan in self.plans)


class MemberStatus(StrEnum):
    """How the run of one member ended."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberResult:
    """The end of one member's run.

    Attributes:
        member: The member.
        status: How it ended.
        result: The result of its run, if it ended.
        error: What ended it early.
        because: Why it was skipped; names the member that did not complete.
    """

    member: Member
    status: MemberStatus
    result: Result | None = None
    error: Exception | None = field(default=None, repr=False)
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupResult:
    """The end of a group's run.

    Attributes:
        members: In the order of the group's plan.
        interrupted: The signal's number, if one stopped the run.
    """

    members: tuple[MemberResult, ...]
    interrupted: int = 0

    @property
    def ok(self) -> bool:
        """Whether every member is complete."""
        return not self.interrupted and all(each.status is MemberStatus.DONE for each in self.members)
