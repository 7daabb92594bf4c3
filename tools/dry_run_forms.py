"""Write `services/data/imagebuilder_dry_run.json`: how the dry runs of Image Builder spell what Cloud Control declares.

Both spellings are read from their own models: botocore's service model and the registry's schemas. Run it after an
update of either; a test holds the file to both.

    python tools/dry_run_forms.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session

from cloudwright.schema.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import OperationModel, Shape

FILE = Path(__file__).parents[1] / "src" / "cloudwright" / "services" / "data" / "imagebuilder_dry_run.json"
SERVICE = "imagebuilder"

RENAMED = {"Version": "semanticVersion", "LaunchPermissionConfiguration": "launchPermission"}
"""Where the API's name is not Cloud Control's with a small first letter. Evidence: the members of the API's shapes
that have no other counterpart, and their descriptions, in the service model 2019-12-02."""


def forms() -> dict[str, Any]:
    """The whole table: for each type its operation, its path and the API's name of every member.

    Raises:
        LookupError: A member that can be declared has no counterpart in the API.
    """
    model = botocore.session.get_session().get_service_model(SERVICE)
    catalog = Catalog.bundled()
    table: dict[str, Any] = {}
    for name in sorted(model.operation_names):
        operation = model.operation_model(name)
        if name.startswith("Create") and "dryRun" in operation.input_shape.members:
            type_name = f"AWS::ImageBuilder::{name.removeprefix('Create')}"
            table[type_name] = _form(operation, catalog, type_name)
    return table


def _form(operation: OperationModel, catalog: Catalog, type_name: str) -> dict[str, Any]:
    kind = catalog.get(type_name)
    outputs = {"/" + "/".join(path) for path in kind.read_only}
    schema: Any = kind.schema
    root = {"type": "object", "properties": schema["properties"]}
    members = dict(_members(schema, root, operation.input_shape, ""))
    lost = [path for path, name in members.items() if not name and path not in outputs]
    if lost:
        raise LookupError(f"{type_name}: the API has no member for {', '.join(lost)}")
    return {
        "operation": operation.name,
        "method": operation.http["method"],
        "path": operation.http["requestUri"],
        "members": {path: name for path, name in members.items() if name},
    }


def _members(schema: Mapping[str, Any], node: Mapping[str, Any], shape: Shape, path: str) -> Iterator[tuple[str, str]]:
    """Every member below a node with the API's name of it; an empty name where the API has none."""
    while "$ref" in node:
        node = schema["definitions"][node["$ref"].rpartition("/")[2]]
    if shape.type_name == "list":
        yield from _members(schema, node["items"], shape.member, f"{path}/*")
    elif shape.type_name == "structure":
        for name, child in sorted(node["properties"].items()):
            api = _counterpart(name, shape)
            yield f"{path}/{name}", api
            if api:
                yield from _members(schema, child, shape.members[api], f"{path}/{name}")


def _counterpart(name: str, shape: Shape) -> str:
    names = (name[0].lower() + name[1:], RENAMED.get(name, ""))
    return next((one for one in names if one in shape.members), "")


def main() -> int:
    """Write the file."""
    FILE.write_text(json.dumps(forms(), indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
