"""Lines of the audit."""

from __future__ import annotations

from cloudwright.state.audit import AuditLine, about_request
from conformance.state import entry


def test_a_line_is_about_the_first_generation_unless_it_says_otherwise() -> None:
    assert (
        AuditLine(id="1", at=0.0, author="anna@laptop", action="create", outcome="succeeded", key="a").generation == 0
    )


def test_a_line_about_a_request_names_its_token_and_its_resource_as_far_as_they_are_known() -> None:
    known = about_request(entry(identifier="bucket-1", request_token="rt"))
    new = about_request(entry())

    assert (known["identifier"], known["request_token"]) == ("bucket-1", "rt")
    assert (new["identifier"], new["request_token"]) == ("", "")
