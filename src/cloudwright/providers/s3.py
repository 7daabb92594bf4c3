"""Objects in S3, copied there from the bucket for assets; a folder is an object for each of its files.

Source: the operations CopyObject, HeadObject and DeleteObject of S3's service model `2006-03-01`. Copying the same
source to the same key again has no further effect, so the provider is idempotent without a token.
"""

from __future__ import annotations

import contextlib
import mimetypes
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, ClassVar
from urllib.parse import quote

from cloudwright.call_errors import checked
from cloudwright.control.model import Reply
from cloudwright.errors import ServiceError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.asset import asset
from cloudwright.program.asset_content import files_of
from cloudwright.program.run import caller
from cloudwright.program.scope import scope
from cloudwright.provider import Context, CustomResource, Made, Provider, Rejected, attribute, create_only
from cloudwright.services.protocols import parse_xml, s3_call

SOURCE = "x-amz-meta-cloudwright-source"
"""The metadata that names the asset from which an object was copied; `BUCKET/KEY`."""

_REFUSALS = frozenset({"NoSuchBucket", "NoSuchKey", "AccessDenied", "InvalidArgument", "InvalidRequest", "KeyTooLong"})
_JOINT = "|"


@dataclass(frozen=True)
class ObjectSource:
    """Where an object's content is; a program writes it as `asset(...)`.

    Attributes:
        S3Bucket: The bucket.
        S3Key: The object.
    """

    S3Bucket: str
    S3Key: str


class Object(CustomResource, type="Cloudwright::S3::Object", identifier=("Bucket", "Key")):
    """An object in a bucket.

    Attributes:
        Bucket: Its bucket.
        Key: Its name.
        Source: Its content: `asset("index.html")`; a folder is a zip.
        ContentType: Such as `text/html`.
        CacheControl: For browsers and CDNs.
        ETag: Changes with the content.
    """

    Bucket: Annotated[str, create_only]
    Key: Annotated[str, create_only]
    Source: ObjectSource
    ContentType: str = "binary/octet-stream"
    CacheControl: str | None = None
    ETag: str = attribute(follows=["Source"])


class Objects(Provider[Object]):
    """Copies by S3's CopyObject, with the source in the object's metadata."""

    idempotent: ClassVar[bool] = True
    runs_locally: ClassVar[bool] = True  # the local cloud keeps objects
    permissions: ClassVar[tuple[str, ...]] = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket")

    async def create(self, new: Object, context: Context) -> Made:
        """Copy the object; it was checked before that no other object is overwritten."""
        if _JOINT in new.Key:
            raise Rejected(f"{new.Key!r}: a key can't contain {_JOINT!r}, which separates the parts of the identifier")
        await _copy(new, context)
        return Made(f"{new.Bucket}{_JOINT}{new.Key}")

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        """The properties of the object, from HeadObject."""
        call = s3_call(context.target, "HeadObject", _path(identifier))
        headers = await context.services.ask(call, _head)
        if headers is None:
            return None
        bucket, _, key = headers.get(SOURCE, "").partition("/")
        return {
            "Source": ObjectSource(bucket, key),
            "ContentType": headers.get("content-type", ""),
            "CacheControl": headers.get("cache-control"),
            "ETag": headers["etag"].strip('"'),
        }

    async def update(self, identifier: str, old: Object, new: Object, context: Context) -> None:
        """Copy again."""
        await _copy(new, context)

    async def delete(self, identifier: str, context: Context) -> None:
        """Delete the object; S3 accepts the delete of a missing one."""
        await context.services.send(s3_call(context.target, "DeleteObject", _path(identifier)), _accepted)


@checked("folder")
def folder(
    id: str,
    path: str,
    *,
    bucket: object,
    prefix: str = "",
    exclude: Iterable[str] = (),
    cache_control: str | None = None,
) -> list[Object]:
    """Declare an object for each file of a folder, with the content type of its file name.

    Args:
        id: The scope of the objects, with nested scopes for subfolders: `site/css/page.css`.
        path: The folder; a relative path starts at the file of the program.
        bucket: The bucket's name, or a reference to it.
        prefix: The prefix of the keys.
        exclude: As for `asset`.
        cache_control: For all of them.
    """
    whole = Path(caller().file or ".").parent / path

    def declare(name: str, file: Path) -> Object:
        *folders, last = (id, *name.split("/"))
        with contextlib.ExitStack() as scopes:
            for one in folders:
                scopes.enter_context(scope(one))
            return Object(
                last,
                Bucket=bucket,  # type: ignore[arg-type] # a reference stands for its value
                Key=prefix + name,
                Source=asset(file),
                ContentType=mimetypes.guess_type(name)[0] or "binary/octet-stream",
                CacheControl=cache_control,
            )

    return [declare(name, file) for name, file in files_of(whole, exclude)]


async def _copy(new: Object, context: Context) -> None:
    source = f"{new.Source.S3Bucket}/{new.Source.S3Key}"
    headers = {
        "x-amz-copy-source": quote(source),
        "x-amz-metadata-directive": "REPLACE",
        "content-type": new.ContentType,
        SOURCE: source,
        **({"cache-control": new.CacheControl} if new.CacheControl else {}),
    }
    call = s3_call(context.target, "CopyObject", _path(f"{new.Bucket}{_JOINT}{new.Key}"), headers=headers)
    try:
        await context.services.send(call, _copied)
    except ServiceError as error:
        if error.code in _REFUSALS:
            raise Rejected(f"{error.code}: {error.service_message}") from None
        raise


def _path(identifier: str) -> str:
    bucket, _, key = identifier.partition(_JOINT)
    return f"/{bucket}/{quote(key)}"


def _head(reply: Reply) -> Mapping[str, str] | None:
    """The headers of an object; `None` if it does not exist. S3's errors for HEAD have no document."""
    if reply.status == 404:
        return None
    if reply.status >= 300:
        raise ServiceError("AccessDenied" if reply.status == 403 else f"HTTP{reply.status}", "", status=reply.status)
    return reply.headers


def _copied(reply: Reply) -> None:
    """CopyObject may send its status and part of its answer before it fails."""
    document = parse_xml(reply)
    if "Code" in document:
        raise ServiceError(str(document["Code"]), str(document.get("Message", "")), status=500)


def _accepted(reply: Reply) -> None:
    if reply.status >= 300:
        parse_xml(reply)
