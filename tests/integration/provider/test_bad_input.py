"""What a provider does wrong is noticed, and named."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import pytest

from cloudwright import App
from cloudwright.errors import ProgramError
from cloudwright.provider import (
    BlockedLoopWarning,
    Context,
    CustomResource,
    Exists,
    Made,
    Provider,
    Rejected,
    attribute,
    create_only,
)
from cloudwright.testing import DeployFailed
from integration.provider.dns import CarelessRecords, Dns, FindingRecords, Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.testing import AppRunner


def www(value: str = "192.0.2.1") -> Callable[[], object]:
    def program() -> None:
        Record("www", zone="example.com", name="www", values=[value])

    return program


def app_of(provider: CarelessRecords, program: Callable[[], object] | None = None) -> App:
    vars(provider)["runs_locally"] = True  # of this object; set on the class, it would outlive the test
    app = App("dns", providers=[provider])
    app.program(program or www())
    return app


def failure(runner: AppRunner, app: App) -> str:
    with pytest.raises(DeployFailed) as failed:
        runner.deploy(app)
    return " ".join(str(failed.value).split())


def test_a_create_that_raises_is_doubtful_and_the_next_run_asks(app_runner: AppRunner) -> None:
    class Raising(CarelessRecords):
        async def create(self, new: Record, context: Context) -> Made:
            await super().create(new, context)
            raise ValueError("out of ideas")

    dns = Dns()
    text = failure(app_runner, app_of(Raising(dns)))
    assert "Raising.create raised ValueError: out of ideas" in text
    assert "it is unknown whether it created something" in text
    assert "Exception" not in text, "a code of cloudwright's own, about which the provider said nothing"

    assert "`cloudwright import FILE www IDENTIFIER`" in text
    with pytest.raises(Exception, match="doubtful") as again:
        app_runner.deploy(app_of(Raising(dns)))
    assert "`cloudwright import FILE www IDENTIFIER`" in str(again.value)
    assert "--adopt" not in f"{text} {again.value}", "only its provider knows the identifier, so its name finds nothing"
    assert 1 == dns.made


def test_a_create_that_find_disproves_is_clean(app_runner: AppRunner) -> None:
    class Raising(FindingRecords):
        async def create(self, new: Record, context: Context) -> Made:
            if not self.dns.calls:
                self.dns.calls.append("failed")
                raise ValueError("out of ideas")
            return await super().create(new, context)

    dns = Dns()
    assert "`find` shows that nothing was created" in failure(app_runner, app_of(Raising(dns)))
    app_runner.deploy(app_of(Raising(dns)))
    assert ["rec-1"] == list(dns.records)


def test_a_refusal_makes_nothing(app_runner: AppRunner) -> None:
    class Refusing(CarelessRecords):
        async def create(self, new: Record, context: Context) -> Made:
            raise Rejected("the zone is locked")

    dns = Dns()
    text = failure(app_runner, app_of(Refusing(dns)))
    assert "the zone is locked" in text
    assert "the create failed and created nothing" in text
    assert app_runner.state(app_of(Refusing(dns))).journal == ()


def test_what_exists_is_offered_for_adoption(app_runner: AppRunner) -> None:
    class Meeting(CarelessRecords):
        async def create(self, new: Record, context: Context) -> Made:
            raise Exists("rec-0")

    text = failure(app_runner, app_of(Meeting(Dns())))
    assert "`cloudwright import FILE www rec-0`" in text
    assert "--adopt" not in text, "only its provider knows the identifier, so its name finds nothing"


def test_declared_exceptions_are_retried(app_runner: AppRunner) -> None:
    class Tired(FindingRecords):
        retry = (ConnectionError,)

        async def create(self, new: Record, context: Context) -> Made:
            self.dns.calls.append("try")
            if len(self.dns.calls) < 3:
                raise ConnectionError
            return await super().create(new, context)

    dns = Dns()
    app_runner.deploy(app_of(Tired(dns)))
    assert ["try", "try", "try", "make rec-1"] == dns.calls


@pytest.mark.parametrize(
    ("returned", "shown"),
    [
        ("rec-1", "create returned a str; it must return Made(identifier)"),
        (Made(""), "create returned a Made"),
        (None, "create returned None"),
    ],
)
def test_a_create_that_returns_the_wrong_type_is_named(app_runner: AppRunner, returned: object, shown: str) -> None:
    class Wrong(CarelessRecords):
        async def create(self, new: Record, context: Context) -> Made:
            return returned  # type: ignore[return-value]

    assert shown in failure(app_runner, app_of(Wrong(Dns())))


@pytest.mark.parametrize(
    ("live", "shown"),
    [
        ({"values": "192.0.2.1"}, "Wrong.read returned an invalid value: values is a str; its type is list[str]"),
        ({"colour": "red"}, "Wrong.read returned 'colour', which is not a field of Record"),
        (["a"], "Wrong.read returned a list; it must return a mapping"),
    ],
)
def test_a_read_that_returns_nonsense_is_named(app_runner: AppRunner, live: object, shown: str) -> None:
    class Wrong(CarelessRecords):
        async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
            if len(self.dns.calls) < 2:
                return await super().read(identifier, context)
            return live  # type: ignore[return-value]

    dns = Dns()
    app = app_of(Wrong(dns))
    app_runner.deploy(app)
    dns.calls.append("nonsense from now on")

    report = app_runner.drift(app)
    text = " ".join(str(report.resources).split())
    assert shown in text
    assert "GeneralService" not in text, "a code of cloudwright's own, about which the provider said nothing"


def test_an_update_that_returns_another_identifier_is_named(app_runner: AppRunner) -> None:
    class Renaming(CarelessRecords):
        async def update(self, identifier: str, old: Record, new: Record, context: Context) -> None:
            return Made("rec-2")  # type: ignore[return-value]

    dns = Dns()
    app_runner.deploy(app_of(Renaming(dns)))
    text = failure(app_runner, app_of(Renaming(dns), www("192.0.2.9")))
    assert "an update can't change the identifier" in text


def test_a_method_that_blocks_the_loop_is_named(app_runner: AppRunner) -> None:
    class Blocking(CarelessRecords):
        async def create(self, new: Record, context: Context) -> Made:
            time.sleep(1.1)  # noqa: ASYNC251 - that is the mistake
            return await super().create(new, context)

    with pytest.warns(BlockedLoopWarning, match=r"Blocking\.create blocked the event loop for 1\.\d s"):
        app_runner.deploy(app_of(Blocking(Dns())))


def test_a_plain_method_is_named(app_runner: AppRunner) -> None:
    class Plain(CarelessRecords):
        def create(self, new: Record, context: Context) -> Made:  # type: ignore[override]
            return Made("rec-1")

    assert "Plain.create is not a coroutine function" in failure(app_runner, app_of(Plain(Dns())))


def test_two_providers_of_one_type_are_refused(app_runner: AppRunner) -> None:
    app = App("dns", providers=[CarelessRecords(Dns()), FindingRecords(Dns())])
    app.program(www())

    with pytest.raises(ProgramError, match=r"two providers manage Acme::Dns::Record: .*CarelessRecords and .*Finding"):
        app_runner.plan(app)


def test_a_provider_that_is_missing_is_named(app_runner: AppRunner) -> None:
    app = App("dns")

    @app.program
    def program() -> None:
        Unprovided("d", name="d")

    with pytest.raises(ProgramError, match="no provider") as raised:
        app_runner.plan(app)
    assert "App(..., providers=[...])" in str(raised.value)


class Nothing(Provider[Record]):
    async def create(self, new: Record, context: Context) -> Made:
        raise NotImplementedError

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        return None

    async def delete(self, identifier: str, context: Context) -> None:
        return None


class Dated(CustomResource, type="Acme::Dns::Dated"):
    when: datetime


class Unprovided(CustomResource, type="Acme::Dns::Unprovided"):
    name: str


class Taken(CustomResource, type="Acme::Dns::Taken"):
    protect: bool = attribute()


class Movable(CustomResource, type="Acme::Dns::Movable", identifier=("name",)):
    name: str


@dataclass(frozen=True)
class Point:
    at: complex


class Nested(CustomResource, type="Acme::Dns::Nested"):
    points: list[Point]


@pytest.mark.parametrize(
    ("resource", "shown"),
    [
        (Dated, "Dated.when: datetime has no JSON form"),
        (Nested, r"Nested.points\[\].at: complex has no JSON form"),
        (Taken, "Taken.protect: every resource already has a keyword or attribute with this name"),
        (Movable, "'name' is part of the identifier, so it must be a create-only str"),
    ],
)
def test_a_field_that_can_not_be_is_named(resource: type[CustomResource], shown: str) -> None:
    with pytest.raises(ProgramError, match=shown):
        dict(resource.definition.fields)


def test_a_type_name_has_three_parts() -> None:
    with pytest.raises(ProgramError, match="three parts"):

        class Short(CustomResource, type="Acme::Record"):
            name: Annotated[str, create_only]


def test_a_misspelt_keyword_is_refused(app_runner: AppRunner) -> None:
    def program() -> None:
        Record("www", zone="example.com", nme="www", values=[])  # type: ignore[call-arg]

    with pytest.raises(ProgramError, match="Record has no property 'nme'; did you mean 'name'"):
        app_runner.plan(app_of(CarelessRecords(Dns()), program))


def test_a_value_of_the_wrong_type_is_refused_by_the_plan(app_runner: AppRunner) -> None:
    def program() -> None:
        Record("www", zone="example.com", name="www", values="192.0.2.1")  # type: ignore[arg-type]

    with pytest.raises(Exception, match="values"):
        app_runner.deploy(app_of(CarelessRecords(Dns()), program))
