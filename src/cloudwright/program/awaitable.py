"""The result of an asynchronous function of cloudwright: its value once it is awaited, and a clear error until then.

A Python coroutine that is never awaited fails far from its cause (`'coroutine' object is not subscriptable`), or not at
all: a component called without `await` declares nothing, and what it declared before would be deleted.
"""

from __future__ import annotations

import functools
import inspect
import sys
import warnings
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Never, TypeVar, cast

from cloudwright.call_errors import call_checked
from cloudwright.errors import ForgottenAwait

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

F = TypeVar("F", bound="Callable[..., Coroutine[Any, Any, Any]]")

_NOT_YET: Any = object()


class Pending(Coroutine[Any, Any, Any]):
    """A call whose value is available once it is awaited; awaiting it again returns the same value.

    Any other use by the program is refused, with the line of the call.
    """

    __slots__ = ("_begin", "_driver", "_error", "_name", "_running", "_settled", "_source", "_value")

    def __init__(self, begin: Callable[[], Coroutine[Any, Any, Any]], name: str, source: str) -> None:
        """Record a call; nothing runs before it is awaited.

        Args:
            begin: Creates the coroutine.
            name: The call as the program writes it, such as `outputs('network')`.
            source: The line of the program that made it.
        """
        self._begin, self._name, self._source = begin, name, source
        self._driver: Generator[Any, Any, Any] | None = None
        self._value, self._error = _NOT_YET, cast("BaseException | None", None)
        self._running = self._settled = False
        calls = _calls.get()
        if calls is not None:
            calls.append(self)

    def refusal(self, what: str) -> ForgottenAwait:
        """The error for any use other than `await`; it is not reported again as forgotten.

        Args:
            what: The use, as the end of a sentence.
        """
        self._settled = True
        return ForgottenAwait(f"{self._name} at {self._source} {what}", hint=f"write `await {self._name}`")

    # -- awaiting

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._run()

    def _run(self) -> Generator[Any, Any, Any]:
        if self._running:
            hint = "await it in one place, and pass its value on; or make two calls"
            raise ForgottenAwait(f"{self._name} at {self._source} is awaited twice at the same time", hint=hint)
        if self._value is _NOT_YET and self._error is None:
            self._running = self._settled = True
            try:
                self._value = yield from self._begin().__await__()
            except BaseException as error:
                self._error = error
                raise
            finally:
                self._running = False
        if self._error is not None:
            raise self._error
        return self._value

    def send(self, value: Any, /) -> Any:
        """Continue; called by the task that runs it."""
        if self._driver is None:
            self._driver = self._run()
        return self._driver.send(value)

    def throw(self, *error: Any) -> Any:
        """Raise an error where it waits; called when the task is cancelled."""
        if self._driver is None:
            self._driver = self._run()
        return self._driver.throw(*error)

    def close(self) -> None:
        """End it, whether it has begun or not."""
        self._settled = True
        if self._driver is not None:
            self._driver.close()

    # -- everything else

    def __repr__(self) -> str:
        return f"<{self._name} at {self._source}, {'awaited' if self._settled else 'not awaited yet'}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("_", "cr_", "gi_", "ag_")):  # what Python itself reads from coroutines
            raise AttributeError(name)
        raise self.refusal(f"was not awaited before its {name!r} was asked for")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pending):
            raise self.refusal("was not awaited before it was compared")
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __del__(self) -> None:
        if not getattr(self, "_settled", True):
            warnings.warn(f"{self._name} at {self._source} was never awaited", RuntimeWarning, stacklevel=2)


_COMPUTES = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow"),
    *("lshift", "rshift", "and", "or", "xor"),
)

