"""Endpoints of services: an override from the environment, else botocore's endpoint data."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from cloudwright.errors import NotSent
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

# botocore and the AWS CLI build the variable's name from the service id; the endpoint prefix is accepted as well.
_VARIABLES = {"cloudcontrolapi": ("CLOUDCONTROLAPI", "CLOUDCONTROL")}
_TRUE = frozenset({"true", "1", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy.

    Attributes:
        url: Without credentials.
        headers: `Proxy-Authorization`, if its URL held credentials.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, url: str) -> Proxy:
        """Parse the form of HTTPS_PROXY: `http://user:password@host:port`."""
        parts = urlsplit(url if "://" in url else f"http://{url}")
        login, at, host = parts.netloc.rpartition("@")
        headers = {"Proxy-Authorization": "Basic " + b64encode(unquote(login).encode()).decode()} if at else {}
        return cls(f"{parts.scheme}://{host}", headers)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address, with the names that its signature needs.

    Attributes:
        url: With scheme and path.
        signing_name: The service's name in the signature.
        signing_region: The Region in the signature.
        origin: The environment variable that sets it; empty for AWS's own endpoints.
        proxy: The proxy to use, if any.
    """

    url: str
    signing_name: str
    signing_region: str
    origin: str = ""
    proxy: Proxy | None = None


class Endpoints:
    """Finds endpoints; botocore's data are loaded in a thread, and only if no override applies."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Nothing is loaded yet.

        Args:
            environ: For AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS,
                AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT and HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY.
        """
        self._environ = environ
        self._found: dict[tuple[str, str], Endpoint] = {}
        self._resolver: Any = None
        self._loading = asyncio.Lock()

    async def find(self, service: str, region: str) -> Endpoint:
        """The endpoint of a service in a Region.

        Args:
            service: The endpoint prefix, such as `cloudcontrolapi`.
            region: Such as `eu-west-1`.

        Raises:
            NotSent: The combination has none (FIPS or dual-stack outside its Regions).
        """
        key = (service, region)
        if key not in self._found:
            found = self._override(service, region) or await self._resolve(service, region)
            self._found[key] = replace(found, proxy=self._proxy(found.url))
        return self._found[key]

    def _override(self, service: str, region: str) -> Endpoint | None:
        if self._flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
            return None
        names = _VARIABLES.get(service, (service.upper().replace("-", "_"),))
        for variable in (*(f"AWS_ENDPOINT_URL_{name}" for name in names), "AWS_ENDPOINT_URL"):
            if url := self._environ.get(variable):
                return Endpoint(url if url.endswith("/") else f"{url}/", service, region, variable)
        return None

    async def _resolve(self, service: str, region: str) -> Endpoint:
        async with self._loading:
            if self._resolver is None:
                self._resolver = await asyncio.to_thread(_load_resolver)
        found = self._construct(service, region)
        scope = found.get("credentialScope", {})
        url = f"https://{found['hostname']}/"
        return Endpoint(url, scope.get("service", service), scope.get("region", region))

    def _construct(self, service: str, region: str) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError

        flags = {
            "use_fips_endpoint": self._flag("AWS_USE_FIPS_ENDPOINT"),
            "use_dualstack_endpoint": self._flag("AWS_USE_DUALSTACK_ENDPOINT"),
        }
        try:
            found = self._resolver.construct_endpoint(service, region, **flags)
        except BotoCoreError as error:
            raise NotSent(f"{service} has no such endpoint in {region}: {error}") from None
        if not found:
            raise NotSent(
                f"{region!r} is no AWS Region that has {service}", hint="check AWS_REGION and target(region=...)"
            )
        return dict(found)

    def _proxy(self, url: str) -> Proxy | None:
        settings = {name.lower(): value for name, value in self._environ.items() if name.lower().endswith("_proxy")}
        scheme, _, rest = url.partition("://")
        proxy = settings.get(f"{scheme}_proxy") or settings.get("all_proxy")
        if not proxy:
            return None
        host = rest.partition("/")[0].rpartition("@")[2].partition(":")[0]
        return None if _spared(host, settings.get("no_proxy", "")) else Proxy.parse(proxy)

    def _flag(self, variable: str) -> bool:
        return self._environ.get(variable, "").strip().lower() in _TRUE


def _spared(host: str, exceptions: str) -> bool:
    names = [name.strip().lstrip(".") for name in exceptions.lower().split(",")]
    return any(name in {"*", host} or host.endswith(f".{name}") for name in names if name)


def _load_resolver() -> Any:
    from botocore.loaders import Loader
    from botocore.regions import EndpointResolver

    return EndpointResolver(Loader().load_data("endpoints"))
