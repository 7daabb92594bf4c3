from __future__ import annotations

import pytest

from cloudwright.render.terminal.escaping import cells, clip, pad, visible, visible_lines, wrapped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [red] <script>", "plain [red] <script>"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x9b31m", r"\x9b31m"),
        ("safe\u202egnp.exe", r"safe\u202egnp.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("lone \ud800", r"lone \ud800"),
        ("Zürich 東京", "Zürich 東京"),
    ],
)
def test_what_could_move_a_terminal_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert shown == visible(text)


def test_the_lines_of_a_message_stay_lines() -> None:
    assert visible_lines("first\nsecond\x1b[2J") == ["first", r"second\x1b[2J"]


def test_wide_characters_take_two_columns_and_accents_none() -> None:
    assert [cells("ab"), cells("東京"), cells("e\u0301")] == [2, 4, 1]


def test_a_clipped_text_never_takes_more_columns_than_it_may() -> None:
    assert clip("abcdefghij", 7) == "abcd..."
    assert clip("東京都庁", 6) == "東..."
    assert all(cells(clip("東京都庁舎前駅", width)) <= width for width in range(4, 20))


def test_padding_counts_columns() -> None:
    assert pad("東京", 6) + "|" == "東京  |"


def test_a_text_is_broken_between_words_and_long_words_stay_whole() -> None:
    arn = "arn:aws:imagebuilder:us-east-1:000000000000:image/x"

    assert ["    a few words that go", "    on here"] == wrapped("a few words that go on here", "    ", 24)
    assert ["  "] == wrapped("", "  ", 30)
    assert [f"  {arn}", "  end"] == wrapped(f"{arn} end", "  ", 30)