_WORDS = {
    "bool": "used as a condition",
    "str": "printed or converted to text",
    "format": "put into a text",
    "getitem": "indexed",
    "setitem": "changed",
    "delitem": "changed",
    "contains": "searched",
    "iter": "looped over",
    "reversed": "looped over",
    "len": "counted",
    "call": "called",
    "enter": "used in `with`",
    "exit": "used in `with`",
    "aenter": "used in `async with`",
    "aexit": "used in `async with`",
    "aiter": "looped over",
    "reduce_ex": "pickled or copied",
    **dict.fromkeys(("lt", "le", "gt", "ge"), "compared"),
    **dict.fromkeys(("int", "float", "complex", "index", "bytes", "fspath"), "converted"),
    **dict.fromkeys(("round", "trunc", "floor", "ceil"), "converted"),
    **dict.fromkeys(("neg", "pos", "abs", "invert"), "computed with"),
    **{f"{side}{name}": "computed with" for side in ("", "r", "i") for name in _COMPUTES},
}
"""Python's operators -> what a program did when it used one, as the end of `was not awaited before it was ...`.

`__next__` is left out: with it, asyncio would take a call for an iterator.
"""


def _refused(done: str) -> Any:
    def refuse(self: Pending, *_args: object) -> Never:
        raise self.refusal(f"was not awaited before it was {done}")

    return refuse


for _operator, _done in _WORDS.items():
    setattr(Pending, f"__{_operator}__", _refused(_done))


_calls: ContextVar[list[Pending] | None] = ContextVar("cloudwright_pending", default=None)
"""The calls of the running program; `None` outside of one."""


@contextmanager
def awaited_calls() -> Iterator[Callable[[], None]]:
    """Track the calls that a program makes.

    Yields:
        A check for the program's end: it raises `ForgottenAwait` for the first call that was never awaited.
    """
    calls: list[Pending] = []
    token = _calls.set(calls)
    try:
        yield functools.partial(_check, calls)
    finally:
        _calls.reset(token)
        for call in (one for one in calls if not one._running):  # noqa: SLF001 - of this module
            call.close()


def _check(calls: list[Pending]) -> None:
    for call in calls:
        if not call._settled:  # noqa: SLF001 - of this module
            raise call.refusal("was never awaited, so it did nothing")


def refuse_unawaited(value: object, place: str) -> None:
    """Reject a value that should have been awaited: a call of cloudwright's, or any coroutine, task or future.

    Raises:
        ForgottenAwait: It is one.
    """
    if isinstance(value, Pending):
        raise value.refusal(f"was not awaited before it was put into {place}")
    if inspect.iscoroutine(value):
        value.close()  # otherwise Python warns again, without the line, that it was never awaited
        name = value.__qualname__
        raise ForgottenAwait(f"{place}: the call of `{name}` was not awaited", hint=f"write `await {name}(...)`")
    if isinstance(value, Awaitable):
        raise ForgottenAwait(
            f"{place}: a {type(value).__name__} was not awaited", hint="put the value that `await` returns"
        )


_HOLDERS = {"App": "app.", "AppSession": "app.", "StateAdmin": "app.state_admin."}
"""Classes whose methods are called on one well-known object -> how programs write that."""


def _name(function: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """A call as the program writes it. A function's first text is a name and is shown; a method's may be an address."""
    holder, _, name = function.__qualname__.rpartition(".")
    shown = [repr(one) for one in args[:1] if isinstance(one, str)]
    return f"{_HOLDERS.get(holder, '')}{name}({', '.join(shown)})"


def awaitable(function: F) -> F:
    """Decorate an asynchronous function so that calls without `await` raise a clear error.

    Args:
        function: `async def`; its first text argument names the call in messages.
    """

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Pending:
        from cloudwright.program.run import caller

        shown = f"{_HOLDERS.get(function.__qualname__.rpartition('.')[0], '')}{function.__name__}"
        return Pending(
            functools.partial(call_checked, shown, function, *args, **options), _name(function, args), str(caller())
        )

    if sys.version_info >= (3, 12):
        inspect.markcoroutinefunction(call)
    return cast("F", call)
