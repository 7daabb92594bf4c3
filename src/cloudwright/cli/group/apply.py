"""What deploy and destroy of several apps share: show all plans, ask once, apply, report one summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.cli.approval import agreed, declined, refuse_unconsented
from cloudwright.cli.group.members import show_plans
from cloudwright.cli.interrupts import Interrupts
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.findings import blocking, refuse
from cloudwright.render.detail import Detail
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cloudwright.app.group.group import AppGroup
    from cloudwright.app.group.model import GroupPlan, GroupResult, Member
    from cloudwright.cli.views.port import ShownApp, View
    from cloudwright.engine.outcome import Event
    from cloudwright.plan.model import Plan

    Approve = Callable[[GroupPlan], Awaitable[bool]]


@dataclass(slots=True)
class GroupApproval:
    """Shows the plans of all apps and asks once.

    Attributes:
        view: Where plans are shown.
        subjects: How each member is shown.
        interrupts: Handles signals while no question is open.
        yes: `--yes`.
        allow_findings: `--allow-findings`.
        verb: Such as `Deploy`, for the question.
    """

    view: View
    subjects: Mapping[str, ShownApp]
    interrupts: Interrupts
    yes: bool
    allow_findings: bool
    verb: str

    async def __call__(self, planned: GroupPlan) -> bool:
        """Show all plans and decide.

        Args:
            planned: What would be applied.

        Raises:
            ConsentNeeded: Nobody can be asked, or a plan replaces what nobody agreed to.
            FindingsStop: There is a finding of severity error that nobody silenced or allowed.
        """
        show_plans(planned, self.subjects, self.view, Detail.BRIEF)
        for plan in planned.plans:
            refuse_unconsented(plan)
            if not self.allow_findings:
                refuse(plan, blocking(plan))
        with self.interrupts.paused():
            if not planned.empty and not agreed(self._question(planned), yes=self.yes):
                return False
        self.interrupts.begin()
        for each in planned.members:
            if each.plan is not None and not each.plan.empty:
                self.view.about(self.subjects[each.member.name])
                self.view.applying(each.plan)
        return True

    def _question(self, planned: GroupPlan) -> str:
        names = ", ".join(each.member.name for each in planned.members if each.plan and not each.plan.empty)
        later = any(plan.partial is not None for plan in planned.plans)
        more = " (including the creates and updates that are planned later)" if later else ""
        return f"{self.verb} {visible(names)}{more}?"


@dataclass(slots=True)
class GroupEvents:
    """Shows what happens in the runs of several apps.

    Attributes:
        view: Where it is shown.
        subjects: How each member is shown.
    """

    view: View
    subjects: Mapping[str, ShownApp]

    def event(self, member: Member, event: Event) -> None:
        """Show an event of one member."""
        self.view.about(self.subjects[member.name])
        self.view.event(event)

    def planned_later(self, member: Member, plan: Plan) -> None:
        """Show a plan that could be made only now."""
        self.view.pause()
        self.view.about(self.subjects[member.name])
        self.view.plan(plan, Detail.BRIEF)
        self.view.applying(plan)


@dataclass(slots=True, kw_only=True)
class GroupCommand:
    """A deploy or a destroy of several apps.

    Attributes:
        group: The apps.
        view: Where everything is shown.
        subjects: How each member is shown.
        yes: `--yes`.
        allow_findings: Whether findings of severity error stop nothing.
        verb: `Deploy` or `Destroy`.
        past: `deployed` or `destroyed`.
        resume: The command line that resumes after an interrupt.
    """

    group: AppGroup
    view: View
    subjects: Mapping[str, ShownApp]
    yes: bool
    allow_findings: bool
    verb: str
    past: str
    resume: str

    async def __call__(self, run: Callable[[Approve], Awaitable[GroupResult | None]]) -> int:
        """Run it.

        Args:
            run: Starts the run with the given approval.

        Returns:
            The exit code.
        """
        events = GroupEvents(self.view, self.subjects)
        self.group.observe, self.group.planned_later = events.event, events.planned_later
        interrupts = Interrupts(self.group, self.view, self.resume)
        approval = GroupApproval(
            self.view,
            self.subjects,
            interrupts,
            yes=self.yes,
            allow_findings=self.allow_findings,
            verb=self.verb,
        )
        return await interrupts.carry_out(run(approval), self._report)

    def _report(self, result: GroupResult | None) -> int:
        if result is None:
            declined(self.view)
            return 1
        for each in result.members:
            if each.result is None and each.error is None:
                continue
            self.view.about(self.subjects[each.member.name])
            self.view.message(f"\n{visible(each.member.name)}")
            if each.error is not None:
                self.view.error(each.error)
            elif each.result is not None:
                self.view.result(each.result)
        return self.view.group_result(result, self.past)
