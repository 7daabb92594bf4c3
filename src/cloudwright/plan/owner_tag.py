"""The tag that names the app and stage that own a resource, for other states to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.diff.tags import read_tags
from cloudwright.schema.pointer import get

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.schema.resource_type import ResourceType

OWNER_TAG = "cloudwright:owner"
"""The key of the tag; its value is `app/stage`."""


def owner_tag(app: str, stage: str) -> dict[str, str]:
    """The tag of an app and stage.

    Args:
        app: The app's name.
        stage: Its stage.
    """
    return {OWNER_TAG: f"{app}/{stage}"}


def tags_of(kind: ResourceType, live: Mapping[str, Any]) -> Mapping[str, Any]:
    """A live resource's tags by key; empty if it has none in a known form.

    Args:
        kind: The resource's type.
        live: The live document.
    """
    path = kind.tagging.property or ("Tags",)
    return read_tags(kind, get(live, path, None)) or {}
