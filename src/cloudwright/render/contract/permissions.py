"""The lines of `cloudwright permissions`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cloudwright.render.contract.line import Line, Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonPart(Part):
    """Why an action is needed."""

    key: str
    type: str
    operation: str
    path: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionLine(Line):
    """An action on its resources."""

    type: ClassVar[str] = "permission"
    when: ClassVar[str] = "`permissions`: one for each action; an empty `account` is the one that starts cloudwright"
    partition: str
    account: str
    action: str
    resources: Sequence[str]
    conditions: Sequence[Sequence[str]]
    guessed: bool
    reasons: Sequence[ReasonPart]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLine(Line):
    """An IAM policy."""

    type: ClassVar[str] = "policy"
    when: ClassVar[str] = "`permissions --policy`, `--ci`; `size` is in characters as IAM counts them"
    account: str
    name: str
    size: int
    document: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLine(Line):
    """A role for CI; its policies are lines of their own."""

    type: ClassVar[str] = "role"
    when: ClassVar[str] = "`permissions --ci`; `policies` holds their names"
    account: str
    name: str
    trust: Mapping[str, object]
    policies: Sequence[str]
