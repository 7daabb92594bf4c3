"""Launch templates with their versions.

Cloud Control keeps the template (`AWS::EC2::LaunchTemplate`) with the data of its newest version; the versions are
stored separately. A template that Cloud Control created or updated gets its new version at the next read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudwright.local.documents import StoredDocument

if TYPE_CHECKING:
    from cloudwright.local.context import CloudContext
    from cloudwright.local.rows import AccountRegion, StoredResource

TEMPLATE = "AWS::EC2::LaunchTemplate"
_KIND = "template"


def template(context: CloudContext, place: AccountRegion, id: str) -> StoredDocument | None:
    """A template with all its versions.

    Args:
        context: Where it is kept.
        place: Its account and Region.
        id: Such as `lt-0123456789abcdef0`.

    Returns:
        Its content: `id`, `name`, `default`, `versions` by number (each with `number`, `data`, `created`,
        `description`), `seen`; `None` if there is no such template.
    """
    resource = context.store.find(place, TEMPLATE, id)
    return None if resource is None else _synchronised(context, resource)


def templates(context: CloudContext, place: AccountRegion) -> list[StoredDocument]:
    """All templates of an account and Region."""
    return [_synchronised(context, one) for one in context.near(place).of_type(TEMPLATE)]


def _synchronised(context: CloudContext, resource: StoredResource) -> StoredDocument:
    known = context.store.documents.find(resource.place, _KIND, resource.identifier)
    model = resource.properties
    if known is None:
        name = str(model.get("LaunchTemplateName") or resource.identifier)
        content = {"id": resource.identifier, "name": name, "default": 1, "versions": {}, "seen": 0.0}
        known = StoredDocument(resource.place, _KIND, resource.identifier, content)
    if known.content["seen"] < resource.updated or not known.content["versions"]:
        _append(known, dict(model.get("LaunchTemplateData") or {}), resource.updated, model.get("VersionDescription"))
        known.content["seen"] = resource.updated
        context.store.documents.put(known)
    return known


def _append(document: StoredDocument, data: dict[str, Any], at: float, description: Any) -> int:
    number = max(map(int, document.content["versions"]), default=0) + 1
    document.content["versions"][str(number)] = {
        "number": number,
        "data": data,
        "created": at,
        "description": str(description or ""),
    }
    return number


def add_version(
    context: CloudContext, document: StoredDocument, data: dict[str, Any], at: float, description: str = ""
) -> int:
    """Add a version.

    Args:
        context: Where templates are kept.
        document: The template, as `template` returns it.
        data: In Cloud Control's names.
        at: The time, in seconds since the epoch.
        description: Of the version.

    Returns:
        Its number.
    """
    number = _append(document, data, at, description)
    _save(context, document)
    return number


def set_default(context: CloudContext, document: StoredDocument, number: int) -> None:
    """Make a version the default.

    Args:
        context: Where templates are kept.
        document: The template, as `template` returns it.
        number: Of a version that exists.
    """
    document.content["default"] = number
    _save(context, document)


def version(document: StoredDocument, wanted: str) -> dict[str, Any] | None:
    """A version by its number, `$Latest` or `$Default`."""
    versions = document.content["versions"]
    if wanted == "$Latest":
        return dict(versions[max(versions, key=int)])
    found = versions.get(str(document.content["default"]) if wanted == "$Default" else wanted)
    return None if found is None else dict(found)


def _save(context: CloudContext, document: StoredDocument) -> None:
    """Keep the versions, and have Cloud Control show their numbers."""
    context.store.documents.put(document)
    resource = context.store.find(document.place, TEMPLATE, document.id)
    if resource is not None:
        numbers = {
            "DefaultVersionNumber": str(document.content["default"]),
            "LatestVersionNumber": str(max(map(int, document.content["versions"]))),
        }
        context.store.put(replace(resource, properties={**resource.properties, **numbers}))
