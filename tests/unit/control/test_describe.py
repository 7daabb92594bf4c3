"""Schemas from the registry: what is cached, for how long, and what counts as an answer."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest

from cloudwright.control.client import CloudControl
from cloudwright.control.describe import MAX_AGE, LiveSchemas
from cloudwright.control.model import Reply
from cloudwright.errors import NotAnswered, ServiceError, UnknownType
from cloudwright.schema.resource_type import PROVISIONING_TYPE
from unit.control.fakes import PLACE

if TYPE_CHECKING:
    from cloudwright.control.model import Call
    from cloudwright.target import Target

TYPE = "My::Own::Thing"
NOW = 1_700_000_000.0
SCHEMA = {"typeName": TYPE, "properties": {}}
FILE = Path("aws", PLACE.account, PLACE.region, "My--Own--Thing.json")


@dataclass
class Wall:
    """A wall clock that stands still."""

    wall: float = NOW

    def now(self) -> float:
        return self.wall

    def boot(self) -> float:
        return 0.0


class Registry:
    """Answers each DescribeType with the next answer; the last one repeats."""

    def __init__(self, *answers: Reply) -> None:
        self.answers = list(answers)
        self.bodies: list[bytes] = []

    async def send(self, call: Call) -> Reply:
        self.bodies.append(call.body)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def close(self) -> None:
        pass


def described(schema: object, provisioning: str = "") -> Reply:
    text = schema if isinstance(schema, str) else json.dumps(schema)
    more = f"<ProvisioningType>{provisioning}</ProvisioningType>" if provisioning else ""
    return Reply(200, {}, f"<R><Schema>{escape(text)}</Schema>{more}</R>".encode())


def refused(code: str) -> Reply:
    return Reply(404, {}, f"<E><Error><Code>{code}</Code><Message>no</Message></Error></E>".encode())


def ask(registry: Registry, cache: Path, clock: Wall | None = None, *, target: Target = PLACE) -> object:
    async def main() -> object:
        schemas = LiveSchemas(CloudControl(registry), cache, clock or Wall())
        return await schemas.schema(target, TYPE)

    return asyncio.run(main())


def test_a_schema_is_requested_once_and_then_read_from_the_cache(tmp_path: Path) -> None:
    registry = Registry(described(SCHEMA, "FULLY_MUTABLE"), described({"typeName": "newer"}))
    expected = {**SCHEMA, PROVISIONING_TYPE: "FULLY_MUTABLE"}
    assert ask(registry, tmp_path) == expected
    os.utime(tmp_path / FILE, (NOW, NOW))

    assert ask(registry, tmp_path) == expected
    assert registry.bodies == [b"Action=DescribeType&Version=2010-05-15&Type=RESOURCE&TypeName=My%3A%3AOwn%3A%3AThing"]
    assert ask(registry, tmp_path, target=PLACE.__class__(PLACE.account, "eu-west-1")) == {"typeName": "newer"}


@pytest.mark.parametrize(("age", "requests"), [(0.0, 0), (86_400.0, 0), (86_400.5, 1)])
def test_a_cached_schema_is_used_for_a_day(tmp_path: Path, age: float, requests: int) -> None:
    assert MAX_AGE == 86_400.0
    kept = tmp_path / FILE
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps(SCHEMA))
    os.utime(kept, (NOW, NOW))
    registry = Registry(described({"typeName": "newer"}))

    ask(registry, tmp_path, Wall(NOW + age))

    assert len(registry.bodies) == requests


@pytest.mark.parametrize("content", ["", "[]", "{}", '"text"', "{"])
def test_a_cached_file_that_is_no_schema_is_requested_again(tmp_path: Path, content: str) -> None:
    kept = tmp_path / FILE
    kept.parent.mkdir(parents=True)
    kept.write_text(content)

    assert ask(Registry(described(SCHEMA)), tmp_path) == SCHEMA
    assert json.loads(kept.read_text()) == SCHEMA


@pytest.mark.parametrize("schema", ["", "{}", "[]", '["a"]', '"text"', "{"])
def test_cc76_an_answer_without_a_schema_is_an_error_and_is_not_cached(tmp_path: Path, schema: str) -> None:
    with pytest.raises(NotAnswered, match=f"without a readable schema of {TYPE}"):
        ask(Registry(described(schema)), tmp_path)

    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    ("code", "kind"),
    [("TypeNotFoundException", UnknownType), ("CFNRegistryException", UnknownType), ("AccessDenied", ServiceError)],
)
def test_cc87_only_a_type_that_the_registry_does_not_know_is_unknown(
    tmp_path: Path, code: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        ask(Registry(refused(code)), tmp_path)

    assert type(caught.value) is kind


def test_nobody_else_can_read_the_cache_and_one_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    ask(Registry(described(SCHEMA)), tmp_path)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / FILE).parent.stat().st_mode) == 0o700
    assert [each.name for each in (tmp_path / FILE).parent.iterdir()] == [FILE.name]

    occupied = tmp_path / "occupied"
    occupied.write_text("")
    assert ask(Registry(described(SCHEMA)), occupied) == SCHEMA


def test_the_cache_is_in_the_users_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        await LiveSchemas(CloudControl(Registry(described(SCHEMA)))).schema(PLACE, TYPE)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    asyncio.run(main())
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    asyncio.run(main())

    for cache in (tmp_path / "xdg", tmp_path / "home" / ".cache"):
        assert (cache / "cloudwright" / "schemas" / FILE).is_file()
