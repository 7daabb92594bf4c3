"""`cloudwright state`, `unlock` and shared stores, each command in its own process."""

from __future__ import annotations

import asyncio
import json
import shlex
import stat
from pathlib import Path
from unittest.mock import ANY

import pytest

from cloudwright.state.leases.lease import Holder
from cloudwright.state.open import open_store
from conformance.state import ANNA
from shell_kit import Ran, Shell

PROGRAM = """
    from cloudwright import App, secret
    from cloudwright.aws.control import AWS

    app = App("demo")

    @app.program
    async def main():
        role = AWS.SNS.Topic("first", TopicName="first-topic", DisplayName="one")
        AWS.SQS.Queue("second", QueueName="second-queue", depends_on=role)
        return {"Arn": role.TopicArn, "Password": secret("hunter2-canary")}
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.write(PROGRAM)
    return shell


@pytest.fixture
def deployed(shell: Shell) -> Shell:
    ran = shell("deploy", "--local", "--yes")
    assert (0, "") == (ran.code, ran.err)
    return shell


def test_a_key_is_moved_and_the_program_follows_without_a_change(deployed: Shell) -> None:
    ran = deployed("state", "mv", "first", "renamed", "--local", "--yes")
    assert (0, True) == (ran.code, "first becomes renamed: AWS::SNS::Topic" in ran.out)

    deployed.write(PROGRAM.replace('"first",', '"renamed",'))
    ran = deployed("plan", "--local", "--detailed-exitcode")
    assert (0, "") == (ran.code, ran.err)


def test_edits_need_a_yes_and_say_so_where_nobody_can_be_asked(deployed: Shell) -> None:
    ran = deployed("state", "rm", "first", "--local")

    assert 1 == ran.code
    assert "this needs confirmation, and there is no terminal to ask on (Forget first?); nothing was changed" in ran.err
    assert 2 == len(deployed("state", "list", "--local", "--json").of("record"))


def test_a_forgotten_resource_lives_on(deployed: Shell) -> None:
    ran = deployed("state", "rm", "second", "--local", "--yes")

    assert "AWS::SQS::Queue" in ran.out
    assert "still exists, unmanaged" in ran.out
    assert ["first"] == [line["key"] for line in deployed("state", "list", "--local", "--json").of("record")]


def test_a_key_that_is_not_there_is_refused(deployed: Shell) -> None:
    for words in (("rm", "nosuch"), ("mv", "nosuch", "other"), ("mv", "first", "second")):
        ran = deployed("state", *words, "--local", "--yes")
        assert 1 == ran.code
        assert "demo/test" in ran.err


def test_a_pulled_state_is_edited_and_pushed_once(deployed: Shell, tmp_path: Path) -> None:
    assert 0 == deployed("state", "pull", "--local", "-o", "state.json").code
    file = tmp_path / "state.json"
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    assert "hunter2-canary" not in file.read_text()
    document = json.loads(file.read_text())
    document["records"][0]["protect"] = True
    file.write_text(json.dumps(document))

    ran = deployed("state", "push", "state.json", "--local", "--yes")
    assert (0, True) == (ran.code, "~ first" in ran.out)
    assert deployed("state", "show", "first", "--local", "--json").of("record")[0]["protect"]
    again = deployed("state", "push", "state.json", "--local", "--yes")
    assert (1, True) == (again.code, "it changed meanwhile" in again.err)
    assert "pull again and repeat the edit" in again.err


@pytest.mark.parametrize(("text", "shown"), [("nonsense", "is not JSON"), ('{"format": 99}', "reads up to")])
def test_a_file_that_is_no_state_is_not_pushed(deployed: Shell, tmp_path: Path, text: str, shown: str) -> None:
    (tmp_path / "state.json").write_text(text)
    ran = deployed("state", "push", "state.json", "--local", "--yes")

    assert (1, True) == (ran.code, shown in ran.err)


def test_the_past_is_shown_and_compared(deployed: Shell) -> None:
    serial = deployed("state", "list", "--local", "--json").of("state")[0]["serial"]
    deployed.write(PROGRAM.replace('"one"', '"two"'))
    assert 0 == deployed("deploy", "--local", "--yes").code

    ran = deployed("state", "history", "--local", "--json")
    assert "first" in ran.of("commit")[-1]["touched"]
    assert "deploy --local --yes" in ran.of("commit")[-1]["command"]
    ran = deployed("state", "diff", "--from", str(serial), "--local")
    assert '~ declared/DisplayName  "one" -> "two"' in ran.out.replace("→", "->")
    changed = deployed("state", "diff", "--from", str(serial), "--local", "--json").of("difference")
    assert [("first", "changed")] == [(line["key"], line["kind"]) for line in changed]
    ran = deployed("state", "diff", "--from", "9999", "--local")
    assert (1, True) == (ran.code, "serial 9999 of demo/test is not in the history" in ran.err)


def test_an_export_holds_everything_but_secrets(deployed: Shell) -> None:
    ran = deployed("state", "export", "--local", "--json")

    assert ["version", "state", "record", "record", "outputs"] == [line["type"] for line in ran.lines]
    assert {"$secret": "(secret)"} == ran.of("outputs")[0]["values"]["Password"]
    assert "enc:v1" not in ran.out + deployed("state", "export", "--local").out


def test_a_copied_state_is_complete_and_the_next_copy_is_refused(deployed: Shell, tmp_path: Path) -> None:
    source = str(tmp_path / ".cloudwright" / "local" / "state.db")
    ran = deployed("state", "copy", "--from", source, "--to", "other.db")
    assert (0, "") == (ran.code, ran.err)
    assert "copied: demo/test with 2 resources" in ran.out
    listed = Shell(tmp_path, {"CLOUDWRIGHT_STATE": "other.db"})("state", "list", "--json").of("record")
    assert ["first", "second"] == [record["key"] for record in listed]

    again = deployed("state", "copy", "--from", source, "--to", "other.db")
    assert (1, True) == (again.code, "already has demo/test" in again.err)
    itself = deployed("state", "copy", "--from", "other.db", "--to", f"sqlite://{tmp_path}/other.db")
    assert (1, True) == (itself.code, "other.db is the source and the destination; nothing was copied" in itself.err)
    nothing = deployed("state", "copy", "--from", "typo.db", "--to", "third.db")
    assert (1, True) == (nothing.code, "typo.db has no state of demo/test; nothing was copied" in nothing.err)
    assert [] == [*tmp_path.glob("t*.db")]


def test_ci_is_refused_a_file_unless_told(shell: Shell, tmp_path: Path) -> None:
    shell.environ["CI"] = "true"
    ran = shell("outputs")
    assert (1, True) == (ran.code, "this is a CI machine" in ran.err)
    assert "CLOUDWRIGHT_STATE=s3://bucket/prefix or postgresql://..." in ran.err
    assert "CLOUDWRIGHT_STATE=.cloudwright/state.db" in ran.err

    assert 0 == shell("deploy", "--local", "--yes").code
    shell.environ["CLOUDWRIGHT_STATE"] = ".cloudwright/state.db"
    assert 0 == shell("outputs").code


def test_a_relative_path_means_the_same_file_from_everywhere(shell: Shell, tmp_path: Path) -> None:
    shell.environ["CLOUDWRIGHT_STATE"] = "here.db"
    assert 0 == shell("state", "init", "--yes").code
    assert (tmp_path / "here.db").is_file()
    (tmp_path / "elsewhere").mkdir()
    away = Shell(tmp_path / "elsewhere", {"CLOUDWRIGHT_STATE": "here.db"})

    assert 0 == away("state", "init", "../infra.py", "--yes").code
    assert [] == [*(tmp_path / "elsewhere").glob("*.db")]


SLOW = """
    import time
    from cloudwright import App
    from cloudwright.aws.control import AWS

    app = App("demo")

    @app.program
    def main():
        AWS.SNS.Topic("first", TopicName="first-topic")
        print("planning", flush=True)
        time.sleep(30)
