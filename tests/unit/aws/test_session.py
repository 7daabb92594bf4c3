from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from cloudwright.aws.session import Keys, Sessions
from cloudwright.errors import CredentialsError, CredentialsExpired, NoCredentials, NoRegion
from cloudwright.target import CredentialSource

if TYPE_CHECKING:
    from pathlib import Path

AMBIENT = CredentialSource()
CONFIG = """
[default]
region = eu-west-1
[profile team]
region = eu-central-1
aws_access_key_id = AKIDTEAM
aws_secret_access_key = team-secret
[profile "two words"]
region = us-west-2
[profile half]
aws_access_key_id = AKIDHALF
[profile stale]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = Admin
[sso-session corp]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
[profile program]
credential_process = false
"""


@pytest.fixture(autouse=True)
def no_ambient_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(CONFIG)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


async def keys(source: CredentialSource = AMBIENT) -> Keys:
    return await Sessions().keys(source, "us-east-1")


async def test_keys_in_the_environment_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ACCESS_KEY_ID": "AKID",
        "SECRET_ACCESS_KEY": "s",
        "SESSION_TOKEN": "t",
        "PROFILE": "team",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)

    assert await keys() == Keys("AKID", "s", "t")


async def test_a_profile_is_read_by_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await keys(CredentialSource("profile", "team")) == Keys("AKIDTEAM", "team-secret", None)
    monkeypatch.setenv("AWS_PROFILE", "team")
    assert await keys() == Keys("AKIDTEAM", "team-secret", None)


async def test_a_declared_profile_beats_keys_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")

    assert (await keys(CredentialSource("profile", "team"))).access_key == "AKIDTEAM"


async def test_no_credentials_says_what_was_tried_and_names_the_way_out() -> None:
    with pytest.raises(NoCredentials, match=r"(?s)AWS_ACCESS_KEY_ID.*profile 'default'.*metadata.*--local"):
        await keys()


async def test_half_a_key_pair_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    with pytest.raises(NoCredentials, match="AWS_SECRET_ACCESS_KEY is not"):
        await keys()


@pytest.mark.parametrize("profile", ["half", "program"])
async def test_a_profile_that_gives_nothing_is_explained(profile: str) -> None:
    with pytest.raises(NoCredentials, match=f"profile:{profile}"):
        await keys(CredentialSource("profile", profile))


async def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(NoCredentials, match="nobody"):
        await keys(CredentialSource("profile", "nobody"))


async def test_an_expired_login_says_how_to_renew_it() -> None:
    with pytest.raises(CredentialsExpired, match="aws sso login --profile stale"):
        await keys(CredentialSource("profile", "stale"))


async def test_a_role_is_assumed_with_the_ambient_keys_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.session import Session

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDBASE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "base-secret")
    asked = []

    class Sts:
        def assume_role(self, **fields: str) -> dict[str, object]:
            given = {"AccessKeyId": "AKIDROLE", "SecretAccessKey": "r", "SessionToken": "t"}
            asked.append(fields)
            return {"Credentials": {**given, "Expiration": "2999-01-01T00:00:00Z"}}

    def create_client(session: object, service: str, **options: object) -> Sts:
        assert (service, options["region_name"], options["aws_access_key_id"]) == ("sts", "eu-west-3", "AKIDBASE")
        return Sts()

    monkeypatch.setattr(Session, "create_client", create_client)
    role = CredentialSource("role", "arn:aws:iam::222222222222:role/deploy")
    sessions = Sessions()
    found = await asyncio.gather(*(sessions.keys(role, "eu-west-3") for _ in range(5)))

    assert set(found) == {Keys("AKIDROLE", "r", "t")}
    assert asked == [{"RoleArn": role.name, "RoleSessionName": "cloudwright"}]
    sessions.forget(role)
    await sessions.keys(role, "eu-west-3")
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("code", "error", "text"),
    [("AccessDenied", CredentialsError, "trust policy"), ("ExpiredTokenException", CredentialsExpired, "have expired")],
)
async def test_a_role_that_is_refused_says_why(
    monkeypatch: pytest.MonkeyPatch, code: str, error: type[CredentialsError], text: str
) -> None:
    from botocore.exceptions import ClientError
    from botocore.session import Session

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDBASE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "base-secret")

    def refuse(*args: object, **options: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "not you"}}, "AssumeRole")

    monkeypatch.setattr(Session, "create_client", refuse)
    with pytest.raises(error, match=text):
        await keys(CredentialSource("role", "arn:aws:iam::222222222222:role/deploy"))


async def test_the_loop_keeps_running_while_credentials_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from botocore.session import Session

    released = threading.Event()

    def slow(session: object) -> None:
        assert released.wait(10)

    monkeypatch.setattr(Session, "get_credentials", slow)
    waiting = asyncio.create_task(keys())
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting.done()
    released.set()
    with pytest.raises(NoCredentials):
        await waiting


@pytest.mark.parametrize(
    ("environ", "profile", "region"),
    [
        ({"AWS_REGION": "ap-south-1", "AWS_DEFAULT_REGION": "us-west-1"}, "", "ap-south-1"),
        ({"AWS_DEFAULT_REGION": "us-west-1"}, "team", "us-west-1"),
        ({}, "", "eu-west-1"),
        ({}, "team", "eu-central-1"),
        ({}, "two words", "us-west-2"),
        ({"AWS_PROFILE": "team"}, "", "eu-central-1"),
    ],
)
def test_the_region_comes_from_the_environment_or_the_profile(
    environ: dict[str, str], profile: str, region: str, tmp_path: Path
) -> None:
    source = CredentialSource("profile", profile) if profile else AMBIENT
    sessions = Sessions({"AWS_CONFIG_FILE": str(tmp_path / "config"), **environ})

    assert sessions.region(source) == region


@pytest.mark.parametrize("content", [None, "[profile other]\nregion=x", "[default\nbroken", "\x00\xff"])
def test_no_region_is_an_error_that_names_the_places(tmp_path: Path, content: str | None) -> None:
    config = tmp_path / "other"
    if content is not None:
        config.write_text(content)
    with pytest.raises(NoRegion, match=r"(?s)AWS_REGION.*default.*other.*target\(region"):
        Sessions({"AWS_CONFIG_FILE": str(config)}).region()


def test_keys_never_show_their_secret() -> None:
    assert repr(Keys("AKID", "canary", "canary")) == "Keys(access_key='AKID')"


def test_neither_the_client_nor_the_sessions_load_aiohttp_or_botocore() -> None:
    program = (
        "import sys, asyncio; from cloudwright.aws.session import Sessions;"
        "from cloudwright.control import client, transport, describe;from cloudwright.control.polling import tracker;"
        "s = Sessions({'AWS_ACCESS_KEY_ID': 'a', 'AWS_SECRET_ACCESS_KEY': 'b', 'AWS_REGION': 'us-east-1'});"
        "client.CloudControl(transport.HttpTransport(s));"
        "from cloudwright.target import CredentialSource; asyncio.run(s.keys(CredentialSource(), s.region()));"
        "print([name for name in ('aiohttp', 'botocore', 'ssl', 'xml.etree') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    loaded = ran.stdout.strip()
    assert loaded == "['ssl']"  # asyncio's own


def test_threads_with_loops_of_their_own_share_what_was_found() -> None:
    sessions = Sessions()

    def looked_up(_: int) -> Keys:
        return asyncio.run(sessions.keys(CredentialSource("profile", "team"), "us-east-1"))

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(looked_up, range(16)))

    assert {keys.access_key for keys in found} == {"AKIDTEAM"}
    assert len({id(one) for one in sessions._botocore.values()}) == 1
