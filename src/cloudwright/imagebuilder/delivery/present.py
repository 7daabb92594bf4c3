"""A cell as it was read: the newest AMI of the line, its permissions, and what refers to images."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.services.image_models import LaunchPermission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.imagebuilder.delivery.scope import DeclaredCell, Place
    from cloudwright.services.image_models import Ami


@dataclass(frozen=True, slots=True)
class TemplateDefault:
    """The default version of a launch template, and the image that it launches."""

    version: str
    image: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentCell:
    """One account and Region as AWS shows it.

    Attributes:
        place: The account and Region.
        newest: The newest AMI of the line that can be launched; `None` without one.
        count: Number of AMIs of the line in the cell.
        permissions: Who may launch the newest one; `None` if that can't be read.
        parameters: Name -> value; a parameter that does not exist is left out.
        templates: Id -> its default version; a template that does not exist is left out.
        problem: Why the place could not be read; empty if it could.
        unread: Parts that could not be read, with the reason: `permissions`, `parameters`, or a template's id.
    """

    place: Place
    newest: Ami | None = None
    count: int = 0
    permissions: frozenset[LaunchPermission] | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, TemplateDefault] = field(default_factory=dict)
    problem: str = ""
    unread: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The part of it that the state keeps, as JSON."""
        found: dict[str, Any] = {
            "parameters": dict(self.parameters),
            "templates": {id: [one.version, one.image] for id, one in self.templates.items()},
        }
        if self.newest is not None:
            found["image"] = self.newest.id
            found["builder"] = self.newest.builder
        if self.permissions is not None:
            found["permissions"] = [[one.kind, one.id] for one in sorted(self.permissions)]
        if self.problem or self.unread:
            found["unread"] = {"*": self.problem} if self.problem else dict(self.unread)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCell:
    """A cell as the state kept it.

    Attributes:
        image: The AMI; empty if there was none.
        builder: The ARN of the image build that created it; empty if unknown.
        permissions: Its launch permissions; `None` if they were not read.
        parameters: Name -> value.
        templates: Id -> its default version.
        unread: What could not be read, with the reason; `*` means the whole cell.
    """

    image: str = ""
    builder: str = ""
    permissions: frozenset[LaunchPermission] | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, TemplateDefault] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)


def kept_cell(document: object) -> KeptCell:
    """Parse what `PresentCell.document` returned; anything else gives an empty cell."""
    found: dict[str, Any] = document if isinstance(document, dict) else {}
    permissions = found.get("permissions")
    return KeptCell(
        image=str(found.get("image", "")),
        builder=str(found.get("builder", "")),
        permissions=None if permissions is None else frozenset(LaunchPermission(*one) for one in permissions),
        parameters=dict(found.get("parameters") or {}),
        templates={id: TemplateDefault(*one) for id, one in (found.get("templates") or {}).items()},
        unread=dict(found.get("unread") or {}),
    )


def belongs(ami: Ami, cell: DeclaredCell | None, recipes: tuple[str, ...]) -> bool:
    """Whether an AMI that matches a cell's name pattern belongs to this line.

    Image Builder tags its AMIs with the ARN of their image, which names the recipe. If the tag is missing, as on a
    shared AMI, only the name is compared.

    Args:
        ami: As EC2 shows it.
        cell: The cell whose name pattern the AMI matches.
        recipes: The slugs of the line's recipes; empty if the program declares none.
    """
    del cell
    made_by = ami.builder.partition(":image/")[2].partition("/")[0]
    return not made_by or not recipes or made_by in recipes


def by_age(ami: Ami) -> tuple[str, int, str]:
    """Sort key for AMIs: the oldest first; AMIs of the same time by build number.

    Args:
        ami: As EC2 shows it.
    """
    number = ami.builder.rpartition("/")[2]
    return (ami.created, int(number) if number.isdigit() else 0, ami.id)
