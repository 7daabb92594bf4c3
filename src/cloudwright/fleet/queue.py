"""The queue of attempts: add, list, cancel."""

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
"""Version of the workflows and their arguments. Workers take only work of their own version."""


QUEUES = "cloudwright-"
"""Prefix of the names of all queues."""


def queue_name(per_account: int) -> str:
    """The queue of all runs with this limit of concurrent targets in one account."""
    return f"{QUEUES}{per_account}"


def workflow_id(run: FleetRun, target: str, number: int) -> str:
    """Workflow id of an attempt; stable across re-queues."""
    return f"{run.id}/{target}/{number}"


class Queue:
    """The attempts of all runs, readable from any process without a worker."""

    def __init__(self, url: str) -> None:
        """Open it and create missing tables.

        Args:
            url: `sqlite:///PATH` or `postgresql://...`.

        Raises:
            StateUnavailable: It does not answer; raised by every method.
            StateError: It rejects the request.
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
        """Close every connection."""
        self._client.destroy()

    @answering()
    def put(self, run: FleetRun, target: FleetTarget, number: int) -> None:
        """Queue an attempt; no effect if it is already queued."""
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
    def requeue(self, run: FleetRun, workflow: str) -> None:
        """Put a workflow that no worker runs back on the queue; its finished steps are not repeated.

        Args:
            run: The workflow's run.
            workflow: Its id, from `workflow_id`.
        """
        self._client.resume_workflow(workflow, queue_name=queue_name(run.spec.per_account))

    @answering()
    def attempts(self, run: FleetRun) -> list[Attempt]:
        """Every attempt of a run."""
        found = self._client.list_workflows(workflow_id_prefix=f"{run.id}/", load_input=False)
        return [_attempt(one) for one in found]

    @answering()
    def in_progress(self, worker: str) -> list[str]:
        """The targets that a worker has in progress, by name."""
        found = self._client.list_workflows(
            status="PENDING", executor_id=worker, name=WORKFLOW, load_input=False, load_output=False
        )
        return sorted({one.workflow_id.split("/")[1] for one in found})

    @answering()
    def plan(self, run: FleetRun, attempt: Attempt) -> Plan | None:
        """The latest plan of an attempt; `None` if it has none.

        Args:
            run: The attempt's run.
            attempt: One of `attempts`.
        """
        found = self._last(run, attempt, "plan")
        return plan_from(found) if found else None

    @answering()
    def report(self, run: FleetRun, attempt: Attempt) -> DriftReport | None:
        """The drift report of an attempt; `None` if it has none.

        Args:
            run: The attempt's run.
            attempt: One of `attempts`.
        """
        found = self._last(run, attempt, "report")
        return report_from(found) if found else None

    def _last(self, run: FleetRun, attempt: Attempt, name: str) -> Any:
        """The value with this name from the latest step that returned one."""
        steps = self._client.list_workflow_steps(f"{run.id}/{attempt.target}/{attempt.number}")
        outputs = [step["output"] for step in steps if isinstance(step["output"], dict)]
        found = [output[name] for output in outputs if name in output]
        return found[-1] if found else None

    @answering()
    def cancel_earlier_versions(self, alive: Container[str]) -> None:
        """Cancel attempts that were queued for workers of an earlier version, which may never start again.

        `fleet retry` requeues it.

        Args:
            alive: Names of workers; their runs in progress are not cancelled, whatever the version.
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
    def cancel_queued(self, run: FleetRun) -> None:
        """Cancel attempts that no worker has started."""
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
        "trace": dict(spec.trace),
    }


def _attempt(one: WorkflowStatus) -> Attempt:
    _, name, number = one.workflow_id.split("/")
    output: dict[str, Any] = one.output if isinstance(one.output, dict) else {}
    error = str(output.get("error") or "")
    if one.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
        error = f"{RECOVERIES + 1} workers died while they deployed it (see their output; cloudwright fleet retry RUN)"
    elif one.status == "ERROR":
        error = str(one.error or one.status)
    return Attempt(
        target=name,
        number=int(number),
        status=_status(one, output),
        worker=one.executor_id or "",
        changes=int(output.get("changes", 0)),
        digest=str(output.get("digest", "")),
        drifted=int(output.get("drifted", 0)),
        notes=tuple(output.get("notes", ())),
        error=error,
        seconds=max((one.completed_at or 0) - (one.dequeued_at or one.completed_at or 0), 0) / 1000,
    )


def _status(one: WorkflowStatus, output: dict[str, Any]) -> TargetStatus:
    match one.status:
        case "ENQUEUED" | "DELAYED":
            return TargetStatus.QUEUED
        case "PENDING":
            return TargetStatus.RUNNING
        case "SUCCESS":
            return TargetStatus(output.get("status", TargetStatus.DONE))
        case "CANCELLED":
            return TargetStatus.CANCELLED
        case _:
            return TargetStatus.FAILED
