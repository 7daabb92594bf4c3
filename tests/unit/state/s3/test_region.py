from __future__ import annotations

import botocore.session
import pytest

from cloudwright.state.s3.objects import s3_client
from cloudwright.state.s3.region import ambient_region
from cloudwright.state.sealing import kms


@pytest.fixture(autouse=True)
def _nobody_named_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")


@pytest.mark.parametrize(
    ("environ", "region"),
    [
        ({}, None),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_REGION": "eu-west-2"}, "eu-west-2"),
        ({"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-2"),
    ],
)
def test_the_environment_names_the_region_as_it_does_for_every_sdk(
    environ: dict[str, str], region: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    assert region == ambient_region(botocore.session.get_session())
    assert (region or "us-east-1") == s3_client().meta.region_name


def test_a_key_is_asked_where_the_environment_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-2")

    assert "eu-west-2" == kms._kms_client("alias/cloudwright").meta.region_name
    assert "us-west-1" == kms._kms_client("arn:aws:kms:us-west-1:123456789012:key/k").meta.region_name
