"""Where assets are uploaded: S3 through botocore, which streams a file, or the local cloud."""

from __future__ import annotations

import asyncio
import json
from typing import IO, TYPE_CHECKING, Any, Protocol

from cloudwright.control import wire
from cloudwright.control.model import Call
from cloudwright.errors import AssetError, CloudwrightError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.aws.session import Sessions
    from cloudwright.control.client import CloudControl
    from cloudwright.target import Target

LARGEST = 5 * 1024**3
"""Bytes of one PutObject (https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html)."""


class Uploads(Protocol):
    """Puts objects into buckets."""

    async def has(self, target: Target, bucket: str, key: str) -> bool:
        """Whether an object is there.

        Raises:
            AssetError: The bucket is missing, or may not be read.
        """
        ...

    async def put(self, target: Target, bucket: str, key: str, content: IO[bytes]) -> None:
        """Write an object; the content is streamed.

        Raises:
            AssetError: It can't be written.
        """
        ...


class LocalUploads:
    """Tells the local cloud of an object; its content stays where it is."""

    def __init__(self, control: CloudControl) -> None:
        """Send nothing yet."""
        self._control = control

    async def has(self, target: Target, bucket: str, key: str) -> bool:
        """See `Uploads.has`."""
        try:
            await self._ask(target, "HeadObject", {"Bucket": bucket, "Key": key})
        except ServiceError as error:
            if error.code == "NotFound":
                return False
            raise _refused(bucket, error.code, error.service_message) from error
        return True

    async def put(self, target: Target, bucket: str, key: str, content: IO[bytes]) -> None:
        """See `Uploads.put`."""
        size = content.seek(0, 2)
        try:
            await self._ask(target, "PutObject", {"Bucket": bucket, "Key": key, "ContentLength": size})
        except ServiceError as error:
            raise _refused(bucket, error.code, error.service_message) from error

    async def _ask(self, target: Target, action: str, members: dict[str, Any]) -> None:
        await self._control.ask(Call("s3", action, json.dumps(members).encode(), target), wire.parse)


class S3Uploads:
    """S3, with the credentials of each target."""

    def __init__(self, sessions: Sessions) -> None:
        """Send nothing yet.

        Args:
            sessions: Where credentials are found.
        """
        self._sessions = sessions

    async def has(self, target: Target, bucket: str, key: str) -> bool:
        """See `Uploads.has`."""
        return bool(await self._in_thread(target, bucket, lambda client: _found(client, bucket, key)))

    async def put(self, target: Target, bucket: str, key: str, content: IO[bytes]) -> None:
        """See `Uploads.put`."""
        await self._in_thread(
            target,
            bucket,
            lambda client: client.put_object(Bucket=bucket, Key=key, Body=content, ExpectedBucketOwner=target.account),
        )

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
        raise _refused(bucket, said.get("Code", ""), said.get("Message", "")) from error
    except BotoCoreError as error:
        raise AssetError(f"s3://{bucket}: {error}", hint="check the network, then run the command again") from error
    finally:
        client.close()


def _found(client: Any, bucket: str, key: str) -> bool:
    # A listing tells a missing bucket from a missing object, which the answer to a HEAD can't.
    listed = client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    return any(one["Key"] == key for one in listed.get("Contents", ()))


def _refused(bucket: str, code: str, message: str) -> CloudwrightError:
    if code == "NoSuchBucket":
        hint = "make it: `cloudwright bootstrap`; or name another: App(assets=BUCKET)"
        return AssetError(f"there is no bucket {bucket} for assets", hint=hint)
    hint = "the credentials need s3:ListBucket on the bucket, and s3:PutObject in it"
    return AssetError(f"s3://{bucket}: {code}: {message}", hint=hint)
