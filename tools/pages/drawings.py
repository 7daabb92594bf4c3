"""The pictures of the documentation, drawn from the golden image as users get them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.flow import flows
from cloudwright.imagebuilder.grid import grid
from cloudwright.imagebuilder.model import account_names, distributions
from cloudwright.imagebuilder.rules import RULES
from cloudwright.local.cloud import LocalCloud
from cloudwright.plan.findings import evaluate
from cloudwright.render.graph.model import graph_of
from cloudwright.render.graph.svg import graph_svg
from cloudwright.render.images.fanout_svg import fanout_svg
from cloudwright.render.images.matrix_svg import matrix_svg
from cloudwright.schema.catalog import Catalog
from cloudwright.testing import AppRunner
from cloudwright.testing.loop import SteppingClock
from imagebuilder_plans import golden

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.plan.model import Plan

EXAMPLES = Path(__file__).parents[2] / "examples"


def drawings() -> Iterator[tuple[str, str]]:
    """The name and the text of every picture."""
    yield "golden-graph.svg", graph_svg(graph_of(_planned("golden_image.py")))
    plan = golden()
    findings, names = evaluate(plan, RULES), account_names(plan)
    yield "golden-images.svg", matrix_svg(grid(distributions(plan)[0], findings, names))
    yield "golden-flow.svg", fanout_svg(flows(plan, findings, names)[0])


def _planned(example: str) -> Plan:
    """What a first deploy of an example would do, on an empty local cloud."""
    clock, catalog = SteppingClock(), Catalog.bundled()
    cloud = LocalCloud(catalog, clock=clock)
    with tempfile.TemporaryDirectory() as folder:
        return AppRunner(cloud, clock, catalog, EXAMPLES, Path(folder) / "key").plan(example)
