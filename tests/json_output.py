"""What a command printed with `--json`, held to the documented schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs

_SCHEMA = Path(__file__).parents[1] / "docs" / "json.schema.json"
_VALIDATOR = jsonschema_rs.validator_for(json.loads(_SCHEMA.read_text("utf-8")))


def read_lines(output: str) -> list[dict[str, Any]]:
    """The lines of JSON that a command printed.

    Raises:
        jsonschema_rs.ValidationError: A line is not one that `docs/json.schema.json` describes.
    """
    lines = [json.loads(line) for line in output.splitlines()]
    for line in lines:
        _VALIDATOR.validate(line)
    return lines
