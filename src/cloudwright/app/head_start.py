"""What a run begins before it needs it: asking who is calling, and opening a connection.

Both take a while and no processor time, so they run beside the lease, the program and the plan. Whatever fails here is
asked again where it is needed, and fails there with its explanation.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from cloudwright.errors import CloudwrightError
from cloudwright.target import DeclaredTarget

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable

    from cloudwright.app.targets import TargetResolver
    from cloudwright.control.client import CloudControl
    from cloudwright.target import Target

_TARGETS = 20
"""Targets at most whose callers and connections are asked for early."""


class HeadStart:
    """Runs such tasks until they end or the run does."""

    def __init__(
        self, places: TargetResolver, control: CloudControl, connect: Callable[[str, str], Awaitable[None]]
    ) -> None:
        """Begin nothing yet.

        Args:
            places: Finds the account of the default target.
            control: Knows who is calling.
            connect: Begins to open a connection to a service in a Region.
        """
        self._places = places
        self._control = control
        self._connect = connect
        self._tasks: set[asyncio.Task[None]] = set()

    def find_account(self) -> None:
        """Begin to find the default target's account, for a state that names none yet."""
        self._begin(self._find_account())

    def prepare_default(self) -> None:
        """The same for a run that is going to change something there."""
        self._begin(self._prepare_default())

    def prepare(self, targets: Iterable[Target]) -> None:
        """Begin to verify the callers of these targets and to open connections to Cloud Control.

        Args:
            targets: Where requests are about to be sent.
        """
        for target in [*dict.fromkeys(targets)][:_TARGETS]:
            self._begin(self._prepare(target))

    async def close(self) -> None:
        """Stop what has not ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _find_account(self) -> None:
        await self._places.resolve(DeclaredTarget(), ())

    async def _prepare_default(self) -> None:
        await self._prepare(await self._places.resolve(DeclaredTarget(), ()))

    async def _prepare(self, target: Target) -> None:
        from cloudwright.control.client import SERVICE

        await self._connect(SERVICE, target.region)
        await self._control.verify(target)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _quietly(work: Awaitable[None]) -> None:
    with contextlib.suppress(CloudwrightError):
        await work
