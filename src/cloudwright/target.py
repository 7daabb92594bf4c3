"""The target of a resource: account, partition, Region, and the source of its credentials."""

from __future__ import annotations

import contextlib
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING

from cloudwright.call_errors import checked
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class CredentialSource:
    """How credentials are found, never the credentials themselves.

    Attributes:
        kind: `ambient` (the default chain), `profile` or `role`.
        name: The profile's name or the role's ARN; empty for `ambient`.
    """

    kind: str = "ambient"
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


@dataclass(frozen=True, slots=True)
class Target:
    """A resolved target, as stored in records and used for requests.

    Attributes:
        account: Twelve digits.
        region: Such as `us-east-1`.
        partition: Such as `aws`.
        source: How to get credentials for it.
    """

    account: str
    region: str
    partition: str = "aws"
    source: CredentialSource = CredentialSource()

    @property
    def place(self) -> tuple[str, str, str]:
        """Partition, account and Region: equal for resources that share identifiers."""
        return (self.partition, self.account, self.region)

    def through(self, source: CredentialSource) -> Target:
        """The same place with another credential source."""
        return self if source == self.source else replace(self, source=source)

    def __str__(self) -> str:
        return f"{self.account}/{self.region}"


@dataclass(frozen=True, slots=True)
class DeclaredTarget:
    """The target that a program declares; `None` means the environment's."""

    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    account: str | None = None

    def source(self) -> CredentialSource:
        """The credential source that this declaration names."""
        if self.role_arn:
            return CredentialSource("role", self.role_arn)
        if self.profile:
            return CredentialSource("profile", self.profile)
        return CredentialSource()


_PLACE = re.compile(r"[^@]+@(?P<account>[0-9]{12})\.(?P<region>[a-z0-9-]+)")

_current: ContextVar[DeclaredTarget] = ContextVar("cloudwright_target", default=DeclaredTarget())


def current_target() -> DeclaredTarget:
    """The target that the enclosing `with target(...)` blocks declare."""
    return _current.get()


@checked("target")
@contextlib.contextmanager
def target(
    *,
    region: str | None = None,
    profile: str | None = None,
    role_arn: str | None = None,
    account: str | None = None,
) -> Iterator[DeclaredTarget]:
    """Set the account and Region of the resources declared inside. An inner block overrides fields of an outer one.

    Args:
        region: An AWS Region, such as `eu-west-1`.
        profile: A profile of the shared AWS configuration.
        role_arn: A role to assume with the ambient credentials.
        account: Twelve digits: the account that the credentials must belong to; on the local cloud, the one chosen.

    Yields:
        The merged declaration.
    """
    merged = _current.get()
    given = {"region": region, "profile": profile, "role_arn": role_arn, "account": account}
    merged = replace(merged, **{name: value for name, value in given.items() if value is not None})
    token = _current.set(merged)
    try:
        yield merged
    finally:
        _current.reset(token)


@contextlib.contextmanager
def place_of(stage: str) -> Iterator[None]:
    """Declare the place that the stage of a fleet's target names, unless one is declared around it.

    So a command for one target by hand means the place that the fleet means, whatever Region and account it is run in.

    Args:
        stage: Such as `prod@111122223333.eu-west-1`; other stages name no place.
    """
    named = _PLACE.fullmatch(stage)
    if named is None or _current.get() != DeclaredTarget():
        yield
        return
    with target(account=named["account"], region=named["region"]):
        yield
