"""The command line over the real engine and the local cloud, as a user types it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.cli.root import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Shell = Callable[..., tuple[int, str, str]]

PROGRAM = """
    from cloudwright import App, secret
    from cloudwright.aws.control import AWS

    app = App("demo", stage="test")
    AMI = {"Name": "basic-{{ imagebuilder:buildDate }}"}

    @app.program
    async def main():
        config = AWS.ImageBuilder.DistributionConfiguration(
            "basic",
            Name="Basic-Configuration",
            Description="first",
            Distributions=[{"Region": "us-west-2", "AmiDistributionConfiguration": AMI}],
        )
        return {"Arn": config.Arn, "Password": secret("hunter2")}

    if __name__ == "__main__":
        app.cli()
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A separate folder, without AWS settings; what a program imported is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    paths = list(sys.path)
    yield
    sys.path[:] = paths


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """Runs `cloudwright ARGS`: exit code, standard output, standard error."""

    def ran(*args: str) -> tuple[int, str, str]:
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").endswith("infra.py"):
                del sys.modules[name]
        code = run(args)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return ran


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., None]:
    """Writes `infra.py`, with words replaced."""

    def written(*replacements: tuple[str, str], text: str = PROGRAM) -> None:
        text = dedent(text)
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "infra.py").write_text(text, encoding="utf-8")

    return written


def lines(out: str, kind: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, out.splitlines()) if line["type"] == kind]


def test_a_life_from_create_to_destroy(shell: Shell, program: Callable[..., None]) -> None:
    program()
    code, out, _ = shell("deploy", "--local", "--yes")
    assert (code, "ok: 1 created" in out, "hunter2" in out) == (0, True, False)

    code, out, _ = shell("deploy", "--local", "--yes")
    assert code == 0
    assert "0 changes, 1 unchanged" in out
    assert re.search(r"ok: 0 changes in .*, 0 calls", out)

    program(('"first"', '"second"'))
    code, out, _ = shell("plan", "--local", "--detailed-exitcode")
    assert code == 2
    assert re.search(r'~ Description\s+"first" (→|->) "second"', out)
    assert shell("deploy", "--local", "--yes")[0] == 0

    program(('"first"', '"second"'), ("Basic-Configuration", "Other-Configuration"))
    code, out, _ = shell("deploy", "--local", "--yes")
    assert code == 0
    assert "Name is create-only" in out
    assert "ok: 1 replaced in" in out

    code, out, _ = shell("outputs", "--local", "--json")
    values = lines(out, "outputs")[0]["values"]
    assert values["Arn"].endswith("distribution-configuration/other-configuration")
    assert values["Password"] == {"$secret": "(secret)"}

    assert shell("destroy", "--local", "--yes")[0] == 0
    code, out, _ = shell("state", "list", "--local", "--json")
    assert lines(out, "record") == []


