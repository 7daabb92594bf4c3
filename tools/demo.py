"""`make demo`: deploy the image distributions to the local cloud twice; the second deploy changes nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "image_distribution.py"


def show(title: str, command: list[str], folder: Path) -> None:
    """Print a command and run it.

    Args:
        title: What the reader is about to see.
        command: Arguments of `cloudwright`.
        folder: Where to run it.
    """
    print(f"\n== {title}\n$ cloudwright {' '.join(command)}\n", flush=True)
    subprocess.run([Path(sys.executable).parent / "cloudwright", *command], cwd=folder, check=True)


def main() -> None:
    """Run the demo in a folder of its own, which is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="cloudwright-demo-") as name:
        folder = Path(name)
        program = shutil.copy(EXAMPLE, folder)
        local = [Path(program).name, "--local", "--stage", "demo"]
        show("The first deploy creates three distribution configurations", ["deploy", *local, "--yes"], folder)
        show("The second deploy finds nothing to do and makes no call", ["deploy", *local, "--yes"], folder)
        show("What the state holds", ["state", "list", *local], folder)
        show("Destroy takes everything away again", ["destroy", *local, "--yes"], folder)


if __name__ == "__main__":
    main()