"""


def test_a_second_run_reports_who_holds_the_lock_and_unlock_breaks_it(shell: Shell) -> None:
    shell.write(SLOW, "my infra.py")
    with shell.start("deploy", "my infra.py", "--local", "--yes") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "planning\n"
        second = shell("destroy", "my infra.py", "--local", "--yes")
        assert 4 == second.code
        for shown in ("demo/test", f"{child.pid}", "deploy my infra.py --local --yes"):
            assert shown in second.err
        advised = shlex.split(second.err.split("`")[-2])
        assert ["cloudwright", "unlock", "my infra.py", "--local", "--stage", "test"] == advised
        asked = shell(*advised[1:])
        assert (1, True) == (asked.code, f"(process {child.pid})" in asked.out)
        assert "add --yes" in asked.err
        assert 0 == shell(*advised[1:], "--yes").code
        assert "is not locked" in shell("unlock", "my infra.py", "--local").out
        child.kill()


NETWORK = """
    from cloudwright import App, secret
    from cloudwright.aws.control import AWS
    app = App("network")
    @app.program
    def main():
        return {"Topic": AWS.SNS.Topic("t", TopicName="shared").TopicArn, "Token": secret("hunter2-canary")}
"""
WEB = """
    from cloudwright import App, outputs
    from cloudwright.aws.control import AWS
    app = App("web")
    @app.program
    async def main():
        network = await outputs("network"WHERE)
        AWS.SecretsManager.Secret("s", Name="s", Description=network["Topic"], SecretString=network["Token"])
