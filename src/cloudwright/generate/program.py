"""A complete program for live resources, as text."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING, Any

from cloudwright.generate.declarable import declarable, without_json_text
from cloudwright.generate.links import Linking
from cloudwright.generate.live import DeclaredResource, JsonText, Link
from cloudwright.generate.naming import names_for
from cloudwright.generate.source import WIDTH, call, comment, source, text
from cloudwright.program.resource import OPTIONS
from cloudwright.schema.pointer import get

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cloudwright.generate.live import LiveResource
    from cloudwright.target import Target

_TAKEN = ("app", "main", "target", "json", "App", "Resource")
_BODY = 8


def write_program(app: str, target: Target, resources: Sequence[LiveResource], bundled: Callable[[str], bool]) -> str:
    """A program that adopts live resources as they are.

    Args:
        app: The app's name.
        target: The account and Region of all of them.
        resources: In the order of their declarations, as far as references allow.
        bundled: Whether a type's name is one that `cloudwright.aws` knows.
    """
    written = declare(target, resources)
    names = {live_id(one.live): one.variable for one in written}
    by_position = [names[live_id(live)] for live in resources]
    body = [line for one in written for line in _declaration(one, written, by_position.__getitem__, bundled)]
    place = call("with target", _place(target), 4)
    place[-1] += ":"
    return "\n".join(
        [
            f'"""What was found in {target.account}/{target.region}, to be adopted as it is."""',
            "",
            "from __future__ import annotations",
            "",
            *_imports(written, bundled),
            "",
            f"app = App({text(app)})",
            "",
            "",
            "@app.program",
            "async def main() -> None:",
            *place,
            *(body or [" " * _BODY + "pass"]),
            "",
            "",
            'if __name__ == "__main__":',
            "    app.cli()",
            "",
        ]
    )


def _place(target: Target) -> list[tuple[str, str]]:
    """The target expression: account, Region and credentials."""
    arguments = [("account", text(target.account)), ("region", text(target.region))]
    option = {"profile": "profile", "role": "role_arn"}.get(target.source.kind)
    return [*arguments, (option, text(target.source.name))] if option else arguments


def declare(target: Target, resources: Sequence[LiveResource]) -> list[DeclaredResource]:
    """The declarations of a program, each after those that it refers to.

    Args:
        target: The account and Region of all of them.
        resources: The live resources.
    """
    linking = Linking(resources)
    services = {live.kind.service for live in resources}
    names = names_for(resources, (*_TAKEN, *services))
    drafts = []
    for position, live in enumerate(resources):
        document, remarks = declarable(live, target)
        drafts.append((linking.link(position, document), remarks))
    return [
        DeclaredResource(
            live=resources[position],
            key=names[position][0],
            variable=names[position][1],
            document=drafts[position][0],
            remarks=drafts[position][1],
        )
        for position in linking.ordered()
    ]


def live_id(live: LiveResource) -> tuple[str, str]:
    """The key of a live resource within its account and Region.

    Args:
        live: The resource.
    """
    return (live.kind.name, live.identifier)


def _declaration(
    one: DeclaredResource,
    all_written: Sequence[DeclaredResource],
    names: Callable[[int], str],
    bundled: Callable[[str], bool],
) -> list[str]:
    name, arguments = _called(one, names, bundled)
    arguments.append(("adopt", _adopt(one)))
    head = f"{one.variable} = " if one.variable in _referred(all_written, names) else ""
    remarks = [line for remark in one.remarks for line in comment(remark, _BODY)]
    return [*remarks, *call(name, arguments, _BODY, head=head)]


def _called(
    one: DeclaredResource, names: Callable[[int], str], bundled: Callable[[str], bool]
) -> tuple[str, list[tuple[str, str]]]:
    inner = _BODY + 4
    if not bundled(one.live.kind.name):
        properties = source(one.document, names, inner, len("properties=,"))
        return "Resource", [("", text(one.key)), ("type", text(one.live.kind.name)), ("properties", properties)]
    _, service, short = one.live.kind.name.split("::")
    if not all(_is_keyword(name) for name in one.document):
        return f"{service}.{short}", [("", text(one.key)), ("", source(one.document, names, inner, 1))]
    arguments = [(name, source(value, names, inner, len(name) + 2)) for name, value in one.document.items()]
    return f"{service}.{short}", [("", text(one.key)), *arguments]


def _is_keyword(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and name not in OPTIONS and name != "self"


def _adopt(one: DeclaredResource) -> str:
    """`True` where the declared properties are the identifier, else the identifier."""
    parts = [get(without_json_text(one.document), path, None) for path in one.live.kind.identifiers]
    named = all(isinstance(part, str) for part in parts) and "|".join(map(str, parts)) == one.live.identifier
    return "True" if named else text(one.live.identifier)


def _referred(written: Iterable[DeclaredResource], names: Callable[[int], str]) -> set[str]:
    return {names(link.to) for one in written for link in _links(one.document)}


def _links(value: Any) -> Iterable[Link]:
    if isinstance(value, Link):
        yield value
    elif isinstance(value, JsonText):
        yield from _links(value.document)
    elif isinstance(value, dict):
        for member in value.values():
            yield from _links(member)
    elif isinstance(value, list):
        for item in value:
            yield from _links(item)


def _imports(written: Sequence[DeclaredResource], bundled: Callable[[str], bool]) -> list[str]:
    services = sorted({one.live.kind.service for one in written if bundled(one.live.kind.name)})
    generic = any(not bundled(one.live.kind.name) for one in written)
    lines = ["import json", ""] if any(_has_json(one.document) for one in written) else []
    lines.append(f"from cloudwright import {', '.join(['App', *(['Resource'] if generic else []), 'target'])}")
    if services:
        lines += _import_line(services)
    return lines


def _import_line(services: list[str]) -> list[str]:
    # The order of the usual import sorters: names in capitals first.
    ordered = sorted(services, key=lambda name: (not name.isupper(), name))
    line = f"from cloudwright.aws import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return [line]
    return ["from cloudwright.aws import (", *(f"    {name}," for name in ordered), ")"]


def _has_json(value: Any) -> bool:
    if isinstance(value, JsonText):
        return True
    if isinstance(value, dict):
        return any(_has_json(member) for member in value.values())
    return isinstance(value, list) and any(_has_json(item) for item in value)
