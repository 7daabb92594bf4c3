"""Polls of a build: what Image Builder shows of it now, and when to ask again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudwright.services.image_builds import ImageBuilds
    from cloudwright.services.image_models import ImageBuild, WorkflowExecution
    from cloudwright.target import Target

POLL, LOCAL_POLL = 15.0, 0.25
"""Seconds between two polls of a build at most: the AWS console polls every 30, and a build takes tens of minutes."""

_FIRST_POLL = 1.0
_SLOWER = 1.5


async def read_build(
    builds: ImageBuilds, target: Target, image: str
) -> tuple[ImageBuild, tuple[WorkflowExecution, ...]]:
    """A build and its workflows, as Image Builder shows them now.

    Args:
        builds: Asks Image Builder.
        target: Where the image is.
        image: The full ARN of the image build version.
    """
    # The image last: when it has ended, nothing of what its workflows show is still to come.
    workflows = await builds.workflows(target, image)
    build = await builds.image(target, image)
    if build.ended:
        workflows = await builds.workflows(target, image)
    return build, workflows


def poll_delay(before: float, *, local: bool) -> float:
    """Seconds until the next poll of something that runs: soon after a change, then less and less often.

    Args:
        before: Seconds before the last poll; 0 if that one showed a change.
        local: Whether it runs on the local cloud, where builds take seconds.
    """
    return min(before * _SLOWER if before else _FIRST_POLL, LOCAL_POLL if local else POLL)
