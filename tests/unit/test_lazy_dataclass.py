"""A lazily compiled dataclass does what one of the standard library does."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright import lazy_dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

VALUES: st.SearchStrategy[object] = st.one_of(
    st.integers(-2, 2), st.sampled_from(["", "a"]), st.just((1, "b")), st.builds(list)
)
NAMES = ("alpha", "beta", "gamma", "delta")


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Callable[[], Any]]:
    """Field name -> what makes its class attribute; those with defaults come last."""
    made: dict[str, Callable[[], Any]] = {}
    defaults = False
    for name in NAMES[: draw(st.integers(0, len(NAMES)))]:
        more: dict[str, Any] = draw(
            st.fixed_dictionaries({}, optional={"repr": st.booleans(), "compare": st.booleans()})
        )
        defaults = defaults or draw(st.booleans())
        if defaults and draw(st.booleans()):
            more["default_factory"] = list
        elif defaults:
            more["default"] = draw(st.integers(0, 3))
        if defaults and draw(st.booleans()):
            more["init"] = False
        made[name] = partial(dataclasses.field, **more)
    return made


OPTIONS = st.fixed_dictionaries(
    {}, optional={"frozen": st.booleans(), "eq": st.booleans(), "slots": st.booleans(), "kw_only": st.booleans()}
)


def pair(made: dict[str, Callable[[], Any]], options: dict[str, bool], **own: object) -> tuple[Any, Any]:
    """The same class made by `cloudwright` and by the standard library."""

    def bare() -> type:
        body = {name: make() for name, make in made.items()} | own
        return type("Made", (), body | {"__annotations__": dict.fromkeys(made, "Any"), "__doc__": "Made."})

    return lazy_dataclass.dataclass(**options)(bare()), dataclasses.dataclass(**options)(bare())


def result(act: Callable[[], object]) -> object:
    """What something gives, or the kind of its error."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - the kind is compared
        return type(error)


def shown(instance: Any, other: Any) -> list[object]:
    """What can be seen of an instance and another one of its class."""
    return [
        repr(instance),
        instance == other,
        instance == 1,
        result(lambda: hash(instance)) if "__hash__" in type(instance).__dict__ else "by identity",
        dataclasses.asdict(instance),
        type(instance).__match_args__,
        [field.name for field in dataclasses.fields(instance)],
        dataclasses.asdict(copy.deepcopy(instance)),
        copy.deepcopy(instance) == instance if "__eq__" in type(instance).__dict__ else "by identity",
        [result(partial(setattr, instance, field.name, 5)) for field in dataclasses.fields(instance)],
        [result(partial(delattr, instance, field.name)) for field in dataclasses.fields(instance)],
        # A frozen class with slots refuses what is not a field; the standard library's error there is a `TypeError` of
        # its own `super` call.
        isinstance(result(lambda: setattr(instance, "unheard", 5)), type),
    ]


@given(
    fields(),
    OPTIONS,
    st.lists(st.lists(VALUES, min_size=len(NAMES), max_size=len(NAMES)), min_size=2, max_size=2),
    st.sampled_from((0, 0, 0, -1, 1)),
    st.dictionaries(st.sampled_from((*NAMES, "unheard")), VALUES, max_size=3),
    st.booleans(),
)
def test_it_is_made_shown_compared_copied_and_changed_alike(
    made: dict[str, Callable[[], Any]],
    options: dict[str, bool],
    positions: list[list[object]],
    too_many: int,
    changes: dict[str, object],
    compiled: bool,  # noqa: FBT001 - a test's parameter
) -> None:
    taken = [name for name, make in made.items() if make().init]
    names = (*taken, "unheard")[: max(0, len(taken) + too_many)]

    def life(cls: Any, replace: Any) -> object:
        def instance(values: list[object]) -> Any:
            if options.get("kw_only"):
                return cls(**dict(zip(names, (*values, 1), strict=False)))
            return cls(*(*values, 1)[: len(names)])

        first = result(lambda: instance(positions[0]))
        if isinstance(first, type):
            return first
        second = result(lambda: instance(positions[1]))
        changed = result(lambda: replace(first, **changes))
        # The kind of the error for a field that `__init__` does not take differs between versions of Python.
        seen = "refused" if isinstance(changed, type) else repr(changed)
        return [seen, shown(first, None if isinstance(second, type) else second)]

    ours, theirs = pair(made, options)
    if compiled:
        lazy_dataclass.completed(ours)

    assert life(ours, lazy_dataclass.replace) == life(theirs, dataclasses.replace)
    assert inspect.signature(ours) == inspect.signature(theirs) if lazy_dataclass.completed(ours) is ours else False


@given(fields(), OPTIONS)
def test_an_instance_holds_the_same_before_and_after_compiling(
    made: dict[str, Callable[[], Any]], options: dict[str, bool]
) -> None:
    ours, theirs = pair(made, options)
    values = {name: 7 for name, make in made.items() if make().init}

    def held(instance: Any) -> object:
        names = [*made, *getattr(instance, "__dict__", {})]
        return [result(partial(getattr, instance, name)) for name in names], list(getattr(instance, "__dict__", {}))

    seen = [[held(cls(**values)) for _ in range(60)] for cls in (ours, theirs)]

    assert seen[0] == seen[1]
    assert ours not in lazy_dataclass._WAITING


def test_what_a_class_defines_itself_stays() -> None:
    own = {"__repr__": lambda self: "mine", "__eq__": lambda self, other: True, "__hash__": lambda self: 7}
    ours, theirs = pair({"alpha": dataclasses.field}, {"frozen": True, "slots": True}, **own)

    assert [repr(ours(1)), ours(1) == ours(2), hash(ours(1))] == ["mine", True, 7]
    assert [repr(theirs(1)), theirs(1) == theirs(2), hash(theirs(1))] == ["mine", True, 7]


def test_a_subclass_has_the_fields_of_its_base_and_runs_after_init() -> None:
    @lazy_dataclass.dataclass(frozen=True)
    class Base:
        alpha: int
        beta: list[int] = dataclasses.field(default_factory=list, repr=False)

        @cached_property
        def doubled(self) -> int:
            return 2 * self.alpha

    @lazy_dataclass.dataclass(frozen=True)
    class Derived(Base):
        gamma: str = "c"

        def __post_init__(self) -> None:
            self.beta.append(self.alpha)

    made = Derived(1)

    assert (made.alpha, made.beta, made.gamma, made.doubled) == (1, [1], "c", 2)
    assert repr(made).endswith("Derived(alpha=1, gamma='c')")
    assert Base(1) == Base(1)
    assert Base(1) != made


def test_no_class_of_a_run_is_compiled_before_it_is_used() -> None:
    @lazy_dataclass.dataclass(frozen=True, slots=True)
    class Unused:
        alpha: int

    assert "__eq__" not in Unused.__dict__
    assert lazy_dataclass.completed(Unused)(1) == Unused(1)
    assert "__eq__" in Unused.__dict__


def test_a_frozen_value_is_declared_frozen() -> None:
    @lazy_dataclass.dataclass(frozen=True, slots=True)
    class Frozen:
        alpha: int

    with pytest.raises(dataclasses.FrozenInstanceError, match="alpha"):
        Frozen(1).alpha = 2  # type: ignore[misc]
