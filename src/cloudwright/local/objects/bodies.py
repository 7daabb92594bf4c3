"""The body of an object's request: decoded from `aws-chunked`, and checked against the digests that the client sent.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html for the
form; https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html for the digests.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import IO, TYPE_CHECKING, Protocol

from cloudwright.local.api.wire import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STREAMED = "STREAMING-"
_READ = 1 << 20
_LONGEST_LINE = 16 * 1024
_CHECKSUMS = {
    "x-amz-checksum-crc32": "ChecksumCRC32",
    "x-amz-checksum-crc32c": "ChecksumCRC32C",
    "x-amz-checksum-crc64nvme": "ChecksumCRC64NVME",
    "x-amz-checksum-sha1": "ChecksumSHA1",
    "x-amz-checksum-sha256": "ChecksumSHA256",
}


def is_chunked(headers: Mapping[str, str]) -> bool:
    """Whether a body is sent in chunks with their own signatures or trailers.

    Args:
        headers: The request's headers, with lower-case names.
    """
    encoded = "aws-chunked" in headers.get("content-encoding", "").lower()
    return encoded or headers.get("x-amz-content-sha256", "").startswith(_STREAMED)


class ChunkedDecoder:
    """Decodes an `aws-chunked` body as it arrives.

    Signatures of chunks are not checked.

    Attributes:
        trailers: The headers after the last chunk, with lower-case names.
    """

    def __init__(self) -> None:
        """Start before the first chunk."""
        self.trailers: dict[str, str] = {}
        self._waiting = b""
        self._left = 0  # bytes of the present chunk, with the line end behind it
        self._ended = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decode some more bytes.

        Raises:
            Refused: They are not in this format.
        """
        self._waiting += data
        while self._waiting:
            if self._left:
                yield self._content()
            elif not self._line():
                return

    def finish(self) -> None:
        """Signal the end of the body.

        Raises:
            Refused: The last chunk is missing.
        """
        if not self._ended:
            raise Refused("IncompleteBody", "The request body terminated unexpectedly")

    def _content(self) -> bytes:
        part, self._waiting = self._waiting[: self._left], self._waiting[self._left :]
        content = part[: max(0, self._left - 2)]  # the line end is not part of the content; it may arrive in two parts
        self._left -= len(part)
        return content

    def _line(self) -> bool:
        line, found, rest = self._waiting.partition(b"\r\n")
        if not found:
            if len(line) > _LONGEST_LINE:
                raise _malformed()
            return False
        self._waiting = rest
        if self._ended:
            name, _, value = line.decode("latin-1").partition(":")
            self.trailers.update({name.strip().lower(): value.strip()} if name else {})
        else:
            self._begin(line)
        return True

    def _begin(self, line: bytes) -> None:
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            raise _malformed() from None
        if size < 0:
            raise _malformed()
        self._ended = size == 0
        self._left = size + 2 if size else 0


def _malformed() -> Refused:
    return Refused("InvalidRequest", "The body is not aws-chunked, as its headers say")


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc32:
    """zlib's CRC32 in the form of a hash."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


def check(body: IO[bytes], headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Check a body against the digests in its headers; CRC32C and CRC64NVME are stored without a check.

    Args:
        body: Read from its start, and rewound.
        headers: With the trailers; names in lower case.

    Returns:
        The MD5 in hexadecimal digits, and the checksums to store, by member.

    Raises:
        Refused: A digest does not match.
    """
    md5 = hashlib.md5(usedforsecurity=False)
    wanted = dict(_wanted(headers, md5))
    for data in iter(lambda: body.read(_READ), b""):
        for digest in {id(one): one for one in (md5, *(one for one, _ in wanted.values()))}.values():
            digest.update(data)
    body.seek(0)
    for name, (digest, given) in wanted.items():
        if digest.digest() != given:
            raise _unequal(name)
    return md5.hexdigest(), {member: headers[name] for name, member in _CHECKSUMS.items() if name in headers}


def _wanted(headers: Mapping[str, str], md5: _Digest) -> Iterator[tuple[str, tuple[_Digest, bytes]]]:
    made: dict[str, _Digest] = {
        "content-md5": md5,
        "x-amz-checksum-crc32": _Crc32(),
        "x-amz-checksum-sha1": hashlib.sha1(usedforsecurity=False),
        "x-amz-checksum-sha256": hashlib.sha256(),
    }
    for name, digest in made.items():
        if name in headers:
            yield name, (digest, _decoded(name, headers[name]))
    payload = headers.get("x-amz-content-sha256", "")
    if len(payload) == 64:
        yield "x-amz-content-sha256", (hashlib.sha256(), bytes.fromhex(payload) if _is_hex(payload) else b"")


def _is_hex(text: str) -> bool:
    return all(one in "0123456789abcdef" for one in text)


def _decoded(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        words = "The Content-MD5 you specified is not valid."
        if name == "content-md5":
            raise Refused("InvalidDigest", words) from None
        raise Refused("InvalidRequest", f"Value for {name} header is invalid.") from None


def _unequal(name: str) -> Refused:
    if name == "x-amz-content-sha256":
        words = "The provided 'x-amz-content-sha256' header does not match what was computed."
        return Refused("XAmzContentSHA256Mismatch", words)
    what = "Content-MD5" if name == "content-md5" else name.removeprefix("x-amz-checksum-").upper()
    return Refused("BadDigest", f"The {what} you specified did not match the calculated checksum.")