def test_a_deploy_that_changes_nothing_loads_only_what_it_needs(shell: Shell, program: Callable[..., None]) -> None:
    program()
    assert shell("deploy", "--local", "--yes")[0] == 0
    needless = {
        *("cloudwright.engine.apply_pass", "cloudwright.engine.recovery", "cloudwright.engine.lifecycle"),
        *("cloudwright.plan.drift", "cloudwright.render.fleet.progress", "importlib.metadata"),
    }
    code = (
        "import sys; from cloudwright.cli.root import run; left = run(['deploy', '--local', '--yes', '--json']);"
        f"print(left, sorted({needless!r} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "0 []"


def test_a_saved_plan_is_applied_once(shell: Shell, program: Callable[..., None]) -> None:
    program()
    assert shell("plan", "--local", "-o", "first.plan")[0] == 0
    assert shell("deploy", "--local", "--yes", "--plan", "first.plan")[0] == 0
    code, _, err = shell("deploy", "--local", "--yes", "--plan", "first.plan")

    assert code == 1
    assert "the state changed since the plan was made" in err


def test_a_saved_plan_of_another_program_is_stale(shell: Shell, program: Callable[..., None]) -> None:
    program()
    shell("plan", "--local", "-o", "first.plan")
    program(('"first"', '"second"'))
    code, _, err = shell("deploy", "--local", "--yes", "--plan", "first.plan")

    assert (code, "the program changed since the plan was made" in err) == (1, True)


def test_the_program_is_its_own_command_line(program: Callable[..., None]) -> None:
    program()
    done = subprocess.run(
        [sys.executable, "infra.py", "plan", "--local", "--json"], capture_output=True, text=True, check=True
    )

    assert lines(done.stdout, "plan")[0]["counts"]["create"] == 1


HEAD = """
    from cloudwright import App
    from cloudwright.aws.control import AWS
    app = App("bad")
    @app.program
    def main():
        {body}
"""


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            'AWS.ImageBuilder.DistributionConfiguration("a", Name="Basic", Distribution=[])',
            ["has no property Distribution", "Write Distributions", "infra.py:7"],
        ),
        ('AWS.S3.Bucket("a", BucketName=3)', ["/BucketName"]),
        ('AWS.S3.Bucket("a", Arn="x")', ["'Arn' is read-only"]),
        ('AWS.ImageBuilder.Distribution("a")', ["AWS::ImageBuilder::Distribution", "Did you mean", "infra.py:7"]),
        ('AWS.S3.Bucket("a"); AWS.S3.Bucket("a")', ["declared twice", "infra.py:7"]),
        (
            'AWS.S3.Bucket("a", depends_on=["b"]); AWS.S3.Bucket("b", depends_on=["a"])',
            ["depend on each other in a cycle"],
        ),
        ("raise RuntimeError('mine')", ["the program raised RuntimeError: mine", "infra.py:7 in main"]),
    ],
)
def test_what_is_wrong_is_reported_before_anything_is_sent(
    shell: Shell, program: Callable[..., None], body: str, shown: list[str]
) -> None:
    program(text=HEAD.replace("{body}", body))
    code, out, err = shell("deploy", "--local", "--yes")

    assert code == 1
    assert [text for text in shown if text not in err] == []
    assert "Traceback" not in out + err


def test_without_a_region_or_credentials_the_way_out_is_named(
    shell: Shell, program: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    program()
    code, _, err = shell("plan")
    assert (code, "no AWS Region is set" in err, "--local" in err) == (1, True, True)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    code, _, err = shell("plan")

    assert (code, "no AWS credentials were found" in err, "--local" in err) == (1, True, True)


def test_a_corrupt_state_is_reported_and_left_alone(shell: Shell, program: Callable[..., None], tmp_path: Path) -> None:
    program()
    shell("deploy", "--local", "--yes")
    state = tmp_path / ".cloudwright" / "local" / "state.db"
    for path in state.parent.glob("state.db*"):
        path.write_bytes(b"garbage")
    code, _, err = shell("deploy", "--local", "--yes")

    assert (code, "nothing was changed" in err) == (1, True)
    assert state.read_bytes() == b"garbage"


MANY = """
    from cloudwright import App
    from cloudwright.aws.control import AWS
    app = App("many", stage="test")
    @app.program
    def main():
        for n in range(6):
            AWS.S3.Bucket(f"b{n}", BucketName=f"many-bucket-{n}")
"""


@pytest.mark.parametrize("strikes", [1, 2])
def test_an_interrupted_deploy_is_finished_by_the_next(
    shell: Shell, program: Callable[..., None], strikes: int
) -> None:
    program(text=MANY)
    words = ["-c", "from cloudwright.cli import main; main()", "deploy", "--local", "--yes", "--json"]
    with subprocess.Popen([sys.executable, *words, "--concurrency", "2"], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for awaited in ("started", "notice")[:strikes]:
            next(line for line in child.stdout if json.loads(line)["type"] == awaited)
            child.send_signal(signal.SIGINT)
        rest = [json.loads(line) for line in child.stdout]

    assert child.returncode == 130
    assert rest[-1]["type"] == ("result" if strikes == 1 else "interrupted")
    assert shell("deploy", "--local", "--yes")[0] == 0
    _, out, _ = shell("state", "list", "--local", "--json")
    assert [f"many-bucket-{n}" for n in range(6)] == sorted(record["identifier"] for record in lines(out, "record"))
    assert lines(out, "operation") == []
