"""The report: one page that holds everything and nothing foreign."""

from __future__ import annotations

from dataclasses import replace

from cloudwright.engine.timeline import NAME, Timeline, TimelineStep
from cloudwright.plan.model import Action, Change, Declared, Finding, Plan
from cloudwright.render.deploy.timeline_svg import ROWS, left_out, timeline_svg
from cloudwright.render.report.page import report_page
from cloudwright.render.terminal.ansi_html import painted
from cloudwright.render.terminal.style import TerminalStyle
from cloudwright.render.terminal.symbols import COUNTED, SYMBOLS
from render_samples import CONFIGURATION, HERE, configuration, every_kind, plan, snapshot, step

EVIL = "<script>alert('x')</script>"


def page(shown: Plan, **learned: object) -> str:
    return report_page(shown, replace(snapshot(), learned=learned), 1_800_000_000.0)


def run(*bars: TimelineStep) -> dict[str, object]:
    kept = [{name: getattr(bar, name) for name in TimelineStep.__slots__} for bar in bars]
    return {NAME: {"at": 1_800_000_000.0, "bars": kept, "left_out": 2}}


def test_the_page_has_a_section_for_everything_that_there_is() -> None:
    text = page(every_kind(), **run(TimelineStep("basic", "create", "done", 0.0, 2.0)))

    assert [
        name for name in ("Plan", "Findings", "Dependencies", "Image distribution", "Last run") if f"<h2>{name}" in text
    ]
    assert text.count("<section") == 5
    assert "2027-01-15 08:00 UTC" in text
    assert "IB103" in text


def test_sections_without_content_are_left_out() -> None:
    text = page(plan())

    assert text.count("<section") == 1
    assert "<h2>Plan" in text


def test_the_page_runs_nothing_and_loads_nothing() -> None:
    text = page(every_kind())

    assert "<script" not in text
    assert "default-src 'none'" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_texts_of_the_user_are_never_markup() -> None:
    evil = Declared(key=EVIL, type=CONFIGURATION, target=HERE, properties=configuration(EVIL))
    change = Change("/Description", "replace", EVIL, f"\x1b[31m{EVIL}")

    text = page(
        plan(step(EVIL, Action.UPDATE, change), declared=(evil,)), **run(TimelineStep(EVIL, "update", "done", 0, 1))
    )

    assert "<script" not in text
    assert "\x1b" not in text


def test_secrets_are_masked() -> None:
    text = page(every_kind())

    assert "aaa" not in text
    assert "bbb" not in text


def test_painted_lines_keep_their_colours_and_lose_their_codes() -> None:
    style = TerminalStyle(color=True)
    html = painted([style.paint("<b>", "red", "bold"), "a & b"])

    assert html.endswith('<span class="red bold">&lt;b&gt;</span>\na &amp; b</pre>')


def test_the_critical_path_is_highlighted() -> None:
    bars = (TimelineStep("a", "create", "done", 0.0, 1.0), TimelineStep("b", "create", "done", 1.0, 3.0, ("a",)))
    aside, failed = TimelineStep("c", "create", "done", 0.0, 0.5), TimelineStep("d", "create", "failed", 0.0, 0.5)

    svg = timeline_svg(Timeline(0.0, (*bars, aside, failed)))

    assert (svg.count('class="critical"'), svg.count('class="bar"'), svg.count('class="failed"')) == (2, 1, 1)


def test_a_long_run_shows_its_critical_path_and_its_longest_steps() -> None:
    short = [TimelineStep(f"s{at}", "create", "done", 0.0, 0.1 + at / 100) for at in range(200)]
    last = TimelineStep("last", "create", "done", 0.2, 9.0, ("s0",))
    timeline = Timeline(0.0, (*short, last), left_out=5)

    svg = timeline_svg(timeline)

    assert svg.count('rx="2"') == ROWS
    assert ">s0<" in svg
    assert left_out(timeline) == 201 - ROWS + 5


def test_every_action_that_a_summary_counts_has_a_group_in_the_report() -> None:
    steps = [step(str(action), action) for action in COUNTED]
    text = page(plan(*steps))

    assert [action for action in COUNTED if f"1 {SYMBOLS[action].noun}</summary>" not in text] == []


def test_of_thousands_of_configurations_those_with_findings_are_drawn() -> None:
    names = [f"config{number:03}" for number in range(400)]
    declared = (Declared(key=name, type=CONFIGURATION, target=HERE, properties=configuration(name)) for name in names)
    finding = Finding(id="IB103", severity="warning", key="config399", text="no build date")
    steps = (step(name, Action.CREATE) for name in names)
    text = page(plan(*steps, declared=tuple(declared), findings=(finding,)))

    assert "50 of 400 distribution configurations" in text
    assert text.count("who gets what where") == 50
    assert "config399: who gets what where" in text
    assert "config049: who gets what where" not in text
    assert len(text) < 800_000
