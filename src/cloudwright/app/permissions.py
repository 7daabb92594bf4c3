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
    """What a run needs permission for, account by account.

    Args:
        plan: Of a deploy; of a destroy for that purpose.
        runtime: Its catalogue has learned the plan's types.
        settings: Say where the state lies.
        purpose: Which run.
    """
    storage = Storage(settings.state or "", os.environ.get("CLOUDWRIGHT_KMS_KEY", ""))
    return permissions_of(plan, runtime.services.catalog, purpose, storage)
