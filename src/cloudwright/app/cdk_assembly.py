"""CDK's cloud assembly (`cdk.out`): a template for each stack, and the files that the stacks need.

Its form: https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.os_errors import machine_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_MANIFEST = "manifest.json"
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
        ProgramError: It is none, or has no stack.
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
        properties = artifact.get("properties", {})
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
    manifest = _json(folder / _MANIFEST)
    artifacts = manifest.get("artifacts", {}) if isinstance(manifest, dict) else None
    if not isinstance(artifacts, dict) or not all(isinstance(one, dict) for one in artifacts.values()):
        raise ProgramError(f"{folder / _MANIFEST} is not a manifest of a cloud assembly", hint="run `cdk synth` again")
    return artifacts


def _files(folder: Path, artifacts: Mapping[str, dict[str, Any]]) -> Iterator[tuple[str, Path]]:
    for artifact in artifacts.values():
        name = artifact.get("properties", {}).get("file")
        if artifact.get("type") != _ASSETS or not name:
            continue
        for asset in _json(folder / str(name)).get("files", {}).values():
            path = asset.get("source", {}).get("path")
            for destination in asset.get("destinations", {}).values() if path else ():
                yield str(destination.get("objectKey")), folder / str(path)


def _region(environment: str) -> str:
    """The Region of `aws://ACCOUNT/REGION`."""
    region = environment.rpartition("/")[2]
    return "" if region == "unknown-region" else region


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise machine_error(error, f"{path} can't be read", path=path) from error
    except ValueError as error:
        raise ProgramError(f"{path} is not JSON", hint="run `cdk synth` again") from error
