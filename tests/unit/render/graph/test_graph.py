"""The graph as data, made readable, laid out and written in every form."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.plan.model import Action, Declared
from cloudwright.render.graph.collapse import MIXED, READABLE, readable
from cloudwright.render.graph.crossings import crossings, few_crossings
from cloudwright.render.graph.heights import heights
from cloudwright.render.graph.layers import is_waypoint, layered, neighbours
from cloudwright.render.graph.model import Edge, Graph, Node, apps_graph, graph_of
from cloudwright.render.graph.svg import graph_svg
from cloudwright.render.graph.text import graph_dot, graph_json, graph_mermaid
from cloudwright.state.snapshot import Neighbour
from render_samples import HERE, plan, step

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "json.schema.json").read_text(encoding="utf-8"))
EVIL = '"]<script>alert(1)</script>\\"[red]'


def declared(key: str, *, references: dict[str, str] | None = None, depends_on: tuple[str, ...] = ()) -> Declared:
    return Declared(
        key=key, type="AWS::SNS::Topic", target=HERE, properties={}, references=references or {}, depends_on=depends_on
    )


def topics(*keys: str, edges: tuple[tuple[str, str], ...] = ()) -> Graph:
    nodes = tuple(Node(key, key.rpartition("/")[2], "SNS::Topic", Action.CREATE) for key in keys)
    return Graph("test", nodes, tuple(Edge(*pair) for pair in edges))


def test_references_and_depends_on_become_edges_once() -> None:
    graph = graph_of(
        plan(
            step("a", Action.CREATE),
            step("b", Action.CREATE),
            declared=(
                declared("a"),
                declared("b", references={"/X": "a:/Arn", "/Y": "a:/Name"}, depends_on=("a",)),
                declared("c", references={"/Z": "b:/Arn"}),
            ),
        )
    )

    assert graph.edges == (Edge("a", "b"), Edge("b", "c", "/Z"))
    assert [(node.id, node.action) for node in graph.nodes] == [("a", "create"), ("b", "create"), ("c", "read")]


def test_deleted_resources_are_part_of_the_picture() -> None:
    graph = graph_of(plan(step("old", Action.DELETE, depends_on=("new",)), declared=(declared("new"),)))

    assert [(node.id, node.action) for node in graph.nodes] == [("new", "read"), ("old", "delete")]
    assert graph.edges == (Edge("new", "old"),)


def test_a_small_graph_stays_as_it_is() -> None:
    graph = topics("a", "s/b", edges=(("a", "s/b"),))

    assert readable(graph) is graph


def test_deep_scopes_become_one_box_each() -> None:
    graph = topics("base", *(f"t{team}/{at}" for team in range(3) for at in range(50)), edges=(("base", "t0/1"),))

    shown = readable(graph)

    assert [(node.id, node.count) for node in shown.nodes] == [("base", 1), ("t0", 50), ("t1", 50), ("t2", 50)]
    assert shown.nodes[1].detail == "50 x SNS::Topic"
    assert shown.edges == (Edge("base", "t0"),)


def test_without_scopes_the_resources_of_one_type_become_one_box() -> None:
    many = topics(*(f"topic{at}" for at in range(200)))
    graph = Graph("test", (*many.nodes, Node("role", "role", "IAM::Role", Action.DELETE)), ())

    assert [(node.id, node.count, node.action) for node in readable(graph).nodes] == [
        ("SNS::Topic", 200, "create"),
        ("role", 1, "delete"),
    ]


def test_a_box_of_different_actions_is_mixed() -> None:
    nodes = tuple(Node(f"s/{at}", str(at), "T", Action.CREATE if at % 2 else Action.NONE) for at in range(100))

    assert readable(Graph("test", nodes, ())).nodes == (Node("s", "s", "100 x T", MIXED, 100),)


@st.composite
def acyclic(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]]]:
    names = [f"n{at}" for at in range(draw(st.integers(1, 25)))]
    numbers = st.integers(0, len(names) - 1)
    pairs = draw(st.sets(st.tuples(numbers, numbers), max_size=60))
    return names, [(names[a], names[b]) for a, b in sorted(pairs) if a < b]


@given(acyclic())
def test_every_edge_runs_from_left_to_right_through_each_layer(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    names, edges = graph
    layers = layered(names, edges)
    at = {name: rank for rank, row in enumerate(layers.rows) for name in row}

    assert sorted(name for name in at if not is_waypoint(name)) == sorted(names)
    assert set(layers.routes) == set(edges)
    assert all(at[right] - at[left] == 1 for route in layers.routes.values() for left, right in pairwise(route))


@given(acyclic())
def test_no_two_boxes_overlap(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    layers = layered(*graph)
    found = heights(layers)

    assert min(found.values()) == 0
    assert all(found[below] - found[above] >= 0.999 for row in layers.rows for above, below in pairwise(row))


def test_the_layout_is_the_same_every_time_and_uncrossed_where_it_can_be() -> None:
    names = ["a", "b", "x", "y"]
    layers = layered(names, [("a", "y"), ("b", "x")])

    assert layers.rows == (("a", "b"), ("y", "x"))


@given(acyclic())
def test_the_order_never_adds_crossings(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    layers = layered(*graph)
    before, after = neighbours(layers.routes.values())
    shuffled = [sorted(row) for row in layers.rows]

    assert crossings(few_crossings(shuffled, before, after), after) <= crossings(shuffled, after)


@given(acyclic())
def test_crossings_are_counted_pair_by_pair(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    layers = layered(*graph)
    _, after = neighbours(layers.routes.values())
    steps = {step for route in layers.routes.values() for step in pairwise(route)}
    at = {name: (rank, position) for rank, row in enumerate(layers.rows) for position, name in enumerate(row)}
    lines = [(at[left], at[right]) for left, right in steps]
    crossing = sum(a[0] == b[0] and a[1] < b[1] and c[1] > d[1] for a, c in lines for b, d in lines)

    assert crossings(layers.rows, after) == crossing


def test_adjacent_boxes_are_exchanged_where_means_are_not_enough() -> None:
    # Sorting by means alone leaves 42 crossings in this network.
    hubs = [f"hub{at}" for at in range(3)]
    subnets = [f"subnet{at}" for at in range(9)]
    edges = [("vpc", one) for one in [*subnets, *hubs]]
    edges += [(subnet, f"link{at}") for at, subnet in enumerate(subnets)]
    edges += [(hubs[at % 3], f"link{at}") for at in range(9)]
    edges += [(subnets[at], f"nat{at}") for at in range(3)] + [(hubs[at], f"route{at}") for at in range(3)]
    edges += [(f"nat{at}", f"route{at}") for at in range(3)]
    layers = layered(list(dict.fromkeys(name for edge in edges for name in edge)), edges)
    _, after = neighbours(layers.routes.values())

    assert crossings(layers.rows, after) <= 25


def test_unconnected_boxes_stand_together_below_the_others() -> None:
    layers = layered(["alone", "a", "other", "b", "c"], [("a", "c"), ("b", "c")])

    assert layers.rows == (("a", "b", "alone", "other"), ("c",))


def test_a_circle_of_boxes_is_drawn_all_the_same() -> None:
    graph = topics("a", "b", "c", edges=(("a", "b"), ("b", "a"), ("b", "c")))

    assert graph_svg(graph).count('class="box"') == 3


def test_a_chain_longer_than_the_stack_is_laid_out() -> None:
    names = [f"n{at}" for at in range(5_000)]

    assert len(layered(names, list(pairwise(names))).rows) == 5_000


def test_the_svg_is_sound_and_holds_no_markup_of_the_user() -> None:
    svg = graph_svg(topics(EVIL, "b", edges=((EVIL, "b"),)))
    root = ET.fromstring(svg)

    assert "<script" not in svg
    assert any(EVIL in (element.text or "") for element in root.iter())


def test_an_empty_graph_is_drawn() -> None:
    ET.fromstring(graph_svg(topics()))


def test_a_large_graph_is_drawn_with_few_boxes() -> None:
    assert graph_svg(topics(*(f"t{at % 9}/{at}" for at in range(500)))).count('class="box"') <= READABLE


def test_mermaid_frames_scopes_and_quotes_everything() -> None:
    text = graph_mermaid(topics("a", "s/b", EVIL, edges=(("a", "s/b"),)))

    assert text.startswith("flowchart LR\n")
    assert '  subgraph s0["s"]\n    n1["b<br/>SNS::Topic"]\n  end\n' in text
    assert "  n0 --> n1\n" in text
    assert "script>" not in text
    assert text.count('"') % 2 == 0


def test_dot_frames_scopes_and_quotes_everything() -> None:
    text = graph_dot(topics("a", "s/b", EVIL, edges=(("a", EVIL),)))
    unquoted = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)

    assert 'subgraph cluster_0 {\n    label="s"' in text
    assert '"a" -> ' in text
    assert "script" not in unquoted


def test_json_fits_the_documented_schema() -> None:
    line: dict[str, Any] = graph_json(topics("a", "s/b", edges=(("a", "s/b"),)))

    jsonschema_rs.validate(SCHEMA, json.loads(json.dumps(line)))
    assert line["edges"] == [{"source": "a", "target": "s/b", "label": ""}]


def test_apps_are_joined_by_the_outputs_they_use() -> None:
    graph = apps_graph(
        [Neighbour("network", "prod", ()), Neighbour("shop", "prod", ("network/prod", "keys/prod@s3://other"))], "here"
    )

    assert [(node.id, node.title, node.detail) for node in graph.nodes] == [
        ("network/prod", "network/prod", ""),
        ("shop/prod", "shop/prod", ""),
        ("keys/prod@s3://other", "keys/prod", "in s3://other"),
    ]
    assert [(edge.source, edge.target) for edge in graph.edges] == [
        ("network/prod", "shop/prod"),
        ("keys/prod@s3://other", "shop/prod"),
    ]


@pytest.mark.parametrize("form", [graph_svg, graph_mermaid, graph_dot])
def test_control_characters_reach_no_picture(form: Any) -> None:
    assert "\x1b" not in form(topics("a\x1b[31m\x00b"))


@pytest.mark.parametrize("links", [0, 30])
def test_many_boxes_without_edges_fill_the_page_instead_of_one_column(links: int) -> None:
    names = [f"s{number:02d}/t" for number in range(50)]
    chain = tuple(pairwise([f"c{number:02d}" for number in range(links // 10)]))
    drawn = ET.fromstring(graph_svg(topics(*names, *(f"c{n:02d}" for n in range(links // 10)), edges=chain)))

    width, height = int(drawn.get("width", "")), int(drawn.get("height", ""))
    assert width <= 1100
    assert height < width
    corners = [(box.get("x"), box.get("y")) for box in drawn.iter() if box.get("class") == "box"]
    assert len(corners) == len(set(corners)) == 50 + links // 10
