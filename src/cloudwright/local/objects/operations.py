"""The operations on whole objects, and the listing of a bucket.

Versions are not supported: even in a versioned bucket, a write replaces an object and a delete removes it.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from cloudwright.local.api.wire import Refused
from cloudwright.local.objects.calls import bucket_of, check_read, check_tag, check_write, no_such_key
from cloudwright.local.objects.rows import BucketObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudwright.local.objects.calls import Members, ObjectCall, ServeObjects

LARGEST = 5 * 1024**3
"""Bytes of one PutObject or part (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)."""

PAGE = 1000
"""Keys in one answer, and in one DeleteObjects."""

FACTS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
)
"""Metadata that a writer sets and a reader gets."""

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def facts_of(members: Members) -> Members:
    """The metadata of an object, from the members of the write request."""
    facts = {name: members[name] for name in FACTS if members.get(name)}
    coding = str(facts.pop("ContentEncoding", "")).split(",")
    own = [one.strip() for one in coding if one.strip() not in {"", "aws-chunked"}]
    return {"ContentType": "binary/octet-stream", **facts, **({"ContentEncoding": ", ".join(own)} if own else {})}


def _put(call: ObjectCall, members: Members) -> Members:
    check_write(call, members["Key"], members)
    content, size = call.objects.write(call.body)
    if size > LARGEST:
        raise too_large()
    facts = {**facts_of(members), **call.checksums}
    call.objects.put(BucketObject(call.bucket, members["Key"], call.md5, size, call.now, facts, (content,)))
    return {"ETag": f'"{call.md5}"', **call.checksums}


def source_of(members: Members) -> tuple[str, str]:
    """The bucket and the key of the copy's source.

    Raises:
        Refused: The header names none.
    """
    path = unquote(str(members["CopySource"]).partition("?versionId=")[0]).removeprefix("/")
    bucket, _, key = path.partition("/")
    if not bucket or not key:
        raise Refused("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
    return bucket, key


def _copy(call: ObjectCall, members: Members) -> Members:
    name, key = source_of(members)
    bucket = bucket_of(call.context, call.bucket.place, name)
    found = call.objects.find(bucket, key)
    if found is None:
        raise no_such_key()
    facts = facts_of(members) if members.get("MetadataDirective") == "REPLACE" else found.facts
    contents = call.objects.duplicate(found.contents)
    call.objects.put(
        replace(found, bucket=call.bucket, key=members["Key"], modified=call.now, facts=facts, contents=contents)
    )
    return {"CopyObjectResult": {"ETag": f'"{found.etag}"', "LastModified": call.now}}


def too_large() -> Refused:
    """S3's error for a body that is too large."""
    return Refused("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")


def _head(call: ObjectCall, members: Members) -> Members:
    found = call.object(members["Key"])
    check_read(found, members)
    start, end = _range(members.get("Range", ""), found.size)
    return {**_shown(found, members), **_extent(found, start, end, members)}


def _get(call: ObjectCall, members: Members) -> Members:
    found = call.object(members["Key"])
    check_read(found, members)
    start, end = _range(members.get("Range", ""), found.size)
    extent = _extent(found, start, end, members)
    return {**_shown(found, members), **extent, "Body": list(call.objects.read(found, start, end))}


def _shown(found: BucketObject, members: Members) -> Members:
    whole = members.get("ChecksumMode") == "ENABLED" and not members.get("Range")
    facts = {name: one for name, one in found.facts.items() if whole or not name.startswith("Checksum")}
    return {**facts, "ETag": f'"{found.etag}"', "LastModified": found.modified, "AcceptRanges": "bytes"}


def _extent(found: BucketObject, start: int, end: int, members: Members) -> Members:
    part = {"ContentRange": f"bytes {start}-{end - 1}/{found.size}"} if members.get("Range") else {}
    return {"ContentLength": end - start, **part}


def _range(text: str, size: int) -> tuple[int, int]:
    """The range of bytes; all of them if the header is malformed, as RFC 9110 specifies."""
    match = _RANGE.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return 0, size
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        raise Refused("InvalidRange", "The requested range is not satisfiable")
    return start, end


