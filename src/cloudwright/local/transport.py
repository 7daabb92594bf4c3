"""The local cloud in process, as an implementation of the transport port."""

from __future__ import annotations

import asyncio
import io
import re
import sqlite3
from typing import TYPE_CHECKING

from cloudwright.errors import NotAnswered, StateUnavailable
from cloudwright.local.cloud import DEFAULT_ACCOUNT
from cloudwright.local.faults.calls import AnswerLost
from cloudwright.local.objects.requests import SERVICE, ObjectRequest

if TYPE_CHECKING:
    from cloudwright.control.model import Call, Reply
    from cloudwright.local.cloud import LocalCloud
    from cloudwright.target import Target

_DATABASE = (
    "make sure that this user may write its folder (`.cloudwright/local`) and that the disk is not full, "
    "then run the command again"
)
_ACCOUNT = re.compile(r"\d{12}")
_ROLE_ACCOUNT = re.compile(r"arn:[^:]+:iam::(\d{12}):role/")


class LocalTransport:
    """Sends calls to a local cloud without a socket (`cloudwright.control.model.Transport`)."""

    def __init__(self, cloud: LocalCloud, *, call_latency: float = 0.0) -> None:
        """Connect.

        Args:
            cloud: The cloud that is called; it stays open when the transport is closed.
            call_latency: Seconds from a call to its answer; the cloud handles the call halfway.
        """
        self._cloud = cloud
        self._half = call_latency / 2

    async def send(self, call: Call) -> Reply:
        """Answer a call; each way takes half of the latency, and others may run meanwhile.

        Raises:
            NotAnswered: Because of a fault, the answer is lost.
            StateUnavailable: The cloud's file can't be read or written.
        """
        await asyncio.sleep(self._half)
        try:
            reply = self._reply(call, account_of(call.target))
        except AnswerLost as lost:
            raise NotAnswered(f"the connection closed before the answer to {lost}") from None
        except sqlite3.Error as error:
            raise StateUnavailable(f"the local cloud's database failed: {error}", hint=_DATABASE) from error
        await asyncio.sleep(self._half)
        return reply

    def _reply(self, call: Call, account: str) -> Reply:
        if call.service != SERVICE:
            return self._cloud.handle(call.service, call.action, call.body, account, call.target.region, call.path)
        headers = {name.lower(): value for name, value in call.headers.items()}
        request = ObjectRequest(call.method, call.path, io.BytesIO(call.body), headers)
        return self._cloud.handle_object(request, account, call.target.region)

    async def close(self) -> None:
        """Nothing to close."""


def account_of(target: Target) -> str:
    """The account of a target on the local cloud: the named one, the role's, or zeros."""
    role = _ROLE_ACCOUNT.match(target.source.name)
    if role:
        return role.group(1)
    return target.account if _ACCOUNT.fullmatch(target.account) else DEFAULT_ACCOUNT
