"""What uploading the assets of a step needs: listing the bucket, and writing the objects in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.permissions.model import Permission, Purpose, Reason
from cloudwright.plan.asset_places import bucket_for, placed_assets
from cloudwright.plan.model import Action
from cloudwright.program.asset_content import OBJECTS
from cloudwright.schema.pointer import format_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.plan.model import Step

_CHANGING = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE})


def asset_permissions(step: Step, purpose: Purpose, template: str) -> Iterator[Permission]:
    """The actions that upload what a step refers to in the bucket for assets.

    Whether an object is there already is found out by a listing (`s3:ListBucket`); only a new one is written.

    Args:
        step: A step of the plan.
        purpose: Which run; only a deploy uploads.
        template: The bucket's name, as `App(assets=...)` has it.
    """
    uploads = purpose is Purpose.LIFECYCLE or (purpose is Purpose.DEPLOY and step.action in _CHANGING)
    if not uploads or step.superseded:
        return
    bucket = bucket_for(template, step.target)
    arn = f"arn:{step.target.partition}:s3:::{bucket}"
    for path in placed_assets(step.desired, bucket):
        reason = Reason(key=step.key, type=step.type, operation="upload", path=format_pointer(path))
        yield Permission(action="s3:ListBucket", resources=(arn,), reasons=(reason,))
        yield Permission(action="s3:PutObject", resources=(f"{arn}/{OBJECTS}*",), reasons=(reason,))
