"""The files that a conversion reads: sources, physical ids and parameters."""

from __future__ import annotations

import codecs
from collections import Counter
from typing import TYPE_CHECKING, Any

from cloudwright.convert.json_text import parse_json
from cloudwright.convert.problem import SourceError
from cloudwright.errors import ProgramError
from cloudwright.os_errors import machine_error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SOURCE = "name a template: a file in YAML or JSON"
_IDS = "write what `aws cloudformation list-stack-resources` prints to it"
_PARAMETERS = 'write {"Name": "value"}, or the form of the AWS CLI'


def read_source(path: Path, *, hint: str = _SOURCE) -> str:
    """The text of a file, in UTF-8, or in UTF-16 as PowerShell writes what a command prints.

    Args:
        path: The file.
        hint: What to name if there is none.

    Raises:
        CloudwrightError: It can't be read.
    """
    try:
        data = path.read_bytes()
        return data.decode(_encoding(data))
    except FileNotFoundError as error:
        raise ProgramError(f"there is no file {path}", hint=hint) from error
    except OSError as error:
        raise machine_error(error, f"{path} can't be read", path=path) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        what = f"{path}: line {line}: byte 0x{error.object[error.start]:02x} is not text in UTF-8"
        raise ProgramError(what, hint="save it as UTF-8, if it is a text") from error


def _encoding(data: bytes) -> str:
    return "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def read_json(path: Path, *, hint: str) -> Any:
    """What a JSON file holds.

    Args:
        path: The file.
        hint: What to do if there is none, or it is broken.

    Raises:
        SourceError: It is not JSON.
        CloudwrightError: It can't be read.
    """
    try:
        return parse_json(read_source(path, hint=hint), hint=hint)
    except SourceError as error:
        raise error.in_file(str(path)) from None


def ids_from(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Physical ids and types by logical id.

    Args:
        path: What `aws cloudformation list-stack-resources` or `describe-stack-resources` prints, or
            `{"LogicalId": "physical id"}`, which names no types.

    Raises:
        ProgramError: It has none of these forms.
        CloudwrightError: It can't be read.
    """
    found = read_json(path, hint=_IDS)
    if isinstance(found, dict):
        found = found.get("StackResourceSummaries", found.get("StackResources", found))
    if isinstance(found, dict):
        return _named_ids(path, found), {}
    rows = [one for one in found if isinstance(one, dict) and _has_ids(one)] if isinstance(found, list) else []
    if not rows:
        raise ProgramError(f"{path} contains no resource ids", hint=_IDS)
    for name, count in Counter(one["LogicalResourceId"] for one in rows).items():
        if count > 1:
            raise ProgramError(f"{path} lists {name!r} {count} times", hint="list the resources of one stack")
    return (
        {str(one["LogicalResourceId"]): str(one["PhysicalResourceId"]) for one in rows},
        {str(one["LogicalResourceId"]): str(one.get("ResourceType", "")) for one in rows},
    )


def _named_ids(path: Path, found: Mapping[str, Any]) -> dict[str, str]:
    if not found:
        raise ProgramError(f"{path} contains no resource ids", hint=_IDS)
    for name, value in found.items():
        if not isinstance(value, str) or not value:
            raise ProgramError(f"{path}: the id of {name} is not text", hint='write {"LogicalId": "physical id"}')
    return dict(found)


def _has_ids(row: Mapping[str, object]) -> bool:
    ids = (row.get("LogicalResourceId"), row.get("PhysicalResourceId"))
    return all(isinstance(one, str) and one for one in ids)


def values_from(path: Path) -> dict[str, str]:
    """Parameters from a JSON file, in the forms that the AWS CLI takes.

    Args:
        path: Of `{"Name": "value"}`, `[{"ParameterKey": ..., "ParameterValue": ...}]` or `["Name=value"]`.

    Raises:
        ProgramError: It has none of these forms.
        CloudwrightError: It can't be read.
    """
    found = read_json(path, hint=_PARAMETERS)
    if isinstance(found, dict):
        found = found.get("Parameters", found)
    pairs = list(found.items()) if isinstance(found, dict) else [_pair(one) for one in found or ()]
    if not isinstance(found, dict | list) or None in pairs:
        raise ProgramError(f"{path} contains no parameters", hint=_PARAMETERS)
    return {name: _value(path, name, value) for name, value in filter(None, pairs)}


def _pair(one: object) -> tuple[str, object] | None:
    if isinstance(one, str) and "=" in one:
        name, _, value = one.partition("=")
        return name, value
    if isinstance(one, dict) and "ParameterKey" in one:
        return str(one["ParameterKey"]), one.get("ParameterValue", "")
    return None


def _value(path: Path, name: str, value: object) -> str:
    """A parameter's value as CloudFormation takes it: a text, or a list as a text with commas."""
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value)
        case list() if all(isinstance(one, str | int | float) for one in value):
            return ",".join(_value(path, name, one) for one in value)
    raise ProgramError(f"{path}: the value of {name} is not text", hint=_PARAMETERS)
