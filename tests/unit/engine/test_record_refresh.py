"""A record after a read: an unchanged secret keeps its sealed text, a new one is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app_kit import World
from catalog_kit import CATALOG
from cloudwright.engine.record_refresh import as_read
from cloudwright.plan.attribute_values import sealed_place
from dead_runs import TOPIC, opened, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from cloudwright.engine.run import Sealing

KEY = "AWS::IVS::StreamKey"
LIVE = {"ChannelArn": "c", "Value": "sk"}


@pytest.fixture
async def sealing(tmp_path: Path) -> AsyncIterator[Sealing]:
    async with opened(World(tmp_path)) as runtime:
        yield runtime.services.sealing


def value(sealing: Sealing, text: object) -> bytes:
    return sealing.unseal(str(text), place=sealed_place(KEY, "one", "/Value"))


def test_a_secret_that_was_never_sealed_is_sealed(sealing: Sealing) -> None:
    read = as_read(record(KEY, "one"), LIVE, CATALOG.get(KEY), sealing)

    assert value(sealing, read.sealed["/Value"]) == b'"sk"'


def test_an_unchanged_secret_keeps_its_sealed_text_and_a_changed_one_does_not(sealing: Sealing) -> None:
    before = as_read(record(KEY, "one"), LIVE, CATALOG.get(KEY), sealing)
    same = as_read(before, LIVE, CATALOG.get(KEY), sealing)
    changed = as_read(before, {**LIVE, "Value": "new"}, CATALOG.get(KEY), sealing)

    assert same.sealed == before.sealed
    assert value(sealing, changed.sealed["/Value"]) == b'"new"'


def test_a_sealed_text_that_no_key_opens_is_sealed_again(sealing: Sealing) -> None:
    read = as_read(record(KEY, "one", sealed={"/Value": "enc:lost"}), LIVE, CATALOG.get(KEY), sealing)

    assert value(sealing, read.sealed["/Value"]) == b'"sk"'


def test_a_type_without_secret_attributes_keeps_what_is_sealed(sealing: Sealing) -> None:
    assert as_read(record(TOPIC, "one"), {"TopicName": "t"}, CATALOG.get(TOPIC), sealing).sealed == {}
