"""Calls of a provider's methods: checked results, errors that name the method, and safe retries."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.shape import WrongValue, kind_of, plain
from cloudwright.program.user_code import Rejected, watched
from cloudwright.provider.definition import IDENTIFIER
from cloudwright.provider.port import Context, Made
from cloudwright.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cloudwright.provider.port import Provider
    from cloudwright.provider.resource import CustomResource

ATTEMPTS = 5
"""The most calls of a method that raises an exception which its provider declares as transient."""


class MethodFailed(Exception):
    """A provider's method raised, or returned something invalid; the text names the method.

    Attributes:
        passing: Whether the provider declares the exception as one to retry after.
    """

    def __init__(self, text: str, *, passing: bool = False) -> None:
        """Create the error.

        Args:
            text: What happened, in which method.
            passing: See the class.
        """
        super().__init__(text)
        self.passing = passing


@dataclass(frozen=True, slots=True)
class ProviderCalls:
    """The methods of one provider, as the backend calls them.

    Attributes:
        provider: The user's object.
        slots: Limits how many calls run at the same time; entered for each call of a method.
    """

    provider: Provider[Any]
    slots: AbstractAsyncContextManager[Any] = field(default_factory=nullcontext)

    @classmethod
    def of(cls, provider: Provider[Any]) -> ProviderCalls:
        """The calls of a provider, within its limit.

        Args:
            provider: The user's object.
        """
        limit = type(provider).concurrency
        return cls(provider) if limit is None else cls(provider, asyncio.Semaphore(limit))

    @property
    def resource(self) -> type[CustomResource]:
        """The class of its resources."""
        return self.provider.resource()

    def label(self, method: str) -> str:
        """A method's name for messages: `Records.create`."""
        return f"{type(self.provider).__name__}.{method}"

    async def create(self, new: CustomResource, context: Context) -> Made:
        """Call `create` once.

        Raises:
            MethodFailed: The outcome is unknown.
            Rejected: Nothing was created.
        """
        made = await self._call("create", new, context)
        if not isinstance(made, Made) or not made.identifier or not isinstance(made.identifier, str):
            raise self._misreturned("create", made, "Made(identifier), with an identifier that is a text")
        self._check_identifier(made.identifier, new)
        return made

    async def find(self, token: str, context: Context) -> str | None:
        """Call `find`; retry after transient exceptions."""
        found = await self._persist(lambda: self._call("find", token, context))
        if found is not None and (not isinstance(found, str) or not found):
            raise self._misreturned("find", found, "an identifier, or None")
        return found if isinstance(found, str) else None

    async def read(self, identifier: str, context: Context) -> dict[str, object] | None:
        """Call `read`, retry after transient exceptions; the document as Cloud Control would return it."""
        live = await self._persist(lambda: self._call("read", identifier, context))
        if live is None:
            return None
        if not isinstance(live, Mapping):
            raise self._misreturned("read", live, "a mapping of properties and attributes, or None")
        return self._document(identifier, live)

    async def update(self, identifier: str, old: CustomResource, new: CustomResource, context: Context) -> None:
        """Call `update`; retry after transient exceptions."""
        returned = await self._persist(lambda: self._call("update", identifier, old, new, context))
        if returned is not None:
            raise MethodFailed(
                f"{self.label('update')} returned {kind_of(returned)}; it must return None: "
                "an update can't change the identifier, so mark the properties that determine it as create_only"
            )

    async def delete(self, identifier: str, context: Context) -> None:
        """Call `delete`; retry after transient exceptions."""
        await self._persist(lambda: self._call("delete", identifier, context))

    def instance(self, document: Mapping[str, Any]) -> CustomResource:
        """The values of a document, as the provider's methods take them.

        Args:
            document: Properties in plain text; attributes are left out.

        Raises:
            WrongValue: One has another type than its field.
        """
        fields = self.resource.definition.properties
        values = {name: field.default for name, field in fields.items() if not field.required}
        given = {name: value for name, value in document.items() if name in fields}
        read = {name: fields[name].shape.read(value, name) for name, value in given.items()}
        return self.resource.of({**values, **read})

    # -- inside

    async def _call(self, method: str, *arguments: object) -> object:
        async with self.slots:
            return await self._called(method, *arguments)

    async def _called(self, method: str, *arguments: object) -> object:
        try:
            running = getattr(self.provider, method)(*arguments)
            if inspect.iscoroutine(running):
                return await watched(running, self.label(method))
            if inspect.isawaitable(running):
                return await running
        except (Rejected, MethodFailed):
            raise
        except Exception as error:
            passing = isinstance(error, self.provider.retry)
            raise MethodFailed(f"{self.label(method)} raised {_described(error)}", passing=passing) from error
        raise MethodFailed(f"{self.label(method)} is not a coroutine function: write it as `async def`")

    async def _persist(self, call: Callable[[], Awaitable[object]]) -> object:
        for attempt in range(ATTEMPTS - 1):
            try:
                return await call()
            except MethodFailed as failed:
                if not failed.passing:
                    raise
            await asyncio.sleep(pause(attempt))
        return await call()

    def _document(self, identifier: str, live: Mapping[Any, object]) -> dict[str, object]:
        definition = self.resource.definition
        fields, where = definition.fields, self.label("read")
        strange = [name for name in live if name not in fields]
        if strange:
            raise MethodFailed(f"{where} returned {strange[0]!r}, which is not a field of {self.resource.__name__}")
        document: dict[str, object] = {}
        for name, value in live.items():
            if value is None or (fields[name].shape.secrets and not fields[name].attribute):
                continue  # a secret property is never compared, so it is not stored
            document[name] = _revealed(plain(value))
            self._check(f"{where} returned an invalid value", name, document[name])
        parts = dict(zip(definition.identified_by, identifier.split("|"), strict=False)) or {IDENTIFIER: identifier}
        return {**parts, **document}

    def _check(self, where: str, name: str, value: object) -> None:
        try:
            self.resource.definition.fields[name].shape.read(value, name)
        except WrongValue as wrong:
            raise MethodFailed(f"{where}: {wrong}") from None

    def _check_identifier(self, identifier: str, new: CustomResource) -> None:
        parts = self.resource.definition.identified_by
        declared = "|".join(str(getattr(new, name)) for name in parts)
        if parts and identifier != declared:
            raise MethodFailed(
                f"{self.label('create')} returned the identifier {identifier!r}, "
                f"but {' and '.join(parts)} make {declared!r}"
            )

    def _misreturned(self, method: str, value: object, wanted: str) -> MethodFailed:
        return MethodFailed(f"{self.label(method)} returned {kind_of(value)}; it must return {wanted}")


def pause(attempt: int) -> float:
    """Seconds before the next try.

    Args:
        attempt: 0 after the first one.
    """
    return min(30.0, 0.5 * 2.0**attempt)


def _revealed(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        return {name: _revealed(one) for name, one in value.items()}
    return [_revealed(one) for one in value] if isinstance(value, list) else value


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
