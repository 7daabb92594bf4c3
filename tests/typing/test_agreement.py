"""The stubs against the validation: what the walker lets pass, a type checker must not refuse."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

from cloudwright.schema.catalog import Catalog
from cloudwright.schema.validation.validate import validate
from property.schema_documents import Documents

# Cloud Control can't make it, and its properties have names of the user's choice.
EXCEPT = "AWS::CloudFormation::CustomResource"
SEED = 20261122
STEP = 4


def calls() -> list[str]:
    """One valid declaration of every fourth type, in the mapping form that shows all names and values."""
    catalog, chance, found = Catalog.bundled(), random.Random(SEED), []
    for name in [name for name in catalog.names() if name.startswith("AWS::") and name != EXCEPT][::STEP]:
        kind = catalog.get(name)
        document = Documents(kind.schema, chance).rich()
        settable = {key: value for key, value in document.items() if kind.settable((key,))}
        if not validate(kind, settable):
            _, service, last = name.split("::")
            found.append(f'{service}.{last}("x", {settable!r})')
    return found


def test_what_is_valid_is_well_typed(tmp_path: Path) -> None:
    declared = calls()
    services = sorted({call.partition(".")[0] for call in declared})
    file = tmp_path / "infra.py"
    file.write_text("\n".join([f"from cloudwright.aws import {', '.join(services)}", *declared]), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "mypy"), "--strict", "--cache-dir", str(tmp_path / "cache"), str(file)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert len(declared) > 150
    assert [] == re.findall(r"^.*: error: .*", done.stdout, re.MULTILINE)
    assert "Success" in done.stdout
