"""Downloads of pinned versions, checked by hash before anything in them is read."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
CACHE = HERE.parent / ".cache"


@dataclass(frozen=True, slots=True)
class Pin:
    """One source, one version, one content."""

    name: str
    version: str
    license: str
    sha256: str


def read_pins() -> tuple[Pin, Pin]:
    """The wheel that holds the registry schemas, then the tarball that holds ARN templates."""
    pins = json.loads((HERE / "pins.json").read_text())
    wheel, tarball = (Pin(name, **facts) for name, facts in pins.items())
    return wheel, tarball


def fetch_wheel(pin: Pin) -> Path:
    """The pinned wheel; downloaded unless the cache has it."""
    return _cached(pin, f"{pin.name.replace('-', '_')}-{pin.version}-*.whl", _download_wheel)


def fetch_tarball(pin: Pin) -> Path:
    """The pinned npm tarball; downloaded unless the cache has it."""
    return _cached(pin, f"{pin.name.removeprefix('@').replace('/', '-')}-{pin.version}.tgz", _download_tarball)


def _cached(pin: Pin, pattern: str, download: Callable[[Pin], None]) -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    if not any(CACHE.glob(pattern)):
        download(pin)
    found = next(CACHE.glob(pattern))
    actual = hashlib.sha256(found.read_bytes()).hexdigest()
    if actual != pin.sha256:
        found.unlink()
        sys.exit(f"{pin.name} {pin.version}: sha256 is {actual}, pinned is {pin.sha256}; the download was deleted")
    return found


def _download_wheel(pin: Pin) -> None:
    requirements = CACHE / "requirements.txt"
    requirements.write_text(f"{pin.name}=={pin.version} --hash=sha256:{pin.sha256}\n")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"]
    subprocess.run([*pip, "--dest", str(CACHE), "--requirement", str(requirements)], check=True)


def _download_tarball(pin: Pin) -> None:
    subprocess.run(["npm", "pack", "--silent", f"{pin.name}@{pin.version}"], check=True, cwd=CACHE)
