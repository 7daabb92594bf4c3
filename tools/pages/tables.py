"""Write the tables that stand inside of pages: `python tools/pages/tables.py`.

A table stands between `<!-- NAME -->` and `<!-- end NAME -->`, and is generated from the code.
"""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[2]

if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools")]

from cloudwright.local.api.service_calls import TABLES as SERVED  # noqa: E402
from cloudwright.local.faults import BUILT_IN, CATALOGUE  # noqa: E402
from cloudwright.render.contract.index import SECTIONS  # noqa: E402
from pages import conformance, constructs, contract, store_cases  # noqa: E402 - found on the path just set

if TYPE_CHECKING:
    from collections.abc import Callable


def rules() -> str:
    """What the local cloud promises of Cloud Control's contract."""
    return conformance.table((ROOT / "tests" / "conformance" / "test_local_contract.py").read_text("utf-8"))


def stores() -> str:
    """What every state store is held to."""
    tests = ROOT / "tests"
    modules = {
        store: "".join((tests / f"{name}.py").read_text("utf-8") for name in names) for store, names in STORES.items()
    }
    return store_cases.table((tests / "conformance" / "state.py").read_text("utf-8"), modules)


def faults() -> str:
    """The switches of the local cloud."""
    rows = [f"| `{name}` | {text} |" for name, text in CATALOGUE.items()]
    return "\n".join(["| fault | what it does |", "|---|---|", *rows]) + "\n"


def built_in() -> str:
    """The pitfalls that need no switch."""
    rows = [f"| {name} | {text} |" for name, text in BUILT_IN.items()]
    return "\n".join(["| pitfall | why it needs no switch |", "|---|---|", *rows]) + "\n"


def operations() -> str:
    """What the local cloud serves in addition to Cloud Control, dry runs apart."""
    rows = [f"| `{name}` | {', '.join(sorted(table))} |" for name, table in SERVED.items()]
    return "\n".join(["| service | operations |", "|---|---|", *rows]) + "\n"


STORES = {
    "memory": ("conformance/test_state_memory",),
    "SQLite": ("conformance/test_state_sqlite", "unit/state/sql/test_sqlite"),
    "S3": ("conformance/test_state_s3",),
    "S3's model": ("conformance/test_state_objects",),
    "PostgreSQL": ("conformance/test_state_postgres",),
}
"""Column -> the modules of its tests."""

TABLES: dict[str, tuple[str, Callable[[], str]]] = {
    "conformance": ("docs/local-cloud.md", rules),
    "stores": ("docs/state.md", stores),
    "faults": ("docs/local-cloud.md", faults),
    "operations": ("docs/local-cloud.md", operations),
    "built-in": ("docs/local-cloud.md", built_in),
    "constructs": ("docs/from-cloudformation.md", constructs.table),
}
TABLES |= {section: ("docs/json.md", partial(contract.table, section)) for section in SECTIONS}
"""Name -> the page that it stands in, and what makes it."""

SCHEMA = ROOT / "docs" / "json.schema.json"
"""The schema of the `--json` contract."""


def renewed(page: str, name: str, text: str) -> str:
    """A page with a new table in the place of the old one.

    Args:
        page: Markdown.
        name: One of `TABLES`.
        text: The new table.

    Raises:
        ValueError: The page has no such place.
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- end {name} -->"
    pattern = re.escape(begin) + ".*?" + re.escape(end)
    found, count = re.subn(pattern, lambda _: f"{begin}\n{text}\n{end}", page, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"the page has {count} places for {name}, not one")
    return found


def main() -> None:
    """Write every table, and the schema of the JSON lines."""
    SCHEMA.write_text(contract.schema(), "utf-8")
    for name, (place, make) in TABLES.items():
        file = ROOT / place
        file.write_text(renewed(file.read_text("utf-8"), name, make()), "utf-8")


if __name__ == "__main__":
    main()
