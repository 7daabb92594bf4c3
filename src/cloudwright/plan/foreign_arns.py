"""ARNs of another partition than the resource's: `arn:aws:` in GovCloud or China names nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from cloudwright.plan import findings
from cloudwright.schema.pointer import format_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.plan.model import Declared, Finding, Plan

ID = "plan:partition"
"""The rule id, to silence if an ARN of another partition is intended."""

_ARN = re.compile(r"arn:(aws[a-z-]*):[a-z0-9-]+:[a-z0-9-]*:[a-z0-9*-]*:\S+")
_FREE = frozenset({"Environment", "EnvironmentVariables", "Metadata", "Parameters", "Tags", "TagSet", "Variables"})
"""Properties that only the user's own programs read, which may well use another partition."""


def foreign_arns(plan: Plan) -> Iterator[Finding]:
    """Find every property that is an ARN of another partition than its resource's.

    Args:
        plan: Its declarations are read. ARNs within larger texts are not checked, those in JSON documents are.
    """
    for declared in plan.declared:
        if declared.existing or not declared.target.region:
            continue
        for path, arn, partition in _arns(declared.properties, ()):
            if partition != declared.target.partition:
                yield _finding(declared, path, arn, partition)


def _finding(declared: Declared, path: tuple[str, ...], arn: str, partition: str) -> Finding:
    home, place = declared.target.partition, declared.target.region
    right = arn.replace(f":{partition}:", f":{home}:", 1)
    region = arn.split(":")[3]
    fix = f'Write "{right}"' if region in {"", place} else f"Name the one of {home} and its Region"
    return findings.finding(
        declared,
        f'"{arn}" is of the partition {partition}; this resource is in {place}, which is of {home}. '
        "A resource can't use one of another partition.",
        id=ID,
        severity=findings.ERROR,
        path=format_pointer(path),
        fix=f"{fix}; in a program for several partitions, take the partition from the target. "
        f"If this is intended, silence {ID}.",
        origin="IAM User Guide: Amazon Resource Names (partitions)",
    )


def _arns(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Every text below a value that is an ARN: path, text and partition."""
    if isinstance(value, str):
        yield from _of_text(value, path)
    elif isinstance(value, dict) and not findings.is_unknown(value):
        for name, member in value.items():
            if name not in _FREE:
                yield from _arns(member, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _arns(item, (*path, str(number)))


def _of_text(text: str, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    if text.startswith("arn:"):
        match = _ARN.fullmatch(text)
        if match:
            yield path, text, match[1]
    elif text[:1] in {"{", "["} and '"arn:' in text:
        try:
            document = json.loads(text)
        except ValueError:
            return
        for _, arn, partition in _arns(document, ()):
            yield path, arn, partition
