"""The templates of nested stacks, read from the files next to the template that names them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.nested import NESTED_TYPES, NestedTemplate
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.problem import Remark, SourceError
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cloudwright.convert.cloudformation.template import ResourceNode, Template

_RELATIVE = re.compile(r"(?!/)(?!.*(?:://|\$\{)).+\.(?:ya?ml|json|template)$", re.IGNORECASE)
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

        Raises:
            SourceError: Templates include each other in a circle, or one can't be read as a template.
            CloudwrightError: A file can't be read.
        """
        trail = (*outer, path.resolve())
        found = {name: self._nested(resource, path.parent, trail) for name, resource in template.resources.items()}
        return {name: inner for name, inner in found.items() if inner is not None}

    def _nested(self, resource: ResourceNode, folder: Path, outer: tuple[Path, ...]) -> NestedTemplate | None:
        files = [one for one in template_files(resource, folder) if one.path.is_file()]
        fitting = (one.path for one in files if one.certain or self._fits(one.path, resource, outer))
        file = next(fitting, None)
        return self._read(file, resource, outer) if file is not None else None

    def _fits(self, file: Path, resource: ResourceNode, outer: tuple[Path, ...]) -> bool:
        """Whether a file that shares only its name with the one wanted is a template with the stack's parameters."""
        if file.resolve() in outer:
            return False
        try:
            template = self.parse(file, [])
        except SourceError:
            return False
        given = resource.properties.get("Parameters") if resource.properties is not None else None
        return set((given.members or {}) if given is not None else {}) <= set(template.parameters)

    def _read(self, file: Path, resource: ResourceNode, outer: tuple[Path, ...]) -> NestedTemplate:
        if file.resolve() in outer:
            circle = " -> ".join(one.name for one in (*outer, file))
            raise SourceError(f"nested templates form a cycle: {circle}", resource.node.at)
        remarks: list[Remark] = []
        try:
            template = self.parse(file, remarks)
            nested = self.nested(template, file, outer)
        except SourceError as error:
            raise error if error.file else error.in_file(str(file)) from None
        return NestedTemplate(str(file), template, nested, tuple(remarks))


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """Where the template of a nested stack may be.

    Attributes:
        certain: Whether it has more in common with the path that the stack names than the file's name.
    """

    path: Path
    certain: bool


def template_files(resource: ResourceNode, folder: Path) -> Iterator[TemplateFile]:
    """Where the template of a nested stack may be, the likeliest first; nothing for other resources.

    `TemplateURL` is a relative path for `aws cloudformation package`, or the URL of an object that was uploaded from a
    file: then the longest end of its path that is a file counts. CDK names the file in the resource's metadata.
    """
    if resource.type not in NESTED_TYPES or resource.properties is None:
        return
    node = resource.properties.get(NESTED_TYPES[resource.type])
    metadata = resource.node.get("Metadata")
    named = metadata.get("aws:asset:path") if metadata is not None else None
    folders = [folder, *list(folder.resolve().parents)[:_FOLDERS_UP]]
    for one in (named, node):
        if one is not None and one.is_scalar and _RELATIVE.match(text := scalar_text(one)):
            yield from (TemplateFile(base / text, certain=True) for base in folders)
        elif one is not None:
            texts = (scalar_text(inner) for inner in one.walk() if inner.is_scalar)
            yield from (file for text in texts for file in _ends(text, folders))


def _ends(text: str, folders: Sequence[Path]) -> Iterator[TemplateFile]:
    match = _FILE.search(text)
    parts = [part for part in match[0].split("/") if part] if match is not None else []
    for start in range(len(parts)):
        certain = start < len(parts) - 1
        yield from (TemplateFile(base.joinpath(*parts[start:]), certain) for base in folders)
