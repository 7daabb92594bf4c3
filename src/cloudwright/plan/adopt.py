"""Taking over a resource that already exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import PlanError
from cloudwright.plan.decide import Decision, changes_from_live
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from cloudwright.control.model import ResourceDescription
    from cloudwright.plan.subject import Subject


def adoption(subject: Subject, found: ResourceDescription) -> Decision:
    """The import of a live resource, with the update that brings it to the declaration.

    Args:
        subject: The declaration, resolved.
        found: The live resource.

    Raises:
        PlanError: It differs where it can't be updated (CC32); nothing has been written.
    """
    changes = changes_from_live(subject, found.properties)
    forced = [change for change in changes if change.forces]
    if forced:
        places = ", ".join(f"{change.path} ({change.rule})" for change in forced)
        raise PlanError(
            f"{subject.key}: {found.identifier} can't be adopted as declared, it differs at {places}",
            hint="declare what is there, or give the new resource another name",
        )
    return Decision(action=Action.IMPORT, changes=changes, reasons=(f"{found.identifier} exists and is taken over",))
