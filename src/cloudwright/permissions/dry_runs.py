"""What `plan --ask-service` needs: Image Builder checks the caller's permission to create what a request describes.

Each dry run takes the create's own action, `imagebuilder:TagResource` where there are tags, and `iam:PassRole` for the
roles that it is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.permissions.model import Permission, Reason
from cloudwright.permissions.roles import PASS_ROLE, passed_roles
from cloudwright.plan.model import Action
from cloudwright.services.imagebuilder import SERVICE, forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.plan.model import Plan, Step

_ASKED = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE})


def dry_run_permissions(step: Step, plan: Plan) -> Iterator[Permission]:
    """The actions that the dry run of one step needs; none if it has no dry run.

    Args:
        step: A step of the plan.
        plan: Holds the roles that its properties refer to.
    """
    if step.action not in _ASKED or step.type not in forms():
        return
    note = "the dry run of its create"
    whole = (Reason(key=step.key, type=step.type, operation="ask", note=note),)
    yield Permission(action=f"{SERVICE}:{forms()[step.type].operation}", reasons=whole)
    if step.desired.get("Tags"):
        tags = (Reason(key=step.key, type=step.type, operation="ask", path="/Tags", note=note),)
        yield Permission(action=f"{SERVICE}:TagResource", reasons=tags)
    for role in passed_roles(step, plan, by_name=True):
        reason = Reason(key=step.key, type=step.type, operation="ask", path=role.path, note=note)
        for arn in role.arns:
            yield Permission(action=PASS_ROLE, resources=(arn,), reasons=(reason,))
