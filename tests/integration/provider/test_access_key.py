"""Access keys: the secret is sealed, and a create is delivered once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from cloudwright import App
from cloudwright.aws import SSM
from cloudwright.providers.iam import AccessKey
from cloudwright.testing import DeployFailed, check_provider
from integration.provider.iam import FakedAccessKeys, FakeIam

if TYPE_CHECKING:
    from cloudwright.testing import AppRunner


def app_of(iam: FakeIam, status: Literal["Active", "Inactive"] = "Active", user: str = "ci") -> App:
    app = App("keys", providers=[FakedAccessKeys(iam)])

    @app.program
    def program() -> None:
        key = AccessKey("key", UserName=user, Status=status)
        SSM.Parameter("secret", Name="/ci/secret", Type="String", Value=key.SecretAccessKey)

    return app


def test_a_key_is_made_passed_on_sealed_switched_and_deleted(app_runner: AppRunner) -> None:
    iam = FakeIam()

    app_runner.deploy(app_of(iam))
    assert {"ci|AKIA000000000001": "Active"} == iam.keys
    (parameter,) = app_runner.live("AWS::SSM::Parameter")
    assert parameter["Value"] == "s3cret-AKIA000000000001"
    assert "s3cret" not in repr(app_runner.state(app_of(iam)))

    app_runner.deploy(app_of(iam, "Inactive"))
    assert {"ci|AKIA000000000001": "Inactive"} == iam.keys
    assert app_runner.plan(app_of(iam, "Inactive")).empty

    app_runner.destroy(app_of(iam))
    assert {} == iam.keys


def test_a_create_without_an_answer_is_delivered_once_and_doubtful(app_runner: AppRunner) -> None:
    iam = FakeIam(lose=["CreateAccessKey"])

    with pytest.raises(DeployFailed, match="it is unknown whether it created something"):
        app_runner.deploy(app_of(iam))
    assert iam.made == 1
    with pytest.raises(Exception, match="doubtful"):
        app_runner.deploy(app_of(iam))
    assert iam.made == 1


def test_a_refused_create_made_nothing(app_runner: AppRunner) -> None:
    iam = FakeIam()

    with pytest.raises(DeployFailed, match="cannot be found"):
        app_runner.deploy(app_of(iam, user="nobody"))
    assert () == app_runner.state(app_of(iam)).journal


def test_a_key_that_can_not_be_switched_off_is_deleted(app_runner: AppRunner) -> None:
    iam = FakeIam(refuse=["UpdateAccessKey"])

    with pytest.raises(DeployFailed, match="so it was deleted"):
        app_runner.deploy(app_of(iam, "Inactive"))
    assert {} == iam.keys


def one() -> None:
    AccessKey("key", UserName="ci")


def inactive() -> None:
    AccessKey("key", UserName="ci", Status="Inactive")


def test_at_every_kill_point_nothing_is_lost_without_a_word() -> None:
    report = check_provider(FakeIam, FakedAccessKeys, one, inactive, live=lambda iam: iam.keys)

    assert {strike.point for strike in report.doubtful} >= {"before create", "after create"}
