"""What the plan did not show does not happen, for types that are written in Python, for actions, and in fleets.

A random program of sites (a custom type), topics and actions is deployed; then, in rounds, somebody else changes what
the provider keeps, and the program is edited. Each call of the provider, each property that it changes, each patch and
each run of an action must have its line in the plan or in the outcome. What others changed and nobody showed stays.
In a fleet, the plan is that which was reviewed: others change something again before it is applied.
"""

from __future__ import annotations

import asyncio
import copy
import json
import os
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from app_kit import World
from catalogue.kit import patches
from cloudwright import ActionContext, action
from cloudwright.aws.control import AWS
from cloudwright.errors import CloudwrightError
from cloudwright.fleet.consent import FleetConsent
from cloudwright.fleet.model import Verb
from cloudwright.fleet.verb_handlers import HANDLERS, PLANNED
from cloudwright.plan.model import Action
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.saved import plan_from
from cloudwright.provider import Context, CustomResource, Made, Provider, attribute, create_only
from cloudwright.schema.pointer import parse
from cloudwright.testing import loop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from cloudwright import App
    from cloudwright.engine.outcome import Result
    from cloudwright.plan.model import Plan, Step

    Deploy = Callable[[App, PlanOptions, Callable[[], None]], Awaitable[tuple[Sequence[Plan], Result]]]

Document = dict[str, Any]
SEEDS = range(int(os.environ.get("CLOUDWRIGHT_WIRE_SEEDS", "12")))
ROUNDS = 4
SITE = "Acme::Web::Site"


class Site(CustomResource, type="Acme::Web::Site"):
    """A site of a service of our own."""

    name: Annotated[str, create_only]
    title: str
    hosts: list[str]
    labels: dict[str, str]
    limit: int = 10
    url: str = attribute()


@dataclass
class Sites(Provider[Site]):
    """The service and its provider: it keeps whole documents, as a service of somebody's own does.

    Attributes:
        kept: What exists, by identifier.
        calls: Verb, identifier, and the document before and after each call.
    """

    kept: dict[str, Document] = field(default_factory=dict)
    calls: list[tuple[str, str, Document, Document]] = field(default_factory=list)
    made: int = 0
    idempotent = True
    runs_locally = True

    async def create(self, new: Site, context: Context) -> Made:
        self.made += 1
        name = f"site-{self.made}"
        self._keep("create", name, _document(new))
        return Made(name)

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        found = self.kept.get(identifier)
        return None if found is None else {**copy.deepcopy(found), "url": f"https://{found['name']}"}

    async def update(self, identifier: str, old: Site, new: Site, context: Context) -> None:
        self._keep("update", identifier, _document(new))

    async def delete(self, identifier: str, context: Context) -> None:
        self._keep("delete", identifier, {})

    def _keep(self, verb: str, name: str, after: Document) -> None:
        self.calls.append((verb, name, self.kept.pop(name, {}), after))
        if after:
            self.kept[name] = copy.deepcopy(after)


def _document(site: Site) -> Document:
    return {
        "name": site.name,
        "title": site.title,
        "hosts": list(site.hosts),
        "labels": dict(site.labels),
        "limit": site.limit,
    }


@dataclass(frozen=True)
class Draft:
    """What a program declares: sites, a topic that takes a site's address, and an action that follows one of them."""

    sites: tuple[Document, ...]
    topic: str
    follows: int
    always: bool
    argument: str

    def program(self, ran: list[str]) -> Callable[[], None]:
        """The program.

        Args:
            ran: Takes the name of each action that is run.
        """

        def declare() -> None:
            made = [Site(each["name"], **copy.deepcopy(each)) for each in self.sites]
            AWS.SNS.Topic("topic", TopicName="topic", DisplayName=self.topic)
            if made:
                followed = made[self.follows % len(made)]

                @action(after=followed, when="always" if self.always else "changed", runs_locally=True)
                async def act(context: ActionContext, argument: str) -> str:
                    ran.append("act")
                    return argument

                AWS.SSM.Parameter("note", Name="/note", Type="String", Value=act(argument=self.argument).result)

        return declare


