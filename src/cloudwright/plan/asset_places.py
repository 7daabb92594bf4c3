"""Assets in a document: in their place, what the property takes for a file in a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.errors import InvalidProperties
from cloudwright.program.asset_content import OBJECTS, Asset
from cloudwright.schema import navigation
from cloudwright.schema.pointer import format_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.target import Target

BUCKET = "cloudwright-assets-{account}-{region}"
"""The bucket that `cloudwright bootstrap` makes in each account and Region."""

_HOLDERS = (dict, list, Asset)
"""Types of what is or may hold an asset; most values of a document are texts."""

_BUCKETS, _KEYS = ("S3Bucket", "Bucket", "BucketName"), ("S3Key", "Key", "ObjectKey")


def bucket_for(template: str, target: Target) -> str:
    """The bucket for the assets of an account and Region.

    Args:
        template: Its name, in which `{account}` and `{region}` stand for the target's; empty for the default.
        target: Account and Region.
    """
    return (template or BUCKET).replace("{account}", target.account).replace("{region}", target.region)


def assets_in(document: object, path: Path = ()) -> Iterator[tuple[Path, Asset]]:
    """Every asset of a document, with its place."""
    if isinstance(document, Asset):
        yield path, document
    elif isinstance(document, dict):
        for name, value in document.items():
            if isinstance(value, _HOLDERS):
                yield from assets_in(value, (*path, str(name)))
    elif isinstance(document, list):
        for number, value in enumerate(document):
            if isinstance(value, _HOLDERS):
                yield from assets_in(value, (*path, str(number)))


def with_places(kind: ResourceType, document: Any, bucket: str, path: Path = ()) -> Any:
    """A resolved document with bucket and key, or a URI, in the place of each asset.

    Args:
        kind: The resource's type, whose schema says what a property takes.
        document: Resolved.
        bucket: For the account and Region of the resource.
        path: Where the document stands.

    Raises:
        InvalidProperties: A property takes no file in a bucket.
    """
    if isinstance(document, Asset):
        return _placed(kind, document, bucket, path)
    if isinstance(document, dict):
        return {name: with_places(kind, value, bucket, (*path, name)) for name, value in document.items()}
    if isinstance(document, list):
        return [with_places(kind, value, bucket, (*path, str(number))) for number, value in enumerate(document)]
    return document


def placed_assets(document: object, bucket: str, path: Path = ()) -> Iterator[Path]:
    """The places of a document in which `with_places` has put an asset: what is left of it in a plan.

    Args:
        document: With places, as a step has it.
        bucket: For the account and Region of the resource.
        path: Where the document stands.
    """
    if isinstance(document, str):
        if document.startswith(f"s3://{bucket}/{OBJECTS}"):
            yield path
    elif isinstance(document, Mapping):
        if any(_holds(document, bucket, *names) for names in zip(_BUCKETS, _KEYS, strict=True)):
            yield path
        for name, value in document.items():
            yield from placed_assets(value, bucket, (*path, str(name)))
    elif isinstance(document, (list, tuple)):
        for number, value in enumerate(document):
            yield from placed_assets(value, bucket, (*path, str(number)))


def _holds(document: Mapping[str, object], bucket: str, bucket_name: str, key_name: str) -> bool:
    return document.get(bucket_name) == bucket and str(document.get(key_name)).startswith(OBJECTS)


def _placed(kind: ResourceType, asset: Asset, bucket: str, path: Path) -> Any:
    node = navigation.resolve(kind.schema, navigation.find(kind.schema, path) or {})
    names = set(navigation.as_node(node.get("properties")))
    for bucket_name, key_name in zip(_BUCKETS, _KEYS, strict=True):
        if {bucket_name, key_name} <= names:
            return {bucket_name: bucket, key_name: asset.key}
    if "string" in str(node.get("type")) and path[-1].lower().endswith(("uri", "location")):
        return f"s3://{bucket}/{asset.key}"
    raise InvalidProperties(
        f"{format_pointer(path)} of {kind.name} takes no asset",
        hint="use an asset where a property takes a bucket and a key, or an S3 URI",
    )
