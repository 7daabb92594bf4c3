"""What cloudwright needs for itself: the state store, the key that seals it, and roles that it assumes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.permissions.model import Permission, Purpose, Reason
from cloudwright.permissions.operations import CLOUD_CONTROL, FOLLOW_UP
from cloudwright.state.address import bucket_and_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.plan.model import Plan

_READ = ("s3:GetObject",)
_LIST = ("s3:ListBucket", "s3:ListBucketVersions")
_WRITE = ("s3:DeleteObject", "s3:PutObject")
_KEY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
_WRITES = frozenset({Purpose.DEPLOY, Purpose.DESTROY, Purpose.IMAGES, Purpose.LIFECYCLE})


@dataclass(frozen=True, slots=True)
class Storage:
    """Where a state lies and how it is sealed.

    Attributes:
        url: The state's address; files and PostgreSQL need no permission of IAM.
        kms_key: The id, ARN or alias of the KMS key that wraps the state's key; empty if there is none.
    """

    url: str = ""
    kms_key: str = ""


def own_permissions(plan: Plan, purpose: Purpose, storage: Storage, partition: str, account: str) -> list[Permission]:
    """What the caller needs in addition to the resources' permissions.

    Args:
        plan: Names the roles to assume.
        purpose: Whether the state is written, too.
        storage: Where the state lies.
        partition: Of the caller.
        account: Of the caller; empty if it isn't known.
    """
    return [
        *_of_state(storage.url, purpose, partition),
        *_of_key(storage.kms_key, purpose, partition, account),
        *_of_roles(plan),
    ]


def always_needed(storage: Storage, partition: str, account: str = "") -> tuple[Permission, ...]:
    """What every deploy needs, whatever the program: Cloud Control's own actions, and those of the state.

    Args:
        storage: Where the state lies.
        partition: Of the caller.
        account: Of the caller; empty if it isn't known.
    """
    reasons = (Reason(operation="deploy", note="every deploy"),)
    own = {action for actions in (*CLOUD_CONTROL.values(), FOLLOW_UP) for action in actions}
    return (
        *(Permission(action=action, reasons=reasons) for action in sorted(own)),
        *_of_state(storage.url, Purpose.DEPLOY, partition),
        *_of_key(storage.kms_key, Purpose.DEPLOY, partition, account),
    )


def _of_state(url: str, purpose: Purpose, partition: str) -> Iterator[Permission]:
    if not url.startswith("s3://"):
        return
    bucket, prefix = bucket_and_prefix(url)
    objects = f"arn:{partition}:s3:::{bucket}/{prefix}/*" if prefix else f"arn:{partition}:s3:::{bucket}/*"
    reasons = (Reason(operation="state", note=f"the state in {url}"),)
    for action in _LIST:
        yield Permission(action=action, resources=(f"arn:{partition}:s3:::{bucket}",), reasons=reasons)
    for action in (*_READ, *(_WRITE if purpose in _WRITES else ())):
        yield Permission(action=action, resources=(objects,), reasons=reasons)


def _of_key(key: str, purpose: Purpose, partition: str, account: str) -> Iterator[Permission]:
    if not key:
        return
    resources, conditions = _key_resource(key, partition, account)
    reasons = (Reason(operation="sealing", note=f"the KMS key {key} that seals the state"),)
    for action in ("kms:Decrypt", *(("kms:GenerateDataKey",) if purpose in _WRITES else ())):
        yield Permission(action=action, resources=resources, conditions=conditions, reasons=reasons)


def _key_resource(key: str, partition: str, account: str) -> tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]:
    """The key as a policy's resource: never an alias, which is a condition.

    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    if key.startswith("arn:") and ":key/" in key:
        return (key,), ()
    place = f"arn:{partition}:kms:*:{account or '*'}"
    if _KEY_ID.fullmatch(key):
        return (f"{place}:key/{key}",), ()
    alias = key.rpartition(":")[2]
    return (f"{place}:key/*",), (("StringEquals", "kms:RequestAlias", alias),)


def _of_roles(plan: Plan) -> Iterator[Permission]:
    sources = {step.target.source for step in plan.steps}
    for role in sorted(source.name for source in sources if source.kind == "role"):
        reason = Reason(operation="credentials", note="a target of the program works through this role")
        yield Permission(action="sts:AssumeRole", resources=(role,), reasons=(reason,))
