"""The templates of nested stacks, read from the files beside the template that names them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.nested import NESTED_TYPES, NestedTemplate
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.problem import Remark, SourceError
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cloudwright.convert.cloudformation.template import ResourceNode, Template

_FILE = re.compile(r"[\w./-]+\.(?:ya?ml|json|template)$", re.IGNORECASE)
_FOLDERS_UP = 2
"""A template in `templates/` names its neighbours from the folder above, or from that of the repository."""


@dataclass(frozen=True, slots=True)
class NestedReader:
    """Reads nested templates.

    Attributes:
        parse: Reads a template's file, and adds what it finds to the remarks.
    """

    parse: Callable[[Path, list[Remark]], Template]

    def nested(self, template: Template, path: Path, outer: tuple[Path, ...] = ()) -> dict[str, NestedTemplate]:
        """The templates of the stacks that are nested in a template, and of those nested in them.

        Args:
            template: The outer template.
            path: Its file.
            outer: The files that led to it.

        Raises:
            SourceError: Templates include each other in a circle, or one can't be read as a template.
            CloudwrightError: A file can't be read.
        """
        found: dict[str, NestedTemplate] = {}
        for name, resource in template.resources.items():
            file = nested_file(resource, path.parent)
            if file is not None:
                found[name] = self._read(file, resource, (*outer, path.resolve()))
        return found

    def _read(self, file: Path, resource: ResourceNode, outer: tuple[Path, ...]) -> NestedTemplate:
        if file.resolve() in outer:
            circle = " -> ".join(one.name for one in (*outer, file))
            raise SourceError(f"templates are nested in each other in a circle: {circle}", resource.node.at)
        remarks: list[Remark] = []
        try:
            template = self.parse(file, remarks)
            nested = self.nested(template, file, outer)
        except SourceError as error:
            raise error if error.file else error.in_file(str(file)) from None
        return NestedTemplate(str(file), template, nested, tuple(remarks))


def nested_file(resource: ResourceNode, folder: Path) -> Path | None:
    """The file of a nested stack's template; `None` for other resources, and where no file has its name.

    `TemplateURL` names a file for `aws cloudformation package`, or an object in a bucket that was uploaded from one:
    the longest end of the path that is a file counts. CDK names the file in the resource's metadata.

    Args:
        resource: A resource of a template.
        folder: That of the template.
    """
    if resource.type not in NESTED_TYPES or resource.properties is None:
        return None
    node = resource.properties.get(NESTED_TYPES[resource.type])
    metadata = resource.node.get("Metadata")
    named = metadata.get("aws:asset:path") if metadata is not None else None
    texts = [scalar_text(inner) for one in (named, node) if one is not None for inner in one.walk() if inner.is_scalar]
    candidates = (file for text in texts for file in _candidates(text, folder))
    return next((file for file in candidates if file.is_file()), None)


def _candidates(text: str, folder: Path) -> Iterator[Path]:
    match = _FILE.search(text)
    if match is None:
        return
    parts = [part for part in match[0].split("/") if part]
    folders = [folder, *list(folder.resolve().parents)[:_FOLDERS_UP]]
    for start in range(len(parts)):
        yield from (base.joinpath(*parts[start:]) for base in folders)
