"""The targets file, and what is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import ProgramError
from cloudwright.fleet.targets import FleetTarget, read_targets

if TYPE_CHECKING:
    from pathlib import Path

GOOD = '[[target]]\naccount = "111122223333"\nregion = "eu-west-1"\n'


def read(folder: Path, text: str) -> tuple[FleetTarget, ...]:
    file = folder / "targets.toml"
    file.write_text(text, "utf-8")
    return read_targets(file, "prod")


def test_a_target_has_a_state_of_its_own(tmp_path: Path) -> None:
    (target,) = read(tmp_path, GOOD)

    assert target == FleetTarget("111122223333", "eu-west-1", "prod")
    assert target.name == "prod@111122223333.eu-west-1"


def test_the_account_may_be_told_by_the_role(tmp_path: Path) -> None:
    role = "arn:aws:iam::111122223333:role/deploy"
    (target,) = read(tmp_path, f'[[target]]\nrole_arn = "{role}"\nregion = "us-gov-west-1"\nstage = "dev"\nwave = 3\n')

    assert target == FleetTarget("111122223333", "us-gov-west-1", "dev", role, 3)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", r"contains no \[\[target\]\]"),
        ("target = 3", r"contains no \[\[target\]\]"),
        ("target = [1]", "target 1 is not a table"),
        ("[[target", "is not valid TOML"),
        (GOOD + "[more]\n", "more is not known"),
        (GOOD + 'zone = "a"\n', "target 1: zone is not known"),
        ('[[target]]\naccount = "1111"\nregion = "eu-west-1"\n', "account '1111' is not twelve digits"),
        ('[[target]]\naccount = "١١١١٢٢٢٢٣٣٣٣"\nregion = "eu-west-1"\n', "is not twelve digits"),
        ('[[target]]\naccount = 111122223333\nregion = "eu-west-1"\n', "account = 111122223333 is not text"),
        ('[[target]]\naccount = "111122223333"\n', "region '' is not an AWS Region"),
        ('[[target]]\naccount = "111122223333"\nregion = "Ireland"\n', "region 'Ireland' is not an AWS Region"),
        (GOOD + 'role_arn = "deploy"\n', "role_arn 'deploy' is not the ARN of a role"),
        (GOOD + 'role_arn = "arn:aws:iam::444455556666:role/x"\n', "belongs to account 444455556666, not to"),
        (GOOD + 'wave = "first"\n', "wave = 'first' is not a whole number"),
        (GOOD + "wave = true\n", "wave = True is not a whole number"),
        (GOOD + 'stage = "a b"\n', "stage 'a b' may contain only"),
        (GOOD + GOOD, "targets 1 and 2 are both prod@111122223333.eu-west-1"),
    ],
)
def test_what_is_wrong_is_reported_with_its_entry_and_the_way_out(tmp_path: Path, text: str, shown: str) -> None:
    with pytest.raises(ProgramError, match=shown) as caught:
        read(tmp_path, text)

    assert "targets.toml" in str(caught.value)
    assert caught.value.hint or "stage 'a b'" in shown


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match="No such file"):
        read_targets(tmp_path / "none.toml", "prod")
