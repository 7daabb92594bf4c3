"""Write `local/data/service_models.json`: shapes of the operations that the local cloud serves besides Cloud Control.

They are taken from botocore's service models, without documentation. Run it after an update of botocore, or when an
operation is added to `SERVED`; a test holds the file to botocore's models.

    python tools/local_services.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

FILE = Path(__file__).parents[1] / "src" / "cloudwright" / "local" / "data" / "service_models.json"

SERVED: dict[str, tuple[str, ...]] = {
    "imagebuilder": (
        "CancelImageCreation",
        "DistributeImage",
        "GetDistributionConfiguration",
        "GetImage",
        "GetImagePipeline",
        "GetLifecycleExecution",
        "GetWorkflowExecution",
        "GetWorkflowStepExecution",
        "ListImageBuildVersions",
        "ListImagePipelineImages",
        "ListImagePipelines",
        "ListImages",
        "ListLifecycleExecutionResources",
        "ListLifecycleExecutions",
        "ListWaitingWorkflowSteps",
        "ListWorkflowExecutions",
        "ListWorkflowStepExecutions",
        "RetryImage",
        "SendWorkflowStepAction",
        "StartImagePipelineExecution",
        "StartResourceStateUpdate",
    ),
    "ec2": (
        "CopyImage",
        "CreateImageUsageReport",
        "CreateLaunchTemplateVersion",
        "DeleteImageUsageReport",
        "DeleteSnapshot",
        "DeregisterImage",
        "DescribeAvailabilityZones",
        "DescribeFastLaunchImages",
        "DescribeImageAttribute",
        "DescribeImageReferences",
        "DescribeImageUsageReportEntries",
        "DescribeImageUsageReports",
        "DescribeImages",
        "DescribeInstances",
        "DescribeLaunchTemplateVersions",
        "DescribeLaunchTemplates",
        "DescribeSnapshots",
        "DescribeSubnets",
        "DescribeVpcs",
        "DisableImage",
        "DisableImageDeprecation",
        "DisableImageDeregistrationProtection",
        "EnableImage",
        "EnableImageDeprecation",
        "EnableImageDeregistrationProtection",
        "ModifyImageAttribute",
        "ModifyLaunchTemplate",
    ),
    "ssm": ("GetParameter", "GetParameters", "PutParameter"),
    "organizations": ("ListAccountsForParent", "ListOrganizationalUnitsForParent"),
    "secretsmanager": ("GetSecretValue",),
    "autoscaling": ("DescribeAutoScalingGroups",),
    "s3": (
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CopyObject",
        "CreateMultipartUpload",
        "DeleteObject",
        "DeleteObjects",
        "GetObject",
        "HeadBucket",
        "HeadObject",
        "ListObjectsV2",
        "PutObject",
        "UploadPart",
    ),
    "cloudformation": ("DescribeStacks", "GetTemplate", "ListExports", "ListStackResources", "ListStacks"),
}
"""The operations by signing name."""

_METADATA = ("apiVersion", "protocol", "targetPrefix", "jsonVersion", "xmlNamespace")
_LIMITS = ("required", "enum", "min", "max", "pattern")
_SHAPE = ("type", *_LIMITS, "flattened", "error", "timestampFormat", "locationName", "payload")
_PLACED = ("shape", "location", "locationName", "queryName", "flattened", "timestampFormat")


def models() -> dict[str, Any]:
    """The whole table, by service."""
    loader = Loader()
    return {
        service: _model(loader.load_service_model(service, "service-2"), names) for service, names in SERVED.items()
    }


def _model(model: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    operations = {name: _operation(model["operations"][name]) for name in names}
    needed: dict[str, Any] = {}
    for operation in operations.values():
        for shape in (operation["input"], operation["output"], *operation["errors"]):
            _gather(model["shapes"], shape, needed)
    metadata = {name: model["metadata"][name] for name in _METADATA if name in model["metadata"]}
    return {**metadata, "operations": operations, "shapes": dict(sorted(needed.items()))}


def _operation(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "method": given["http"]["method"],
        "path": given["http"]["requestUri"],
        "input": given.get("input", {}).get("shape", ""),
        "output": given.get("output", {}).get("shape", ""),
        "wrapper": given.get("output", {}).get("resultWrapper", ""),
        "errors": [error["shape"] for error in given.get("errors", ())],
    }


def _gather(shapes: dict[str, Any], name: str, needed: dict[str, Any]) -> None:
    if not name or name in needed:
        return
    given = shapes[name]
    needed[name] = shape = {one: given[one] for one in _SHAPE if one in given}
    if "members" in given:
        shape["members"] = {one: _placed(place) for one, place in given["members"].items()}
    for one in ("member", "key", "value"):
        if one in given:
            shape[one] = _placed(given[one])
    for place in (
        *shape.get("members", {}).values(),
        *(shape[one] for one in ("member", "key", "value") if one in shape),
    ):
        _gather(shapes, place["shape"], needed)


def _placed(given: dict[str, Any]) -> dict[str, Any]:
    return {one: given[one] for one in _PLACED if one in given}


def text() -> str:
    """The file: one line for each operation and shape, so that an update of botocore shows what it changed."""
    lines = ["{"]
    table = models()
    for number, (service, model) in enumerate(table.items()):
        lines.append(f'"{service}": {{')
        lines += [f'"{name}": {json.dumps(value)},' for name, value in model.items() if isinstance(value, str)]
        for part in ("operations", "shapes"):
            lines.append(f'"{part}": {{')
            entries = [f'"{name}": {json.dumps(one)}' for name, one in model[part].items()]
            lines.append(",\n".join(entries))
            lines.append("}," if part == "operations" else "}")
        lines.append("}," if number + 1 < len(table) else "}")
    return "\n".join([*lines, "}"]) + "\n"


def main() -> int:
    """Write the file."""
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
