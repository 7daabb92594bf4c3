"""The program of a template, in one file or in several."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.nested import NestedTemplate
from cloudwright.convert.cloudformation.order import reduced
from cloudwright.convert.cloudformation.program import Converted, FunctionNames, Program, ProgramNames
from cloudwright.convert.cloudformation.secrecy import mark_secrets
from cloudwright.convert.cloudformation.split import split_program
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.convert.cloudformation.template import Template
    from cloudwright.convert.problem import Remark
    from cloudwright.schema.catalog import Catalog


def write_program(
    template: Template,
    catalog: Catalog,
    naming: ProgramNames,
    remarks: Iterable[Remark] = (),
    nested: Mapping[str, NestedTemplate] = MappingProxyType({}),
) -> Converted:
    """Write the program of a template.

    Args:
        template: The template.
        catalog: Knows the types.
        naming: What the program is called.
        remarks: Remarks from reading the template.
        nested: Logical id of a nested stack -> its template.

    Raises:
        SourceError: A value of the template can't be translated.
    """
    if naming.without:
        template = reduced(template, naming.without)
    inner = {name: one for name, one in nested.items() if name in template.resources}
    root = NestedTemplate(naming.origin, template, inner, tuple(remarks))
    known = FunctionNames(catalog, naming, root).of(root, "stack")
    mark_secrets(known)
    written = split_program(known, naming) if naming.split else Program(known, naming).written()
    return replace(written, origins=_origins(template, known.template))


def _origins(written: Template, template: Template) -> dict[str, str]:
    names = {id(one.node): name for name, one in written.resources.items()}
    found = {name: names.get(id(one.node), name) for name, one in template.resources.items()}
    return {name: origin for name, origin in found.items() if origin != name}
