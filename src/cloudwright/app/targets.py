"""Resolves the targets that a program declares."""

from __future__ import annotations

import os
import re
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.partitions import partition_of
from cloudwright.schema.suggest import did_you_mean
from cloudwright.target import CredentialSource, DeclaredTarget, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.aws.session import Sessions
    from cloudwright.control.client import CloudControl
    from cloudwright.state.records import Record

LOCAL_ACCOUNT = "000000000000"
LOCAL_REGION = "us-east-1"

ALLOWED_REGIONS = "CLOUDWRIGHT_REGIONS"
"""Environment variable with Regions, separated by commas, that are newer than this cloudwright's data."""

_ACCOUNT = re.compile(r"\d{12}")
_ROLE = re.compile(r"arn:[^:]+:iam::(\d{12}):role/.+")


class TargetResolver(Protocol):
    """Resolves accounts, Regions and partitions."""

    async def resolve(self, declared: DeclaredTarget, records: Iterable[Record]) -> Target:
        """The target of a declaration.

        Args:
            declared: The declared target.
            records: The state's records, whose accounts may save a call to STS.

        Raises:
            CredentialsError: The account can't be determined.
        """
        ...


def _declared_account(declared: DeclaredTarget) -> str | None:
    if declared.account is not None and not _ACCOUNT.fullmatch(declared.account):
        raise ProgramError(f"target(account={declared.account!r}): an account is twelve digits, as text")
    role = _ROLE.fullmatch(declared.role_arn or "")
    if declared.role_arn is not None and role is None:
        raise ProgramError(f"target(role_arn={declared.role_arn!r}): that is not the ARN of a role")
    return declared.account or (role[1] if role else None)


def check_region(region: str, environ: Mapping[str, str]) -> None:
    """Reject a Region that does not exist: its endpoint has no address, and calls to it would be retried for long.

    Args:
        region: Such as `eu-west-1`.
        environ: The environment variables; `$CLOUDWRIGHT_REGIONS` allows others.

    Raises:
        ProgramError: No Region of this name is known.
    """
    from cloudwright.imagebuilder.regions import regions

    known = regions().by_name
    if region in known or region in {name.strip() for name in environ.get(ALLOWED_REGIONS, "").split(",")}:
        return
    near = did_you_mean(region, known)
    raise ProgramError(
        f"there is no AWS Region {region!r}" + (f"; did you mean {near!r}?" if near else ""),
        hint=f"correct region=..., $AWS_REGION or the profile's Region; for one newer than this cloudwright: "
        f"{ALLOWED_REGIONS}={region}",
    )


@dataclass(frozen=True, slots=True)
class LocalTargetResolver:
    """Targets in the local cloud, where every account exists."""

    async def resolve(self, declared: DeclaredTarget, records: Iterable[Record]) -> Target:
        """The target of a declaration: account 000000000000 and us-east-1 by default."""
        del records
        region = declared.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or LOCAL_REGION
        check_region(region, os.environ)
        return Target(_declared_account(declared) or LOCAL_ACCOUNT, region, partition_of(region), CredentialSource())


@dataclass(slots=True)
class AwsTargetResolver:
    """Targets in AWS; STS is called only if neither the program nor a record names the account."""

    sessions: Sessions
    control: CloudControl
    known: dict[DeclaredTarget, Target] = field(default_factory=dict)

    async def resolve(self, declared: DeclaredTarget, records: Iterable[Record]) -> Target:
        """The place that a declaration means."""
        if declared not in self.known:
            self.known[declared] = await self._resolve(declared, records)
        return self.known[declared]

    async def _resolve(self, declared: DeclaredTarget, records: Iterable[Record]) -> Target:
        source = declared.source()
        region = declared.region or self.sessions.region(source)
        check_region(region, os.environ)
        partition = self.sessions.partition(region)
        account = _declared_account(declared) or _recorded_account(source, partition, records)
        if account is None:
            caller = await self.control.caller(Target("", region, partition, source))
            account = caller.account
        return Target(account, region, partition, source)


def _recorded_account(source: CredentialSource, partition: str, records: Iterable[Record]) -> str | None:
    found = [record for record in records if record.target.source == source and record.target.partition == partition]
    return max(found, key=lambda record: record.updated_at).target.account if found else None
