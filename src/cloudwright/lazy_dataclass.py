"""Dataclasses whose methods are made when the first instance is created.

`dataclasses.dataclass` compiles up to seven methods for each class, one by one (Python 3.11 and 3.12: 0.8 ms a frozen
class). A run imports 150 such classes and makes instances of half of them: a third of its start-up. Here a class gets
its fields and slots at once, and at its first instance the methods that need no compiling. `__init__` is compiled by
`dataclasses` once there are many instances: most classes of a run have a few. Until then `inspect.signature` sees no
parameters; `completed` completes a class at once.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from dataclasses import dataclass, replace
else:

    def dataclass(cls: type | None = None, /, **options: bool) -> Any:
        """As `dataclasses.dataclass`, with its options `frozen`, `eq`, `slots` and `kw_only`."""
        return (lambda given: _begun(given, **options)) if cls is None else _begun(cls, **options)

    def replace(instance: Any, /, **changes: object) -> Any:
        """As `dataclasses.replace`, in a third of its time."""
        names = _NAMES.get(instance.__class__)
        if names is None:
            return dataclasses.replace(instance, **changes)
        for name in names:
            if name not in changes:
                changes[name] = getattr(instance, name)
        return instance.__class__(**changes)


__all__ = ["completed", "dataclass", "replace"]

_WAITING: dict[type, Callable[[], None]] = {}
"""Classes without an instance so far -> what completes them."""

_NAMES: dict[type, tuple[str, ...]] = {}
"""Classes with instances -> the fields that their `__init__` takes."""

_FEW = 50
"""Instances that a class makes without a compiled `__init__`. Compiling one takes as long as making 150 so."""


def completed(cls: type) -> type:
    """Compile a class's methods now.

    Args:
        cls: Any class; what is complete, or no dataclass of this module, stays as it is.

    Returns:
        The same class.
    """
    if complete := _WAITING.get(cls):
        complete()
    return cls


def _begun(cls: type, *, frozen: bool = False, eq: bool = True, slots: bool = False, kw_only: bool = False) -> type:
    """A class with its fields and slots, whose `__init__` completes it."""
    cls.__doc__ = cls.__doc__ or cls.__name__  # else `dataclasses` forms one out of the signature
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
    fill: Callable[[Any, tuple[object, ...], dict[str, object]], bool] | None = None
    instances = 0

    def complete() -> None:
        _add_methods(made, frozen=frozen, eq=eq)
        made.__init__ = vars(_model(made, frozen=frozen))["__init__"]
        _WAITING.pop(made, None)

    def __init__(self: Any, /, *args: object, **values: object) -> None:  # noqa: N807 - it stands for the compiled one
        nonlocal fill, instances
        if fill is None:
            _add_methods(made, frozen=frozen, eq=eq)
            fill = _filler(made)
        instances += 1
        if instances > _FEW or not fill(self, args, values):
            complete()
            made.__init__(self, *args, **values)  # by now the compiled one

    made.__init__ = __init__
    _WAITING[made] = complete
    return made  # type: ignore[no-any-return]  # it is the class


def _add_methods(cls: type, *, frozen: bool, eq: bool) -> None:
    """Give a class the methods of a dataclass that need no compiling."""
    found: dict[str, Any] = {"__repr__": _shows(cls)}
    if eq:
        found |= {"__eq__": _compares(cls), "__hash__": _hashes(cls) if frozen else None}
    if frozen:
        found |= {
            "__setattr__": _refuse_value,
            "__delattr__": _refuse,
            "__getstate__": _state,
            "__setstate__": _restore,
        }
    for name, method in found.items():
        # Python itself sets `__hash__` to `None` in a class that defines `__eq__`.
        if cls.__dict__.get(name) is None:
            setattr(cls, name, method)
    _NAMES[cls] = tuple(field.name for field in dataclasses.fields(cls) if field.init)


def _filler(cls: type) -> Callable[[Any, tuple[object, ...], dict[str, object]], bool]:
    """Returns what an instance is filled by before `__init__` is compiled.

    It returns `False`, and changes nothing, if the arguments don't fit: the compiled one raises the right error.
    """
    fields = dataclasses.fields(cls)
    positional = [field.name for field in fields if field.init and not field.kw_only]
    named = {field.name for field in fields if field.init}
    required = {field.name for field in fields if field.init and _default(field) is None}
    # A default that `__init__` does not take is set by it only if the class has slots.
    slots = "__slots__" in cls.__dict__
    defaults = {field.name: _default(field) for field in fields if field.init or slots or _is_made(field)}

    def fill(instance: Any, args: tuple[object, ...], values: dict[str, object]) -> bool:
        given = dict(zip(positional, args, strict=False))
        if len(args) > len(positional) or not given.keys().isdisjoint(values):
            return False
        given |= values
        if not required <= given.keys() <= named:
            return False
        for name, default in defaults.items():
            if name in given:
                object.__setattr__(instance, name, given[name])
            elif default is not None:
                object.__setattr__(instance, name, default())
        if hasattr(instance, "__post_init__"):
            instance.__post_init__()
        return True

    return fill


def _default(field: dataclasses.Field[Any]) -> Callable[[], object] | None:
    """Returns what makes a field's default; `None` without one."""
    if field.default is not dataclasses.MISSING:
        return lambda: field.default
    make = field.default_factory
    return None if make is dataclasses.MISSING else make


