"""Optional verification of AWS Signature Version 4 on the server's side."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from cloudwright.local.api.wire import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/]+)/(?P<scope>\d{8}/[^/]+/[^/]+/aws4_request),\s*"
    r"SignedHeaders=(?P<signed>[a-z0-9;-]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


class SignatureCheck:
    """Refuses requests that were not signed with the server's secret."""

    def __init__(self, secret: str) -> None:
        """Set the secret.

        Args:
            secret: The secret access key of every caller.
        """
        self._secret = secret

    def check(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Verify one request.

        Args:
            method: Such as `POST`.
            path: The path as it was sent, with its query.
            headers: Looked up case-insensitively.
            body: The exact bytes.

        Raises:
            Refused: The signature is malformed or wrong.
        """
        self.check_payload(method, path, headers, hashlib.sha256(body).hexdigest())

    def check_payload(self, method: str, path: str, headers: Mapping[str, str], payload: str) -> None:
        """Verify one request whose body is checked against its headers elsewhere, as in S3.

        Args:
            method: Such as `PUT`.
            path: The path as it was sent, with its query.
            headers: Looked up case-insensitively.
            payload: The body's SHA-256 in hexadecimal digits, or a word such as `UNSIGNED-PAYLOAD`.

        Raises:
            Refused: The signature is malformed or wrong.
        """
        match = _HEADER.fullmatch(headers.get("Authorization", "").strip())
        if match is None:
            raise Refused("IncompleteSignatureException", "The Authorization header is no AWS4-HMAC-SHA256 signature")
        canonical = _canonical(method, path, headers, match["signed"].split(";"), payload)
        stamp = headers.get("X-Amz-Date", "")
        digest = hashlib.sha256(_bytes(canonical)).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{match['scope']}\n{digest}"
        wanted = hmac.new(self._key(match["scope"]), _bytes(text), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, match["signature"]):
            raise Refused(
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided.",
            )

    def _key(self, scope: str) -> bytes:
        key = f"AWS4{self._secret}".encode()
        for part in scope.split("/"):
            key = hmac.new(key, _bytes(part), hashlib.sha256).digest()
        return key


def _bytes(text: str) -> bytes:
    # bytes of a header that are not UTF-8 are decoded as surrogates
    return text.encode("utf-8", "surrogateescape")


def _canonical(method: str, path: str, headers: Mapping[str, str], signed: list[str], payload: str) -> str:
    lines = [f"{name}:{' '.join(headers.get(name, '').split())}" for name in signed]
    plain, _, query = path.partition("?")
    # SigV4 sorts the query by its escaped names, then by their values
    pairs = sorted(part.partition("=")[::2] for part in query.split("&") if part)
    ordered = "&".join(f"{name}={value}" for name, value in pairs)
    return "\n".join((method, plain or "/", ordered, *lines, "", ";".join(signed), payload))
