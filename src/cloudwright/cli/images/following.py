"""Running a command that follows a build: Ctrl-C leaves the build running."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from cloudwright.cli.signals import leave_ending, on_ending
from cloudwright.errors import CloudwrightError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from cloudwright.app.app import App
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.imagebuilder.delivery.result import DeliveryResult


async def followed(call: CommandOptions, app: App, view: View, work: Awaitable[DeliveryResult | None]) -> int:
    """Follow a build to its end, or until a signal ends the command.

    Args:
        call: Says how the build is followed again.
        app: Knows what is followed.
        view: Where everything is shown.
        work: The coroutine that follows; returns `None` if nothing was approved.

    Returns:
        The exit code.
    """
    received: list[int] = []
    task = asyncio.ensure_future(work)

    def end(number: int) -> None:
        received.append(number)
        task.cancel()

    on_ending(end)
    try:
        result = await task
    except asyncio.CancelledError:
        if not received:
            raise
        return await _left(call, app, view, received[0])
    finally:
        leave_ending()
        view.pause()
    if result is None:
        from cloudwright.cli.approval import declined

        declined(view)
        return 1
    return view.delivered(result)


async def _left(call: CommandOptions, app: App, view: View, number: int) -> int:
    from cloudwright.render.contract.command import InterruptedLine
    from cloudwright.render.contract.delivery import ImageLeftLine

    view.pause()
    image = ""
    with contextlib.suppress(CloudwrightError):  # the next run finds it in the state all the same
        image = await app.images.leave()
    if not image:
        again = call.again("images run")
        text = f"interrupted; run `{again}` again: it continues what this one may have started, and starts nothing new"
        view.message(text, InterruptedLine(signal=number, resume=again).as_object())
        return 128 + number
    resume = call.again("images follow", "--image", image)
    text = f"interrupted; the build continues. Follow it again: `{resume}`; cancel it: `{resume} --cancel`"
    view.message(text, ImageLeftLine(image=image, resume=resume).as_object())
    return 128 + number
