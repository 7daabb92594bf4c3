"""Takes turns: the methods of one object run one at a time, whichever threads call them."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock


class Synchronized(Protocol):
    """What has a lock of its own; a method that holds it may call others."""

    turn: RLock


T = TypeVar("T", bound=Synchronized)


def synchronized(*methods: str) -> Callable[[type[T]], type[T]]:
    """Let methods of a class run one at a time for each object.

    Args:
        methods: Their names.
    """

    def decorate(cls: type[T]) -> type[T]:
        for name in methods:
            setattr(cls, name, _in_turn(getattr(cls, name)))
        return cls

    return decorate


def _in_turn(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def run(self: Synchronized, *args: Any, **kwargs: Any) -> Any:
        with self.turn:
            return method(self, *args, **kwargs)

    return run
