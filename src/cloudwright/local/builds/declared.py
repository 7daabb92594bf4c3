"""Declared images: creating one runs a build, and the request ends with the build.

Source: the handler of `AWS::ImageBuilder::Image` waits for up to 12 hours, and fails with the image's reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.local.builds.build import ENDED, KIND, build_of
from cloudwright.local.builds.drafts import IMAGE, BuildDrafts, Model
from cloudwright.local.builds.retirement import Retirement
from cloudwright.local.services.base import HandlerFailed, HandlerWaits

if TYPE_CHECKING:
    from cloudwright.local.builds.lifecycle import BuildLifecycle
    from cloudwright.local.context import CloudContext
    from cloudwright.local.rows import StoredRequest, StoredResource

__all__ = ["IMAGE", "begin", "end", "finish"]

_PATIENCE = 12 * 3600.0
"""Seconds that the handler waits for a build."""


def begin(context: CloudContext, lifecycle: BuildLifecycle, request: StoredRequest, model: Model) -> None:
    """Start the build of an image that was just created.

    Args:
        context: The parts of the cloud.
        lifecycle: Starts builds.
        request: Its create; the build is noted in it.
        model: The image, with its ARN.

    Raises:
        HandlerWaits: Always; the request ends with the build.
    """
    at = request.effect_at or 0.0
    build = BuildDrafts(context, request.place, at).from_image(model)
    request.notes["build"] = build.arn
    lifecycle.begin(build, at)
    raise HandlerWaits(at + _PATIENCE)


def end(context: CloudContext, lifecycle: BuildLifecycle, image: StoredResource, at: float) -> None:
    """Carry out the side effects of deleting an image: cancel its build, and delete its AMIs if its settings say so.

    Args:
        context: The parts of the cloud.
        lifecycle: Cancels builds.
        image: The image that is being deleted.
        at: Seconds since the epoch.
    """
    found = context.store.documents.find(image.place, KIND, image.identifier)
    if found is None:
        return
    build = build_of(found.content)
    if build.status not in ENDED:
        lifecycle.cancel(build, at)
    if image.properties.get("DeletionSettings"):
        Retirement(context).delete_amis(build)


def finish(context: CloudContext, request: StoredRequest) -> None:
    """Evaluate the end of an image's build.

    Raises:
        HandlerFailed: It failed, or took too long.
    """
    found = context.store.documents.find(request.place, KIND, request.notes["build"])
    build = build_of(found.content) if found else None
    if build is None or build.status == "AVAILABLE":
        return
    if build.ended is None:
        raise HandlerFailed("NotStabilized", f"The image {build.arn} is still in state {build.status}.")
    raise HandlerFailed("GeneralServiceException", f"Error occurred during operation '{build.reason}'.")
