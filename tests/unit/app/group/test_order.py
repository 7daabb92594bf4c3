from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.app.group.order import OutputUses
from cloudwright.errors import DependencyCycle

NAMES = ["a", "b", "c", "d", "e"]


def test_what_is_used_comes_first() -> None:
    uses = OutputUses()
    uses.add("web", "network")
    uses.add("jobs", "web")

    assert uses.ordered(["jobs", "web", "network", "alone"]) == ["network", "web", "jobs", "alone"]
    assert uses.reversed().ordered(["network", "web", "jobs"]) == ["jobs", "web", "network"]


def test_a_cycle_names_every_link() -> None:
    uses = OutputUses()
    uses.add("a/prod", "b/prod")
    uses.add("b/prod", "c/prod")

    with pytest.raises(DependencyCycle) as caught:
        uses.add("c/prod", "a/prod")

    links = "c/prod reads those of a/prod, a/prod reads those of b/prod, b/prod reads those of c/prod"
    assert links in caught.value.message


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES))), st.permutations(NAMES))
def test_any_uses_have_an_order_or_a_cycle(pairs: list[tuple[str, str]], names: list[str]) -> None:
    uses, kept = OutputUses(), []
    for user, used in pairs:
        try:
            uses.add(user, used)
        except DependencyCycle:
            continue
        kept.append((user, used))

    order = uses.ordered(names)

    assert sorted(order) == sorted(names)
    assert all(order.index(used) < order.index(user) for user, used in kept)
    turned = uses.reversed().ordered(names)
    assert all(turned.index(user) < turned.index(used) for user, used in kept)
