"""CDK's cloud assembly (`cdk.out`): a template for each stack, and the files that the stacks need.

Its form: https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudwright.app.source_files import read_json
from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_MANIFEST = "manifest.json"
_AGAIN = "run `cdk synth` again"
_VERSION = re.compile(r"\d+\.\d+\.\d+")
"""Of the assembly's schema. What is read here has been in every version; a newer one adds to it."""

_STACK, _STAGE, _ASSETS = "aws:cloudformation:stack", "cdk:cloud-assembly", "cdk:asset-manifest"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyStack:
    """A stack of an assembly.

    Attributes:
        name: The stack's name.
        template: Its template.
        region: Where it is deployed; empty if CDK leaves that to the environment.
        files: Key of an object in the bucket for assets -> the file or folder that CDK uploads there.
    """

    name: str
    template: Path
    region: str
    files: Mapping[str, Path]


def is_assembly(path: Path) -> bool:
    """Whether a path is a cloud assembly.

    Args:
        path: A file or folder.
    """
    return (path / _MANIFEST).is_file()


def read_assembly(folder: Path) -> list[AssemblyStack]:
    """The stacks of an assembly and of the stages in it.

    Args:
        folder: Such as `cdk.out`.

    Raises:
        ProgramError: It is none, has no stack, or was made without values that CDK looks up.
        SourceError: A file of it is not JSON.
        CloudwrightError: A file can't be read.
    """
    found = list(_stacks(folder))
    if not found:
        raise ProgramError(f"{folder} has no stack", hint="run `cdk synth`, and name its folder, such as cdk.out")
    return found


def _stacks(folder: Path) -> Iterator[AssemblyStack]:
    artifacts = _artifacts(folder)
    files = dict(_files(folder, artifacts))
    for name, artifact in artifacts.items():
        properties = _object(artifact.get("properties", {}), folder / _MANIFEST)
        if artifact.get("type") == _STAGE and "directoryName" in properties:
            yield from _stacks(folder / str(properties["directoryName"]))
        elif artifact.get("type") == _STACK and "templateFile" in properties:
            yield AssemblyStack(
                name=str(properties.get("stackName", name)),
                template=folder / str(properties["templateFile"]),
                region=_region(str(artifact.get("environment", ""))),
                files=files,
            )


def _artifacts(folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / _MANIFEST
    manifest = _object(read_json(path, hint=_AGAIN), path)
    version = manifest.get("version")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise ProgramError(f"{path} is not a manifest of a cloud assembly: it has no version", hint=_AGAIN)
    missing = manifest.get("missing") or []
    if missing:
        what = ", ".join(sorted({str(_object(one, path).get("provider")) for one in missing}))
        raise ProgramError(
            f"{path}: CDK has not looked up values that the stacks need ({what}), so the templates contain dummies",
            hint="run `cdk synth` with credentials, so that CDK can look it up",
        )
    artifacts = _object(manifest.get("artifacts", {}), path)
    return {name: _object(one, path) for name, one in artifacts.items()}


def _object(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        what = "manifest of a cloud assembly" if path.name == _MANIFEST else "list of CDK's assets"
        raise ProgramError(f"{path} is not a {what}", hint=_AGAIN)
    return value


def _files(folder: Path, artifacts: Mapping[str, dict[str, Any]]) -> Iterator[tuple[str, Path]]:
    for artifact in artifacts.values():
        name = _object(artifact.get("properties", {}), folder / _MANIFEST).get("file")
        if artifact.get("type") != _ASSETS or not name:
            continue
        path = folder / str(name)
        for asset in _object(_object(read_json(path, hint=_AGAIN), path).get("files", {}), path).values():
            source = _object(_object(asset, path).get("source", {}), path).get("path")
            for destination in _object(asset.get("destinations", {}), path).values() if source else ():
                yield str(_object(destination, path).get("objectKey")), folder / str(source)


def _region(environment: str) -> str:
    """The Region of `aws://ACCOUNT/REGION`."""
    region = environment.rpartition("/")[2]
    return "" if region == "unknown-region" else region
