"""Restores a former delivery: parameters, launch template defaults and, with consent, launch permissions."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.errors import ProgramError
from cloudwright.imagebuilder.delivery.present import KeptCell, kept_cell
from cloudwright.imagebuilder.delivery.promotion import Move, MoveKind
from cloudwright.imagebuilder.delivery.result import exit_code_of
from cloudwright.imagebuilder.delivery.scope import Place
from cloudwright.lazy_dataclass import dataclass
from cloudwright.services.image_models import LaunchPermission

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cloudwright.imagebuilder.delivery.present import PresentCell
    from cloudwright.imagebuilder.delivery.scope import DeclaredCell, ImageLine
    from cloudwright.state.deliveries import ImageDelivery

_ARRIVED = frozenset({"delivered", "partial"})
BACK_TO = "back_to"
"""The key under which a rollback's request keeps the image that it restored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPlan:
    """What a rollback would do.

    Attributes:
        key: The distribution configuration's key.
        leaves: The image version that is rolled back.
        version: The image version that is restored; empty for the state before the first delivery.
        image: Its ARN; also empty then.
        moves: What it changes, in order.
        cannot: What it can't undo, each with the reason.
        resumed: The rest of an earlier rollback that was interrupted.
    """

    key: str
    leaves: str
    version: str
    image: str = ""
    moves: tuple[Move, ...] = ()
    cannot: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    resumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackResult:
    """The result of a rollback.

    Attributes:
        done: The moves that succeeded.
        failed: The moves that failed, each with the reason.
        declined: The user did not approve; nothing was changed.
    """

    plan: RollbackPlan
    done: tuple[Move, ...] = ()
    failed: tuple[tuple[Move, str], ...] = ()
    declined: bool = False

    @property
    def exit_code(self) -> int:
        """0 all moves succeeded, 3 some failed, 1 none succeeded."""
        return exit_code_of(self.done, self.failed, declined=self.declined)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerDelivery:
    """What a rollback restores.

    Attributes:
        version: The image version; empty for the state before the first delivery.
        image: Its ARN.
        cells: The contents of each cell then.
        leaves: The image version that is rolled back.
    """

    version: str
    image: str
    cells: Mapping[Place, KeptCell]
    leaves: str


def version_in(arn: str) -> str:
    """The version and build in an image's ARN, such as `1.0.0/3`; any other text is returned unchanged."""
    return "/".join(arn.split("/")[-2:]) if arn.count("/") >= 3 else arn


def names(version: str, image: str) -> bool:
    """Whether a version that the user named refers to an image.

    Args:
        version: Such as `1.0.0/3`, `1.0.0` for its latest build, or an ARN.
        image: The image's ARN.
    """
    return version in {image, version_in(image), version_in(image).partition("/")[0]}


def former_delivery(key: str, deliveries: Sequence[ImageDelivery], version: str | None) -> FormerDelivery:
    """The delivery to restore.

    Args:
        key: The distribution configuration's key.
        deliveries: Its deliveries, the latest first.
        version: The user's choice: a version such as `1.0.0/3`, or an image's ARN; the previous delivery by default.

    Raises:
        ProgramError: There is none.
    """
    arrived = [one for one in deliveries if one.ended_at and one.verb in {"run", "promote"} and one.outcome in _ARRIVED]
    if not arrived:
        raise ProgramError(
            f"the state records no delivery of {key}, so there is nothing to roll back to; nothing was sent",
            hint="`cloudwright images run FILE` and `images promote` record deliveries",
        )
    standing = _current_image(deliveries, arrived)
    if version is not None:
        return _named(key, arrived, version, standing)
    later = [one.image for one in arrived].index(standing) if standing in {one.image for one in arrived} else 0
    if later + 1 < len(arrived):
        return _former(arrived[later + 1], standing)
    oldest = arrived[-1]
    cells = {_place(text): kept_cell(cell) for text, cell in oldest.replaced.items()}
    if not any(cell.parameters or any(one.image for one in cell.templates.values()) for cell in cells.values()):
        raise ProgramError(
            f"{version_in(standing)} is the first image that {key} delivered, and nothing referred to another "
            "image before; nothing was sent"
        )
    return FormerDelivery(version="", image="", cells=cells, leaves=version_in(standing))


def _current_image(deliveries: Sequence[ImageDelivery], arrived: Sequence[ImageDelivery]) -> str:
    """The image that everything refers to, according to the state."""
    latest = next(one for one in deliveries if one.ended_at and one.verb != "retire" and one.outcome in _ARRIVED)
    return str(latest.request.get(BACK_TO, "")) if latest.verb == "rollback" else arrived[0].image


def _named(key: str, arrived: Sequence[ImageDelivery], version: str, standing: str) -> FormerDelivery:
    for one in arrived:
        if names(version, one.image):
            return _former(one, standing)
    known = ", ".join(dict.fromkeys(version_in(one.image) for one in arrived))
    raise ProgramError(
        f"the state records no delivery of {version!r} by {key}; nothing was sent", hint=f"recorded are {known}"
    )


