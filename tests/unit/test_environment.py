from __future__ import annotations

import os

import environment


def test_no_test_sees_the_settings_of_its_machine() -> None:
    assert "CI" not in os.environ
    assert "CLOUDWRIGHT_STATE" not in os.environ


def test_settings_of_the_product_are_removed_and_those_of_the_tests_stay() -> None:
    found = {"CI": "true", "AWS_PROFILE": "work", "CLOUDWRIGHT_STATE": "s3://x", "PATH": "/bin", "NO_COLOR": "1"}
    found["CLOUDWRIGHT_REQUIRE"] = "chromium"

    environment.clear(found)

    assert found == {"PATH": "/bin", "CLOUDWRIGHT_REQUIRE": "chromium"}
