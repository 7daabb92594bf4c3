"""EC2 Image Builder: identities, versions and dependencies as the service handles them.

Sources: the service's API model (ARN patterns, ResourceDependencyException), the text of that exception as public
issues quote it, and the 2022 open-source delete handler, which maps nothing but NotFound, so that the wrapper around
it reports every other service error as GeneralServiceException.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from cloudwright.local.model.paths import MISSING, value_at
from cloudwright.local.services.base import HandlerFailed, Model, ServiceRules, StoredNeighbours
from cloudwright.local.services.imagebuilder_documents import check_documents
from cloudwright.local.services.imagebuilder_strict import check_distributions, echo_empty_lists
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import StoredResource

PREFIX = "AWS::ImageBuilder::"
_VERSIONED = {"Component", "ContainerRecipe", "Image", "ImageRecipe", "Workflow"}
_SEMANTIC = re.compile(r"(\d+|x)\.(\d+|x)\.(\d+|x)")
_BUILT = {"Component", "Image", "Workflow"}
"""Types whose ARN ends in a build number."""

_REFERRERS: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {
    "DistributionConfiguration": {"ImagePipeline": (("DistributionConfigurationArn",),)},
    "InfrastructureConfiguration": {"ImagePipeline": (("InfrastructureConfigurationArn",),)},
    "ImageRecipe": {"ImagePipeline": (("ImageRecipeArn",),)},
    "ContainerRecipe": {"ImagePipeline": (("ContainerRecipeArn",),)},
    "Component": {
        "ImageRecipe": (("Components", "ComponentArn"),),
        "ContainerRecipe": (("Components", "ComponentArn"),),
    },
    "Workflow": {"ImagePipeline": (("Workflows", "WorkflowArn"),)},
}
"""What prevents a delete: type -> referring type -> the path of the ARN."""

_LISTED = {"DistributionConfiguration": ("Arn", "Name", "Description", "Tags")}
"""What list handlers return, if known (the 2022 open-source handler)."""


class ImageBuilderRules(ServiceRules):
    """The nine types of the service."""

    def __init__(self, *, strict: bool) -> None:
        """Choose how strict to be.

        Args:
            strict: Also enforce rules that the evidence only suggests: name tokens, one output per Region, empty lists.
        """
        self._strict = strict

    def complete(self, kind: LocalType, model: Model, near: StoredNeighbours) -> None:
        """Number versions and form the ARN."""
        slug = slug_of(_name_of(kind, model, near))
        if kind.short_name == "Image":
            model.setdefault("Name", slug)
        if kind.short_name == "ImagePipeline":
            model["DeploymentId"] = _deployment(model)
        if kind.short_name not in _VERSIONED:
            model["Arn"] = _arn(kind, near, slug)
            return
        version = self._version(kind, model, near, slug)
        if "Version" in model:
            model["Version"] = version
        tail = f"{slug}/{version}"
        if kind.short_name == "Workflow":
            tail = f"{str(model.get('Type', 'build')).lower()}/{tail}"
        versionless = _arn(kind, near, tail)
        model["Arn"] = versionless + (f"/{_build(kind, near, versionless)}" if kind.short_name in _BUILT else "")
        _set_latest(kind, model, versionless)

    def _version(self, kind: LocalType, model: Model, near: StoredNeighbours, slug: str) -> str:
        version = _version_of(kind, model, near)
        if not _SEMANTIC.fullmatch(version):
            raise HandlerFailed(
                "InvalidRequest",
                "The value supplied for parameter 'semanticVersion' is not valid. "
                f"{version} is not a semantic version.",
            )
        if "x" not in version:
            return version
        if kind.short_name in {"Component", "Workflow"}:
            raise HandlerFailed(
                "InvalidRequest",
                f"The value supplied for parameter 'semanticVersion' is not valid. {version} holds a wildcard.",
            )
        return _next_version(version, _versions_in_use(kind, near, slug))

    def check_create(self, kind: LocalType, model: Model, near: StoredNeighbours) -> None:
        """Refuse what the service refuses at creation."""
        del near
        self._check(kind, model)

    def check_update(self, kind: LocalType, model: Model, near: StoredNeighbours) -> None:
        """Refuse what the service refuses in an update."""
        self._check(kind, model)
        if kind.short_name == "ImagePipeline":
            model["DeploymentId"] = _deployment(model)
        if kind.short_name == "Image":
            _refuse_another_run(kind, model, near)

    def _check(self, kind: LocalType, model: Model) -> None:
        check_documents(kind.short_name, model)
        if self._strict and kind.short_name == "DistributionConfiguration":
            check_distributions(model)

    def check_delete(self, kind: LocalType, resource: StoredResource, near: StoredNeighbours) -> None:
        """Refuse to delete a resource that a pipeline or a recipe refers to."""
        arn = resource.identifier
        for referrer, places in _REFERRERS.get(kind.short_name, {}).items():
            for other in near.of_type(PREFIX + referrer):
                named = {found for place in places for found in _strings(other.properties, place)}
                if any(means(one, arn) for one in named):
                    raise HandlerFailed(
                        "GeneralServiceException",
                        f"Resource dependency error: The resource ARN '{arn}' has other resources depended on it."
                        " (Service: Imagebuilder, Status Code: 400, Error Code: ResourceDependencyException)",
                    )

    def listed(self, kind: LocalType, model: Model) -> Model:
        """The reduced model of the list handler."""
        names = _LISTED.get(kind.short_name)
        return {name: model[name] for name in names if name in model} if names else super().listed(kind, model)

    def readable(self, kind: LocalType, model: Model) -> Model:
        """Under strict rules, with the empty lists that the live service returns (CC14)."""
        return echo_empty_lists(model) if self._strict and kind.short_name == "DistributionConfiguration" else model


def slug_of(name: str) -> str:
    """The lower-case form of a name in an ARN: everything but `a-z0-9-_` becomes a hyphen."""
    return re.sub(r"[^a-z0-9_-]", "-", name.lower())


def _arn(kind: LocalType, near: StoredNeighbours, tail: str) -> str:
    account, region = near.place
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind.short_name).lower()
    return f"arn:{partition_of(region)}:imagebuilder:{region}:{account}:{word}/{tail}"


def _name_of(kind: LocalType, model: Model, near: StoredNeighbours) -> str:
    if kind.short_name != "Image":
        return str(model.get("Name", kind.short_name))
    return _recipe_parts(model, near)[0]


def _version_of(kind: LocalType, model: Model, near: StoredNeighbours) -> str:
    if kind.short_name == "Image":
        return _recipe_parts(model, near)[1]
    return str(model.get("Version", "1.0.0"))


def _recipe_parts(model: Model, near: StoredNeighbours) -> tuple[str, str]:
    """Name and version of an image: those of its recipe, of the pipeline that it runs, or of its source."""
    arn = next((str(one) for one in (model.get(name) for name in _RECIPES) if one), "")
    deployment = (model.get("ImagePipelineExecutionSettings") or {}).get("DeploymentId")
    if not arn and deployment:
        pipelines = (one.properties for one in near.of_type(PREFIX + "ImagePipeline"))
        run = next((one for one in pipelines if one.get("DeploymentId") == deployment), None)
        if run is None:
            raise HandlerFailed(
                "InvalidRequest",
                f"The value supplied for parameter 'deploymentId' is not valid. {deployment} is unknown.",
            )
        return _recipe_parts(run, near)
    parts = (arn or str(model.get("Arn") or "")).split(":", 5)[-1].split("/")
    return (parts[1], parts[2]) if len(parts) > 2 else ("image", "1.0.0")


_RECIPES = ("ImageRecipeArn", "ContainerRecipeArn")
_RUN = "ImagePipelineExecutionSettings"


def _refuse_another_run(kind: LocalType, model: Model, near: StoredNeighbours) -> None:
    """Refuse to build again in place: an image with `OnUpdate` is replaced once its pipeline has changed.

    Sources: the schema's `conditionalCreateOnlyProperties`, update permissions that cover tags alone, and `OnUpdate` in
    the CloudFormation Template Reference.
    """
    wanted = model.get(_RUN) or {}
    current = next((one for one in near.of_type(kind.name) if one.identifier == model.get("Arn")), None)
    built = (current.properties.get(_RUN) or {}) if current else {}
    if wanted.get("OnUpdate") is True and built and wanted.get("DeploymentId") != built.get("DeploymentId"):
        raise HandlerFailed("NotUpdatable", f"The pipeline was updated. A new image replaces {model['Arn']}.")


def _deployment(model: Model) -> str:
    """The id of one state of a pipeline; it changes with each change that affects its builds."""
    described = {name: value for name, value in model.items() if name not in {"DeploymentId", "Tags", "Arn"}}
    digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def _set_latest(kind: LocalType, model: Model, versionless: str) -> None:
    if "LatestVersion" not in (kind.schema.get("properties") or {}):
        return
    stem, _, version = versionless.rpartition("/")
    major, minor, _ = (version + ".0.0").split(".")[:3]
    model["LatestVersion"] = {
        "Arn": f"{stem}/x.x.x",
        "Major": f"{stem}/{major}.x.x",
        "Minor": f"{stem}/{major}.{minor}.x",
        "Patch": f"{stem}/{version}",
    }


def _versions_in_use(kind: LocalType, near: StoredNeighbours, slug: str) -> list[tuple[int, ...]]:
    stem = _arn(kind, near, slug) + "/"
    found = [one.identifier.removeprefix(stem) for one in near.of_type(kind.name) if one.identifier.startswith(stem)]
    return [tuple(map(int, text.split("."))) for text in found if re.fullmatch(r"\d+\.\d+\.\d+", text)]


def _next_version(wildcard: str, used: list[tuple[int, ...]]) -> str:
    """The concrete version of `1.0.x`: the highest in use plus one in the last place."""
    fixed = tuple(int(part) for part in wildcard.split(".") if part != "x")
    fitting = [version for version in used if version[: len(fixed)] == fixed]
    if fitting:
        *head, last = max(fitting)
        return ".".join(map(str, (*head, last + 1)))
    padded = (*fixed, *((0,) * (3 - len(fixed))))
    return ".".join(map(str, padded if any(padded) else (0, 0, 1)))


def _build(kind: LocalType, near: StoredNeighbours, versionless: str) -> int:
    """The build number: images are built repeatedly, but a version of a component or workflow exists once."""
    if kind.short_name != "Image":
        return 1
    stem = versionless + "/"
    builds = [one.identifier.removeprefix(stem) for one in near.of_type(kind.name) if one.identifier.startswith(stem)]
    return max((int(text) for text in builds if text.isdigit()), default=0) + 1


def _strings(node: Any, place: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _strings(item, place)
    elif not place:
        if isinstance(node, str):
            yield node
    elif isinstance(node, dict):
        found = value_at(node, place[:1])
        if found is not MISSING:
            yield from _strings(found, place[1:])


def means(written: str, arn: str) -> bool:
    """Whether a reference names an ARN: exactly, without its build number, or through a version wildcard."""
    if written == arn or arn.startswith(written + "/"):
        return True
    if "x" not in written.rpartition(":")[2]:
        return False
    pattern = re.escape(written).replace(r"x\.x\.x", r"\d+\.\d+\.\d+").replace(r"\.x", r"\.\d+")
    return re.fullmatch(pattern + r"(/\d+)?", arn) is not None
