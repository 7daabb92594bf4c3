"""Which handlers a plan's steps call, and which actions of Cloud Control itself that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.permissions.model import Purpose
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from cloudwright.plan.model import Step

_MANAGED = ("create", "delete", "read", "update")

_DEPLOY: dict[Action, tuple[str, ...]] = {
    Action.CREATE: ("create", "read"),
    Action.UPDATE: ("read", "update"),
    Action.REPLACE: ("create", "delete", "read"),
    Action.DELETE: ("delete", "read"),
    Action.IMPORT: ("list", "read"),
    Action.RESUME: _MANAGED,
    Action.READ: ("read",),
}
"""A create is read back, an update read first, a delete proven by a read."""

CLOUD_CONTROL: dict[str, tuple[str, ...]] = {
    "create": ("cloudformation:CreateResource",),
    "read": ("cloudformation:GetResource",),
    "update": ("cloudformation:UpdateResource",),
    "delete": ("cloudformation:DeleteResource",),
    "list": ("cloudformation:ListResources",),
}
"""Handler -> the actions of Cloud Control that reach it
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html, 2026-11-28)."""

FOLLOW_UP = ("cloudformation:GetResourceRequestStatus", "cloudformation:ListResourceRequests")
"""How a request is followed, and found again by the run after one that was killed."""

CHANGING = frozenset({"create", "update", "delete"})


def operations(step: Step, purpose: Purpose) -> tuple[str, ...]:
    """The handlers that a step calls.

    Returns:
        Sorted; empty if the step asks AWS nothing.
    """
    if purpose is Purpose.DEPLOY:
        return _deploying(step)
    if purpose in {Purpose.PLAN, Purpose.ASK_SERVICE, Purpose.IMAGES}:
        return ("list", "read") if step.action is Action.IMPORT else ("read",)
    if step.action is Action.READ:
        return ("read",) if purpose is Purpose.LIFECYCLE else ()
    if purpose is Purpose.LIFECYCLE:
        return _MANAGED
    return ("read",) if purpose is Purpose.DRIFT else ("delete", "read")


def _deploying(step: Step) -> tuple[str, ...]:
    wanted = set(_DEPLOY.get(step.action, ()))
    if step.action is Action.IMPORT and step.changes:
        wanted.add("update")
    if step.may_replace:
        wanted |= {"create", "delete"}
    if not wanted and step.identifier is not None:
        wanted.add("read")
    return tuple(sorted(wanted))
