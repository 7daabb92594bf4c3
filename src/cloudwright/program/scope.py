"""Scopes: nested prefixes of ids, so that a program's parts don't collide."""

from __future__ import annotations

import contextlib
import functools
import inspect
import unicodedata
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar, cast

from cloudwright.call_errors import checked
from cloudwright.errors import ProgramError
from cloudwright.program.awaitable import awaitable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

F = TypeVar("F", bound="Callable[..., Any]")

_prefix: ContextVar[tuple[str, ...]] = ContextVar("cloudwright_scope", default=())
_tags: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("cloudwright_tags", default=())


def check_id(name: object) -> str:
    """An id or scope name as part of a key, in Unicode NFC.

    Spellings that look alike are the same id, whatever the editor wrote.

    Raises:
        ProgramError: It is empty, not a string, or holds a `/` or a control character.
    """
    if not isinstance(name, str) or not name or "/" in name or not name.isprintable():
        raise ProgramError(
            f"{name!r} is not an id: an id is a printable text without '/'", hint="nest ids with `with scope(...)`"
        )
    return composed(name)


def composed(key: str) -> str:
    """A key in Unicode NFC.

    Args:
        key: As the user wrote it.
    """
    return unicodedata.normalize("NFC", key)


def current_key(name: str) -> str:
    """The key of an id in the current scope."""
    return "/".join((*_prefix.get(), check_id(name)))


def current_tags() -> dict[str, str]:
    """The tags of the enclosing scopes; inner ones win."""
    return dict(_tags.get())


@checked("scope")
@contextlib.contextmanager
def scope(name: str, *, tags: Mapping[str, str] | None = None) -> Iterator[str]:
    """Nest the ids declared inside, so that `vpc` within `scope("network")` gets the key `network/vpc`.

    Args:
        name: The scope's own name.
        tags: Tags for every taggable resource inside; the resource's own tags win.

    Yields:
        The whole prefix.
    """
    prefix = (*_prefix.get(), check_id(name))
    reset = _prefix.set(prefix)
    reset_tags = _tags.set((*_tags.get(), *(tags or {}).items()))
    try:
        yield "/".join(prefix)
    finally:
        _prefix.reset(reset)
        _tags.reset(reset_tags)


@checked("component")
def component(function: F) -> F:
    """Give a function that declares resources its own scope.

    The first argument of a call is the id of the component: `web("blue", port=80)` declares `blue/...`.

    Args:
        function: Plain or `async`; its first parameter is the component's id.
    """
    if inspect.iscoroutinefunction(function):

        @awaitable
        @functools.wraps(function)
        async def run_async(name: str, *args: Any, **options: Any) -> Any:
            with scope(name):
                return await function(name, *args, **options)

        return cast("F", run_async)

    @functools.wraps(function)
    def run(name: str, *args: Any, **options: Any) -> Any:
        with scope(name):
            return function(name, *args, **options)

    return cast("F", run)