"""


def test_outputs_of_another_app_are_used_and_its_destroy_names_the_users(shell: Shell) -> None:
    shell.write(NETWORK, "network.py")
    shell.write(WEB.replace("WHERE", ""), "web.py")
    early = shell("plan", "web.py", "--local")
    assert (1, True) == (early.code, "app 'network' has no stage 'test' in this state" in early.err)
    assert 0 == shell("deploy", "network.py", "--local", "--yes").code
    ran = shell("deploy", "web.py", "--local", "--yes")
    assert (0, "", False) == (ran.code, ran.err, "hunter2" in ran.out)
    assert [{"type": "uses", "app": "network/test"}] == shell("state", "export", "web.py", "--local", "--json").of(
        "uses"
    )

    assert "other apps use its outputs: web/test" in shell("destroy", "network.py", "--local").out
    assert 0 == shell("destroy", "web.py", "--local", "--yes").code
    assert "other apps use" not in shell("destroy", "network.py", "--local").out


def test_outputs_come_from_another_store_too(shell: Shell, tmp_path: Path) -> None:
    shell.write(NETWORK, "network.py")
    assert 0 == shell("deploy", "network.py", "--local", "--yes").code
    source = str(tmp_path / ".cloudwright" / "local" / "state.db")
    assert 0 == shell("state", "copy", "network.py", "--from", source, "--to", str(tmp_path / "shared.db")).code
    shell.write(
        """
        from cloudwright import App, outputs
        app = App("reader")
        @app.program
        async def main():
            return dict(await outputs("network", state="shared.db"))
        """
    )
    ran = shell("deploy", "--yes")
    assert (0, "") == (ran.code, ran.err)
    exported = shell("state", "export", "--json")
    assert ["network/test@shared.db"] == [line["app"] for line in exported.of("uses")]
    assert "shared" in exported.of("outputs")[0]["values"]["Topic"]


async def test_an_edit_waits_for_no_run_but_is_refused_during_one(deployed: Shell, tmp_path: Path) -> None:
    store = open_store(str(tmp_path / ".cloudwright" / "local" / "state.db"), "demo", "test")
    await store.acquire(Holder(user="ada", host="box", pid=7, command="deploy", since=0.0), ttl=60.0)
    ran = deployed("state", "rm", "first", "--local", "--yes")
    await store.close()

    assert (4, True) == (ran.code, "ada" in ran.err)


SECRETIVE = """
    from cloudwright import App, secret
    from cloudwright.aws.control import AWS
    app = App("demo")
    @app.program
    def main():
        AWS.SecretsManager.Secret("s", Name="s", SecretString=secret("hunter2-canary"))
"""


def test_a_plan_saved_before_the_state_has_a_key_is_applied_in_another_process(shell: Shell, tmp_path: Path) -> None:
    shell.environ["CLOUDWRIGHT_PASSPHRASE"] = "correct horse"
    shell.write(SECRETIVE)
    assert 0 == shell("plan", "--local", "-o", "pr.plan").code
    ran = shell("deploy", "--local", "--yes", "--plan", "pr.plan")

    assert (0, "") == (ran.code, ran.err)
    assert "hunter2" not in (tmp_path / "pr.plan").read_text()


def test_the_wrong_passphrase_is_reported_and_overwrites_nothing(shell: Shell) -> None:
    shell.environ["CLOUDWRIGHT_PASSPHRASE"] = "correct horse"
    shell.write(SECRETIVE)
    assert 0 == shell("deploy", "--local", "--yes").code
    before = shell("state", "pull", "--local").out
    shell.environ["CLOUDWRIGHT_PASSPHRASE"] = "wrong horse"
    ran = shell("deploy", "--local", "--yes")

    assert (1, True) == (ran.code, "is not the one that the state of demo/test in" in ran.err)
    assert "nothing was overwritten" in ran.err
    assert before == shell("state", "pull", "--local").out


ROTATING = """
    from cloudwright import App, secret
    from cloudwright.aws.control import AWS
    app = App("demo")
    @app.program
    def main():
        s = AWS.SecretsManager.Secret("s", Name="s", SecretString=secret("hunter2-canary"), replace_on=[secret("seed")])
        return {"Token": secret("hunter2-canary")}
