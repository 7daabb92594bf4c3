"""Plans, results and snapshots made by hand, for the tests of what people and machines see."""

from __future__ import annotations

from typing import Any

from cloudwright.control.model import Operation
from cloudwright.engine.outcome import Outcome, Result, Status
from cloudwright.errors import ServiceError
from cloudwright.plan.model import Action, Change, Declared, Finding, Order, Partial, Plan, Step
from cloudwright.program.source import Source
from cloudwright.secret import secret
from cloudwright.state.journal import JournalEntry
from cloudwright.state.leases.lease import Holder, Lease
from cloudwright.state.records import Record, RecordStatus
from cloudwright.state.snapshot import Snapshot
from cloudwright.target import Target

HERE = Target("111122223333", "us-east-1")
SOURCE = Source("infra.py", 12)
CONFIGURATION = "AWS::ImageBuilder::DistributionConfiguration"


def configuration(name: str = "Basic", users: tuple[str, ...] = ("987654321098",)) -> dict[str, Any]:
    """The properties of a distribution configuration."""
    return {
        "Name": name,
        "Distributions": [
            {
                "Region": "us-west-2",
                "AmiDistributionConfiguration": {
                    "Name": f"{name.lower()}-ami",
                    "LaunchPermissionConfiguration": {"UserIds": list(users)},
                },
            }
        ],
        "Tags": {"Project": "Demo"},
    }


def step(key: str = "basic", action: Action = Action.UPDATE, *changes: Change, **more: Any) -> Step:
    """A step of a distribution configuration."""
    return Step(key=key, type=more.pop("type", CONFIGURATION), action=action, target=HERE, changes=changes, **more)


def plan(*steps: Step, **more: Any) -> Plan:
    """A plan of `payments/prod`."""
    return Plan(app="payments", stage="prod", serial=42, digest="d1", steps=steps, **more)


def every_kind() -> Plan:
    """A plan with each kind of thing in it."""
    steps = (
        step("basic", Action.CREATE, desired=configuration(), source=SOURCE),
        step(
            "api",
            Action.UPDATE,
            Change("/MemorySize", "replace", 256, 512),
            Change("/Environment/TOKEN", "replace", {"$secret": "aaa"}, {"$secret": "bbb"}),
            Change("/Role", "replace", "arn:old", {"$unknown": "role:/Arn"}, rule="unknown"),
            type="AWS::Lambda::Function",
            identifier="api",
            maybe=True,
        ),
        step(
            "db",
            Action.REPLACE,
            Change("/Engine", "replace", "mysql", "postgres", rule="createOnly", forces=True),
            type="AWS::RDS::DBInstance",
            identifier="db-1",
            order=Order.CREATE_FIRST,
            generation=1,
        ),
        step("old-jobs", Action.DELETE, type="AWS::SQS::Queue", identifier="q-1"),
        step("migrate", Action.RUN, type="Action", reasons=("db is replaced", "version changed"), depends_on=("db",)),
        step("quiet", Action.NONE, type="AWS::SQS::Queue", identifier="q-2"),
    )
    finding = Finding(
        id="IB103", severity="warning", key="basic", path="/Name", text="two share a name", fix="rename", source=SOURCE
    )
    silenced = Finding(id="IB104", severity="error", key="basic", text="known", silenced="we know")
    declared = Declared(key="basic", type=CONFIGURATION, target=HERE, properties=configuration())
    return plan(*steps, findings=(finding, silenced), declared=(declared,), refreshed=True, notes=("a note",))


def partial() -> Plan:
    """A plan that ends where the program computes with an unknown value."""
    return plan(step("basic", Action.CREATE), partial=Partial("the length of a list is not known yet", SOURCE))


def outcome(key: str = "basic", action: Action = Action.CREATE, status: Status = Status.DONE, **more: Any) -> Outcome:
    """The end of a step."""
    return Outcome(key=key, type=CONFIGURATION, action=action, status=status, **more)


def mixed_result() -> Result:
    """A run in which one step failed, one was skipped, one still runs and some went well."""
    error = ServiceError("ThrottlingException", "Rate exceeded", hint="wait a little")
    return Result(
        plans=(every_kind(),),
        outcomes=(
            *(outcome(f"ok{n}", seconds=1.0 + n, identifier=f"arn:{n}") for n in range(6)),
            outcome(
                "bad",
                status=Status.FAILED,
                error=error,
                message="Rate exceeded (ThrottlingException)",
                source=SOURCE,
                request_token="token-1",
            ),
            outcome("late", status=Status.SKIPPED, waited_for="bad"),
            outcome("slow", status=Status.RUNNING, request_token="token-2"),
            outcome("noted", Action.UPDATE, notes=("a hook warned",)),
        ),
        outputs={"Arn": "arn:1", "Password": secret("hunter2")},
        calls=14,
        seconds=75.2,
    )


def record(key: str = "basic", **more: Any) -> Record:
    """A record of the state."""
    more = {"identifier": f"arn:{key}", "declared": {"Name": key, "Password": {"$secret": "f00d"}}, **more}
    return Record(key=key, type=CONFIGURATION, target=HERE, **more)


def snapshot() -> Snapshot:
    """A state with a healthy record, a tainted one, an old generation and an open request."""
    entry = JournalEntry(
        id="e1",
        key="open",
        generation=0,
        operation=Operation.CREATE,
        type=CONFIGURATION,
        target=HERE,
        client_token="c1",
        body='{"Password":"hunter2"}',
        draft=record("open"),
        request_token="token-9",
    )
    records = (
        record("basic", created_at=1_700_000_000.0),
        record("bad", status=RecordStatus.TAINTED),
        record("basic", generation=1, current=False),
    )
    return Snapshot(app="payments", stage="prod", serial=7, records=records, journal=(entry,))


def lease() -> Lease:
    """A lease that somebody else holds."""
    return Lease(
        id="lease-1",
        fence=3,
        holder=Holder(user="ada", host="box", pid=7, command="deploy", since=1_700_000_000.0),
        ttl=30.0,
    )
