"""The sources and pages use the words of the field."""

from __future__ import annotations

import re

from pages_kit import DOCS, ROOT

INSTEAD = {
    "anew": "again",
    "behind our back": "outside cloudwright",
    "in hand": "in progress",
    "mend": "fix",
    "mended": "fixed",
    "parting": "deletion",
    "telling": "reporting",
    "told": "reported",
    "veil": "redact",
    "whence": "from which",
}
_WORDS = re.compile(rf"\b({'|'.join(INSTEAD)})\b", re.IGNORECASE)


def test_the_sources_and_pages_use_the_words_of_the_field() -> None:
    texts = [*ROOT.glob("*.md"), *DOCS.glob("*.md"), *(ROOT / "examples").rglob("*.py")]
    for ending in ("py", "js", "html", "txt", "json"):
        texts += (ROOT / "src").rglob(f"*.{ending}")
    found = [
        f"{text.relative_to(ROOT)}:{number}: {word[0]} -> {INSTEAD[word[0].lower()]}"
        for text in texts
        for number, line in enumerate(text.read_text("utf-8").splitlines(), 1)
        for word in _WORDS.finditer(line)
    ]
    assert found == []
