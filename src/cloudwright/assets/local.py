"""Assets in the local cloud's S3, in process: the same operations, as calls without a signature."""

from __future__ import annotations

import contextlib
from datetime import datetime
from html import escape
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from cloudwright.assets.uploads import PART, UploadedAsset, in_batches, parts_of, refused, size_of
from cloudwright.errors import ServiceError
from cloudwright.services.protocols import parse_xml, s3_call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.control.client import CloudControl
    from cloudwright.control.model import Reply
    from cloudwright.target import Target


class LocalUploads:
    """The buckets of a local cloud (`cloudwright.assets.uploads.Uploads`)."""

    def __init__(self, control: CloudControl) -> None:
        """Set the client."""
        self._control = control

    async def has(self, target: Target, bucket: str, key: str) -> bool:
        """See `Uploads.has`."""
        page = await self._page(target, bucket, {"prefix": key, "max-keys": "1"})
        return any(one.key == key for one in _objects(page))

    async def put(self, target: Target, bucket: str, key: str, content: IO[bytes]) -> None:
        """See `Uploads.put`."""
        path, size = f"/{bucket}/{quote(key)}", size_of(content)
        if size <= PART:
            await self._ask(target, bucket, "PutObject", path, content.read())
            return
        begun = await self._ask(target, bucket, "CreateMultipartUpload", f"{path}?uploads")
        upload = f"{path}?uploadId={_texts(begun)['UploadId']}"
        try:
            parts = ""
            for number, data in parts_of(content, size):
                reply = await self._ask(target, bucket, "UploadPart", f"{upload}&partNumber={number}", data)
                parts += f"<Part><PartNumber>{number}</PartNumber><ETag>{reply.headers['etag']}</ETag></Part>"
            document = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"
            await self._ask(target, bucket, "CompleteMultipartUpload", upload, document.encode())
        except BaseException:
            with contextlib.suppress(Exception):
                await self._ask(target, bucket, "AbortMultipartUpload", upload)
            raise

    async def listed(self, target: Target, bucket: str, prefix: str) -> Sequence[UploadedAsset]:
        """See `Uploads.listed`."""
        found: list[UploadedAsset] = []
        more: dict[str, str] = {}
        while True:
            page = await self._page(target, bucket, {"prefix": prefix, **more})
            found += _objects(page)
            token = _texts(page).get("NextContinuationToken")
            if not token:
                return found
            more = {"continuation-token": token}

    async def delete(self, target: Target, bucket: str, keys: Sequence[str]) -> None:
        """See `Uploads.delete`."""
        for some in in_batches(keys):
            named = "".join(f"<Object><Key>{escape(key)}</Key></Object>" for key in some)
            document = f"<Delete><Quiet>true</Quiet>{named}</Delete>"
            await self._ask(target, bucket, "DeleteObjects", f"/{bucket}?delete", document.encode())

    async def _page(self, target: Target, bucket: str, members: dict[str, str]) -> Reply:
        query = urlencode({"list-type": "2", **members})
        return await self._ask(target, bucket, "ListObjectsV2", f"/{bucket}?{query}")

    async def _ask(self, target: Target, bucket: str, action: str, path: str, body: bytes = b"") -> Reply:
        try:
            return await self._control.ask(s3_call(target, action, path, body), _accepted)
        except ServiceError as error:
            raise refused(bucket, error.code, error.service_message) from error


def _accepted(reply: Reply) -> Reply:
    if reply.status >= 300:
        parse_xml(reply)
    return reply


def _texts(reply: Reply) -> dict[str, str]:
    """The texts directly below a document's root."""
    return {name: value for name, value in parse_xml(reply).items() if isinstance(value, str)}


def _objects(reply: Reply) -> list[UploadedAsset]:
    from xml.etree import ElementTree as ET

    root = ET.fromstring(reply.body)  # noqa: S314 - of our own cloud
    found = (_members(one) for one in root if one.tag.endswith("}Contents"))
    return [UploadedAsset(one["Key"], int(one["Size"]), _seconds(one["LastModified"])) for one in found]


def _members(element: Any) -> dict[str, str]:
    return {one.tag.rpartition("}")[2]: one.text or "" for one in element}


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
