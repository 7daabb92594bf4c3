"""The transport of all requests: providers answer for their own types, Cloud Control for all others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cloudwright.control.model import PROVIDER_TOKEN
from cloudwright.errors import ProgramError
from cloudwright.provider.backend import ProviderBackend, end_in, refusal
from cloudwright.provider.options import check_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from cloudwright.control.model import Call, Reply, Transport
    from cloudwright.provider.port import Provider
    from cloudwright.services.port import ServicePort

_BY_TOKEN = frozenset({"GetResourceRequestStatus", "CancelResourceRequest"})
_BY_TYPE = frozenset({"CreateResource", "UpdateResource", "DeleteResource", "GetResource", "ListResources"})


def by_type(providers: Iterable[Provider[Any]]) -> dict[str, Provider[Any]]:
    """Providers by the name of their type.

    Args:
        providers: Of one app.

    Raises:
        ProgramError: Two of them manage the same type, or an option of one is invalid.
    """
    found: dict[str, Provider[Any]] = {}
    for provider in providers:
        check_options(provider)
        name = provider.resource().definition.type_name
        if name in found:
            raise ProgramError(
                f"two providers manage {name}: {_class(found[name])} and {_class(provider)}",
                hint="give one of the resource classes another type, or remove one of the providers",
            )
        found[name] = provider
    return found


class ProviderTransport:
    """Answers the calls about providers' types, and sends all others on (`cloudwright.control.model.Transport`)."""

    def __init__(self, inner: Transport, providers: Mapping[str, Provider[Any]], services: ServicePort) -> None:
        """Put providers in front of a transport.

        Args:
            inner: The transport to the local cloud or to AWS.
            providers: By the name of their type.
            services: For the contexts of their methods.
        """
        self._inner = inner
        self._backends = {name: ProviderBackend.of(provider, services) for name, provider in providers.items()}

    async def send(self, call: Call) -> Reply:
        """Answer a call or send it on; raises what the inner transport raises."""
        if call.service != "cloudcontrolapi":
            return await self._inner.send(call)
        if call.action in _BY_TOKEN and f'"{PROVIDER_TOKEN}'.encode() in call.body:
            return await self._of_request(call)
        if call.action in _BY_TYPE:
            # Only the type name is parsed: the bodies of other types may be large.
            backend = next((one for name, one in self._backends.items() if _names(call.body, name)), None)
            if backend is not None:
                return await backend.answer(call)
        return await self._inner.send(call)

    async def _of_request(self, call: Call) -> Reply:
        token = json.loads(call.body)["RequestToken"]
        for backend in self._backends.values():
            if backend.knows(token):
                return await backend.answer(call)
        return end_in(token) or refusal(
            "RequestTokenNotFoundException", f"no request {token} is running in this process"
        )

    async def close(self) -> None:
        """Stop the requests that still run, then close the inner transport."""
        for backend in self._backends.values():
            await backend.close()
        await self._inner.close()


def _names(body: bytes, type_name: str) -> bool:
    return f'"TypeName":"{type_name}"'.encode() in body


def _class(provider: Provider[Any]) -> str:
    return f"{type(provider).__module__}.{type(provider).__qualname__}"
