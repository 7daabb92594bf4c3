"""Assets in S3, through botocore's client: which handles endpoints, credentials, redirects and checksums."""

from __future__ import annotations

import asyncio
import contextlib
from typing import IO, TYPE_CHECKING, Any

from cloudwright.assets.uploads import PART, UploadedAsset, in_batches, parts_of, refused, size_of
from cloudwright.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudwright.aws.session import Sessions
    from cloudwright.target import Target


class S3Uploads:
    """S3, with the credentials of each target (`cloudwright.assets.uploads.Uploads`)."""

    def __init__(self, sessions: Sessions) -> None:
        """Set the sessions."""
        self._sessions = sessions

    async def has(self, target: Target, bucket: str, key: str) -> bool:
        """See `Uploads.has`."""
        return bool(await self._in_thread(target, bucket, lambda client: _found(client, bucket, key)))

    async def put(self, target: Target, bucket: str, key: str, content: IO[bytes]) -> None:
        """See `Uploads.put`."""
        named = {"Bucket": bucket, "Key": key, "ExpectedBucketOwner": target.account}
        await self._in_thread(target, bucket, lambda client: _put(client, named, content))

    async def listed(self, target: Target, bucket: str, prefix: str) -> Sequence[UploadedAsset]:
        """See `Uploads.listed`."""
        found: list[UploadedAsset] = await self._in_thread(
            target, bucket, lambda client: _listed(client, bucket, prefix)
        )
        return found

    async def delete(self, target: Target, bucket: str, keys: Sequence[str]) -> None:
        """See `Uploads.delete`."""
        named = {"Bucket": bucket, "ExpectedBucketOwner": target.account}
        await self._in_thread(target, bucket, lambda client: _delete(client, named, keys))

    async def _in_thread(self, target: Target, bucket: str, work: Callable[[Any], Any]) -> Any:
        keys = await self._sessions.keys(target.source, target.region)
        return await asyncio.to_thread(_called, target, keys, bucket, work)


def _called(target: Target, keys: Any, bucket: str, work: Callable[[Any], Any]) -> Any:
    import botocore.session
    from botocore.exceptions import BotoCoreError, ClientError

    session = botocore.session.get_session()
    session.set_credentials(keys.access_key, keys.secret_key, keys.token)
    client = session.create_client("s3", region_name=target.region)
    try:
        return work(client)
    except ClientError as error:
        said = error.response.get("Error", {})
        raise refused(bucket, said.get("Code", ""), said.get("Message", "")) from error
    except BotoCoreError as error:
        raise AssetError(f"s3://{bucket}: {error}", hint="check the network, then run the command again") from error
    finally:
        client.close()


def _found(client: Any, bucket: str, key: str) -> bool:
    # A listing distinguishes a missing bucket from a missing object; the answer to a HEAD does not.
    listed = client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    return any(one["Key"] == key for one in listed.get("Contents", ()))


def _put(client: Any, named: dict[str, str], content: IO[bytes]) -> None:
    size = size_of(content)
    if size <= PART:
        client.put_object(**named, Body=content)
        return
    upload = {**named, "UploadId": client.create_multipart_upload(**named)["UploadId"]}
    try:
        parts = [
            {"PartNumber": number, "ETag": client.upload_part(**upload, PartNumber=number, Body=data)["ETag"]}
            for number, data in parts_of(content, size)
        ]
        client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    except BaseException:
        with contextlib.suppress(Exception):  # uploaded parts are billed until the bucket's lifecycle deletes them
            client.abort_multipart_upload(**upload)
        raise


def _listed(client: Any, bucket: str, prefix: str) -> list[UploadedAsset]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [
        UploadedAsset(one["Key"], one["Size"], one["LastModified"].timestamp())
        for page in pages
        for one in page.get("Contents", ())
    ]


def _delete(client: Any, named: dict[str, str], keys: Sequence[str]) -> None:
    for some in in_batches(keys):
        wanted = {"Objects": [{"Key": key} for key in some], "Quiet": True}
        for error in client.delete_objects(**named, Delete=wanted).get("Errors", ()):
            raise refused(named["Bucket"], error.get("Code", ""), f"{error.get('Key')}: {error.get('Message', '')}")
