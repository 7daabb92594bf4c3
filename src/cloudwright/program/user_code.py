"""Coroutines of the user's, such as a provider's methods: how they refuse, and how long they hold the event loop."""

from __future__ import annotations

import time
import types
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator

LONGEST_STEP = 1.0
"""Seconds without an `await` after which a coroutine counts as blocking: leases and polls of the whole run wait."""


class Rejected(Exception):
    """The service refused, and nothing was made or changed: raise it with the service's own words."""


class BlockedLoopWarning(RuntimeWarning):
    """A provider's method or an action blocked the event loop, so that nothing else could go on."""


@types.coroutine
def watched(coroutine: Coroutine[Any, Any, object], label: str) -> Generator[Any, Any, object]:
    """Run a coroutine and warn, by its name, if it blocks the event loop.

    Args:
        coroutine: What a function of the user's returned.
        label: The function's name.
    """
    step: Callable[[], Any] = partial(coroutine.send, None)
    while True:
        began = time.perf_counter()
        try:
            waiting = step()
        except StopIteration as end:
            return end.value
        finally:
            _check(label, time.perf_counter() - began)
        try:
            sent = yield waiting
        except BaseException as error:  # noqa: BLE001 - a cancellation, too, is the coroutine's to handle
            step = partial(coroutine.throw, error)
        else:
            step = partial(coroutine.send, sent)


def _check(label: str, seconds: float) -> None:
    if seconds > LONGEST_STEP:
        warnings.warn(
            f"{label} blocked the event loop for {seconds:.1f} s, so nothing else could run; "
            "use an async client, or `await asyncio.to_thread(...)`",
            BlockedLoopWarning,
            stacklevel=2,
        )
