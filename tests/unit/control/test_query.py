"""The query protocol: what goes into a form, and what an answer in XML says."""

from __future__ import annotations

import pytest

from cloudwright.control.model import Reply
from cloudwright.control.query import form, listed, parse, parse_members
from cloudwright.errors import NotAnswered, ServiceError

XML = b"""<R xmlns="urn:x"><Arn>a</Arn><Arn>b</Arn><Results>
<member><Name>n1</Name><Decision>allowed</Decision></member><member><Name>n2</Name></member>
</Results><Name>outside</Name><IsTruncated>false</IsTruncated></R>"""
ERROR = b"<E><Error><Code>AccessDenied</Code><Message>no</Message></Error><RequestId>r-1</RequestId></E>"


def test_a_list_is_counted_from_one() -> None:
    assert listed("Names", ["a", "b"]) == {"Names.member.1": "a", "Names.member.2": "b"}
    assert form("sts", "Do", {"A": "x y"}) == b"Action=Do&Version=2011-06-15&A=x+y"


def test_of_a_repeated_name_the_first_counts() -> None:
    leaves = parse(Reply(200, {}, XML))

    assert (leaves["Arn"], leaves["Name"], leaves["IsTruncated"]) == ("a", "n1", "false")


def test_the_members_of_a_list_are_kept_apart_from_what_is_around_it() -> None:
    members, around = parse_members(Reply(200, {}, XML), "Results")

    assert members == [{"Name": "n1", "Decision": "allowed"}, {"Name": "n2"}]
    assert around == {"Arn": "a", "Name": "outside", "IsTruncated": "false"}


@pytest.mark.parametrize(("status", "good"), [(199, False), (200, True), (299, True), (300, False), (403, False)])
def test_only_a_status_of_two_hundred_is_an_answer(status: int, *, good: bool) -> None:
    if good:
        assert parse(Reply(status, {}, XML))["Arn"] == "a"
        return
    with pytest.raises(ServiceError) as caught:
        parse(Reply(status, {}, XML))
    assert (caught.value.code, caught.value.status) == (f"HTTP{status}", status)


def test_an_error_names_its_code_and_its_request() -> None:
    with pytest.raises(ServiceError) as caught:
        parse(Reply(403, {"x-amzn-requestid": "r-2"}, ERROR))
    assert (caught.value.code, caught.value.service_message, caught.value.request_id) == ("AccessDenied", "no", "r-1")

    with pytest.raises(ServiceError) as caught:
        parse(Reply(403, {"x-amzn-requestid": "r-2"}, b"<E/>"))
    assert caught.value.request_id == "r-2"


def test_what_is_no_document_is_no_answer() -> None:
    with pytest.raises(NotAnswered, match="HTTP 502 without an XML document"):
        parse(Reply(502, {}, b"Bad Gateway"))
