"""The local cloud's check of signatures, against botocore's."""

from __future__ import annotations

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from cloudwright.aws.session import Keys
from cloudwright.local.api.signatures import SignatureCheck


@pytest.mark.parametrize("query", ["", "?a", "?b=2&a=1", "?key=2&key-marker=1", "?key-marker=1&key0=&key=2&key=1"])
def test_a_signature_over_any_query_is_accepted(query: str) -> None:
    request = AWSRequest("GET", f"http://localhost:4566/{query}", data=b"")
    SigV4Auth(Keys("local", "secret"), "s3", "us-east-1").add_auth(request)
    request.headers["Host"] = "localhost:4566"

    SignatureCheck("secret").check("GET", f"/{query}", request.headers, b"")
