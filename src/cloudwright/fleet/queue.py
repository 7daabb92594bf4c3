"""The queue of attempts: put there, listed, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.fleet.database import answering, driver_url
from cloudwright.fleet.model import RECOVERIES, WORKFLOW, Attempt, TargetStatus
from cloudwright.plan.saved import plan_from, report_from

if TYPE_CHECKING:
    from collections.abc import Container

    from dbos import DBOSClient, WorkflowStatus

    from cloudwright.fleet.model import FleetRun
    from cloudwright.fleet.targets import FleetTarget
    from cloudwright.plan.drift import DriftReport
    from cloudwright.plan.model import Plan

VERSION = 2
"""Of the workflows and of what they are given. Workers take up only work of their own version."""


QUEUES = "cloudwright-"
"""What the names of all queues begin with."""


def queue_name(per_account: int) -> str:
    """The queue of all runs that let so many targets of one account go at once."""
    return f"{QUEUES}{per_account}"


def workflow_id(run: FleetRun, target: str, number: int) -> str:
    """The workflow of an attempt: one whatever often it is queued."""
    return f"{run.id}/{target}/{number}"


class Queue:
    """The attempts of all runs, as any process sees them; needs no worker."""

    def __init__(self, url: str) -> None:
        """Open it, and make its tables where there are none.

        Args:
            url: `sqlite:///PATH` or `postgresql://...`.

        Raises:
            StateUnavailable: It does not answer; so does every method.
            StateError: It refuses.
        """
        from dbos import DBOSClient, DBOSPortableJSONSerializer, run_dbos_database_migrations

        with answering():
            run_dbos_database_migrations(system_database_url=driver_url(url))
            self._client: DBOSClient = DBOSClient(
                system_database_url=driver_url(url),
                serializer=DBOSPortableJSONSerializer(),
                retry_connection_errors=False,
            )

    def close(self) -> None:
        """Drop every connection."""
        self._client.destroy()

    @answering()
    def put(self, run: FleetRun, target: FleetTarget, number: int) -> None:
        """Queue an attempt; one that is there already stays as it is."""
        self._client.enqueue(
            {
                "workflow_name": WORKFLOW,
                "queue_name": queue_name(run.spec.per_account),
                "workflow_id": workflow_id(run, target.name, number),
                "queue_partition_key": target.account,
                "app_version": str(VERSION),
            },
            _job(run, target),
        )

    @answering()
    def put_again(self, run: FleetRun, workflow: str) -> None:
        """Put a workflow back that nobody works on; the steps that it has ended are not repeated.

        Args:
            run: The workflow's run.
            workflow: As `workflow_id` names it.
        """
        self._client.resume_workflow(workflow, queue_name=queue_name(run.spec.per_account))

    @answering()
    def attempts(self, run: FleetRun) -> list[Attempt]:
        """Every attempt of a run."""
        found = self._client.list_workflows(workflow_id_prefix=f"{run.id}/", load_input=False)
        return [_attempt(one) for one in found]

    @answering()
    def in_hand(self, worker: str) -> list[str]:
        """The targets that a worker has in progress, by name.

        Args:
            worker: Its name.
        """
        found = self._client.list_workflows(
            status="PENDING", executor_id=worker, name=WORKFLOW, load_input=False, load_output=False
        )
        return sorted({one.workflow_id.split("/")[1] for one in found})

    @answering()
    def plan(self, run: FleetRun, attempt: Attempt) -> Plan | None:
        """The plan that an attempt made last; `None` if it made none.

        Args:
            run: The attempt's run.
            attempt: One that `attempts` gave.
        """
        found = self._last(run, attempt, "plan")
        return plan_from(found) if found else None

    @answering()
    def report(self, run: FleetRun, attempt: Attempt) -> DriftReport | None:
        """What an attempt's look for drift found; `None` if it didn't come to that.

        Args:
            run: The attempt's run.
            attempt: One that `attempts` gave.
        """
        found = self._last(run, attempt, "report")
        return report_from(found) if found else None

    def _last(self, run: FleetRun, attempt: Attempt, name: str) -> Any:
        """What the attempt's latest step that gave something of this name gave."""
        steps = self._client.list_workflow_steps(f"{run.id}/{attempt.target}/{attempt.number}")
        told = [step["output"] for step in steps if isinstance(step["output"], dict)]
        found = [output[name] for output in told if name in output]
        return found[-1] if found else None

    @answering()
    def drop_former(self, alive: Container[str]) -> None:
        """Cancel what was queued for workers of an earlier version, which may never come; `fleet retry` requeues it.

        Args:
            alive: Names of workers; what such a worker has in progress stays there, whatever its version.
        """
        found = self._client.list_workflows(
            name=WORKFLOW,
            status=["ENQUEUED", "PENDING"],
            app_version=[str(version) for version in range(1, VERSION)],
            load_input=False,
        )
        for one in found:
            if one.status == "ENQUEUED" or one.executor_id not in alive:
                self._client.cancel_workflow(one.workflow_id)

    @answering()
    def take_back(self, run: FleetRun) -> None:
        """Cancel what no worker has begun."""
        for one in self._client.list_workflows(workflow_id_prefix=f"{run.id}/", status="ENQUEUED", load_input=False):
            self._client.cancel_workflow(one.workflow_id)


def _job(run: FleetRun, target: FleetTarget) -> dict[str, Any]:
    spec = run.spec
    return {
        "run": run.id,
        "verb": spec.verb,
        "target": target.name,
        "account": target.account,
        "region": target.region,
        "role_arn": target.role_arn,
        "program": spec.program,
        "files": dict(spec.files),
        "stage": target.stage,
        "state": spec.state,
        "host": spec.host,
        "local": spec.local,
        "yes": spec.yes,
        "refresh": spec.refresh,
    }


def _attempt(one: WorkflowStatus) -> Attempt:
    _, name, number = one.workflow_id.split("/")
    told: dict[str, Any] = one.output if isinstance(one.output, dict) else {}
    error = str(told.get("error") or "")
    if one.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
        error = f"{RECOVERIES + 1} workers died while they deployed it (see their output; cloudwright fleet retry RUN)"
    elif one.status == "ERROR":
        error = str(one.error or one.status)
    return Attempt(
        target=name,
        number=int(number),
        status=_status(one, told),
        worker=one.executor_id or "",
        changes=int(told.get("changes", 0)),
        digest=str(told.get("digest", "")),
        drifted=int(told.get("drifted", 0)),
        notes=tuple(told.get("notes", ())),
        error=error,
        seconds=max((one.completed_at or 0) - (one.dequeued_at or one.completed_at or 0), 0) / 1000,
    )


def _status(one: WorkflowStatus, told: dict[str, Any]) -> TargetStatus:
    match one.status:
        case "ENQUEUED" | "DELAYED":
            return TargetStatus.QUEUED
        case "PENDING":
            return TargetStatus.RUNNING
        case "SUCCESS":
            return TargetStatus(told.get("status", TargetStatus.DONE))
        case "CANCELLED":
            return TargetStatus.CANCELLED
        case _:
            return TargetStatus.FAILED
