"""Actions: functions of the user's that a deploy calls after changes, as a step of its plan."""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import field
from shlex import quote
from typing import TYPE_CHECKING, Any, Concatenate, Generic, Literal, ParamSpec, Protocol, TypeVar, overload

from cloudwright.call_errors import checked
from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program import await_order
from cloudwright.program.asset_content import Asset
from cloudwright.program.declaration import ActionSpec, Declaration, Options
from cloudwright.program.document import read
from cloudwright.program.handle import Handle, keys_of
from cloudwright.program.reference import Ref, Referable, Reference
from cloudwright.program.run import caller, running
from cloudwright.program.scope import check_id, current_key
from cloudwright.program.shape import FieldType, WrongValue, bare, plain, shape_of
from cloudwright.target import current_target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.program.resource import Resource
    from cloudwright.program.run import ProgramRun
    from cloudwright.services.port import ServicePort
    from cloudwright.target import Target

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

When = Literal["changed", "created", "always"]
Delivery = Literal["at-least-once", "at-most-once"]


@dataclass(frozen=True, slots=True)
class ActionContext:
    """The context of an action's call.

    Attributes:
        token: Names this run: journaled before the call, and the same one whenever the run is repeated because it
            did not complete. Where the service takes an idempotency token, pass it on.
        target: Account, Region, partition and credentials, as for a resource that is declared at this place.
        services: Sends calls of AWS's APIs, signed with these credentials.
    """

    token: str
    target: Target
    services: ServicePort = field(repr=False)


class WrongArgument(Exception):
    """An argument has another type than the function's annotation says, so the function was not called."""


Function = Callable[Concatenate[ActionContext, P], Coroutine[Any, Any, R]]
"""What `@action` takes: `async def`, with the context first."""


class ActionRun(Handle, Generic[R_co]):
    """A declared action: what a call of it returns.

    `await` it to wait until it has run. In `depends_on` and in `after` it means the action, in a property its result.
    """

    _spec: ActionSpec

    @classmethod
    def of(cls, declaration: Declaration, spec: ActionSpec, run: ProgramRun) -> ActionRun[Any]:
        """The handle of a declaration.

        Args:
            declaration: Of the action.
            spec: What makes it one.
            run: Of the program.
        """
        self: ActionRun[Any] = object.__new__(ActionRun)
        self._begin(run, declaration.key)
        self._spec, self._implied = spec, declaration.depends_on
        return self

    @property
    def result(self) -> R_co:
        """What the function returns: references, or after `await` plain values.

        Raises:
            ProgramError: It returns nothing.
        """
        shape = self._spec.result
        if shape is None:
            raise ProgramError(
                f"the action {self.key!r} returns nothing that could be used", hint="annotate it with what it returns"
            )
        value = self._attribute(())
        if isinstance(value, Reference):
            return typing.cast("R_co", _later(value, shape.schema))
        try:
            return typing.cast("R_co", shape.read(value, "it"))
        except WrongValue as wrong:
            raise ProgramError(
                f"the recorded result of {self.key} has another type: {wrong}",
                hint=f"run it again: `cloudwright actions rerun {quote(self.key)} FILE`, then deploy",
            ) from None

    def identifier_ref(self) -> Ref:
        """The reference to the whole result."""
        self._check()
        return Ref(self._key)

    def __repr__(self) -> str:
        return f"<action {self._key}>"


class ResultMembers(Referable):
    """The members of a result that is not known yet.

    A plain reference is a text, whose methods would hide members such as `count` and `title`.
    """

    __slots__ = ("_members", "_whole")

    def __init__(self, whole: Reference, members: Mapping[str, Any]) -> None:
        """Stand for a dataclass or a `TypedDict`.

        Args:
            whole: The reference to it.
            members: The schema of each member.
        """
        self._whole, self._members = whole, members

    def identifier_ref(self) -> Ref:
        """The reference to all of it."""
        return self._whole.ref

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Any:
        return _later(self._whole[name], self._members.get(name, {}))

    def __repr__(self) -> str:
        return repr(self._whole)


def _later(value: Reference, schema: Mapping[str, Any]) -> Any:
    """What stands for a value of a type that is not known yet."""
    members = schema.get("properties")
    return value if members is None else ResultMembers(value, members)


class _Decorator(Protocol):
    def __call__(self, function: Function[P, R], /) -> Callable[P, ActionRun[R]]: ...


@overload
def action(function: Function[P, R], /) -> Callable[P, ActionRun[R]]: ...


@overload
def action(
    *,
    after: Handle | str | Sequence[Resource | ActionRun[Any] | str] = (),
    when: When = "changed",
    delivery: Delivery = "at-least-once",
    id: str | None = None,
    timeout: float = 3600.0,
    runs_locally: bool = False,
) -> _Decorator: ...


@checked("action")
def action(
    function: Function[..., Any] | None = None,
    /,
    *,
    after: Handle | str | Sequence[Resource | ActionRun[Any] | str] = (),
    when: When = "changed",
    delivery: Delivery = "at-least-once",
    id: str | None = None,
    timeout: float = 3600.0,
    runs_locally: bool = False,
) -> Any:
    """Turn an `async def` function into an action: calling it declares the action, and the deploy calls the function.

    Args:
        function: Takes an `ActionContext` first. Its other arguments may be references, and have a JSON form like what
            it returns; secrets are `Secret` objects in both.
        after: Resources and actions that it runs after.
        when: `changed`: after a change of what it follows or of its arguments; `created`: after what it follows was
            created or replaced; `always`: at every deploy. An action that has never run runs in any case.
        delivery: What happens when nobody knows whether it has run: `at-least-once` runs it again, `at-most-once` asks
            the user.
        id: Unique in its scope; the function's name by default.
        timeout: Seconds after which it is cancelled and counts as failed.
        runs_locally: Whether it is called with `--local`, too; otherwise the local cloud invents its result.

    Raises:
        ProgramError: An option or the function is not of this form.
    """
    options = _Options(after, when, delivery, id, timeout, runs_locally)
    if function is not None:
        return _made(function, options)
    return lambda given: _made(given, options)


