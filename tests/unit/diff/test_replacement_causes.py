"""What an update can't bring about."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwright.diff.compare import compare_declared, compare_live
from cloudwright.diff.context import ComparisonContext
from cloudwright.diff.model import Difference
from cloudwright.diff.replacement_causes import replacement_causes, update_blockers
from diff_samples import SCHEMA, widget


def causes(
    desired: dict[str, Any], before: dict[str, Any], context: ComparisonContext | None = None
) -> list[tuple[str, str, bool]]:
    context = context or widget()
    found = replacement_causes(context.resource_type, compare_declared(context, desired, before))
    return [("/".join(one.leaf), one.rule, one.certain) for one in found]


def test_only_a_create_only_leaf_replaces_not_its_sibling_cc58() -> None:
    before = {"Disk": {"Kind": "ssd", "Size": 1}}

    assert [] == causes({"Disk": {"Kind": "ssd", "Size": 2}}, before)
    assert [("Disk/Kind", "createOnly", True)] == causes({"Disk": {"Kind": "hdd", "Size": 1}}, before)


def test_a_new_block_replaces_only_for_the_create_only_leaf_inside_cc57() -> None:
    assert [] == causes({"Disk": {"Size": 1}}, {})
    assert [("Disk/Kind", "createOnly", True)] == causes({"Disk": {"Kind": "ssd", "Size": 1}}, {})


def test_a_wildcard_reaches_into_lists_cc2() -> None:
    before = {"Zones": [{"Zone": "a", "Weight": "1"}]}

    assert [("Zones/0/Zone", "createOnly", True)] == causes({"Zones": [{"Zone": "b", "Weight": "1"}]}, before)
    assert [] == causes({"Zones": [{"Zone": "a", "Weight": "2"}]}, before)


def test_removing_a_declared_create_only_property_replaces_but_a_service_default_does_not_cc59() -> None:
    context = widget()

    assert [("Name", "createOnly", True)] == causes({}, {"Name": "n"})
    assert () == compare_live(context, {}, {"Name": "made by the service"}, {})


def test_a_conditional_one_may_replace() -> None:
    assert [("Engine", "conditionalCreateOnly", False)] == causes({"Engine": "8"}, {"Engine": "5"})


def test_without_an_update_handler_every_change_replaces_cc24() -> None:
    context = widget({"handlers": {"create": {}, "read": {}, "delete": {}}})

    assert [("Size", "noUpdateHandler", True)] == causes({"Size": 2}, {"Size": 1}, context)


def test_an_unknown_create_only_value_is_not_certain() -> None:
    plain = widget()
    context = ComparisonContext(
        resource_type=plain.resource_type,
        override=plain.override,
        fingerprint=plain.fingerprint,
        is_unknown=lambda value: value == "?",
    )

    assert [("Name", "createOnly", False)] == causes({"Name": "?"}, {"Name": "n"}, context)


def test_a_cause_stands_at_its_difference_so_that_both_can_be_told_together() -> None:
    context = widget()
    differences = compare_declared(context, {"Disk": {"Kind": "ssd"}}, {})

    (cause,) = replacement_causes(context.resource_type, differences)

    assert differences[0].path == cause.path


def test_a_required_create_only_write_only_property_blocks_every_update_cc6() -> None:
    context = widget({"required": ["Name", "Seed"]})

    assert (("Seed",),) == update_blockers(context.resource_type, {"Name": "n", "Seed": "s", "Password": "p"})
    assert () == update_blockers(widget().resource_type, {"Name": "n", "Seed": "s"})
    assert "Seed" not in SCHEMA["required"]


def test_a_masked_block_may_differ_in_its_create_only_leaf_whichever_side_is_masked() -> None:
    masked = {"$secret": "fp:1"}

    for old, new in ((masked, {"Kind": "ssd"}), ({"Kind": "ssd"}, masked), (masked, {"$secret": "fp:2"})):
        difference = Difference(path=("Disk",), kind="replace", old=old, new=new)
        [cause] = replacement_causes(widget().resource_type, [difference])
        assert (cause.leaf, cause.certain) == (("Disk",), False)


@pytest.mark.parametrize(
    ("write_only", "create_only", "blocked"),
    [
        (["Seed"], ["Seed"], True),
        (["Seed"], [], False),
        ([], ["Seed"], False),
        (["Disk"], ["Disk/Kind"], True),
        (["Disk"], ["Disk"], False),
        (["Disk/Kind"], ["Disk"], True),
        (["Disk/Kind"], ["Disk/Kind"], True),
    ],
)
def test_a_required_value_that_is_neither_returned_nor_sent_again_blocks_every_update(
    write_only: list[str], create_only: list[str], *, blocked: bool
) -> None:
    disk = {"type": "object", "required": ["Kind"], "properties": {"Kind": {"type": "string"}}}
    context = widget(
        {
            "required": ["Seed"],
            "properties": {**SCHEMA["properties"], "Disk": disk},
            "writeOnlyProperties": [f"/properties/{path}" for path in write_only],
            "createOnlyProperties": [f"/properties/{path}" for path in create_only],
        }
    )

    assert bool(update_blockers(context.resource_type, {"Seed": "s", "Disk": {"Kind": "k"}})) is blocked
