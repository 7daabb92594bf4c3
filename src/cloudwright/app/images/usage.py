"""Asking EC2 who uses the AMIs of a line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloudwright.app.images.reading import read_cells
from cloudwright.app.images.session import new_id, unguarded
from cloudwright.errors import CredentialsError, ServiceError, TransportError
from cloudwright.imagebuilder.delivery.matrix import version_of
from cloudwright.imagebuilder.delivery.scope import chosen_line
from cloudwright.imagebuilder.delivery.usage import AmiUsage, UsageReport

if TYPE_CHECKING:
    from cloudwright.app.images.session import ImageSession
    from cloudwright.imagebuilder.delivery.scope import Place
    from cloudwright.services.image_models import Ami, ImageUse

_PATIENCE = 900.0
"""Seconds for which a report is waited for; EC2 says that it may take several minutes."""

_UNREADABLE = (ServiceError, TransportError, CredentialsError)


async def read_usage(session: ImageSession, key: str | None) -> UsageReport:
    """Who uses the newest AMI of each cell; makes a usage report for each, which expires by itself after 30 days.

    Args:
        session: With the clients.
        key: The distribution configuration's key; needed only if the program has several.

    Raises:
        CloudwrightError: There is no such key.
    """
    line = chosen_line(session.lines, key)
    present = await read_cells(session, line)
    found = [(one.place, one.newest) for one in present.values() if one.newest is not None]
    usage = await asyncio.gather(*(_of_ami(session, place, ami) for place, ami in found))
    unknown = {one.place: one.problem for one in present.values() if one.problem}
    return UsageReport(key=line.key, amis=tuple(usage), unknown=unknown, names=line.names)


async def _of_ami(session: ImageSession, place: Place, ami: Ami) -> AmiUsage:
    problems: list[str] = []
    uses: list[ImageUse] = []
    for read in (_reported, _referring):
        try:
            uses += await read(session, place, ami)
        except _UNREADABLE as error:
            problems.append(error.message)
    return AmiUsage(
        place=place,
        image=ami.id,
        version=version_of(ami),
        uses=tuple(uses),
        full=not problems,
        problem="; ".join(dict.fromkeys(problems)),
    )


async def _referring(session: ImageSession, place: Place, ami: Ami) -> tuple[ImageUse, ...]:
    return await session.ec2.references(session.target(place), [ami.id])


async def _reported(session: ImageSession, place: Place, ami: Ami) -> tuple[ImageUse, ...]:
    target = session.target(place)
    report = await session.ec2.start_usage_report(target, ami.id, new_id(), unguarded)
    loop = asyncio.get_running_loop()
    deadline, delay = loop.time() + _PATIENCE, 0.0
    while loop.time() < deadline:
        state, reason = await session.ec2.usage_report_state(target, report)
        if state == "available":
            return await session.ec2.usage(target, report)
        if state == "error":
            raise ServiceError("ImageUsageReportFailed", reason or "EC2 gave no reason")
        delay = session.poll(delay)
        await asyncio.sleep(delay)
    raise ServiceError(
        "ImageUsageReportPending", f"report {report} was not finished after {_PATIENCE / 60:.0f} minutes"
    )
