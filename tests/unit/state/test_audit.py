"""Lines of the audit."""

from __future__ import annotations

from cloudwright.state.audit import AuditLine


def test_a_line_is_about_the_first_generation_unless_it_says_otherwise() -> None:
    assert (
        AuditLine(id="1", at=0.0, author="anna@laptop", action="create", outcome="succeeded", key="a").generation == 0
    )
