"""What every resource has, a custom one has too: adoption, import, protection, timeouts, secrets, `--local`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from cloudwright import App, Secret, secret
from cloudwright.app.providers import teach_types
from cloudwright.aws import SSM
from cloudwright.errors import CloudwrightError
from cloudwright.plan.model import Action
from cloudwright.provider import Context, CustomResource, Made, Provider, attribute
from cloudwright.schema.catalog import Catalog
from cloudwright.testing import DeployFailed
from integration.provider.dns import CarelessRecords, Dns, Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.testing import AppRunner


class User(CustomResource, type="Acme::Ldap::User"):
    name: str
    password: Secret
    token: Secret = attribute()


class Users(Provider[User]):
    """Shows a token once, when it makes a user; never shows a password."""

    runs_locally = True

    def __init__(self) -> None:
        self.users: dict[str, dict[str, str]] = {}

    async def create(self, new: User, context: Context) -> Made:
        self.users[f"u-{new.name}"] = {"name": new.name, "password": new.password.reveal()}
        return Made(f"u-{new.name}", {"token": "t0ken-of-" + new.name})

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        user = self.users.get(identifier)
        return None if user is None else {"name": user["name"]}

    async def update(self, identifier: str, old: User, new: User, context: Context) -> None:
        assert old.name
        self.users[identifier] = {"name": new.name, "password": new.password.reveal()}

    async def delete(self, identifier: str, context: Context) -> None:
        del self.users[identifier]


def user(password: str, name: str = "ada") -> Callable[[], object]:
    def program() -> None:
        ada = User("ada", name=name, password=secret(password))
        SSM.Parameter("token", Name="/token", Type="String", Value=ada.token)

    return program


def app_of(provider: Provider[User] | Provider[Record], program: Callable[[], object]) -> App:
    app = App("directory", providers=[provider])
    app.program(program)
    return app


def kept_by(runner: AppRunner, app: App) -> str:
    """What the state keeps of each resource; a record's `repr` leaves it out."""
    return repr([(one.declared, one.observed, one.sealed) for one in runner.state(app).records])


def test_secrets_are_masked_and_what_only_a_create_shows_is_sealed(app_runner: AppRunner) -> None:
    users = Users()
    app = app_of(users, user("pa55word"))

    assert "pa55word" not in repr(app_runner.plan(app))
    app_runner.deploy(app)
    assert "pa55word" == users.users["u-ada"]["password"]
    assert ["t0ken-of-ada"] == [one["Value"] for one in app_runner.live("AWS::SSM::Parameter")]
    kept = kept_by(app_runner, app)
    assert "pa55word" not in kept
    assert "t0ken-of-ada" not in kept

    assert app_runner.plan(app).empty
    app_runner.deploy(app_of(users, user("n3w-pa55word")))
    assert "n3w-pa55word" == users.users["u-ada"]["password"]

    def twice() -> None:
        ada = User("ada", name="ada", password=secret("n3w-pa55word"))
        SSM.Parameter("token", Name="/token", Type="String", Value=ada.token)
        SSM.Parameter("copy", Name="/copy", Type="String", Value=ada.token)

    app_runner.deploy(app_of(users, twice))
    assert {"t0ken-of-ada"} == {one["Value"] for one in app_runner.live("AWS::SSM::Parameter")}


class LocalRecords(CarelessRecords):
    runs_locally = True


def www(**options: object) -> Callable[[], object]:
    def program() -> None:
        Record("www", zone="z", name="www", values=["192.0.2.1"], **options)  # type: ignore[arg-type]

    return program


def test_a_live_resource_is_adopted_by_its_identifier(app_runner: AppRunner) -> None:
    dns = Dns(records={"rec-9": {"zone": "z", "name": "www", "values": ["192.0.2.7"], "ttl": 300}})
    app = app_of(LocalRecords(dns), www(adopt="rec-9"))

    (step,) = app_runner.plan(app).steps
    assert Action.IMPORT is step.action
    app_runner.deploy(app)
    assert ["192.0.2.1"] == dns.records["rec-9"]["values"]
    assert ["update rec-9"] == dns.calls


def test_a_protected_resource_is_not_destroyed(app_runner: AppRunner) -> None:
    dns = Dns()
    app = app_of(LocalRecords(dns), www(protect=True))
    app_runner.deploy(app)

    with pytest.raises(CloudwrightError, match="protect"):
        app_runner.destroy(app)
    assert ["rec-1"] == list(dns.records)


def test_drift_is_found_and_repaired(app_runner: AppRunner) -> None:
    dns = Dns()
    app = app_of(LocalRecords(dns), www())
    app_runner.deploy(app)
    dns.records["rec-1"]["values"] = ["203.0.113.9"]

    (found,) = app_runner.drift(app).resources
    assert "203.0.113.9" in json.dumps(str(found))


