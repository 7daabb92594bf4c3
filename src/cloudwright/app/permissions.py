"""The permissions that a run of an app needs, from its plan and its settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cloudwright.permissions.actions import permissions_of
from cloudwright.permissions.own import Storage

if TYPE_CHECKING:
    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.permissions.model import AccountPermissions, Purpose
    from cloudwright.plan.model import Plan


def needed_permissions(
    plan: Plan, runtime: Runtime, settings: RunSettings, purpose: Purpose
) -> tuple[AccountPermissions, ...]:
    """The permissions that a run needs, for each account.

    Args:
        plan: The plan of a deploy, or of a destroy for that purpose.
        runtime: Its catalogue knows the plan's types.
        settings: Name the state's store.
        purpose: Which run.
    """
    storage = Storage(settings.state or "", os.environ.get("CLOUDWRIGHT_KMS_KEY", ""))
    return permissions_of(plan, runtime.services.catalog, purpose, storage)