@dataclass(frozen=True, slots=True)
class _Options:
    """What `@action` was given."""

    after: object
    when: str
    delivery: str
    id: str | None
    timeout: float
    runs_locally: bool

    def check(self, name: str) -> None:
        """Refuse values that type checkers would have refused.

        Raises:
            ProgramError: One of them is not allowed.
        """
        for option, value, allowed in (
            ("when", self.when, typing.get_args(When)),
            ("delivery", self.delivery, typing.get_args(Delivery)),
        ):
            if value not in allowed:
                raise ProgramError(
                    f"action {name!r}: {option}={value!r} must be one of {', '.join(map(repr, allowed))}"
                )
        if not self.timeout > 0:
            raise ProgramError(f"action {name!r}: timeout takes a positive number of seconds")


def _made(function: Any, options: _Options) -> Callable[..., ActionRun[Any]]:
    """The function that declares the action."""
    if not inspect.iscoroutinefunction(function):
        raise ProgramError(f"@action takes an `async def` function, but {function!r} is not one")
    name = options.id or function.__name__
    options.check(check_id(name))
    signature = inspect.signature(function)
    hints = _hints(function, name)

    @functools.wraps(function)
    def declare(*args: Any, **given: Any) -> ActionRun[Any]:
        return _declare(_ActionFunction(function, name, signature, hints), options, args, given)

    return declare


@dataclass(frozen=True, slots=True)
class _ActionFunction:
    """A function that is an action.

    Attributes:
        hints: The evaluated annotations, without the context's.
    """

    call: Callable[..., Coroutine[Any, Any, object]]
    name: str
    signature: inspect.Signature
    hints: Mapping[str, object]

    def bound(self, args: tuple[Any, ...], given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments by name, defaults included, without the context.

        Raises:
            TypeError: The function does not take them.
        """
        bound = self.signature.bind(None, *args, **given)
        bound.apply_defaults()
        return dict(list(bound.arguments.items())[1:])

    async def run(self, context: object, known: Mapping[str, Any]) -> object:
        """Call it.

        Args:
            context: An `ActionContext`.
            known: The arguments as JSON and secrets.

        Raises:
            WrongArgument: One has another type than its annotation says.
        """
        first, *names = self.signature.parameters
        # A document leaves `None` out, and the parameter's default may be another value.
        try:
            values = {name: self.shape(name).read(known.get(name), name) for name in names}
        except WrongValue as wrong:
            raise WrongArgument(str(wrong)) from None
        bound = inspect.BoundArguments(self.signature, OrderedDict({first: context, **values}))
        return await self.call(*bound.args, **bound.kwargs)

    def shape(self, name: str) -> FieldType:
        """The type of a parameter."""
        return shape_of(bare(self.hints.get(name, object)), f"{self.name}({name})")

    def result(self) -> FieldType | None:
        """The type of what it returns; `None` if it returns nothing."""
        hint = self.hints.get("return", object)
        return None if hint in {None, type(None)} else shape_of(bare(hint), f"{self.name}() ->")


def _hints(function: Any, name: str) -> dict[str, object]:
    first = next(iter(inspect.signature(function).parameters), None)
    if first is None:
        raise ProgramError(f"action {name!r}: its function takes an ActionContext as its first argument")
    # The context's annotation is never needed, and is often imported for type checkers only.
    written = {each: hint for each, hint in function.__annotations__.items() if each != first}
    holder = types.SimpleNamespace(__annotations__=written)
    try:
        return typing.get_type_hints(holder, globalns=function.__globals__, include_extras=True)
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        raise ProgramError(
            f"action {name!r}: its annotations can't be evaluated: {error}",
            hint="import the types of its arguments and its result at run time (not only `if TYPE_CHECKING`) and "
            "define them in a module",
        ) from None


def _declare(
    function: _ActionFunction, options: _Options, args: tuple[Any, ...], given: Mapping[str, Any]
) -> ActionRun[Any]:
    run, key = running(), current_key(function.name)
    arguments = function.bound(args, given)
    for name in arguments:
        function.shape(name)
    followed = keys_of(options.after)
    document = read(plain(arguments), run.table)
    _refuse_assets(document, key)
    spec = ActionSpec(
        when=options.when,
        once=options.delivery == "at-most-once",
        after=followed,
        runs_locally=options.runs_locally,
        call=function.run,
        result=function.result(),
    )
    declaration = Declaration(
        key=key,
        type=ActionSpec.TYPE,
        document=document,
        options=Options(depends_on=followed, timeout=float(options.timeout)),
        target=current_target(),
        awaited=tuple(await_order.current().frontier),
        source=caller(),
        action=spec,
    )
    run.declare(declaration)
    return ActionRun.of(declaration, spec, run)


def _refuse_assets(value: object, key: str) -> None:
    if isinstance(value, Asset):
        raise ProgramError(
            f"action {key!r}: an argument can't be an asset", hint="give it the path, and open the file in the function"
        )
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        _refuse_assets(one, key)
