"""Our signatures against botocore's, and against the example that AWS documents."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from string import ascii_lowercase
from typing import Any
from unittest import mock
from urllib.parse import quote, urlencode

from botocore import auth
from botocore.awsrequest import AWSRequest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.aws.session import Keys
from cloudwright.control.signature import _canonical_query, signed

MOMENT = 1_440_938_160.0  # 2015-08-30T12:36:00Z, of AWS's test suite
TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), max_size=20)
NAMES = st.text(ascii_lowercase, min_size=1, max_size=8).map(lambda name: f"X-Amz-{name.title()}")
HOSTS = st.sampled_from(
    ["sts.amazonaws.com", "127.0.0.1:8080", "[::1]:4566", "LocalHost:443", "localhost:80", "vpce-1.example.internal"]
)
PATHS = st.sampled_from(["", "/", "/aws/", "/a b/~c/", "/%7Eone/x=y"])


def by_botocore(
    method: str, url: str, headers: dict[str, str], body: bytes, keys: Keys, service: str, region: str
) -> Any:
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    signer = auth.S3SigV4Auth if service == "s3" else auth.SigV4Auth
    with mock.patch.object(auth, "get_current_datetime", return_value=datetime.fromtimestamp(MOMENT, UTC)):
        signer(keys, service, region).add_auth(request)
    return dict(request.headers.items())


@given(
    scheme=st.sampled_from(["http", "https"]),
    host=HOSTS,
    path=PATHS,
    headers=st.dictionaries(NAMES, st.lists(TEXT, min_size=1, max_size=3).map("  ".join), max_size=4),
    body=st.binary(max_size=200),
    keys=st.builds(Keys, TEXT, TEXT, st.none() | TEXT),
    service=st.sampled_from(["sts", "cloudcontrolapi", "imagebuilder"]),
    method=st.sampled_from(["POST", "PUT", "GET"]),
    query=st.dictionaries(TEXT, PRINTABLE, max_size=3),
)
def test_it_is_the_signature_that_botocore_makes(
    *,
    scheme: str,
    host: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    keys: Keys,
    service: str,
    method: str,
    query: dict[str, str],
) -> None:
    url = f"{scheme}://{host}{path}" + (f"?{urlencode(query, quote_via=quote, safe='')}" if query else "")

    ours = signed(url, headers, body, keys, service=service, region="eu-west-1", now=MOMENT, method=method)

    assert ours == by_botocore(method, url, headers, body, keys, service, "eu-west-1")


@given(
    path=st.sampled_from(["/b/k", "/b/a%20b/~c", "/b/%7Eone/x%3Dy", "/b/%C3%BC%2B", "/b/a/../b"]),
    headers=st.dictionaries(NAMES, TEXT, max_size=3),
    body=st.binary(max_size=200),
    query=st.dictionaries(TEXT, PRINTABLE, max_size=3),
)
def test_s3s_signature_is_the_one_that_botocore_makes(
    *, path: str, headers: dict[str, str], body: bytes, query: dict[str, str]
) -> None:
    url = f"http://127.0.0.1:4510{path}" + (f"?{urlencode(query, quote_via=quote, safe='')}" if query else "")
    given = {**headers, "X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest()}
    keys = Keys("AKIDEXAMPLE", "secret")

    ours = signed(url, given, body, keys, service="s3", region="eu-west-1", now=MOMENT, method="PUT")
    assert ours["Authorization"] == by_botocore("PUT", url, headers, body, keys, "s3", "eu-west-1")["Authorization"]


def test_parameters_are_sorted_by_name_before_they_are_joined_with_their_values() -> None:
    keys, url = Keys("AKIDEXAMPLE", "secret"), "https://h.example/b?key-marker=1&key=2&key0=&key=%20"

    ours = signed(url, {}, b"", keys, service="sts", region="eu-west-1", now=MOMENT, method="GET")

    assert ours["Authorization"] == by_botocore("GET", url, {}, b"", keys, "sts", "eu-west-1")["Authorization"]
    assert _canonical_query(url.partition("?")[2]) == "key=%20&key=2&key-marker=1&key0="


def test_it_is_the_signature_of_the_documented_example() -> None:
    # "post-vanilla" of the Signature Version 4 test suite.
    keys = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

    headers = signed("https://example.amazonaws.com/", {}, b"", keys, service="service", region="us-east-1", now=MOMENT)

    assert headers["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date, "
        "Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
    )
