"""Uploading what a plan needs: each asset once for an account and Region, and only if it is not there yet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloudwright.assets.packing import opened
from cloudwright.assets.uploads import LARGEST
from cloudwright.errors import AssetError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.asset_places import assets_in, bucket_for
from cloudwright.plan.model import Action
from cloudwright.program.source import short_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudwright.app.runtime import Runtime
    from cloudwright.assets.uploads import Uploads
    from cloudwright.plan.model import Plan
    from cloudwright.program.asset_content import Asset
    from cloudwright.program.declaration import Declaration
    from cloudwright.target import Target

_CHANGING = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE})
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Upload:
    """One object that must be in place.

    Attributes:
        target: Account and Region, with the credentials.
        bucket: The bucket's name.
        asset: What is uploaded.
    """

    target: Target
    bucket: str
    asset: Asset


def uploads_of(declarations: Mapping[str, Declaration], plan: Plan, template: str) -> Iterator[Upload]:
    """What the steps of a plan need, each object once.

    Args:
        declarations: By key.
        plan: Steps that change nothing need no upload.
        template: The bucket's name; see `plan.asset_places.bucket_for`.
    """
    seen: set[tuple[str, str, str]] = set()
    for step in plan.steps:
        declaration = declarations.get(step.key)
        if declaration is None or step.action not in _CHANGING or step.superseded:
            continue
        for _, asset in assets_in(declaration.document):
            bucket = bucket_for(template, step.target)
            named = (step.target.account, bucket, asset.key)
            if named not in seen:
                seen.add(named)
                yield Upload(step.target, bucket, asset)


def upload_notes(declarations: Mapping[str, Declaration], plan: Plan, template: str) -> Iterator[str]:
    """What a deploy uploads, for people.

    Args:
        declarations: By key.
        plan: What would be applied.
        template: The bucket's name.
    """
    for upload in uploads_of(declarations, plan, template):
        asset = upload.asset
        where = f"s3://{upload.bucket}/{asset.key}"
        yield f"{short_path(asset.title)} ({asset.size:,} bytes) is uploaded to {where}, unless it is there already"


async def upload_assets(
    runtime: Runtime, declarations: Mapping[str, Declaration], plan: Plan, notice: Callable[[str], None]
) -> None:
    """Upload what is not there yet.

    Args:
        runtime: Reaches the buckets.
        declarations: Of the plan pass, by key.
        plan: What is about to be applied.
        notice: Called for each upload.

    Raises:
        AssetError: There is no bucket, it can't be written, or files changed since the plan.
    """
    if runtime.uploads is None:
        return
    turn, uploads = asyncio.Semaphore(_AT_ONCE), runtime.uploads()

    async def one(upload: Upload) -> None:
        async with turn:
            await _upload(uploads, upload, notice)

    wanted = uploads_of(declarations, plan, runtime.asset_bucket)
    ends = await asyncio.gather(*map(one, wanted), return_exceptions=True)
    for error in ends:
        if error is not None:
            raise error


async def _upload(uploads: Uploads, upload: Upload, notice: Callable[[str], None]) -> None:
    asset = upload.asset
    if await uploads.has(upload.target, upload.bucket, asset.key):
        return
    if asset.size > LARGEST:
        raise AssetError(f"{asset.title} has {asset.size:,} bytes; an object in S3 has at most {LARGEST:,}")
    if not await asyncio.to_thread(asset.same_content):
        raise AssetError(f"{asset.title} changed since the plan was made; nothing was uploaded", hint="deploy again")
    with opened(asset) as content:
        await uploads.put(upload.target, upload.bucket, asset.key, content)
    notice(f"uploaded {short_path(asset.title)} ({asset.size:,} bytes) to s3://{upload.bucket}/{asset.key}")
