"""The place that is declared around resources."""

from __future__ import annotations

import pytest

from cloudwright.target import DeclaredTarget, current_target, place_of, target


def test_the_stage_of_a_fleets_target_names_its_place() -> None:
    with place_of("prod@111122223333.eu-west-1"):
        assert current_target() == DeclaredTarget(account="111122223333", region="eu-west-1")
        with target(region="us-east-1"):
            assert current_target() == DeclaredTarget(account="111122223333", region="us-east-1")

    assert current_target() == DeclaredTarget()


@pytest.mark.parametrize("stage", ["prod", "prod@home", "prod@1111.eu-west-1", "@111122223333.eu-west-1", ""])
def test_other_stages_name_none(stage: str) -> None:
    with place_of(stage):
        assert current_target() == DeclaredTarget()


def test_what_is_declared_around_it_holds() -> None:
    with target(role_arn="arn:aws:iam::111122223333:role/deploy"), place_of("prod@444455556666.eu-west-1"):
        assert current_target() == DeclaredTarget(role_arn="arn:aws:iam::111122223333:role/deploy")