def _former(delivery: ImageDelivery, standing: str) -> FormerDelivery:
    cells = {_place(text): kept_cell(cell) for text, cell in delivery.delivered.items()}
    return FormerDelivery(
        version=version_in(delivery.image), image=delivery.image, cells=cells, leaves=version_in(standing)
    )


def _place(text: str) -> Place:
    account, _, region = text.partition("/")
    return Place(account, region)


def plan_rollback(
    line: ImageLine,
    former: FormerDelivery,
    present: Mapping[Place, PresentCell],
    gone: frozenset[str],
    *,
    permissions: bool,
) -> RollbackPlan:
    """The moves that restore a former delivery.

    Args:
        line: What is declared.
        former: The delivery to restore.
        present: What is there now.
        gone: AMIs of the former delivery that no longer exist.
        permissions: Also remove the launch permissions of the newer AMIs.
    """
    moves: list[Move] = []
    cannot: list[str] = []
    for cell in line.cells:
        was, now = former.cells.get(cell.place), present[cell.place]
        if was is None:
            if cell.parameters or cell.templates:
                cannot.append(f"{cell.place}: that delivery did not include this place, so there is nothing to restore")
            continue
        for move in _pointer_moves(cell, was, now):
            _sort(move, cannot, moves, gone)
        cannot += _unreadable(cell, was, now)
        if permissions and not cell.copy:
            moves += _permission_moves(cell, was, now)
    if not permissions and any(cell.permissions for cell in line.cells):
        cannot.append("the launch permissions of the newer AMIs are kept; --permissions removes them")
    cannot.append("instances that were launched from the newer image keep running it")
    cannot.append("the newer AMIs stay and are billed; `cloudwright images retire FILE` removes them")
    return RollbackPlan(
        key=line.key,
        leaves=former.leaves,
        version=former.version,
        image=former.image,
        moves=tuple(moves),
        cannot=tuple(cannot),
        names=line.names,
    )


def _sort(move: Move, cannot: list[str], moves: list[Move], gone: frozenset[str]) -> None:
    image = move.new if move.kind is MoveKind.PARAMETER else move.images[1]
    if image in gone:
        cannot.append(f"{move.place}: {move.kind} {move.subject} can't be restored, since {image} no longer exists")
    else:
        moves.append(move)


def _pointer_moves(cell: DeclaredCell, was: KeptCell, now: PresentCell) -> Iterator[Move]:
    for name in cell.parameters:
        old, new = now.parameters.get(name, ""), was.parameters.get(name, "")
        if new and old != new and "parameters" not in now.unread and not now.problem:
            yield Move(kind=MoveKind.PARAMETER, place=cell.place, subject=name, old=old, new=new)
    for id, _ in cell.templates:
        before, after = now.templates.get(id), was.templates.get(id)
        # A version without an image can't launch anything, so it is not restored.
        if after is None or before is None or before.version == after.version or not after.image:
            continue
        yield Move(
            kind=MoveKind.TEMPLATE,
            place=cell.place,
            subject=id,
            old=before.version,
            new=after.version,
            images=(before.image, after.image),
        )


def _unreadable(cell: DeclaredCell, was: KeptCell, now: PresentCell) -> Iterator[str]:
    reasons = now.problem or "; ".join(dict.fromkeys(now.unread.values()))
    if reasons and (cell.parameters or cell.templates):
        yield f"{cell.place}: can't be read now ({reasons})"
    elif was.unread and (cell.parameters or cell.templates):
        yield f"{cell.place}: could not be read at the time of that delivery ({next(iter(was.unread.values()))})"
    for name in cell.parameters:
        if not reasons and not was.unread and name not in was.parameters and name in now.parameters:
            yield f"{cell.place}: parameter {name} did not exist then; it stays at {now.parameters[name]}"


def _permission_moves(cell: DeclaredCell, was: KeptCell, now: PresentCell) -> Iterator[Move]:
    if now.newest is None or not now.permissions or now.newest.id == was.image:
        return
    lost = tuple(sorted(now.permissions))
    yield Move(
        kind=MoveKind.PERMISSION,
        place=cell.place,
        subject=now.newest.id,
        old=", ".join(map(str, lost)),
        removed=lost,
    )


# -- as the state keeps it


def move_document(move: Move) -> dict[str, Any]:
    """A move as JSON."""
    return {
        "kind": str(move.kind),
        "place": str(move.place),
        "subject": move.subject,
        "old": move.old,
        "new": move.new,
        "images": list(move.images),
        "removed": [[one.kind, one.id] for one in move.removed],
        "added": [[one.kind, one.id] for one in move.added],
    }


def move_of(document: Mapping[str, Any]) -> Move:
    """The move that `move_document` wrote."""
    old, new = document["images"]
    return Move(
        kind=MoveKind(document["kind"]),
        place=_place(document["place"]),
        subject=document["subject"],
        old=document["old"],
        new=document["new"],
        images=(old, new),
        removed=tuple(LaunchPermission(*one) for one in document["removed"]),
        added=tuple(LaunchPermission(*one) for one in document["added"]),
    )
