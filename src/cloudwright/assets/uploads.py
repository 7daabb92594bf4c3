"""The port that uploads assets to buckets, in one request or in parts, and its errors.

Limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Protocol

from cloudwright.errors import AssetError, CloudwrightError
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.target import Target

LARGEST = 5 * 1024**4
"""Maximum bytes of an object."""

MOST_PARTS = 10_000
PART = 16 * 1024**2
"""Bytes of a part, and thus of the memory that an upload needs; larger only for files beyond 160 GB."""

DELETED_AT_ONCE = 1_000
"""Maximum keys in one DeleteObjects."""


@dataclass(frozen=True, slots=True)
class UploadedAsset:
    """An object in a bucket for assets.

    Attributes:
        key: Its name.
        size: Bytes.
        modified: When it was uploaded; seconds since the epoch.
    """

    key: str
    size: int
    modified: float


class Uploads(Protocol):
    """The objects of buckets. Every method raises `AssetError` if the bucket is missing or denies access."""

    async def has(self, target: Target, bucket: str, key: str) -> bool:
        """Whether an object exists."""
        ...

    async def put(self, target: Target, bucket: str, key: str, content: IO[bytes]) -> None:
        """Write an object; the content is streamed."""
        ...

    async def listed(self, target: Target, bucket: str, prefix: str) -> Sequence[UploadedAsset]:
        """The objects whose keys begin with a prefix, in the order of their keys."""
        ...

    async def delete(self, target: Target, bucket: str, keys: Sequence[str]) -> None:
        """Delete objects; a missing one is not an error."""
        ...


def size_of(content: IO[bytes]) -> int:
    """The bytes of a stream, which is rewound to its start.

    Args:
        content: Seekable.
    """
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    return size


def parts_of(content: IO[bytes], size: int) -> Iterator[tuple[int, bytes]]:
    """The numbered parts of a stream.

    Args:
        content: At its start.
        size: Its bytes, which determine the size of a part.
    """
    part = max(PART, -(-size // MOST_PARTS))
    for number in range(1, -(-size // part) + 1):
        yield number, content.read(part)


def in_batches(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """Keys in batches that one request can delete."""
    for start in range(0, len(keys), DELETED_AT_ONCE):
        yield keys[start : start + DELETED_AT_ONCE]


def refused(bucket: str, code: str, message: str) -> CloudwrightError:
    """The error for a refusal by S3.

    Args:
        bucket: The bucket's name.
        code: S3's error code.
        message: S3's message.
    """
    if code == "NoSuchBucket":
        hint = "create it: `cloudwright bootstrap FILE`; or name another one: App(assets=BUCKET)"
        return AssetError(f"there is no bucket {bucket} for assets", hint=hint)
    hint = "the credentials need s3:ListBucket on the bucket, and s3:PutObject in it"
    return AssetError(f"s3://{bucket}: {code}: {message}", hint=hint)