def _is_made(field: dataclasses.Field[Any]) -> bool:
    """Whether each instance gets its own default."""
    return field.default_factory is not dataclasses.MISSING


def _model(cls: type, *, frozen: bool) -> type:
    """A separate class with the same fields, whose `__init__` is compiled by `dataclasses`."""
    fields = dataclasses.fields(cls)
    body: dict[str, Any] = {field.name: _again(field) for field in fields}
    body |= {"__annotations__": {field.name: field.type for field in fields}}
    body |= {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    if hasattr(cls, "__post_init__"):
        body["__post_init__"] = cls.__post_init__
    # A default that `__init__` does not take is set by it only if the class has slots, which makes a second class.
    slots = "__slots__" in cls.__dict__ and not all(field.init for field in fields)
    return dataclasses.dataclass(eq=False, repr=False, frozen=frozen, slots=slots)(type(cls.__name__, (), body))


def _shows(cls: type) -> Callable[[Any], str]:
    """`__repr__` as `dataclasses` writes it, without compiling it."""
    names = [field.name for field in dataclasses.fields(cls) if field.repr]

    @recursive_repr()
    def __repr__(self: Any) -> str:  # noqa: N807 - it stands for the compiled one
        shown = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        return f"{type(self).__qualname__}({shown})"

    return __repr__


def _compares(cls: type) -> Callable[[Any, object], bool]:
    """`__eq__` as `dataclasses` writes it, without compiling it."""
    values = _getter([field.name for field in dataclasses.fields(cls) if field.compare])

    def __eq__(self: Any, other: object) -> bool:  # noqa: N807 - it stands for the compiled one
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hashes(cls: type) -> Callable[[Any], int]:
    """`__hash__` as `dataclasses` writes it, without compiling it."""
    fields = dataclasses.fields(cls)
    values = _getter([field.name for field in fields if (field.compare if field.hash is None else field.hash)])

    def __hash__(self: Any) -> int:  # noqa: N807 - it stands for the compiled one
        return hash(values(self))

    return __hash__


def _getter(names: list[str]) -> Callable[[object], tuple[object, ...]]:
    """Returns the attributes of these names as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda instance: tuple([getattr(instance, name) for name in names])


def _again(field: dataclasses.Field[Any]) -> Any:
    """A field of the same meaning; one belongs to one class."""
    same = ("default", "default_factory", "init", "repr", "hash", "compare", "kw_only", "metadata")
    return dataclasses.field(**{name: getattr(field, name) for name in same})


def _refuse_value(self: object, name: str, value: object) -> None:
    del value
    _refuse(self, name)


def _refuse(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot change {name!r} of a {type(self).__name__}")


def _state(self: Any) -> list[object]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restore(self: Any, state: Iterable[object]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
