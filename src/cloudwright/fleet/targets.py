"""The targets file: `[[target]]` entries with account, region, stage, role_arn and wave."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from pathlib import Path

_ROLE = re.compile(r"arn:[^:]+:iam::([0-9]{12}):role/.+")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")
_KNOWN = ("account", "region", "stage", "role_arn", "wave")
_EXAMPLE = '[[target]]\naccount = "111122223333"\nregion = "eu-west-1"'


@dataclass(frozen=True, slots=True)
class FleetTarget:
    """One account and Region that the program is deployed to.

    Attributes:
        account: Twelve digits.
        region: Such as `eu-west-1`.
        stage: The stage's name before account and Region are added.
        role_arn: The role to assume there; empty for the worker's own credentials.
        wave: Lower waves are deployed first.
    """

    account: str
    region: str
    stage: str
    role_arn: str = ""
    wave: int = 0

    @property
    def name(self) -> str:
        """The stage of the target's state: one for each stage, account and Region."""
        return f"{self.stage}@{self.account}.{self.region}"


def read_targets(path: Path, stage: str) -> tuple[FleetTarget, ...]:
    """Read a targets file.

    Args:
        path: The TOML file.
        stage: For entries without a stage.

    Raises:
        ProgramError: The file is missing, is not valid TOML, or an entry is invalid; names the entry.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProgramError(f"{path}: {error.strerror}", hint="name the targets file: --targets FILE") from error
    except ValueError as error:
        raise ProgramError(f"{path} is not valid TOML: {error}", hint=f"write\n{_EXAMPLE}") from error
    entries = document.get("target")
    if not isinstance(entries, list) or not entries:
        raise ProgramError(f"{path} contains no [[target]]", hint=f"write\n{_EXAMPLE}")
    if more := sorted(set(document) - {"target"}):
        raise ProgramError(
            f"{path}: {', '.join(more)} is not known", hint="the file may contain only [[target]] entries"
        )
    targets = tuple(_target(entry, f"{path}: target {n}", stage) for n, entry in enumerate(entries, 1))
    _refuse_duplicates(targets, path)
    return targets


def _target(entry: Any, where: str, stage: str) -> FleetTarget:
    if not isinstance(entry, dict):
        raise ProgramError(f"{where} is not a table", hint=f"write\n{_EXAMPLE}")
    if unknown := sorted(set(entry) - set(_KNOWN)):
        raise ProgramError(f"{where}: {', '.join(unknown)} is not known", hint=f"known are {', '.join(_KNOWN)}")
    texts = {name: _text(entry, name, where) for name in _KNOWN[:-1]}
    account = _account(texts["account"], texts["role_arn"], where)
    if not _REGION.fullmatch(texts["region"]):
        raise ProgramError(
            f"{where}: region {texts['region']!r} is not an AWS Region", hint='such as region = "us-east-1"'
        )
    named = texts["stage"] or stage
    if not re.fullmatch(r"[A-Za-z0-9_-]+", named):
        raise ProgramError(f"{where}: stage {named!r} may contain only letters, digits, '-' and '_'")
    return FleetTarget(account, texts["region"], named, texts["role_arn"], _wave(entry.get("wave", 0), where))


def _text(entry: dict[str, Any], name: str, where: str) -> str:
    value = entry.get(name, "")
    if not isinstance(value, str):
        raise ProgramError(f"{where}: {name} = {value!r} is not text", hint=f'put it in quotes: {name} = "{value}"')
    return value


def _account(account: str, role_arn: str, where: str) -> str:
    role = _ROLE.fullmatch(role_arn)
    if role_arn and role is None:
        raise ProgramError(
            f"{where}: role_arn {role_arn!r} is not the ARN of a role", hint="such as arn:aws:iam::ACCOUNT:role/NAME"
        )
    account = account or (role[1] if role else "")
    if not re.fullmatch(r"[0-9]{12}", account):
        raise ProgramError(f"{where}: account {account!r} is not twelve digits", hint='account = "111122223333"')
    if role is not None and role[1] != account:
        raise ProgramError(
            f"{where}: the role belongs to account {role[1]}, not to {account}", hint="correct one of them"
        )
    return account


def _wave(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ProgramError(f"{where}: wave = {value!r} is not a whole number", hint="wave = 1")
    return value


def _refuse_duplicates(targets: tuple[FleetTarget, ...], path: Path) -> None:
    seen: dict[str, int] = {}
    for number, each in enumerate(targets, 1):
        if each.name in seen:
            raise ProgramError(
                f"{path}: targets {seen[each.name]} and {number} are both {each.name}",
                hint="remove one, or give it another stage",
            )
        seen[each.name] = number
