"""An app as its program defines it: a name, a stage, a function, rules and default tags."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from cloudwright.app.rules import RuleEvaluator
from cloudwright.app.state_names import check_app_name
from cloudwright.call_errors import checked
from cloudwright.errors import NoProgram, ProgramError
from cloudwright.lazy_dataclass import replace
from cloudwright.program.cli_overrides import asked
from cloudwright.program.run import caller

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from types import FrameType

    from opentelemetry.trace import TracerProvider

    from cloudwright.app.planning import GroupContext
    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.plan.findings import Rule
    from cloudwright.program.transformation import Transform
    from cloudwright.provider.port import Provider

F = TypeVar("F", bound="Callable[[], Any]")
R = TypeVar("R", bound="Rule")
E = TypeVar("E", bound="Transform")
V = TypeVar("V")


class TraceOrigin(NamedTuple):
    """What the spans of an app's runs belong to.

    Attributes:
        parent: `TRACEPARENT` and `TRACESTATE` in the place of the environment's.
        attributes: Of each run's span, in addition.
    """

    parent: Mapping[str, str] = MappingProxyType({})
    attributes: Mapping[str, str] = MappingProxyType({})


class AppDefinition:
    """A named program with its settings. App and stage together name one state.

    Attributes:
        name: The app's name.
        tags: Tags for every taggable resource.
        read_early: What the program's top level has read of `stage` and `local`; it is not run again when the command
            line says otherwise.
    """

    @checked("App")
    def __init__(  # noqa: PLR0913 - the settings of an app, all by keyword
        self,
        name: str,
        *,
        stage: str | None = None,
        state: str | None = None,
        local: bool = False,
        tags: Mapping[str, str] | None = None,
        strict_values: bool = False,
        owner_tag: bool = False,
        assets: str = "",
        providers: Sequence[Provider[Any]] = (),
        tracer_provider: TracerProvider | None = None,
    ) -> None:
        """Name an app; nothing is read or written.

        Args:
            name: Names the app; part of the state's name.
            stage: The stage; by default `$CLOUDWRIGHT_STAGE`, `$USER`, `dev`, in this order.
            state: URL of the state; by default a file in `.cloudwright` beside the program.
            local: Use the local cloud.
            tags: Tags for every taggable resource; a resource's own tags win.
            strict_values: The schemas' limits on values (patterns, lengths, enums) are errors instead of warnings.
            owner_tag: Give every taggable resource the tag `cloudwright:owner` with the app and stage, so that no app
                of another store adopts it; a tag of that name in `tags` or of a resource's own wins.
            assets: The name of the bucket for assets; `{account}` and `{region}` are replaced by those of a resource.
                By default the bucket that `cloudwright bootstrap` makes.
            providers: They make the resources whose types are written in Python.
            tracer_provider: Where the spans of its runs go; by default over OTLP if `OTEL_*` variables ask for it.
        """
        check_app_name(name)
        self.name = name
        self.tags: dict[str, str] = dict(tags or {})
        given = asked()
        self._stage, self._local = given.stage or stage, local if given.local is None else given.local
        self._state, self._strict_values, self._owner_tag = state, strict_values, owner_tag
        self.read_early: dict[str, object] = {}
        self._file = Path(caller().file or ".")
        self._function: Callable[[], Any] | None = None
        self._runtime: Callable[[RunSettings], Awaitable[Runtime]] | None = None
        self._companions: GroupContext | None = None
        self._interrupt: Any = None
        self._images: Any = None
        self._judge = RuleEvaluator()
        self._each: list[Transform] = []
        self._assets = assets
        self._folder: Path | None = None
        self._providers = tuple(providers)
        self._tracer_provider = tracer_provider
        self._trace = TraceOrigin()

    # -- the program

    @checked("app.program")
    def program(self, function: F) -> F:
        """Register the function that declares the app's resources. It is plain or `async`, without parameters.

        Raises:
            ProgramError: The app has one already.
        """
        if self._function is not None:
            raise ProgramError(f"app {self.name!r} has two programs: {self._function.__name__} and {function.__name__}")
        self._function = function
        self._file = Path(function.__code__.co_filename) if hasattr(function, "__code__") else self._file
        return function

    @checked("app.rule")
    def rule(self, function: R) -> R:
        """Register a rule: a plain function that takes the plan and yields findings. It runs with every plan.

        Args:
            function: See `cloudwright.plan.findings`, whose functions create findings.
        """
        self._judge.rules.append(function)
        return function

    @checked("app.each")
    def each(self, function: E) -> E:
        """Register a transformation: a function that changes each declaration in place, before anything is planned.

        Args:
            function: Takes a `cloudwright.program.transformation.ResourceDraft`; its name is the transformation's id.

        Raises:
            ProgramError: It is asynchronous.
        """
        if inspect.iscoroutinefunction(function):
            raise ProgramError(
                f"the transformation {function.__name__} is asynchronous",
                hint="write `def`; await what it needs in the program, before the declarations",
            )
        self._each.append(function)
        return function

    @checked("app.silence")
    def silence(self, rule_id: str, reason: str) -> None:
        """Silence a rule or a transformation in the whole app. Plans keep its findings, with the reason.

        Args:
            rule_id: Such as `IB103`.
            reason: The reason, shown in place of the finding.
        """
        self._judge.silence(rule_id, reason)

    @property
    def has_program(self) -> bool:
        """Whether a function was decorated with `@app.program`."""
        return self._function is not None

    @property
    def stage(self) -> str:
        """The stage: as given, or `$CLOUDWRIGHT_STAGE`, `$USER` or `dev`.

        For a target of a fleet, whose state is named `prod@111122223333.eu-west-1`, it is `prod`: names that a program
        derives from it are the same everywhere.
        """
        return self._noted("stage", self.state_stage.partition("@")[0], sys._getframe(1))  # noqa: SLF001 - who reads it

    @property
    def state_stage(self) -> str:
        """The stage in the state's name; for a target of a fleet with account and Region."""
        return self._stage or os.environ.get("CLOUDWRIGHT_STAGE") or os.environ.get("USER") or "dev"

    @property
    def local(self) -> bool:
        """Whether the local cloud is used."""
        return self._noted("local", self._local, sys._getframe(1))  # noqa: SLF001 - who reads it

    @checked("app.configure")
    def configure(
        self,
        *,
        stage: str | None = None,
        local: bool | None = None,
        state: str | None = None,
        strict_values: bool | None = None,
        folder: Path | None = None,
        runtime: Callable[[RunSettings], Awaitable[Runtime]] | None = None,
        companions: GroupContext | None = None,
        trace: TraceOrigin | None = None,
    ) -> Self:
        """Override arguments of the constructor. `None` keeps the current value.

        Args:
            stage: The stage.
            local: Use the local cloud.
            state: URL of the state.
            strict_values: Value limits are errors.
            folder: The folder of the state, if it is a file; by default the program's folder.
            runtime: Creates the runtime of each run; tests pass their own stores, clouds and clocks.
            companions: The apps that are part of the same run.
            trace: The parent of its runs' spans.
        """
        self._stage = stage or self._stage
        self._state = state or self._state
        self._local = self._local if local is None else local
        self._strict_values = self._strict_values if strict_values is None else strict_values
        self._folder = folder or self._folder
        self._runtime = runtime or self._runtime
        self._companions = companions or self._companions
        self._trace = trace or self._trace
        return self

    @property
    def settings(self) -> RunSettings:
        """The settings of this app."""
        from cloudwright.app.runtime import RunSettings

        notebook = self._file.name.startswith("<") or not self._file.suffix
        folder = self._folder or (Path.cwd() if notebook else self._file.resolve().parent)
        state = self._state or os.environ.get("CLOUDWRIGHT_STATE")
        return RunSettings(self.name, self.state_stage, folder, state, self._local, self._assets)

    def _noted(self, name: str, value: V, reader: FrameType) -> V:
        if reader.f_code.co_name == "<module>":
            self.read_early[name] = value
        return value

    def _program(self) -> Callable[[], Any]:
        if self._function is None:
            raise NoProgram(f"app {self.name!r} has no program", hint="decorate one function with @app.program")
        return self._transformed(self._function)

    def _transformed(self, function: Callable[[], Any]) -> Callable[[], Any]:
        """The program, with its transformations and those that packages install."""
        from cloudwright.app.packs import installed_packs
        from cloudwright.program.run import running
        from cloudwright.program.transformation import named

        packs, silenced = installed_packs(), self._judge.silenced
        self._judge.installed = packs.rules
        installed = (replace(one, silenced=silenced.get(one.id, "")) for one in packs.transformations)
        each = (*named(self._each, silenced), *installed)
        if not each:
            return function

        @functools.wraps(function)
        def program() -> Any:
            running().transformations.each = each
            return function()

        return program
