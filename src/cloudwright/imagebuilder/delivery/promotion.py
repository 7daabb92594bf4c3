"""What a promotion would do: who gets which AMI, and what is pointed at it."""

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
    """One thing that points at an image, or gives access to one, and will change.

    Attributes:
        subject: The parameter's name, the template's id, or the AMI whose permissions change.
        old: What it holds now: an AMI, a template's version, or the principals that lose access; empty without any.
        new: What it will hold; empty where that is known only once the AMI is made.
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
        copy: The account gets an AMI of its own; else it is the build account's.
        permissions: Who may launch it beside its owner.
        replaces: The AMI that is the newest there now; empty if there is none.
        unknown: Why nothing is known of the place.
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
        source: What the user named.
        image: What Image Builder will distribute: an AMI id or an image's ARN.
        ami: The AMI that it comes to, in the build Region.
        description: The source in words.
        key: The distribution configuration's key.
        pending: Keys that a deploy would change: AWS still distributes by the older declaration.
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
    """Who gets the image.

    Args:
        line: What is declared.
        present: What stands there now.
    """
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
    """The parameters and launch templates that will point at the image.

    Args:
        line: What is declared.
        present: What stands there now.
    """
    return tuple(move for cell in line.cells for move in _moves(cell, present[cell.place]))


def _moves(cell: DeclaredCell, found: PresentCell) -> Iterator[Move]:
    for name in cell.parameters:
        yield Move(kind=MoveKind.PARAMETER, place=cell.place, subject=name, old=found.parameters.get(name, ""))
    for id, default in cell.templates:
        version = found.templates.get(id)
        if default:
            old, image = (version.version, version.image) if version else ("", "")
            yield Move(kind=MoveKind.TEMPLATE, place=cell.place, subject=id, old=old, images=(image, ""))
