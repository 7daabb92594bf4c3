from __future__ import annotations

from textwrap import dedent, indent

import pytest

from cloudwright.plan.model import Finding
from cloudwright.program.source import Source
from cloudwright.render.detail import Detail
from cloudwright.render.plan.findings import FindingText
from cloudwright.render.terminal.escaping import cells
from cloudwright.render.terminal.style import TerminalStyle


def finding(key: str, path: str = "/Name", fix: str = "rename it", **more: str) -> Finding:
    severity = more.pop("severity", "warning")
    text = more.pop("text", "two share a name")
    return Finding(
        id=more.pop("id", "IB1"),
        severity=severity,
        key=key,
        path=path,
        text=text,
        fix=fix,
        source=Source("infra.py", 3),
        **more,
    )


def shown(*findings: Finding, width: int = 100, detail: Detail = Detail.USUAL) -> str:
    return "\n".join(FindingText(TerminalStyle(width=width), detail).lines(findings)) + "\n"


def test_what_is_true_of_several_places_is_reported_once() -> None:
    places = ("/Distributions/0/Name", "/Distributions/1/Name")

    assert shown(finding("a"), *(finding("b", path) for path in places)) == indent(
        dedent("""\
            warning IB1  two share a name
                a/Name  infra.py:3
                b  infra.py:3
                  /Distributions/0/Name
                  /Distributions/1/Name
                fix: rename it
            """),
        "  ",
    )


def test_a_fix_of_its_own_is_shown_next_to_its_path_if_it_fits() -> None:
    two = (finding("b", "/0/Name", "Write x."), finding("b", "/1/Name", "Write y."))

    assert shown(*two).splitlines()[2:] == ["        /0/Name  fix: Write x.", "        /1/Name  fix: Write y."]
    assert shown(*two, width=29).splitlines()[2:4] == ["        /0/Name", "          fix: Write x."]


def test_errors_come_first_and_other_texts_stay_apart() -> None:
    lines = shown(
        finding("a", severity="info"),
        finding("a", severity="error"),
        finding("a", text="another text", severity="error"),
    ).splitlines()

    heads = [line.split()[0] for line in lines if line.startswith("  ") and not line.startswith("   ")]
    assert heads == ["error", "error", "info"]


def test_many_places_are_a_number_unless_everything_is_asked_for() -> None:
    many = [finding(f"k{number}") for number in range(30)]

    assert "      and 22 more places; --full shows them" in shown(*many).splitlines()
    assert "k29/Name" in shown(*many, detail=Detail.FULL)
    assert "more places" not in shown(*many, detail=Detail.FULL)


def test_before_a_yes_what_is_only_information_is_a_number() -> None:
    text = shown(finding("a", severity="info"), finding("b", severity="error"), detail=Detail.BRIEF)

    assert "b/Name" in text
    assert "a/Name" not in text
    assert "1 info; `plan` shows it" in text


def test_the_full_text_tells_sources_and_why_something_is_silenced() -> None:
    quiet = finding("b", silenced="made by hand")

    assert "1 silenced" in shown(finding("a"), quiet)
    full = shown(finding("a", origin="the User Guide"), quiet, detail=Detail.FULL)
    assert "source: the User Guide" in full
    assert "silenced IB1  b/Name" in full
    assert "because: made by hand" in full


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal_but_for_single_words(width: int) -> None:
    one = finding("a", "/P", "Write something shorter here, please. " * 5, text="A long text, told in many words. " * 9)

    for line in shown(one, finding("b", "/Q"), width=width).splitlines():
        assert cells(line) <= width


def test_markup_and_control_characters_are_shown_as_text() -> None:
    text = shown(finding("a\x1b[31m", "/[red]", "\r", text="<script>\x07"))

    assert "\x1b" not in text
    assert "\r" not in text
    assert "<script>\\x07" in text