class Author:
    """Writes and edits programs at random."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self._number = 0

    def write(self) -> Draft:
        sites = tuple(self._site() for _ in range(self.dice.randint(1, 3)))
        return Draft(sites, self._word(), self.dice.randrange(3), self.dice.random() < 0.3, self._word())

    def edit(self, draft: Draft) -> Draft:
        drawn = self.dice.random()
        if drawn < 0.1:
            return replace(draft, topic=self._word())
        if drawn < 0.2:
            return replace(draft, argument=self._word())
        if drawn < 0.3:
            return replace(draft, sites=(*draft.sites, self._site()))
        if drawn < 0.4 and len(draft.sites) > 1:
            return replace(draft, sites=draft.sites[1:])
        if drawn < 0.5:
            return draft
        at = self.dice.randrange(len(draft.sites))
        return replace(draft, sites=(*draft.sites[:at], self._edited(draft.sites[at]), *draft.sites[at + 1 :]))

    def _site(self) -> Document:
        hosts, labels = [self._word() for _ in range(3)], {self._word(): self._word() for _ in range(2)}
        return {"name": self._word(), "title": self._word(), "hosts": hosts, "labels": labels, "limit": 10}

    def _edited(self, site: Document) -> Document:
        changed = copy.deepcopy(site)
        name = self.dice.choice(["title", "hosts", "labels", "limit", "more hosts", "fewer labels"])
        if name == "title":
            changed["title"] = self._word()
        elif name == "limit":
            changed["limit"] += 1
        elif name == "hosts":
            changed["hosts"][self.dice.randrange(len(changed["hosts"]))] = self._word()
        elif name == "more hosts":
            changed["hosts"].insert(self.dice.randint(0, len(changed["hosts"])), self._word())
        elif name == "labels":
            changed["labels"][self.dice.choice([*changed["labels"], "new"])] = self._word()
        elif len(changed["labels"]) > 1:
            changed["labels"].popitem()
        return changed

    def _word(self) -> str:
        self._number += 1
        return f"w{self._number}"


class Outsider:
    """Changes what the service keeps; a text for each element that was added, found nowhere else."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.marks: dict[str, str] = {}

    def visit(self, kept: dict[str, Document]) -> None:
        for name, document in kept.items():
            if self.dice.random() < 0.6:
                self._touch(name, document)
        self.marks = {mark: name for mark, name in self.marks.items() if mark in str(kept.get(name))}

    def _touch(self, name: str, document: Document) -> None:
        mark = f"theirs-{len(self.marks)}-{self.dice.randrange(1 << 20)}"
        drawn = self.dice.random()
        if drawn < 0.3:
            document["hosts"].insert(self.dice.randint(0, len(document["hosts"])), mark)
        elif drawn < 0.6:
            document["labels"][mark] = "theirs"
        elif drawn < 0.7:
            self.dice.shuffle(document["hosts"])
            return
        elif drawn < 0.8 and document["hosts"]:
            document["hosts"].pop()
            return
        elif drawn < 0.9:
            document["title"] = mark
            return  # a plan that shows the title may overwrite it
        else:
            document["limit"] += 100
            return
        self.marks[mark] = name


@dataclass
class Wire:
    """What one deploy did, and what was known of it before."""

    plans: Sequence[Plan]
    result: Result
    calls: Sequence[tuple[str, str, Document, Document]]
    ran: Sequence[str]
    patches: Sequence[Sequence[Document]]
    marks: Mapping[str, str]
    kept: Mapping[str, Document]

    @property
    def steps(self) -> list[Step]:
        return [step for plan in self.plans for step in plan.steps]

    def unshown(self) -> Iterator[str]:
        """What was done without a line in the plan or in the outcome."""
        for verb, name, before, after in self.calls:
            steps = [step for step in self.steps if step.type == SITE and step.action in _STEPS[verb]]
            about = [step for step in steps if verb == "create" or step.identifier == name]
            if not about:
                yield f"{verb} of {name}"
            if verb == "update":
                yield from (f"{name}: {path}" for path in _changed(before, after) if not self._shows(about, path))
        runs = [step.key for step in self.steps if step.action is Action.RUN]
        yield from (f"run of {key}" for key in self.ran if key not in runs)
        lines = [parse(change.path)[:1] for step in self.steps for change in step.changes]
        for one in (one for patch in self.patches for one in patch if one["op"] != "test"):
            if parse(one["path"])[:1] not in lines:
                yield f"patch {one['path']}"

    def _shows(self, steps: Sequence[Step], path: str) -> bool:
        shown = {parse(change.path)[0] for step in steps for change in step.changes}
        notes = "\n".join(note for outcome in self.result.outcomes for note in outcome.notes)
        return path in shown or f"/{path}" in notes

    def lost(self) -> list[str]:
        """What others changed and a call took away, though no plan showed it."""
        shown = str([[change.old, change.path] for step in self.steps for change in step.changes])
        touched = {name for _, name, _, _ in self.calls}
        gone = [mark for mark, name in self.marks.items() if name in touched and mark not in str(self.kept.get(name))]
        deleted = {step.identifier for step in self.steps if step.action in _STEPS["delete"]}
        return [mark for mark in gone if mark not in shown and self.marks[mark] not in deleted]

    def wrong(self) -> list[str]:
        """Errors of cloudwright's own."""
        return [repr(one.error) for one in self.result.failed if not isinstance(one.error, CloudwrightError)]


