"""The apps that a command line names, and how each is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.cli.views.command_hints import CommandHints
from cloudwright.cli.views.port import ShownApp
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudwright.app.group.model import GroupPlan, Member
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.render.detail import Detail


def members_of(call: CommandOptions) -> tuple[Member, ...]:
    """Load the programs that the command line names.

    Args:
        call: The common options.

    Raises:
        ProgramError: One can't be loaded, or two define the same app.
    """
    from cloudwright.app.group.programs import load_members, program_files

    files = program_files(map(Path, call.files))
    return tuple(load_members(files, stage=call.stage, local=call.local or None))


def subjects_of(members: Sequence[Member], call: CommandOptions) -> dict[str, ShownApp]:
    """How each member is shown, by its name.

    Args:
        members: The group.
        call: The common options.
    """
    labels = _labels(members)
    return {one.name: _subject(one, label, call) for one, label in zip(members, labels, strict=True)}


def _subject(member: Member, label: str, call: CommandOptions) -> ShownApp:
    app = member.app
    own = replace(call, file=member.file, files=(), stage=call.stage and app.state_stage)
    return ShownApp(app.name, app.state_stage, member.file, label, CommandHints(own))


def _labels(members: Sequence[Member]) -> list[str]:
    apps, stages = {one.app.name for one in members}, {one.app.state_stage for one in members}
    if len(stages) == 1:
        return [one.app.name for one in members]
    if len(apps) == 1:
        return [one.app.state_stage for one in members]
    return [one.name for one in members]


def show_plans(planned: GroupPlan, subjects: Mapping[str, ShownApp], view: View, detail: Detail) -> None:
    """Show the plans of a group, in the order in which they would be applied.

    Args:
        planned: The plans.
        subjects: From `subjects_of`.
        view: Where they are shown.
        detail: As in `View.plan`.
    """
    for each in planned.members:
        if each.plan is not None:
            view.about(subjects[each.member.name])
            view.plan(each.plan, detail)


def show_failures(planned: GroupPlan, subjects: Mapping[str, ShownApp], view: View) -> int:
    """Show why members can't be planned.

    Returns:
        The exit code: the one that all have in common, else 1; 0 if there are none.
    """
    codes = set()
    for each in planned.failures:
        if each.error is not None:
            view.about(subjects[each.member.name])
            view.message(f"\n{each.member.name} ({each.member.file}) can't be planned; nothing was sent")
            codes.add(view.error(each.error))
    return _common(codes)


def _common(codes: Iterable[int]) -> int:
    found = set(codes)
    if not found:
        return 0
    return found.pop() if len(found) == 1 else 1
