"""Which files a program is made of, and how a worker tells another one."""

from __future__ import annotations

import hashlib
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from cloudwright.app.loading import load
from cloudwright.app.user_modules import forget
from cloudwright.errors import ProgramError
from cloudwright.fleet.program_files import check_files, files_of

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
    import importlib
    import json

    from cloudwright import App
    from lib import base

    app = App("net")
    importlib.import_module("plugin_of_net")

    @app.program
    def main():
        import late
        from spaces import inner
"""


def write(folder: Path, name: str, text: str = "") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text), "utf-8")
    return file


def load_anew(program: Path) -> None:
    forget(program.parent)
    load(program)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [*sys.path])
    write(tmp_path, "lib/__init__.py")
    write(tmp_path, "lib/base.py", "from . import more")
    write(tmp_path, "lib/more.py")
    write(tmp_path, "late.py", "import later")
    write(tmp_path, "later.py", "this is no Python")
    write(tmp_path, "spaces/inner.py")
    write(tmp_path, "plugin_of_net.py")
    write(tmp_path, "nobody.py")
    return write(tmp_path, "infra.py", PROGRAM)


def test_a_program_is_made_of_what_it_loads_and_of_what_its_text_names(program: Path) -> None:
    load_anew(program)
    files = files_of(program)

    assert sorted(files) == [
        "infra.py",
        "late.py",
        "later.py",
        "lib/__init__.py",
        "lib/base.py",
        "lib/more.py",
        "plugin_of_net.py",
        "spaces/inner.py",
    ]
    assert files["infra.py"] == hashlib.sha256(program.read_bytes()).hexdigest()


def test_what_is_installed_below_the_folder_is_not_the_users_own(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = program.parent / ".venv" / "lib" / "python3" / "site-packages"
    write(installed, "strange_dependency.py")
    monkeypatch.setattr(sys, "path", [str(installed), *sys.path])
    write(program.parent, "plugin_of_net.py", "import strange_dependency")
    load_anew(program)

    assert "strange_dependency" in sys.modules
    assert not any("site-packages" in name for name in files_of(program))


def test_a_module_is_loaded_as_it_is_now(program: Path) -> None:
    write(program.parent, "plugin_of_net.py", "WORD = 'first'")
    load_anew(program)
    write(program.parent, "plugin_of_net.py", "WORD = 'second'")
    load_anew(program)

    assert sys.modules["plugin_of_net"].WORD == "second"


def test_the_program_of_the_run_is_told_from_others(program: Path) -> None:
    files = {"infra.py": hashlib.sha256(program.read_bytes()).hexdigest(), "lib/more.py": hashlib.sha256().hexdigest()}
    check_files(program, files, "7f3a")

    write(program.parent, "lib/more.py", "more = 1")
    with pytest.raises(ProgramError, match=r"lib/more\.py changed since this run was created") as told:
        check_files(program, files, "7f3a")

    assert told.value.hint == "cloudwright fleet cancel 7f3a, and begin a new run"

    (program.parent / "lib" / "more.py").unlink()
    with pytest.raises(
        ProgramError, match=r"infra\.py needs lib/more\.py, but there is no .*/lib/more\.py on this"
    ) as told:
        check_files(program, files, "7f3a")
    assert "copy the folder here" in str(told.value.hint)


def test_a_worker_without_the_module_of_a_provider_is_told(program: Path) -> None:
    write(
        program.parent,
        "our_dns.py",
        """
        from cloudwright.provider import CustomResource, Made, Provider

        class Record(CustomResource, type="Acme::Dns::Record"):
            name: str

        class Records(Provider[Record]):
            async def create(self, new, context):
                return Made(new.name)

            async def read(self, identifier, context):
                return {"name": identifier}

            async def delete(self, identifier, context):
                return None
        """,
    )
    text = PROGRAM.replace("from lib import base", "from lib import base\n    from our_dns import Records")
    write(program.parent, "infra.py", text.replace('App("net")', 'App("net", providers=[Records()])'))
    load_anew(program)
    files = {name: digest for name, digest in files_of(program).items() if "our_dns" in name or name == "infra.py"}
    assert set(files) == {"infra.py", "our_dns.py"}

    (program.parent / "our_dns.py").unlink()
    with pytest.raises(ProgramError, match=r"infra\.py needs our_dns\.py"):
        check_files(program, files, "7f3a")