_STEPS = {
    "create": {Action.CREATE, Action.REPLACE},
    "update": {Action.UPDATE},
    "delete": {Action.DELETE, Action.REPLACE},
}


def _changed(before: Document, after: Document) -> list[str]:
    return [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_call_of_a_provider_and_each_run_of_an_action_has_its_line(seed: int, tmp_path: Path) -> None:
    _check(loop.run(_told(World(tmp_path), Random(seed))))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fleet_does_no_more_than_the_reviewed_plan_shows(seed: int, tmp_path: Path) -> None:
    wires = loop.run(_told(World(tmp_path), Random(f"fleet {seed}"), deploy=_by_fleet))

    _check(wires)
    assert any(wire.calls or wire.patches or wire.ran for wire in wires)


def _check(wires: Iterable[Wire]) -> None:
    for wire in wires:
        assert list(wire.unshown()) == []
        assert wire.lost() == []
        assert wire.wrong() == []


async def _directly(app: App, options: PlanOptions, visit: Callable[[], None]) -> tuple[Sequence[Plan], Result]:
    result = await app.deploy(options=options, allow_findings=True)
    return result.plans, result


async def _by_fleet(app: App, options: PlanOptions, visit: Callable[[], None]) -> tuple[Sequence[Plan], Result]:
    """What a worker of a fleet does with one target: it plans, stores the plan for a review, and applies it later."""
    handler = HANDLERS[Verb.DEPLOY]
    assert handler.apply is not None
    inspected = json.loads(json.dumps(await handler.inspect(app, options)))
    assert inspected["status"] == PLANNED
    agreed = plan_from(inspected["plan"])
    visit()
    return (agreed,), await handler.apply(app, options, FleetConsent(agreed, yes=False))


async def _told(world: World, dice: Random, provider: type[Sites] = Sites, deploy: Deploy = _directly) -> list[Wire]:
    sites, author, outsider, ran = provider(), Author(dice), Outsider(dice), list[str]()
    sent, draft, wires = patches(world), author.write(), list[Wire]()
    for number in range(ROUNDS + 1):
        if number:
            outsider.visit(sites.kept)
            draft = author.edit(draft)
        done = len(sites.calls)
        sent.clear()
        ran.clear()
        app = world.app(draft.program(ran), providers=[sites])
        names = tuple(each["name"] for each in draft.sites)
        options = PlanOptions(refresh=dice.random() < 0.3, allow_replace=names)
        plans, result = await deploy(app, options, partial(outsider.visit, sites.kept))
        await asyncio.sleep(0)
        assert result.ok or number, result.failed
        kept = copy.deepcopy(sites.kept)
        marks, patched = dict(outsider.marks), copy.deepcopy(sent)
        wires.append(Wire(plans, result, sites.calls[done:], list(ran), patched, marks, kept))
    return wires


class Greedy(Sites):
    """Its update takes away what others added."""

    async def update(self, identifier: str, old: Site, new: Site, context: Context) -> None:
        hosts = [host for host in new.hosts if "theirs" not in host]
        labels = {name: value for name, value in new.labels.items() if "theirs" not in name}
        self._keep("update", identifier, {**_document(new), "hosts": hosts, "labels": labels})


class Meddling(Sites):
    """Its update writes other sites, too."""

    async def update(self, identifier: str, old: Site, new: Site, context: Context) -> None:
        for name in [identifier, *(each for each in self.kept if each != identifier)]:
            self._keep("update", name, _document(new))


@pytest.mark.parametrize(("provider", "found"), [(Greedy, Wire.lost), (Meddling, Wire.unshown)])
def test_what_is_done_unseen_is_found_out(
    provider: type[Sites], found: Callable[[Wire], Iterable[str]], tmp_path: Path
) -> None:
    stories = (loop.run(_told(World(tmp_path / str(seed)), Random(seed), provider)) for seed in range(40))

    assert any(list(found(wire)) for wires in stories for wire in wires)


def test_an_action_that_no_plan_shows_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Wire, "steps", property(lambda self: [s for p in self.plans for s in p.steps if not s.is_action])
    )

    assert any(list(wire.unshown()) for wire in loop.run(_told(World(tmp_path), Random(0))))
