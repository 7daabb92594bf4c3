"""The changelog: releases with groups, and one short line for each change."""

from __future__ import annotations

import re
from collections import Counter

from pages_kit import ROOT

LINES = (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
LONGEST = 150
"""Characters of a line."""


def test_every_line_is_a_heading_or_one_change() -> None:
    assert [line for line in LINES if line and not re.match(r"#{1,3} |- \S", line)] == []


def test_lines_are_short() -> None:
    assert [line for line in LINES if len(line) > LONGEST] == []


def test_no_change_is_listed_twice() -> None:
    changes = Counter(line.casefold().rstrip(".") for line in LINES if line.startswith("- "))
    assert [line for line, times in changes.items() if times > 1] == []


def test_releases_have_the_groups_added_changed_and_fixed() -> None:
    groups: dict[str, list[str]] = {}
    for line in LINES:
        if line.startswith("## "):
            groups[line[3:]] = []
        elif line.startswith("### "):
            groups[list(groups)[-1]].append(line[4:])
    assert next(iter(groups)) == "Unreleased"
    order = ["Added", "Changed", "Fixed"]
    assert {
        release: found for release, found in groups.items() if found != [one for one in order if one in found]
    } == {}
