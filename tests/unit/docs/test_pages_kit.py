"""What follows pages must notice when a page is wrong."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import click
import pytest

from pages_kit import Block, Command, agrees, blocks, commands
from pages_reader import Reader
from pages_shell import PageShell, check

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(PageShell(tmp_path))


def page(text: str) -> list[Block]:
    return list(blocks(dedent(text)))


def test_blocks_are_found_with_language_title_and_line() -> None:
    found = page("""\
        # Page

        ```python title="infra.py"
        a = 1
        ```

        - in a list:

            ```bash title="needs AWS credentials"
            cloudwright plan
            ```
        """)

    assert [
        Block("python", "infra.py", "a = 1\n", 3),
        Block("bash", "needs AWS credentials", "cloudwright plan\n", 9),
    ] == found
    assert ["", "needs AWS credentials"] == [block.needs for block in found]


def test_a_console_block_is_commands_and_what_they_print() -> None:
    (block,) = page("```console\n$ first \\\n  more\none\n\ntwo\n$ second\n```")

    assert [Command("first    more", "one\n\ntwo", shown=True), Command("second", "")] == list(commands(block))


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("a\nb", "a\nb\n"),
        ("a\n...\nd", "a\nb\nc\nd\n"),
        ("a\n...", "a\n"),
        ("ok: 1 created ...", "ok: 1 created in 0.4 s, 5 calls\n"),
        ("[    0.0 s] done in 0.3 s", "[   12.5 s] done in 99.9 s\n"),
        ("vpc-0123456789abcdef0", "vpc-fedcba98765432100"),
    ],
)
def test_outputs_agree_but_for_what_varies(shown: str, printed: str) -> None:
    assert agrees(shown, printed)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("a", "a\nb\n"),
        ("a\nb", "a\n"),
        ("...\nc", "a\nb\n"),
        ("1 created", "2 created"),
        ("account 111111111111", "account 111111111112"),
    ],
)
def test_other_outputs_do_not_agree(shown: str, printed: str) -> None:
    assert not agrees(shown, printed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```console\n$ echo a\nb\n```", "printed:\na"),
        ("```bash\nfalse\n```", "exited with 1"),
        ('```python title="a.py"\na = 1\n```\n```diff title="a.py"\n-a = 2\n```', "has this text 0 times"),
        ("```cobol\nSTOP RUN.\n```", "what is cobol"),
        ("```yaml\na: [\n```", "while parsing"),
        ("```yaml\nsteps:\n  - run: cloudwright plan --colour\n```", "No such option"),
    ],
)
def test_a_page_that_is_wrong_is_an_error_with_its_line(reader: Reader, text: str, message: str) -> None:
    with pytest.raises(Exception, match=message) as caught:
        reader.follow(page(text))

    assert any("the block that begins in line" in note for note in caught.value.__notes__)


def test_a_line_that_cannot_run_here_is_still_checked() -> None:
    check("CLOUDWRIGHT_STAGE=prod cloudwright plan infra.py --no-color > plan.txt  # a comment")
    with pytest.raises(click.UsageError, match="No such option"):
        check("cloudwright plan --colour")
