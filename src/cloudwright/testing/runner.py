"""Plans, deploys and destroys programs against a local cloud in virtual time."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from cloudwright.app.app import App
from cloudwright.app.runtime import compose
from cloudwright.errors import CloudwrightError, NoProgram
from cloudwright.local.transport import LocalTransport
from cloudwright.state.memory import MemoryDatabase, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping

    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.engine.outcome import Result
    from cloudwright.local.cloud import LocalCloud
    from cloudwright.plan.drift import DriftReport
    from cloudwright.plan.model import Plan
    from cloudwright.plan.options import PlanOptions
    from cloudwright.schema.catalog import Catalog
    from cloudwright.state.snapshot import Snapshot
    from cloudwright.testing.loop import SteppingClock

    Program = str | Path | App | Callable[[], Any]

_MACHINERY = {"cloudwright", "asyncio", "concurrent", "runpy", "threading"}

T = TypeVar("T")

__tracebackhide__ = True  # pytest shows the lines of the test, not these

STAGE = "test"
_FUNCTION_APP = "app"


class DeployFailed(CloudwrightError):
    """A deploy or a destroy failed; the message names each failure and its source line.

    Attributes:
        result: The result of the run.
    """

    def __init__(self, result: Result) -> None:
        """Build the message from every failure.

        Args:
            result: A result with at least one failed step.
        """
        from cloudwright.render.deploy.outcomes import OutcomeText
        from cloudwright.render.terminal.style import TerminalStyle

        text = OutcomeText(TerminalStyle())
        super().__init__("\n".join([text.summary(result), *text.failures(result)]).rstrip())
        self.result = result


class AppRunner:
    """Runs programs against one local cloud, with its own states in memory.

    Each call continues from the state that the one before it left. Operations run on a virtual clock, so half an hour
    of waiting takes milliseconds. Every method works in plain tests and in async ones.

    Attributes:
        cloud: The cloud.
    """

    def __init__(self, cloud: LocalCloud, clock: SteppingClock, catalog: Catalog, folder: Path, key: Path) -> None:
        """Start with an empty state.

        Args:
            cloud: The cloud, on the same clock.
            clock: The clock.
            catalog: The resource types of the cloud.
            folder: The base of relative paths of programs.
            key: A file for the sealing key; created when it is needed.
        """
        self.cloud = cloud
        self._clock, self._catalog, self._folder, self._key = clock, catalog, folder, key
        self._states = MemoryDatabase()
        self._loaded: dict[Path, App] = {}

    def plan(self, program: Program, options: PlanOptions | None = None, *, stage: str = STAGE) -> Plan:
        """The plan of a deploy.

        Args:
            program: The path of a program file, an app, or a plain function that declares resources.
            options: The options of the command line.
            stage: Each stage has its own state.

        Raises:
            CloudwrightError: The program can't be planned.
        """
        return self._run(program, stage, lambda app: app.plan(options))

    def deploy(self, program: Program, options: PlanOptions | None = None, *, stage: str = STAGE) -> Result:
        """Deploy a program.

        Args:
            program: As for `plan`.
            options: The options of the command line.
            stage: Each stage has its own state.

        Raises:
            CloudwrightError: The program can't be planned.
            DeployFailed: A step failed; finished steps are not undone.
        """
        return _checked(self._run(program, stage, lambda app: app.deploy(options=options)))

    def destroy(self, program: Program, options: PlanOptions | None = None, *, stage: str = STAGE) -> Result:
        """Delete all resources in the state.

        Args:
            program: As for `plan`.
            options: The options of the command line.
            stage: Each stage has its own state.

        Raises:
            DeployFailed: A delete failed.
        """
        return _checked(self._run(program, stage, lambda app: app.destroy(options=options)))

    def drift(self, program: Program, *, stage: str = STAGE) -> DriftReport:
        """The changes made outside cloudwright.

        Args:
            program: As for `plan`.
            stage: Each stage has its own state.
        """
        return self._run(program, stage, lambda app: app.drift())

    def outputs(self, program: Program, *, stage: str = STAGE) -> Mapping[str, Any]:
        """The program's outputs at its last deploy; secrets are `Secret` objects.

        Args:
            program: As for `plan`.
            stage: Each stage has its own state.
        """
        return self._run(program, stage, lambda app: app.outputs())

    def state(self, program: Program, *, stage: str = STAGE) -> Snapshot:
        """The records of the state after the last run.

        Args:
            program: As for `plan`.
            stage: Each stage has its own state.
        """
        return self._run(program, stage, lambda app: app.snapshot())

    def live(self, type_name: str, *, account: str | None = None, region: str | None = None) -> list[dict[str, Any]]:
        """The properties of all resources of a type, oldest first, as a read shows them.

        Args:
            type_name: Such as `AWS::S3::Bucket`.
            account: Only of this account.
            region: Only of this Region.
        """
        found = self.cloud.resources(account, region)
        return [self.cloud.shown(*one.place, type_name, one.identifier) for one in found if one.type_name == type_name]

    def wait(self, seconds: float) -> None:
        """Let virtual time pass.

        Args:
            seconds: How long.
        """
        self._clock.advance(seconds)

    def _run(self, program: Program, stage: str, work: Callable[[App], Coroutine[Any, Any, T]]) -> T:
        try:
            app = copy.copy(self._found(program)).configure(stage=stage, local=True, runtime=self._runtime)
            return self._clock.run(work(app))
        except Exception as error:
            shorten(error)
            raise

    def _found(self, program: Program) -> App:
        if isinstance(program, App):
            return program
        if isinstance(program, str | Path):
            return self._load((self._folder / program).resolve())
        app = App(_FUNCTION_APP)
        app.program(program)
        return app

    def _load(self, path: Path) -> App:
        from cloudwright.app.loading import load

        if not path.is_file():
            raise NoProgram(
                f"there is no file {path}", hint=f"paths are relative to the folder of the test, {self._folder}"
            )
        if path not in self._loaded:
            self._loaded[path] = load(path)
        return self._loaded[path]

    async def _runtime(self, settings: RunSettings) -> Runtime:
        store = MemoryStore(settings.app, settings.stage, clock=self._clock, database=self._states)
        return compose(
            replace(settings, folder=self._key.parent, local=True),
            await store.read(),
            store,
            catalog=self._catalog,
            clock=self._clock,
            transport=LocalTransport(self.cloud),
            environ={"CLOUDWRIGHT_KEY_FILE": str(self._key)},
            fixtures=self.cloud.fixtures.find,
        )


def _checked(result: Result) -> Result:
    if result.failed:
        raise DeployFailed(result)
    return result


def shorten(error: BaseException) -> None:
    """Remove cloudwright's own frames from an error's traceback, unless cloudwright itself failed.

    Args:
        error: One of cloudwright's errors, or raised by a program; any other error keeps its traceback.
    """
    frames = list(_frames(error.__traceback__))
    if not frames or (_is_machinery(frames[-1]) and not isinstance(error, CloudwrightError)):
        return
    kept: TracebackType | None = None
    for one in reversed(frames):
        if not _is_machinery(one):
            kept = TracebackType(kept, one.tb_frame, one.tb_lasti, one.tb_lineno)
    error.__traceback__ = kept


def _frames(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _is_machinery(trace: TracebackType) -> bool:
    return str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0] in _MACHINERY
