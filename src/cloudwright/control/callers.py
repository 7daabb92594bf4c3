"""The identities behind credentials, each requested once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloudwright.control import query
from cloudwright.control.model import Call
from cloudwright.errors import CredentialsError, ServiceError, TransportError
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cloudwright.target import CredentialSource, Target


@dataclass(frozen=True, slots=True)
class Caller:
    """The identity behind credentials, as STS GetCallerIdentity returns it.

    Attributes:
        account: Twelve digits.
        arn: The ARN of the user or the assumed role.
        partition: Such as `aws`, from the ARN.
    """

    account: str
    arn: str
    partition: str


class Callers:
    """The callers of one client, by the source of their credentials."""

    def __init__(self, ask: Callable[[Call], Awaitable[Mapping[str, str]]]) -> None:
        """Know no caller yet.

        Args:
            ask: Sends a read of a query service, and returns the leaf elements of its answer by name.
        """
        self._ask = ask
        self._known: dict[tuple[CredentialSource, str], list[Caller]] = {}
        self._failed: dict[tuple[CredentialSource, str], tuple[int, Exception]] = {}
        self._lock = asyncio.Lock()

    async def of(self, target: Target) -> Caller:
        """The identity behind a target's credentials.

        Tasks that wait while it is requested share the answer, and also a failure: credentials that do not exist take
        long to fail.

        Raises:
            CredentialsError, TransportError, ServiceError: It is unknown.
        """
        key = (target.source, target.partition)
        before, _ = self._failed.get(key, (0, None))
        async with self._lock:
            known = self._known.setdefault(key, [])
            for caller in known:
                if target.account in {"", caller.account}:
                    return caller
            failures, error = self._failed.get(key, (0, None))
            if error is not None and failures > before:
                raise error
            try:
                # The local cloud chooses the account by the target, so each account needs its own request.
                known.append(await self._identify(target))
            except (CredentialsError, ServiceError, TransportError) as refused:
                self._failed[key] = (failures + 1, refused)
                raise
            return known[-1]

    async def _identify(self, target: Target) -> Caller:
        fields = await self._ask(Call("sts", "GetCallerIdentity", query.form("sts", "GetCallerIdentity"), target))
        account, arn = fields.get("Account", ""), fields.get("Arn", "")
        return Caller(account, arn, arn.removeprefix("arn:").partition(":")[0] or target.partition)
