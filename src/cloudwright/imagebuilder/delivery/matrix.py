"""The delivery matrix: declared and live state, cell by cell, and how they differ."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.imagebuilder.delivery.present import KeptCell, PresentCell
    from cloudwright.imagebuilder.delivery.scope import DeclaredCell, ImageLine, Place
    from cloudwright.services.image_models import Ami, ImageBuild


class CellStatus(StrEnum):
    """The status of a cell."""

    CURRENT = "current"
    """The cell has the newest image."""
    BEHIND = "behind"
    """The cell has an older image."""
    MISSING = "missing"
    """Declared, but the cell has no image."""
    UNDECLARED = "undeclared"
    """The cell has an image, but the program does not declare it."""
    UNKNOWN = "unknown"
    """The account can't be read."""
    WAITING = "waiting"
    """Nothing was ever built."""


class DifferenceKind(StrEnum):
    """How a cell differs from its declaration."""

    IMAGE = "image"
    PERMISSION_MISSING = "permission-missing"
    PERMISSION_ADDED = "permission-added"
    PARAMETER = "parameter"
    TEMPLATE = "template"
    COPY = "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDifference:
    """One difference from the declaration.

    Attributes:
        subject: The principal, parameter, template or AMI that differs.
        text: What is wrong, as a sentence.
    """

    kind: DifferenceKind
    place: Place
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellReport:
    """One cell of the matrix.

    Attributes:
        copy: A target account's copy; else the build account's AMI.
        image: The newest AMI in the cell; `None` if there is none, or nothing is known.
        version: The image build that created it, such as `1.0.0/3`; empty if unknown.
        reason: Why nothing is known.
        unread: Parts that could not be read, with the reason.
    """

    place: Place
    status: CellStatus
    copy: bool = False
    image: Ami | None = None
    version: str = ""
    reason: str = ""
    unread: Mapping[str, str]
    differences: tuple[DeliveryDifference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryMatrix:
    """A distribution configuration, declared and live.

    Attributes:
        key: The configuration's key.
        newest: The newest image that Image Builder finished; `None` without one.
        building: The builds in progress.
        names: Account -> its name in the program.
        rolled_back: The latest delivery is a rollback, so pointers to an older image are intended.
    """

    key: str
    builder: Place
    newest: ImageBuild | None
    building: tuple[ImageBuild, ...] = ()
    cells: tuple[CellReport, ...] = ()
    names: Mapping[str, str]
    rolled_back: bool = False

    @property
    def differences(self) -> tuple[DeliveryDifference, ...]:
        """All differences from the declaration."""
        return tuple(one for cell in self.cells for one in cell.differences)

    @property
    def unknown(self) -> tuple[CellReport, ...]:
        """The cells that could not be read, or only in part."""
        return tuple(cell for cell in self.cells if cell.status is CellStatus.UNKNOWN or cell.unread)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveReport:
    """The delivery matrices of a program.

    Attributes:
        calls: Number of calls that reading them took.
        pending: Keys of configurations and pipelines that a deploy would change, so AWS may still use an older
            declaration.
    """

    matrices: tuple[DeliveryMatrix, ...]
    calls: int = 0
    pending: tuple[str, ...] = ()

    @property
    def drifted(self) -> bool:
        """Whether anything differs from the declaration."""
        return any(matrix.differences for matrix in self.matrices)


def compare(
    line: ImageLine,
    present: Mapping[Place, PresentCell],
    newest: ImageBuild | None,
    building: Iterable[ImageBuild] = (),
    rolled_back: Mapping[Place, KeptCell] | None = None,
) -> DeliveryMatrix:
    """Compare what is declared with what is live.

    Args:
        line: What is declared.
        present: What was read, for every declared place and for the places of former builds.
        newest: The newest finished image.
        building: Builds in progress.
        rolled_back: The cells that a rollback, the latest delivery, restored: an older image is intended there.
    """
    back = rolled_back or {}
    declared = [_declared(cell, present[cell.place], newest, back.get(cell.place)) for cell in line.cells]
    others = [one for place, one in sorted(present.items()) if line.cell(place) is None]
    undeclared = [_undeclared(one) for one in others if one.newest is not None or one.problem]
    return DeliveryMatrix(
        key=line.key,
        builder=line.builder,
        newest=newest,
        building=tuple(building),
        cells=(*declared, *undeclared),
        names=line.names,
        rolled_back=bool(back),
    )


def _declared(cell: DeclaredCell, found: PresentCell, newest: ImageBuild | None, back: KeptCell | None) -> CellReport:
    if found.problem:
        return CellReport(place=cell.place, status=CellStatus.UNKNOWN, copy=cell.copy, reason=found.problem, unread={})
    status = _status(cell, found, newest)
    return CellReport(
        place=cell.place,
        status=status,
        copy=cell.copy,
        image=found.newest,
        version=version_of(found.newest),
        unread=found.unread,
        differences=tuple(_differences(cell, found, newest, status, back)),
    )


def _status(cell: DeclaredCell, found: PresentCell, newest: ImageBuild | None) -> CellStatus:
    if found.newest is None:
        return CellStatus.MISSING if newest is not None else CellStatus.WAITING
    wanted = expected_image(newest, cell.place)
    if newest is None or found.newest.id == wanted or found.newest.builder == newest.arn:
        return CellStatus.CURRENT
    later = not found.newest.builder and found.newest.created >= newest.created
    return CellStatus.CURRENT if later else CellStatus.BEHIND


def expected_image(build: ImageBuild | None, place: Place) -> str:
    """The AMI that a build reports for a place; empty without one."""
    amis = build.amis if build is not None else ()
    return next((one.image for one in amis if (one.account, one.region) == (place.account, place.region)), "")


def version_of(ami: Ami | None) -> str:
    """The image build that created an AMI, such as `1.0.0/3`; empty if its tags don't name one."""
    return "/".join(ami.builder.split("/")[-2:]) if ami is not None and ami.builder else ""


def _differences(
    cell: DeclaredCell, found: PresentCell, newest: ImageBuild | None, status: CellStatus, back: KeptCell | None
) -> Iterator[DeliveryDifference]:
    place = cell.place
    if status is CellStatus.MISSING and newest is not None:
        wanted = expected_image(newest, place)
        gone = f"its AMI {wanted} no longer exists" if wanted else "no AMI was delivered there"
        yield _difference(DifferenceKind.IMAGE, place, wanted, f"image {_version(newest)} is declared, but {gone}")
    if status is CellStatus.BEHIND and newest is not None and found.newest is not None:
        text = f"has {version_of(found.newest) or found.newest.id}, but {_version(newest)} is the newest image"
        yield _difference(DifferenceKind.IMAGE, place, found.newest.id, text)
    if found.newest is not None:
        yield from _permissions(cell, found, found.newest, back)
        yield from _pointers(cell, found, found.newest, back)


def _permissions(
    cell: DeclaredCell, found: PresentCell, ami: Ami, back: KeptCell | None
) -> Iterator[DeliveryDifference]:
    if found.permissions is None:
        return
    wanted = cell.permissions if back is None or back.permissions is None else back.permissions
    for one in sorted(wanted - found.permissions):
        text = f"{one} may not launch {ami.id}, though the program shares it"
        yield _difference(DifferenceKind.PERMISSION_MISSING, cell.place, one.id, text)
    for one in sorted(found.permissions - wanted):
        if one.id != cell.place.account:
            text = f"{one} may launch {ami.id}, though the program does not share it"
            yield _difference(DifferenceKind.PERMISSION_ADDED, cell.place, one.id, text)


def _pointers(cell: DeclaredCell, found: PresentCell, ami: Ami, back: KeptCell | None) -> Iterator[DeliveryDifference]:
    for name in cell.parameters if "parameters" not in found.unread else ():
        value, wanted = found.parameters.get(name), back.parameters.get(name, ami.id) if back else ami.id
        if value != wanted:
            held = f"holds {value}" if value is not None else "does not exist"
            text = f"parameter {name} {held}, but {_meant(wanted, ami)}"
            yield _difference(DifferenceKind.PARAMETER, cell.place, name, text)
    for id, default in cell.templates:
        version = found.templates.get(id)
        wanted = back.templates[id].image if back and id in back.templates else ami.id
        if id in found.unread or not default or (version is not None and version.image == wanted):
            continue
        held = (
            f"launches {version.image or 'no image'} by default (version {version.version})" if version else "is gone"
        )
        text = f"launch template {id} {held}, but {_meant(wanted, ami)}"
        yield _difference(DifferenceKind.TEMPLATE, cell.place, id, text)


def _meant(wanted: str, ami: Ami) -> str:
    return f"the newest image there is {wanted}" if wanted == ami.id else f"the rollback pointed it to {wanted}"


def _undeclared(found: PresentCell) -> CellReport:
    if found.problem or found.newest is None:
        return CellReport(place=found.place, status=CellStatus.UNKNOWN, copy=True, reason=found.problem, unread={})
    several = f" and {found.count - 1} older" if found.count > 1 else ""
    text = f"{found.newest.id}{several} stayed there, though the program no longer delivers to this place"
    difference = _difference(DifferenceKind.COPY, found.place, found.newest.id, text)
    return CellReport(
        place=found.place,
        status=CellStatus.UNDECLARED,
        copy=True,
        image=found.newest,
        version=version_of(found.newest),
        unread=found.unread,
        differences=(difference,),
    )


def _difference(kind: DifferenceKind, place: Place, subject: str, text: str) -> DeliveryDifference:
    return DeliveryDifference(kind=kind, place=place, subject=subject, text=text)


def _version(build: ImageBuild) -> str:
    return build.version or build.arn