def ttl(dns: Dns) -> object:
    return dns.records["rec-1"]["ttl"]


def test_a_slow_operation_is_followed_until_its_timeout(app_runner: AppRunner) -> None:
    class Slow(LocalRecords):
        seconds = 30.0

        async def update(self, identifier: str, old: Record, new: Record, context: Context) -> None:
            await asyncio.sleep(self.seconds)
            await super().update(identifier, old, new, context)

    dns = Dns()
    app_runner.deploy(app_of(Slow(dns), www()))
    app_runner.deploy(app_of(Slow(dns), www(ttl=60, timeout=60)))
    assert ttl(dns) == 60

    with pytest.raises(DeployFailed, match="next run follows these requests"):
        app_runner.deploy(app_of(Slow(dns), www(ttl=90, timeout=5)))
    app_runner.deploy(app_of(Slow(dns), www(ttl=90)))
    assert ttl(dns) == 90


def test_without_runs_locally_the_local_cloud_stands_in(app_runner: AppRunner) -> None:
    dns = Dns()
    app = app_of(CarelessRecords(dns), www())

    app_runner.deploy(app)
    assert not dns.calls
    (live,) = app_runner.live("Acme::Dns::Record")
    assert ["192.0.2.1"] == live["values"]
    assert app_runner.plan(app).empty
    app_runner.destroy(app)


def test_a_validation_calls_no_method(app_runner: AppRunner) -> None:
    dns = Dns()
    app = app_of(LocalRecords(dns), www())

    plan = app_runner._clock.run(app.validate())
    assert ["www"] == [step.key for step in plan.steps]
    assert not dns.calls


def test_the_permissions_are_those_that_the_provider_declares(app_runner: AppRunner) -> None:
    class Allowed(LocalRecords):
        permissions = ("route53:ChangeResourceRecordSets",)

    app = app_of(Allowed(Dns()), www()).configure(runtime=app_runner._runtime, local=True, stage="test")
    (account,) = app_runner._clock.run(app.permissions())
    assert {"route53:ChangeResourceRecordSets"} == {one.action for one in account.permissions if "53" in one.action}
    assert not [one.action for one in account.permissions if one.action.startswith("dns:")]


class OpenUser(CustomResource, type="Acme::Ldap::User"):
    """Another program's resource of the same type name, which keeps no secret."""

    name: str
    token: str = attribute()


class OpenUsers(Provider[OpenUser]):
    async def create(self, new: OpenUser, context: Context) -> Made:
        raise NotImplementedError

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        raise NotImplementedError

    async def delete(self, identifier: str, context: Context) -> None:
        raise NotImplementedError


def other_app() -> App:
    app = App("other", providers=[OpenUsers()])

    @app.program
    def program() -> None:
        OpenUser("eve", name="eve")

    return app


def test_another_program_of_the_process_may_give_the_type_name_another_meaning(app_runner: AppRunner) -> None:
    class Interrupted(Users):
        async def create(self, new: User, context: Context) -> Made:
            await asyncio.to_thread(asyncio.run, other_app().validate())
            return await super().create(new, context)

    app = app_of(Interrupted(), user("pa55word"))
    app_runner.deploy(app)
    assert "t0ken-of-ada" not in kept_by(app_runner, app)
    assert ["t0ken-of-ada"] == [one["Value"] for one in app_runner.live("AWS::SSM::Parameter")]


def test_what_one_program_teaches_no_other_catalogue_knows() -> None:
    ours, theirs = Catalog.bundled(), Catalog.bundled()
    teach_types(ours, [Users()])
    teach_types(theirs, [OpenUsers()])

    assert ours.get("Acme::Ldap::User").override.secret_outputs.covers(("token",))
    assert not theirs.get("Acme::Ldap::User").override.secret_outputs
    assert not Catalog.bundled().override("Acme::Ldap::User").secret_outputs


def test_the_local_cloud_takes_a_type_as_the_present_program_has_it(app_runner: AppRunner) -> None:
    class Plain(CustomResource, type="Acme::Dns::Record"):
        text: str

    class PlainRecords(Provider[Plain]):
        async def create(self, new: Plain, context: Context) -> Made:
            raise NotImplementedError

        async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
            raise NotImplementedError

        async def delete(self, identifier: str, context: Context) -> None:
            raise NotImplementedError

    app_runner.deploy(app_of(CarelessRecords(Dns()), www()))
    other = App("other", providers=[PlainRecords()])

    @other.program
    def program() -> None:
        Plain("one", text="one")

    app_runner.deploy(other)
    assert "one" == app_runner.live("Acme::Dns::Record")[-1]["text"]
