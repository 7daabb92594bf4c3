"""The permissions that a run of an app needs, from its plan and its settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cloudwright.app.type_registry import learn_type
from cloudwright.permissions.actions import permissions_of
from cloudwright.permissions.own import Storage, always_needed

if TYPE_CHECKING:
    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.permissions.model import AccountPermissions, Permission, Purpose
    from cloudwright.plan.model import Plan


async def needed_permissions(
    plan: Plan, runtime: Runtime, settings: RunSettings, purpose: Purpose
) -> tuple[AccountPermissions, ...]:
    """The permissions that a run needs, for each account.

    Args:
        plan: The plan of a deploy, or of a destroy for that purpose.
        runtime: Its catalogue; learns the plan's types that it lacks.
        settings: Name the state's store.
        purpose: Which run.

    Raises:
        CloudwrightError: A type can't be described.
    """
    for step in plan.steps:
        if not step.is_action and step.type not in runtime.services.catalog:
            await learn_type(runtime.services, step.type, step.target)
    storage = _storage(settings.state)
    return permissions_of(plan, runtime.services.catalog, purpose, storage, assets=settings.assets)


def standing_permissions(partition: str) -> tuple[Permission, ...]:
    """What every deploy of any program needs, with the state and the key that the environment names."""
    return always_needed(_storage(os.environ.get("CLOUDWRIGHT_STATE")), partition)


def _storage(state: str | None) -> Storage:
    return Storage(state or "", os.environ.get("CLOUDWRIGHT_KMS_KEY", ""))
