"""Image builds as the console shows them: their workflows, and a cell for each account and Region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.local.builds.build import ENDED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.local.builds.build import Build, WorkflowRun
    from cloudwright.local.cloud import LocalCloud

BUILDS = 20
"""Builds of one answer."""


def builds(cloud: LocalCloud) -> dict[str, Any]:
    """The latest builds, the last to begin first."""
    return {"items": [_build(one) for one in cloud.builds(BUILDS)]}


def count_building(cloud: LocalCloud) -> int:
    """How many of the latest builds are still running."""
    return sum(one.status not in ENDED for one in cloud.builds(BUILDS))


def _build(build: Build) -> dict[str, Any]:
    place = build.arn.split(":")
    return {
        "arn": build.arn,
        "name": f"{build.name} {build.version}",
        "status": build.status,
        "reason": build.reason,
        "account": place[4],
        "region": place[3],
        "began": build.created,
        "ended": build.ended,
        "over": build.status in ENDED,
        "workflows": [_workflow(run) for run in build.runs if not run.retried],
        "regions": list(dict.fromkeys(cell.region for cell in build.cells)),
        "rows": list(_rows(build)),
    }


def _workflow(run: WorkflowRun) -> dict[str, Any]:
    running = next((step.name for step in run.steps if step.status in {"RUNNING", "FAILED"}), "")
    done = sum(step.status in {"COMPLETED", "SKIPPED"} for step in run.steps)
    return {"type": run.type, "status": run.status, "step": running, "done": done, "steps": len(run.steps)}


def _rows(build: Build) -> Iterable[dict[str, Any]]:
    """One for each account: what it has in each Region, by name."""
    late = {(one["region"], one["targetAccountId"]): one["errorMessage"] for one in build.region_failures}
    for account in dict.fromkeys(cell.account for cell in build.cells):
        cells = {
            cell.region: {
                "image": cell.image,
                "failure": str(cell.failure.get("errorMessage") or late.get((cell.region, account), "")),
            }
            for cell in build.cells
            if cell.account == account
        }
        yield {"account": account, "cells": cells}
