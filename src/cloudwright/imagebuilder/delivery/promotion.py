"""What a promotion would do: who gets which AMI, and what will refer to it."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.imagebuilder.delivery.present import PresentCell
    from cloudwright.imagebuilder.delivery.scope import DeclaredCell, ImageLine, Place
    from cloudwright.services.image_models import LaunchPermission


class MoveKind(StrEnum):
    """What is moved from one image to another."""

    PARAMETER = "parameter"
    TEMPLATE = "template"
    PERMISSION = "permission"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One change to something that refers to an image or grants access to one.

    Attributes:
        subject: The parameter's name, the template's id, or the AMI whose permissions change.
        old: Its present value: an AMI, a template's version, or the principals that lose access; empty without one.
        new: Its new value; empty if it is known only after the AMI was created.
        images: For a template: the AMIs of the old and the new version.
    """

    kind: MoveKind
    place: Place
    subject: str
    old: str
    new: str = ""
    images: tuple[str, str] = ("", "")
    removed: tuple[LaunchPermission, ...] = ()
    added: tuple[LaunchPermission, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotedCell:
    """One account and Region that gets the image.

    Attributes:
        copy: The account gets its own AMI; else the cell has the build account's.
        permissions: Who may launch it besides its owner.
        replaces: The newest AMI there now; empty without one.
        unknown: Why the place could not be read.
    """

    place: Place
    copy: bool
    permissions: frozenset[LaunchPermission] = frozenset()
    replaces: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionPlan:
    """What a promotion would do.

    Attributes:
        source: The user's argument.
        image: What Image Builder will distribute: an AMI id or an image's ARN.
        ami: The AMI in the build Region that this resolves to.
        description: The source as text.
        key: The distribution configuration's key.
        pending: Keys that a deploy would change: AWS still uses the older declaration.
    """

    source: str
    image: str
    ami: str
    description: str
    key: str
    builder: Place
    cells: tuple[PromotedCell, ...]
    moves: tuple[Move, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[str, ...] = ()
    role: str = ""


def promoted_cells(line: ImageLine, present: Mapping[Place, PresentCell]) -> tuple[PromotedCell, ...]:
    """The cells that get the image."""
    return tuple(_cell(cell, present[cell.place]) for cell in line.cells)


def _cell(cell: DeclaredCell, found: PresentCell) -> PromotedCell:
    return PromotedCell(
        place=cell.place,
        copy=cell.copy,
        permissions=cell.permissions,
        replaces=found.newest.id if found.newest else "",
        unknown=found.problem,
    )


def promoted_moves(line: ImageLine, present: Mapping[Place, PresentCell]) -> tuple[Move, ...]:
    """The parameters and launch templates that will point at the image."""
    return tuple(move for cell in line.cells for move in _moves(cell, present[cell.place]))


def _moves(cell: DeclaredCell, found: PresentCell) -> Iterator[Move]:
    for name in cell.parameters:
        yield Move(kind=MoveKind.PARAMETER, place=cell.place, subject=name, old=found.parameters.get(name, ""))
    for id, default in cell.templates:
        version = found.templates.get(id)
        if default:
            old, image = (version.version, version.image) if version else ("", "")
            yield Move(kind=MoveKind.TEMPLATE, place=cell.place, subject=id, old=old, images=(image, ""))
