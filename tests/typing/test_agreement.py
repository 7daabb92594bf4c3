"""The stubs against the validation: what the walker lets pass, a type checker must not refuse."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.schema.catalog import Catalog
from cloudwright.schema.validation.validate import validate
from property.schema_documents import Documents
from typing_checks import CACHE

if TYPE_CHECKING:
    from sampling import Sampling

# Cloud Control can't make it, and its properties have names of the user's choice.
EXCEPT = "AWS::CloudFormation::CustomResource"
SEED = 20261122
STEP = 4


def calls(sampling: Sampling) -> list[str]:
    """One valid declaration of every fourth type, in the mapping form that shows all names and values.

    A sample is one of services, since mypy has to read the stub of each.
    """
    catalog, chance, found = Catalog.bundled(), random.Random(SEED), []
    names = [name for name in catalog.names() if name.startswith("AWS::") and name != EXCEPT][::STEP]
    services = sampling.take(sorted({name.split("::")[1] for name in names}), 6, "agreement")
    for name in [name for name in names if name.split("::")[1] in services]:
        kind = catalog.get(name)
        document = Documents(kind.schema, chance).rich()
        settable = {key: value for key, value in document.items() if kind.settable((key,))}
        if not validate(kind, settable):
            _, service, last = name.split("::")
            found.append(f'{service}.{last}("x", {settable!r})')
    return found


def test_what_is_valid_is_well_typed(tmp_path: Path, sampling: Sampling) -> None:
    declared = calls(sampling)
    services = sorted({call.partition(".")[0] for call in declared})
    file = tmp_path / "infra.py"
    file.write_text("\n".join([f"from cloudwright.aws import {', '.join(services)}", *declared]), encoding="utf-8")
    command = [
        str(Path(sys.executable).parent / "mypy"),
        "--strict",
        "--no-sqlite-cache",
        "--cache-dir",
        str(CACHE),
        str(file),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert len(declared) > (150 if sampling.whole else 10)
    assert [] == re.findall(r"^.*: error: .*", done.stdout, re.MULTILINE)
    assert "Success" in done.stdout
