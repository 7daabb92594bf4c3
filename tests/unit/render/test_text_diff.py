from __future__ import annotations

import base64
import time

from cloudwright.plan.model import Action, Change
from cloudwright.render.detail import Detail
from cloudwright.render.plan.edit_text import EditText
from cloudwright.render.plan.text import PlanText
from cloudwright.render.terminal.escaping import cells
from cloudwright.render.terminal.style import TerminalStyle
from render_samples import plan, step

BUILD = (
    "name: golden\nphases:\n  - name: build\n    action: echo\n  - name: validate\n    action: grep\n  - name: test\n"
)


def shown(old: object, new: object, look: TerminalStyle | None = None, *, full: bool = False) -> list[str]:
    return list(EditText(look or TerminalStyle(width=100), full=full).changes([Change("/Data", "replace", old, new)]))


def test_of_a_text_of_several_lines_only_those_that_change_are_shown_with_one_next_to_them() -> None:
    assert [
        "      ~ Data",
        "              - name: build",
        "          -     action: echo",
        "          +     action: printf",
        "              - name: validate",
    ] == shown(BUILD, BUILD.replace("echo", "printf"))


def test_what_is_left_out_between_two_places_is_dots() -> None:
    lines = shown(BUILD, BUILD.replace("golden", "silver").replace("grep", "test -f"))

    assert "          ..." in lines
    assert "          - name: golden" == lines[1]
    assert not any("build" in line for line in lines)


def test_the_reason_is_next_to_the_property_not_below_its_text() -> None:
    change = Change("/Data", "replace", BUILD, BUILD + "end\n", rule="createOnly", forces=True)
    wide, narrow = (list(EditText(TerminalStyle(width=width)).changes([change])) for width in (120, 50))

    assert "      ! Data  # forces replacement: create-only: AWS can't change it in place" == wide[0]
    assert "          # forces replacement: create-only: AWS can't change it in place" == narrow[1]
    assert wide[1:] == narrow[2:] == ["              - name: test", "          + end"]


def test_a_rewritten_text_shows_some_of_both_sides_and_a_count() -> None:
    old, new = ("".join(f"{word} {n}\n" for n in range(40)) for word in ("old", "new"))
    lines = shown(old, new)

    assert len(lines) <= 14
    assert any("- old 0" in line for line in lines)
    assert any("+ new 0" in line for line in lines)
    assert lines[-1] == f"          # {80 - sum('old' in line or 'new' in line for line in lines)} more lines"
    assert 81 == len(shown(old, new, full=True))


def test_the_plan_says_what_shows_the_rest() -> None:
    old, new = "a\n" * 40, "b\n" * 40
    made = plan(step("x", Action.UPDATE, Change("/Data", "replace", old, new)))
    usual, full = ("\n".join(PlanText(TerminalStyle(), detail).lines(made)) for detail in (Detail.USUAL, Detail.FULL))

    assert "more lines; --full shows them" in usual
    assert "--full" not in full


def test_a_long_line_is_cut_to_where_it_differs() -> None:
    old, new = (f"first\n{'x' * 300}{end}\n" for end in ("old", "new"))
    lines = shown(old, new, TerminalStyle(width=60))

    assert all(cells(line) <= 60 for line in lines)
    assert any(line.endswith("xold") for line in lines)
    assert any(line.endswith("xnew") for line in lines)


def test_wide_characters_are_cut_to_the_columns_they_take() -> None:
    lines = shown("a\n" + "画" * 90, "b\n" + "像" * 90, TerminalStyle(width=60))

    assert all(cells(line) <= 60 for line in lines)


def test_blanks_and_line_breaks_that_differ_can_be_seen() -> None:
    assert ["          - b\\x20\\x20", "          + b"] == shown("a\nb  \n", "a\nb\n")[2:]
    assert ["          - b\\r", "          + b"] == shown("a\nb\r\n", "a\nb\n")[2:]
    assert ["          - b  # no line break at the end", "          + b"] == shown("a\nb", "a\nb\n")[2:]
    assert ["          - \\tb", "          +     b"] == shown("a\n\tb\n", "a\n    b\n")[2:]


def test_user_data_in_base64_is_shown_decoded() -> None:
    old, new = (base64.b64encode(f"#!/bin/sh\necho {word}\n".encode()).decode() for word in ("one", "two"))

    assert ["      ~ Data  (base64)", "            #!/bin/sh", "          - echo one", "          + echo two"] == shown(
        old, new
    )


def test_a_secret_on_either_side_hides_both() -> None:
    for old, new in ((BUILD, {"$secret": "f00d"}), ({"$secret": "f00d"}, BUILD)):
        assert ["      ~ Data  (secret, changed)"] == shown(old, new)


def test_control_characters_and_markup_in_lines_are_only_text() -> None:
    lines = shown("a\n\x1b[2Jb\n", "a\n[red]\u202e<script>\n", TerminalStyle(color=True, width=100))
    bare = (
        "\n".join(lines).replace("\x1b[31m", "").replace("\x1b[32m", "").replace("\x1b[33m", "").replace("\x1b[0m", "")
    )

    assert "\\x1b[2Jb" in bare
    assert "[red]\\u202e<script>" in bare
    assert "\x1b" not in bare.replace("\x1b[2m", "")


def compared(lines: int) -> float:
    """CPU seconds for a long text with a change in every thousandth line, at best."""
    old = "".join(f"line {n % 997}\n" for n in range(lines))
    new = old.replace("line 500\n", "line five hundred\n")
    taken = []
    for _ in range(3):
        began = time.process_time()
        assert len(shown(old, new)) <= 14
        taken.append(time.process_time() - began)
    return min(taken)


def test_the_time_for_a_long_text_grows_with_its_length() -> None:
    # Four times the lines; a comparison of each line with each would take sixteen times as long.
    assert compared(40_000) < 10 * compared(10_000)
