from __future__ import annotations

import pytest

from cloudwright.control.endpoints import Endpoint, Endpoints, Proxy
from cloudwright.errors import NotSent


async def url(service: str, region: str, **environ: str) -> str:
    return (await Endpoints(environ).find(service, region)).url


@pytest.mark.parametrize(
    ("service", "region", "expected"),
    [
        ("cloudcontrolapi", "us-east-1", "https://cloudcontrolapi.us-east-1.amazonaws.com/"),
        ("cloudcontrolapi", "cn-north-1", "https://cloudcontrolapi.cn-north-1.amazonaws.com.cn/"),
        ("sts", "us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com/"),
        ("cloudformation", "eu-central-1", "https://cloudformation.eu-central-1.amazonaws.com/"),
    ],
)
async def test_aws_endpoints_come_from_botocores_data(service: str, region: str, expected: str) -> None:
    assert await url(service, region) == expected


@pytest.mark.parametrize(
    ("environ", "host"),
    [
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, "cloudcontrolapi-fips.us-east-1.amazonaws.com"),
        ({"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "cloudcontrolapi.us-east-1.api.aws"),
        (
            {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "1"},
            "cloudcontrolapi-fips.us-east-1.api.aws",
        ),
    ],
)
async def test_fips_and_dual_stack_are_chosen_by_the_environment(environ: dict[str, str], host: str) -> None:
    assert await url("cloudcontrolapi", "us-east-1", **environ) == f"https://{host}/"


@pytest.mark.parametrize(
    "variable", ["AWS_ENDPOINT_URL_CLOUDCONTROLAPI", "AWS_ENDPOINT_URL_CLOUDCONTROL", "AWS_ENDPOINT_URL"]
)
async def test_an_override_is_taken_and_remembered_by_name(variable: str) -> None:
    environ = {"AWS_ENDPOINT_URL": "http://other", variable: "http://localhost:4566"}

    found = await Endpoints(environ).find("cloudcontrolapi", "eu-west-1")

    assert found == Endpoint("http://localhost:4566/", "cloudcontrolapi", "eu-west-1", variable)


async def test_a_services_own_override_leaves_the_others_alone() -> None:
    environ = {"AWS_ENDPOINT_URL_STS": "http://localhost:1"}

    assert await url("sts", "us-east-1", **environ) == "http://localhost:1/"
    assert await url("cloudcontrolapi", "us-east-1", **environ) == "https://cloudcontrolapi.us-east-1.amazonaws.com/"


async def test_overrides_can_be_switched_off() -> None:
    environ = {"AWS_ENDPOINT_URL": "http://localhost:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}

    assert await url("sts", "us-east-1", **environ) == "https://sts.us-east-1.amazonaws.com/"


async def test_a_region_that_can_not_exist_is_reported() -> None:
    with pytest.raises(NotSent, match="no AWS Region"):
        await url("cloudcontrolapi", "nowhere")


@pytest.mark.parametrize(
    ("environ", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, Proxy("http://proxy:3128")),
        ({"https_proxy": "proxy:3128", "NO_PROXY": "localhost, .example.org"}, Proxy("http://proxy:3128")),
        ({"https_proxy": "http://proxy:3128", "NO_PROXY": "localhost, .amazonaws.com"}, None),
        ({"https_proxy": "http://proxy:3128", "no_proxy": "*"}, None),
        ({"HTTP_PROXY": "http://proxy:3128"}, None),
        (
            {"ALL_PROXY": "http://user:can%20ary@proxy:3128"},
            Proxy("http://proxy:3128", {"Proxy-Authorization": "Basic dXNlcjpjYW4gYXJ5"}),
        ),
    ],
)
async def test_proxies_come_from_the_environment(environ: dict[str, str], proxy: Proxy | None) -> None:
    found = await Endpoints(environ).find("sts", "us-east-1")

    assert found.proxy == proxy
    assert "Basic" not in repr(found)
