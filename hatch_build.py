"""The wheel's build hook: makes the type stubs of all AWS resource types, which are not committed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class StubsHook(BuildHookInterface):  # type: ignore[type-arg] - its parameter is the build tool's own affair
    """Writes the stubs into the source tree, for wheels and editable installs alike."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the stubs and have the wheel take them although version control ignores them.

        Args:
            version: `standard` or `editable`; both need them.
            build_data: What the build tool lets hooks change.
        """
        del version
        root = Path(self.root)
        sys.path[:0] = [str(root / "src"), str(root / "tools")]
        from stubs.build import generate

        files = generate(root / "src" / "cloudwright" / "aws")
        build_data["artifacts"] += sorted({f"/{path.relative_to(root).parent}/*{path.suffix}" for path in files})