"""


def test_a_new_key_changes_no_resource_and_the_next_deploy_forgets_the_old_one(shell: Shell) -> None:
    shell.environ["CLOUDWRIGHT_PASSPHRASE"] = "old horse"
    shell.write(ROTATING)
    assert 0 == shell("deploy", "--local", "--yes").code
    before = json.loads(shell("state", "pull", "--local").out)
    shell.environ["CLOUDWRIGHT_NEW_PASSPHRASE"] = "new horse"
    ran = shell("secrets", "rotate", "--local", "--yes", "--json")
    assert (0, "") == (ran.code, ran.err)
    assert "passphrase" == ran.of("rotated")[0]["kind"]

    place = Path(".cloudwright", "local", "state.db")
    for command in (["plan"], ["secrets", "rotate", "--yes"]):
        refused = shell(*command, "--local")
        named = f"the passphrase is not the one that the state of demo/test in {place} is sealed with"
        assert (1, True) == (refused.code, named in refused.err)
    shell.environ["CLOUDWRIGHT_PASSPHRASE"] = "new horse"
    planned = shell("plan", "--local", "--detailed-exitcode")
    assert (0, "") == (planned.code, planned.err)
    old = before["sealing"]["key"]
    assert [old] == [*json.loads(shell("state", "pull", "--local").out)["sealing"]["former"]]
    for _ in range(2):
        deployed = shell("deploy", "--local", "--yes")
        assert (0, True) == (deployed.code, "0 changes" in deployed.out)
        after = shell("state", "pull", "--local").out
        assert ("former" in json.loads(after)["sealing"], old in after) == (False, False)


@pytest.mark.parametrize(
    ("words", "settings"), [([], {}), (["--to", "passphrase"], {"CLOUDWRIGHT_NEW_PASSPHRASE": "x"})]
)
def test_a_key_file_is_rotated_and_left(shell: Shell, words: list[str], settings: dict[str, str]) -> None:
    shell.write(ROTATING)
    assert 0 == shell("deploy", "--local", "--yes").code
    shell.environ.update(settings)
    assert 0 == shell("secrets", "rotate", "--local", "--yes", *words).code
    shell.environ["CLOUDWRIGHT_PASSPHRASE"] = settings.get("CLOUDWRIGHT_NEW_PASSPHRASE", "")
    ran = shell("deploy", "--local", "--yes")

    assert (0, "", True) == (ran.code, ran.err, "0 changes" in ran.out)
    assert "hunter2" not in shell("outputs", "--local").out


def test_a_state_without_secrets_has_no_key_to_rotate(shell: Shell) -> None:
    shell.write(PROGRAM.replace('secret("hunter2-canary")', '"plain"'))
    assert 0 == shell("deploy", "--local", "--yes").code
    ran = shell("secrets", "rotate", "--local", "--yes")

    assert (1, True) == (ran.code, "demo/test contains no secrets" in ran.err)


def test_the_audit_outlives_what_it_is_about(deployed: Shell) -> None:
    assert deployed("destroy", "--local", "--yes").code == 0

    lines = deployed("state", "audit", "--local", "--json").of("audit")

    changes = [(line["action"], line["outcome"], line["key"]) for line in lines]
    assert sorted(changes[:2]) == [("create", "succeeded", "first"), ("create", "succeeded", "second")]
    assert changes[2:] == [("delete", "succeeded", "second"), ("delete", "succeeded", "first")]
    assert len({line["request_token"] for line in lines}) == 4
    assert len({line["plan"] for line in lines}) == 2
    text = deployed("state", "audit", "--local").out
    assert text.index("delete") < text.index("create")
    assert "hunter2" not in text + json.dumps(lines)


def test_an_edit_by_hand_is_in_the_audit(deployed: Shell) -> None:
    assert deployed("state", "mv", "first", "renamed", "--local", "--yes").code == 0
    assert deployed("state", "rm", "second", "--local", "--yes").code == 0

    lines = deployed("state", "audit", "--local", "--json").of("audit")[2:]

    facts = [(line["command"], line["action"], line["key"], line["detail"]) for line in lines]
    assert facts == [("state mv", "move", "renamed", "from first"), ("state rm", "forget", "second", "")]
    assert {bool(line["identifier"]) and line["author"] for line in lines} == {lines[0]["author"]}
    text = deployed("state", "audit", "--local").out
    assert "by hand: state mv, from first" in text


async def test_who_broke_a_lock_is_in_the_audit(deployed: Shell) -> None:
    store = open_store(str(deployed.folder / ".cloudwright" / "local" / "state.db"), "demo", "test")
    await store.acquire(ANNA, ttl=3600.0)
    await store.close()

    assert await asyncio.to_thread(deployed, "unlock", "--local", "--yes") == Ran(0, ANY, "")

    line = (await asyncio.to_thread(deployed, "state", "audit", "--local", "--json")).of("audit")[-1]
    assert (line["action"], line["command"], line["detail"]) == ("unlock", "unlock", "the lock of anna@laptop")
    assert (line["outcome"], line["key"]) == ("succeeded", "")


def test_an_age_of_the_audit_is_checked(deployed: Shell) -> None:
    ran = deployed("state", "audit", "--local", "--since", "nonsense")

    assert ran.code == 64
    assert "'nonsense' is not an age: write a number and d, w or h, such as 180d" in " ".join(ran.err.split())
