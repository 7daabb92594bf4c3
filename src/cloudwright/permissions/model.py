"""What a run needs permission for, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

EVERY_RESOURCE = ("*",)


class Purpose(StrEnum):
    """What the permissions are for."""

    PLAN = "plan"
    """With `--refresh`: reads all that is declared."""
    ASK_SERVICE = "ask-service"
    """The same with `--ask-service`: also the dry runs of what would be created or changed."""
    DEPLOY = "deploy"
    DRIFT = "drift"
    DESTROY = "destroy"
    IMAGES = "images"
    """All commands on images: build, compare, promote, roll back, retire."""
    LIFECYCLE = "lifecycle"
    """Every later deploy of what is declared: create, read, update and delete, independent of this plan."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Reason:
    """Why an action is needed.

    Attributes:
        key: The resource's key; empty for what cloudwright needs for itself.
        type: Its type; empty for what cloudwright needs for itself.
        operation: `create`, `read`, `update`, `delete`, `list`, `ask` (a dry run), `upload` (of an asset),
            `images`, `state`, `sealing` or `credentials`.
        path: JSON pointer of the property that asks for it; empty where the whole resource does.
        note: A sentence where the rest does not say it all.
    """

    key: str = ""
    type: str = ""
    operation: str
    path: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Permission:
    """One IAM action on some resources.

    Attributes:
        action: Such as `imagebuilder:CreateImagePipeline`; `SERVICE:*` if the schema lists nothing.
        resources: ARNs, or `("*",)`.
        conditions: (operator, key, value) each, as in a statement's `Condition`.
        guessed: The schema lists no actions for this type, so all actions of the service are listed.
        reasons: Why, sorted; at least one.
    """

    action: str
    resources: tuple[str, ...] = EVERY_RESOURCE
    conditions: tuple[tuple[str, str, str], ...] = ()
    guessed: bool = False
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPermissions:
    """All that is needed in one account.

    Attributes:
        partition: Such as `aws`.
        account: Twelve digits; empty for whoever starts cloudwright, where the plan names no account for it.
        permissions: Sorted by action and resources.
    """

    partition: str
    account: str
    permissions: tuple[Permission, ...]

    @property
    def name(self) -> str:
        """The account as text."""
        return self.account or "caller"
