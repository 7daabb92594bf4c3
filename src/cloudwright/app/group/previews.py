"""Preview environments: the stages of a program that match a pattern and that nobody has deployed for some time."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from cloudwright.app.group.programs import load_member, load_members
from cloudwright.app.user_modules import forget
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from cloudwright.app.group.model import Member
    from cloudwright.state.history import PastCommit
    from cloudwright.state.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Preview:
    """A stage that may be destroyed.

    Attributes:
        member: The app in this stage.
        deployed_at: When a deploy last changed something in it, in seconds since the epoch.
    """

    member: Member
    deployed_at: float


async def old_previews(
    files: Sequence[Path], pattern: str, *, local: bool | None, before: float
) -> tuple[Preview, ...]:
    """The stages that match and whose last deploy is old; without empty ones, and those that a run works on.

    Args:
        files: The programs.
        pattern: A shell pattern of stages, such as `review-*`. Targets of a fleet never match.
        local: As in `load`.
        before: Seconds since the epoch; a later deploy keeps a stage.

    Raises:
        StateError: A state that matches can't be read.
    """
    found: list[Preview] = []
    for file, member in zip(files, load_members(files, stage=None, local=local), strict=True):
        for stage, at in await _stages(member, pattern):
            if at < before:
                forget(file.resolve().parent)
                found.append(Preview(load_member(file, stage=stage, local=local), at))
    return tuple(found)


async def _stages(member: Member, pattern: str) -> list[tuple[str, float]]:
    """The stages in use that match, each with the time of its last deploy."""
    from cloudwright.app.runtime import open_state

    stages = [
        one.stage
        for one in await member.app.state_admin.neighbours()
        if one.app == member.app.name and "@" not in one.stage and fnmatchcase(one.stage, pattern)
    ]
    found = []
    for stage in stages:
        store = open_state(replace(member.app.settings, stage=stage))
        try:
            snapshot, history = await store.read(), await store.history()
            busy = await store.live_lease() is not None
        finally:
            await store.close()
        if not busy and (snapshot.records or snapshot.journal):
            found.append((stage, last_deploy(snapshot, history)))
    return found


def last_deploy(snapshot: Snapshot, history: Iterable[PastCommit]) -> float:
    """When a state was last changed, in seconds since the epoch.

    Args:
        snapshot: The state.
        history: What its latest commits did.
    """
    commits = (commit.at for commit in history)
    records = (record.updated_at for record in snapshot.records)
    requests = (entry.created_at for entry in snapshot.journal)
    return max((*commits, *records, *requests), default=0.0)
