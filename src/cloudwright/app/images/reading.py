"""Reading cells: the newest AMI of a line in every account and Region, and what points at it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudwright.errors import CredentialsError, ServiceError, TransportError
from cloudwright.imagebuilder.delivery.present import PresentCell, TemplateDefault, belongs, by_age, kept_cell
from cloudwright.imagebuilder.delivery.scope import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudwright.app.images.session import ImageSession
    from cloudwright.errors import CloudwrightError
    from cloudwright.imagebuilder.delivery.scope import DeclaredCell, ImageLine, PipelineLine
    from cloudwright.services.image_models import Ami, ImageBuild
    from cloudwright.target import Target

FORMER_BUILDS = 25
"""Earlier builds whose cells are searched for copies that the program no longer declares."""

PROMOTED = 5
"""Latest promotions whose images are searched for the newest one: the last ones may have failed."""

_UNREADABLE = (ServiceError, TransportError, CredentialsError)
_MISSING_TEMPLATE = frozenset({"InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.VersionNotFound"})


async def read_cells(session: ImageSession, line: ImageLine, places: Iterable[Place] = ()) -> dict[Place, PresentCell]:
    """Every declared cell of a line, and other places where its images may be; side by side."""
    wanted = dict.fromkeys([*(cell.place for cell in line.cells), *places])
    found = await asyncio.gather(*(read_cell(session, line, place) for place in wanted))
    return {one.place: one for one in found}


async def read_cell(session: ImageSession, line: ImageLine, place: Place) -> PresentCell:
    """One account and Region; what can't be read is named in it, and raises nothing."""
    cell = line.cell(place)
    try:
        target = await session.reached(place)
        newest, count = await _newest(session, line, cell, target)
    except _UNREADABLE as error:
        return PresentCell(place=place, problem=unreadable(session, place, error))
    found = PresentCell(place=place, newest=newest, count=count)
    if newest is not None:
        found = await _with_permissions(session, found, target, newest)
    return await read_pointers(session, found, cell, target)


async def read_pointers(
    session: ImageSession, found: PresentCell, cell: DeclaredCell | None, target: Target
) -> PresentCell:
    """A cell with the parameters and launch templates that are declared for it.

    Args:
        session: With the clients.
        found: What is known of the cell already.
        cell: What is declared; nothing for a place that the program does not name.
        target: Account and Region.
    """
    if cell is None:
        return found
    values: dict[str, str] = {}
    templates: dict[str, TemplateDefault] = {}
    unread = dict(found.unread)
    if cell.parameters:
        try:
            values = await session.parameters.values(target, cell.parameters)
        except _UNREADABLE as error:
            unread["parameters"] = unreadable(session, found.place, error)
    for id, _ in cell.templates:
        try:
            for one in await session.ec2.template_versions(target, id, ["$Default"]):
                templates[id] = TemplateDefault(one.number, one.image)
        except ServiceError as error:
            if error.code not in _MISSING_TEMPLATE:
                unread[id] = unreadable(session, found.place, error)
        except (TransportError, CredentialsError) as error:
            unread[id] = unreadable(session, found.place, error)
    return replace(found, parameters=values, templates=templates, unread=unread)


async def _newest(
    session: ImageSession, line: ImageLine, cell: DeclaredCell | None, target: Target
) -> tuple[Ami | None, int]:
    """The newest AMI of the line that can be launched, and how many there are; no more is held in memory."""
    newest: Ami | None = None
    count = 0
    async for ami in session.ec2.own_images(target, patterns(line, cell)):
        if not belongs(ami, cell, line.recipes):
            continue
        count += 1
        if ami.state == "available" and (newest is None or by_age(ami) > by_age(newest)):
            newest = ami
    return newest, count


def patterns(line: ImageLine, cell: DeclaredCell | None) -> list[str]:
    """The name patterns of a cell's AMIs; of a place that is not declared, those of the whole line."""
    return list(dict.fromkeys([cell.name] if cell else [one.name for one in line.cells]))


async def _with_permissions(session: ImageSession, found: PresentCell, target: Target, newest: Ami) -> PresentCell:
    try:
        return replace(found, permissions=await session.ec2.permissions(target, newest.id))
    except _UNREADABLE as error:
        return replace(found, unread={"permissions": unreadable(session, found.place, error)})


def unreadable(session: ImageSession, place: Place, error: CloudwrightError) -> str:
    """Why a place can't be read, with the way out."""
    words = " ".join(error.message.split())
    if session.declares(place.account):
        return words
    return f"{words}; the program declares nothing in account {place.account}, so the cross-account role was tried"


# -- builds


async def finished_and_running(
    session: ImageSession, line: ImageLine
) -> tuple[ImageBuild | None, list[ImageBuild], set[Place]]:
    """The newest finished image of a line, the builds under way, and every place that former builds delivered to.

    Args:
        session: With the clients.
        line: Whose pipelines are asked; images that were promoted or declared are found by the state.

    Raises:
        ServiceError, TransportError, CredentialsError: The build account can't be read.
    """
    builds = [
        one for builds in await asyncio.gather(*(_builds_of(session, one) for one in line.pipelines)) for one in builds
    ]
    promoted = [one.image for one in session.deliveries(line.key) if one.image and not one.pipeline][:PROMOTED]
    others = {*promoted, *line.images} - {one.arn for one in builds}
    found = await asyncio.gather(*(_build(session, line.target, one) for one in sorted(others)))
    builds += [one for one in found if one is not None]
    builds.sort(key=_build_age, reverse=True)
    finished = [one for one in builds if one.status in {"AVAILABLE", "DEPRECATED", "DISABLED"}]
    newest = next((one for one in finished if one.status == "AVAILABLE"), None)
    places = {Place(ami.account, ami.region) for one in builds[:FORMER_BUILDS] for ami in one.amis}
    for delivery in session.deliveries(line.key):
        places |= {place_of(text) for text, cell in delivery.delivered.items() if kept_cell(cell).image}
    return newest, [one for one in builds if not one.ended], places


async def _builds_of(session: ImageSession, pipeline: PipelineLine) -> list[ImageBuild]:
    if not pipeline.arn:
        return []
    return [one async for one in session.builds.pipeline_images(pipeline.target, pipeline.arn)]


def _build_age(build: ImageBuild) -> tuple[str, int]:
    number = build.arn.rpartition("/")[2]
    return (build.created, int(number) if number.isdigit() else 0)


async def _build(session: ImageSession, target: Target, image: str) -> ImageBuild | None:
    try:
        return await session.builds.image(target, image)
    except ServiceError:
        return None  # it was deleted


def place_of(text: str) -> Place:
    """The place that `ACCOUNT/REGION` names."""
    account, _, region = text.partition("/")
    return Place(account, region)


def kept(cells: Mapping[Place, PresentCell], places: Sequence[Place] = ()) -> dict[str, object]:
    """What the state keeps of cells that were read.

    Args:
        cells: From `read_cells`.
        places: Only these; all by default.
    """
    return {str(place): one.document() for place, one in cells.items() if not places or place in places}
