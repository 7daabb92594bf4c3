"""Whether a program that reads outputs reads those of a member of its group."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.app.group.model import Member


def member_read(members: Iterable[Member], reader: Member, app: str, stage: str, state: str | None) -> Member | None:
    """The member whose outputs `outputs(app, stage=stage, state=state)` means; `None` if it is none of them.

    Args:
        members: The group.
        reader: The member that reads.
        app: The app's name.
        stage: Its stage.
        state: The URL of its store; `None`: the reader's own.
    """
    for member in members:
        if member is not reader and (member.app.name, member.app.state_stage) == (app, stage):
            return member if _same_store(reader, member, state) else None
    return None


def _same_store(reader: Member, member: Member, state: str | None) -> bool:
    from cloudwright.app.runtime import state_address
    from cloudwright.state.address import place_of

    own = reader.app.settings
    read = replace(own, state=state or own.state)
    return place_of(state_address(read, os.environ)) == place_of(state_address(member.app.settings, os.environ))