def _delete(call: ObjectCall, members: Members) -> Members:
    found = call.objects.find(call.bucket, members["Key"])
    if found is not None:
        check_tag(found, members)
        call.objects.remove(found)
    return {}


def _delete_many(call: ObjectCall, members: Members) -> Members:
    wanted = members["Delete"]
    if not wanted.get("Objects") or len(wanted["Objects"]) > PAGE:
        raise Refused("MalformedXML", "The XML you provided was not well-formed or did not validate")
    for one in wanted["Objects"]:
        _delete(call, {"Key": one["Key"]})
    return {} if wanted.get("Quiet") else {"Deleted": [{"Key": one["Key"]} for one in wanted["Objects"]]}


def _head_bucket(call: ObjectCall, members: Members) -> Members:
    del members
    return {"BucketRegion": call.bucket.place.region}


def _list(call: ObjectCall, members: Members) -> Members:
    limit = min(PAGE, members.get("MaxKeys", PAGE))
    if limit < 0:
        raise Refused("InvalidArgument", "Argument maxKeys must be an integer between 0 and 2147483647")
    token = members.get("ContinuationToken")
    after = str(members.get("StartAfter", "")) if token is None else _opened(token)
    entries = list(itertools.islice(_entries(call, members, after), limit + 1)) if limit else []
    page, more = entries[:limit], len(entries) > limit
    coded = _coding(members)
    return {
        "Name": call.bucket.name,
        **_repeated(members, coded),
        "MaxKeys": limit,
        "KeyCount": len(page),
        "IsTruncated": more,
        **({"NextContinuationToken": _token(page[-1])} if more else {}),
        "Contents": [_entry(one, coded) for one in page if isinstance(one, BucketObject)],
        "CommonPrefixes": [{"Prefix": coded(one)} for one in page if isinstance(one, str)],
    }


def _repeated(members: Members, coded: Callable[[str], str]) -> Members:
    """The parts of a request that its answer repeats."""
    repeated: Members = {name: members[name] for name in ("ContinuationToken", "EncodingType") if name in members}
    repeated |= {name: coded(members[name]) for name in ("Delimiter", "StartAfter") if members.get(name)}
    return {"Prefix": coded(members.get("Prefix", "")), **repeated}


def _entries(call: ObjectCall, members: Members, after: str) -> Iterator[BucketObject | str]:
    """Objects in order; those below a delimiter are replaced by their common prefix."""
    prefix, delimiter = str(members.get("Prefix", "")), str(members.get("Delimiter", ""))
    last = ""
    for found in call.objects.after(call.bucket, after, prefix):
        head, cut, _ = found.key.removeprefix(prefix).partition(delimiter) if delimiter else ("", "", "")
        common = prefix + head + cut if cut else ""
        if not common:
            yield found
        elif common not in (last, after):  # `after` may be the last one of the previous page
            yield common
        last = common


def _entry(found: BucketObject, coded: Callable[[str], str]) -> Members:
    return {
        "Key": coded(found.key),
        "LastModified": found.modified,
        "ETag": f'"{found.etag}"',
        "Size": found.size,
        "StorageClass": "STANDARD",
    }


def _coding(members: Members) -> Callable[[str], str]:
    return (lambda text: quote(text, safe="/")) if members.get("EncodingType") == "url" else str


def _token(last: BucketObject | str) -> str:
    key = last if isinstance(last, str) else last.key
    return base64.urlsafe_b64encode(f"after-{key}".encode()).decode()


def _opened(token: object) -> str:
    try:
        word, dash, key = base64.urlsafe_b64decode(str(token).encode()).decode().partition("-")
    except (binascii.Error, ValueError):
        word, dash, key = "", "", ""
    if (word, dash) != ("after", "-"):
        raise Refused("InvalidArgument", "The continuation token provided is incorrect")
    return key


OPERATIONS: dict[str, ServeObjects] = {
    "PutObject": _put,
    "CopyObject": _copy,
    "GetObject": _get,
    "HeadObject": _head,
    "DeleteObject": _delete,
    "DeleteObjects": _delete_many,
    "ListObjectsV2": _list,
    "HeadBucket": _head_bucket,
}
