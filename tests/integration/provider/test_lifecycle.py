from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright import App
from cloudwright.local.cloud import LocalCloud
from cloudwright.plan.model import Action
from cloudwright.plan.options import PlanOptions
from cloudwright.schema.catalog import Catalog
from integration.provider.dns import CarelessRecords, Dns, Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.testing import AppRunner


class LocalRecords(CarelessRecords):
    runs_locally = True


def app_of(dns: Dns, program: Callable[[], object]) -> App:
    app = App("dns", providers=[LocalRecords(dns)])
    app.program(program)
    return app


def www(*values: str, zone: str = "example.com", ttl: int = 300) -> Callable[[], object]:
    def program() -> dict[str, object]:
        record = Record("www", zone=zone, name="www", values=list(values), ttl=ttl)
        return {"fqdn": record.fqdn}

    return program


def test_a_resource_is_created_updated_replaced_and_destroyed(app_runner: AppRunner) -> None:
    dns = Dns()

    app_runner.deploy(app_of(dns, www("192.0.2.1")))
    assert {"rec-1": {"zone": "example.com", "name": "www", "values": ["192.0.2.1"], "ttl": 300}} == dns.records
    assert {"fqdn": "www.example.com"} == app_runner.outputs(app_of(dns, www("192.0.2.1")))

    assert [Action.NONE] == [step.action for step in app_runner.plan(app_of(dns, www("192.0.2.1"))).steps]
    app_runner.deploy(app_of(dns, www("192.0.2.2", ttl=60)))
    assert {"rec-1": {"zone": "example.com", "name": "www", "values": ["192.0.2.2"], "ttl": 60}} == dns.records

    options = PlanOptions(allow_replace=("www",))
    app_runner.deploy(app_of(dns, www("192.0.2.2", zone="example.org")), options)
    assert ["rec-2"] == list(dns.records)

    app_runner.destroy(app_of(dns, www("192.0.2.2")))
    assert {} == dns.records


def test_what_a_missing_provider_made_is_kept_reported_and_deletable_once_it_is_back(app_runner: AppRunner) -> None:
    dns = Dns()
    app_runner.deploy(app_of(dns, www("192.0.2.1")))
    empty = App("dns")
    empty.program(lambda: None)
    app_runner._catalog = Catalog.bundled()  # what a new process knows
    app_runner.cloud = LocalCloud(app_runner._catalog, clock=app_runner._clock)

    plan = app_runner.plan(empty)
    assert plan.empty
    assert "www (Acme::Dns::Record rec-1) is left unchanged: the app has no provider of its type" in plan.notes[0]
    app_runner.deploy(empty)
    assert "www" in str(app_runner.drift(empty).notes)
    assert ["www"] == [record.key for record in app_runner.state(empty).records]

    app_runner.deploy(app_of(dns, lambda: None))
    assert {} == dns.records
    assert () == app_runner.state(empty).records
