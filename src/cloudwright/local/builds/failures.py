"""How a build fails: the faults that make it fail, and AWS's messages.

Sources: the service model `imagebuilder/2019-12-02` (FailureContext, RegionFailure, ImageConfigurationStep), and, for
the message of a failed copy, a user's report, https://github.com/aws-samples/cdk-image-pipeline/pull/76. The other
texts are those of the services that a step calls: EC2, Systems Manager and License Manager.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudwright.local.builds.build import Build, StepRun, WorkflowRun
    from cloudwright.local.faults import Faults

COPY = "COPY"
"""The step before all others: the copy itself, for which `imageConfigurationStep` has no value."""

_WORDS = {
    COPY: "AMI Copy Reported Failure For {image} when distributing the image from the source account (ID: {build})"
    " to the destination account (ID: {account}) in Region {region}.",
    "ASSOCIATE_LICENSES": "User: {role} is not authorized to perform:"
    " license-manager:UpdateLicenseSpecificationsForResource (Service: LicenseManager, Status Code: 400)",
    "UPDATE_LAUNCH_TEMPLATES": "You are not authorized to perform this operation. User: {role} is not authorized to"
    " perform: ec2:CreateLaunchTemplateVersion (Service: Ec2, Status Code: 403)",
    "PUT_SSM_PARAMETERS": "User: {role} is not authorized to perform: ssm:PutParameter because no identity-based"
    " policy allows the ssm:PutParameter action (Service: Ssm, Status Code: 400)",
    "UPDATE_FAST_LAUNCH_CONFIGURATIONS": "User: {role} is not authorized to perform: ec2:EnableFastLaunch"
    " (Service: Ec2, Status Code: 403)",
    "EXPORT_AMI": "The service role does not exist or does not have sufficient permissions for the service to"
    " continue (Service: Ec2, Status Code: 400, Error Code: InvalidParameter)",
}
STEPS = tuple(_WORDS)
"""What can fail in a Region: the copy, and the steps of `imageConfigurationStep`."""


def build_failure(faults: Faults, run: WorkflowRun, step: StepRun) -> str:
    """The message with which a fault makes a step fail; empty if none does."""
    if not faults:
        return ""
    fault = faults.fire("image-step", run.type, step.name)
    if fault is None:
        return ""
    words = "Step timed out while the step action was running." if fault.options.get("reason") == "timeout" else ""
    return str(fault.options.get("message") or words or f"The step action {step.action} failed.")


def region_failure(faults: Faults, build: Build, region: str, account: str, step: str) -> dict[str, Any]:
    """The entry of `regionFailures` for a step that a fault makes fail; empty if none does.

    Args:
        faults: The switches.
        build: The build that is distributed.
        region: The Region.
        account: The owner of the copy.
        step: One of `STEPS`.
    """
    fault = faults.fire("image-delivery", f"{account}.{region}", step) if faults else None
    if fault is None:
        return {}
    described = failed(build, region, account, step, str(fault.options.get("message", "")))
    return described | {"status": str(fault.options.get("status", "FAILED"))}


def failed(build: Build, region: str, account: str, step: str, message: str = "") -> dict[str, Any]:
    """An entry of `regionFailures`.

    Args:
        build: The build that is distributed.
        region: The Region.
        account: The owner of the copy.
        step: One of `STEPS`.
        message: The message; that of the step by default.
    """
    place = build.arn.split(":")
    role = f"arn:{place[1]}:sts::{account}:assumed-role/EC2ImageBuilderDistributionCrossAccountRole/Ec2ImageBuilder"
    if account == place[4]:
        role = f"arn:{place[1]}:sts::{account}:assumed-role/AWSServiceRoleForImageBuilder/Ec2ImageBuilder"
    words = message or _WORDS[step].format(image=build.image, build=place[4], account=account, region=region, role=role)
    entry = {"region": region, "targetAccountId": account, "status": "FAILED", "errorMessage": words}
    return entry if step == COPY else entry | {"imageConfigurationStep": step}


def summary(failures: list[dict[str, Any]]) -> str:
    """One sentence about all failures of a distribution.

    Args:
        failures: Entries of `regionFailures`.
    """
    described = " ".join(f"{number}) {one['errorMessage']}" for number, one in enumerate(failures, 1))
    return f"Not all distribution jobs are completed. {described}"


def context_of(build: Build, run: WorkflowRun, step: StepRun) -> dict[str, Any]:
    """The `failureContext` of a build that fails in a step."""
    context: dict[str, Any] = {
        "imageStatus": build.status,
        "workflowExecutionId": run.id,
        "workflowArn": run.arn,
        "stepExecutionId": step.id,
        "failedStep": step.name,
    }
    failures = [cell.failure for cell in build.cells if cell.failure] + build.region_failures
    if run.type == "DISTRIBUTION" and failures:
        context["distributionFailure"] = {"errorMessage": summary(failures), "regionFailures": failures}
    component = _component(build) if step.action == "ExecuteComponents" else ""
    if component:
        phase = "build" if run.type == "BUILD" else "test"
        context["componentFailure"] = {
            "componentArn": component,
            "phaseName": phase,
            "stepName": step.name,
            "action": "ExecuteBash",
            "errorMessage": step.message,
        }
    return context


def _component(build: Build) -> str:
    """The component that a failed build reports: the last one of the recipe."""
    components = (build.source.get("recipe") or {}).get("Components") or []
    arns = [str(one["ComponentArn"]) for one in components if isinstance(one, dict) and "ComponentArn" in one]
    return arns[-1] if arns else ""
