"""The policy that is printed for a run suffices for it, and no action of it can be left out.

Each run of a resource's life (its create, an update, a drift check, its destroy) is done on the local cloud under the
very policy that `permissions` prints for it; then once more for each action, under the policy without that action. A
destroy is also done where somebody has deleted the resource before: only then it reads. "Left out" means that no such
run tells AWS's refusal, as its error or, where a deploy could not read back what it made, as a note.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from app_kit import World
from catalog_kit import CATALOG, provisionable
from cloudwright import App, Resource, target
from cloudwright.app.bootstrap import bootstrap_app
from cloudwright.app.loading import load
from cloudwright.clock import SystemClock
from cloudwright.errors import CloudwrightError
from cloudwright.local.access.policy import policy_of
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.store import CloudStore
from cloudwright.permissions.model import Purpose
from cloudwright.permissions.policy import policies
from cloudwright.plan.options import PlanOptions
from cloudwright.schema.override import override_for
from cloudwright.state.memory import MemoryStore
from cloudwright.testing import loop
from type_documents.documents import minimal, rich, with_another_leaf, with_another_property

if TYPE_CHECKING:
    from cloudwright.schema.catalog import Catalog
    from cloudwright.schema.pointer import Path as Pointer
    from cloudwright.schema.resource_type import ResourceType

Program = Callable[["Guarded"], App]
"""Makes the app that is run in a world."""

_FOLDER = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted(_FOLDER.glob("*.py"))
_WITH_ASSETS = {"web_service"}

NOTHING: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
"""A policy that allows nothing."""

RECOVERY = frozenset({"cloudformation:ListResourceRequests"})
"""What only the run after one that was killed calls."""

SEED, PROCESSES = 15, 2
"""Of the sample of types; of `make sweep`."""


@dataclass
class Guarded(World):
    """A world whose cloud may be given another policy between two runs."""

    catalog: Callable[[], Catalog] = lambda: CATALOG

    def __post_init__(self) -> None:
        self.store = CloudStore()
        self.allow(None)

    def allow(self, policy: Any) -> None:
        """Let callers do what a policy says, from now on; everything with `None`."""
        given = None if policy is None else policy_of(policy)
        self.cloud = LocalCloud(
            self.catalog(), store=self.store, clock=SystemClock(), operation_time=self.operation_time, policy=given
        )

    async def contents(self) -> tuple[Any, ...]:
        """What a run may have changed: the records, what is open in the journal, and the live resources."""
        states = [
            await MemoryStore(one.app, one.stage, clock=self.clock, database=self.database).read()
            for one in self.database.neighbours()
        ]
        live = [(one.place, one.type_name, one.identifier, one.properties) for one in self.cloud.resources()]
        return [(one.records, one.journal) for one in states], live


@dataclass(frozen=True)
class Run:
    """One run of a program that is done under a policy.

    Attributes:
        name: `create`, `update`, `deploy`, `plan`, `drift` or `destroy`.
        purpose: As `permissions --for` has it.
        before: What is deployed with all permissions first; `None`: nothing.
        program: What is run.
        removed: Also done where what was deployed has been deleted outside of cloudwright.
        assets: The bucket for assets is there.
    """

    name: str
    purpose: Purpose
    before: Program | None
    program: Program
    removed: bool = False
    assets: bool = False

    async def policies(self) -> list[dict[str, Any]]:
        """The documents that `permissions --policy` prints for this run."""
        with tempfile.TemporaryDirectory() as folder:
            world = await self.prepared(Path(folder))
            needed = await self.program(world).permissions(self.purpose)
        return [dict(one.document) for account in needed for one in policies(account, account.name)]

    async def prepared(self, folder: Path, *, removed: bool = False) -> Guarded:
        """A world in which everything is ready for the run."""
        world = Guarded(Path(tempfile.mkdtemp(dir=folder)))
        if self.assets:
            await bootstrap_app("us-east-1").configure(runtime=world.runtime).deploy()
        if self.before is not None:
            with contextlib.chdir(world.folder):
                result = await self.before(world).deploy(allow_findings=True)
            if not result.ok:
                raise AssertionError("; ".join(one.message for one in result.failed))
        for live in world.cloud.resources() if removed else ():
            world.cloud.remove(live.place.account, live.place.region, live.type_name, live.identifier)
        return world

    async def done(self, world: Guarded) -> str:
        """Do it; what goes wrong, or is refused on the way."""
        app = self.program(world)
        with contextlib.chdir(world.folder):
            return await self._done(app)

    async def _done(self, app: App) -> str:
        try:
            if self.purpose is Purpose.PLAN:
                return "; ".join((await app.plan(PlanOptions(refresh=True))).notes)
            if self.purpose is Purpose.DRIFT:
                return "; ".join(one.reason for one in (await app.drift()).resources if one.denied)
            result = await (app.destroy() if self.purpose is Purpose.DESTROY else app.deploy(allow_findings=True))
        except CloudwrightError as error:
            return str(error)
        shown = [text for one in result.outcomes for text in (one.message, *one.notes)]
        return "; ".join(text for text in shown if not result.ok or "is not authorized" in text)


async def said_under(run: Run, documents: list[dict[str, Any]]) -> str:
    """What goes wrong with a run under a policy; empty if nothing does."""
    with tempfile.TemporaryDirectory() as folder:
        return await Tries(run, Path(folder)).refused(documents)


class Tries:
    """A run, done under one policy after another. A world is used again as long as no try has changed anything in it:
    most tries are refused before they do.
    """

    def __init__(self, run: Run, folder: Path) -> None:
        """Nothing is prepared yet.

        Args:
            run: What is tried.
            folder: For the files of the worlds.
        """
        self.run = run
        self._folder = folder
        self._worlds: dict[bool, tuple[Guarded, tuple[Any, ...]]] = {}

    async def refused(self, documents: list[dict[str, Any]]) -> str:
        """What goes wrong under a policy; empty if nothing does."""
        found = await self._refused(documents, removed=False)
        return found or (await self._refused(documents, removed=True) if self.run.removed else "")

    async def _refused(self, documents: list[dict[str, Any]], *, removed: bool) -> str:
        world, contents = await self._ready(removed=removed)
        world.allow(documents or NOTHING)
        shown = await self.run.done(world)
        if await world.contents() != contents:
            world.store.close()
            del self._worlds[removed]
        return shown

    async def _ready(self, *, removed: bool) -> tuple[Guarded, tuple[Any, ...]]:
        if removed not in self._worlds:
            world = await self.run.prepared(self._folder, removed=removed)
            self._worlds[removed] = world, await world.contents()
        return self._worlds[removed]


def without(documents: list[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    """The same policies without one action."""
    thinner: list[dict[str, Any]] = []
    for document in documents:
        statements = [
            {**one, "Action": left}
            for one in document["Statement"]
            if (left := [a for a in one["Action"] if a != action])
        ]
        thinner += [{**document, "Statement": statements}] if statements else []
    return thinner


async def faults(run: Run, spared: frozenset[str] = RECOVERY) -> list[str]:
    """What is wrong with the policy of a run: that it does not suffice, or the actions that it does not need."""
    documents = await run.policies()
    with tempfile.TemporaryDirectory() as folder:
        tries = Tries(run, Path(folder))
        if refused := await tries.refused(documents):
            return [f"{run.name}: the printed policy does not suffice: {refused}"]
        found = []
        for action in sorted(actions(documents) - spared):
            refused = await tries.refused(without(documents, action))
            if f"is not authorized to perform: {action} on resource: " not in refused:
                found.append(f"{run.name}: {action} can be left out: {refused or 'the run succeeds'}")
    return found


def actions(documents: list[dict[str, Any]]) -> set[str]:
    """The actions that policies allow."""
    return {action for document in documents for one in document["Statement"] for action in one["Action"]}


def runs_of(type_name: str) -> Iterator[Run]:
    """The runs of one resource of a type."""
    kind = CATALOG.get(type_name)
    document = minimal(kind)
    if document is None:
        return
    first = _declaring(type_name, document)
    yield Run("create", Purpose.DEPLOY, None, first)
    many = rich(kind) if any(fact.only_with for fact in override_for(type_name).handler_actions) else None
    if many is not None:
        yield Run("create with many properties", Purpose.DEPLOY, None, _declaring(type_name, many))
    if "update" in kind.handlers:
        for edit in (with_another_leaf, with_another_property):
            changed = edit(kind, document, partial(_updatable, kind), 0)
            if changed is not None:
                yield Run("update", Purpose.DEPLOY, first, _declaring(type_name, changed[0]))
                break
    yield Run("drift", Purpose.DRIFT, first, first)
    yield Run("destroy", Purpose.DESTROY, first, first, removed=True)


def _updatable(kind: ResourceType, path: Pointer) -> bool:
    fixed = kind.create_only.covers(path) or kind.conditional_create_only.covers(path)
    return kind.settable(path) and not fixed


def _declaring(type_name: str, document: Mapping[str, Any]) -> Program:
    offered = CATALOG.regions(type_name)
    region = "us-east-1" if not offered or "us-east-1" in offered else min(offered)

    def program() -> None:
        with target(region=region):
            Resource("one", type=type_name, properties=dict(document))

    return lambda world: world.app(program)


def runs_of_file(path: Path) -> Iterator[Run]:
    """The runs of a program in a file."""

    def program(world: Guarded) -> App:
        return load(path).configure(stage="test", runtime=world.runtime)

    assets = path.stem in _WITH_ASSETS
    yield Run("deploy", Purpose.DEPLOY, None, program, assets=assets)
    yield Run("plan", Purpose.PLAN, program, program, assets=assets)
    yield Run("drift", Purpose.DRIFT, program, program, assets=assets)
    yield Run("destroy", Purpose.DESTROY, program, program, removed=True, assets=assets)


def faults_of(name: str) -> list[str]:
    """What is wrong with the policies of a type, or of the program in a file."""

    async def go() -> list[str]:
        runs = runs_of_file(Path(name)) if name.endswith(".py") else runs_of(name)
        return [fault for run in runs for fault in await faults(run)]

    try:
        return loop.run(go())
    except Exception as error:  # noqa: BLE001 - one program's failure is a result, and no end of the sweep
        return [f"{type(error).__name__}: {error}"]


def sample(number: int, seed: int = SEED) -> list[str]:
    """Types spread over all, the same each time."""
    return Random(seed).sample(sorted(provisionable()), number)


def looked_at(names: list[str], results: Path | None) -> dict[str, list[str]]:
    """What is wrong with each program. What a file of results holds is taken from there, and the rest is added to it,
    so that a sweep that was stopped goes on where it was.
    """
    known = {name: each for line in _lines(results) for name, each in json.loads(line).items()}
    left = [name for name in names if name not in known]
    with ProcessPoolExecutor(PROCESSES) as pool:
        running = {pool.submit(faults_of, name): name for name in left}
        for done in as_completed(running):
            known[running[done]] = done.result()
            if results is not None:
                with results.open("a", encoding="utf-8") as out:
                    out.write(json.dumps({running[done]: done.result()}) + "\n")
    return {name: known[name] for name in names}


def _lines(results: Path | None) -> list[str]:
    return results.read_text("utf-8").splitlines() if results is not None and results.exists() else []


def main(arguments: list[str]) -> int:
    """Look at the examples and at many types; say what is wrong."""
    parser = ArgumentParser(prog="python -m sweep.permissions", description=__doc__)
    parser.add_argument("number", nargs="?", type=int, default=300, help="how many types")
    parser.add_argument("--seed", type=int, default=SEED, help="which types")
    parser.add_argument("--results", type=Path, help="a file to add each result to, and to go on from")
    given = parser.parse_args(arguments)
    found = looked_at([*map(str, EXAMPLES), *sample(given.number, given.seed)], given.results)
    wrong = {name: each for name, each in found.items() if each}
    lines = [line for name, each in sorted(wrong.items()) for line in (name, *(f"    {fault}" for fault in each))]
    good = len(found) - len(wrong)
    lines.append(f"{len(found)} programs: the printed policies of {good} suffice, and nothing can be left out")
    sys.stdout.write("\n".join([*lines, ""]))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
