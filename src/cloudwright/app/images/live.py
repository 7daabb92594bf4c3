"""Reading the delivery matrix: side by side in every account and Region, as fast as each service allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.app.images.reading import finished_and_running, place_of, read_cells
from cloudwright.app.images.session import refuse_nothing
from cloudwright.imagebuilder.delivery.matrix import LiveReport, compare
from cloudwright.imagebuilder.delivery.present import kept_cell
from cloudwright.imagebuilder.delivery.scope import chosen_line
from cloudwright.imagebuilder.delivery.times import iso_seconds

if TYPE_CHECKING:
    from cloudwright.app.images.session import ImageSession
    from cloudwright.imagebuilder.delivery.matrix import DeliveryMatrix
    from cloudwright.imagebuilder.delivery.present import KeptCell
    from cloudwright.imagebuilder.delivery.scope import ImageLine, Place


async def read_live(session: ImageSession, key: str | None) -> LiveReport:
    """The delivery matrices of a program; reads only.

    Args:
        session: With the clients.
        key: A distribution configuration, or a pipeline that delivers by it; all by default.

    Raises:
        CloudwrightError: There is no such key, or the build account can't be read.
    """
    refuse_nothing(session.lines)
    lines = [chosen_line(session.lines, key)] if key else [one for one in session.lines if one.arn]
    if not lines:
        lines = [chosen_line(session.lines, session.lines[0].key)]
    matrices = [await read_matrix(session, line) for line in lines if not line.container]
    return LiveReport(matrices=tuple(matrices), calls=session.port.calls, pending=session.pending)


async def read_matrix(session: ImageSession, line: ImageLine) -> DeliveryMatrix:
    """The delivery matrix of one configuration."""
    await session.runtime.services.control.verify(line.target)
    newest, building, former = await finished_and_running(session, line)
    present = await read_cells(session, line, sorted(former))
    return compare(line, present, newest, building, rolled_back(session, line, newest.created if newest else ""))


def rolled_back(session: ImageSession, line: ImageLine, newest: str) -> dict[Place, KeptCell]:
    """Where parameters and templates were pointed back on purpose, since the newest image was built.

    Args:
        session: Whose state holds the deliveries.
        line: Which configuration.
        newest: When the newest image was made, an ISO time.
    """
    latest = next((one for one in session.deliveries(line.key) if one.ended_at and one.verb != "retire"), None)
    if latest is None or latest.verb != "rollback" or latest.ended_at < iso_seconds(newest):
        return {}
    return {place_of(text): kept_cell(cell) for text, cell in latest.delivered.items()}
