"""What people read of usage reports: never that an image is unused without a full report."""

from __future__ import annotations

from typing import Any

from cloudwright.imagebuilder.delivery.usage import AmiUsage, UsageReport
from cloudwright.render.images.changes import usage_lines
from cloudwright.render.images.lines import usage_json
from cloudwright.render.terminal.style import TerminalStyle
from cloudwright.services.image_models import ImageUse
from delivery_samples import COPY, DEV, HOME


def text(*amis: AmiUsage, **more: Any) -> str:
    report = UsageReport(key="images", amis=amis, **more)
    return "\n".join(usage_lines(report, TerminalStyle(width=100)))


USED = (ImageUse(image="ami-1", type="ec2:Instance", account=DEV, count=3, arn=""),)


def test_a_full_report_without_a_use_says_what_it_is_about_and_what_it_leaves_out() -> None:
    shown = text(AmiUsage(place=HOME, image="ami-1", version="1.0.0/1"))

    assert "111111111111 in us-east-1: ami-1 1.0.0/1: no use in the report" in shown
    assert "not covered:" in shown
    assert "unused" not in shown


def test_without_a_full_report_nothing_is_said_to_be_without_use() -> None:
    partial = AmiUsage(place=HOME, image="ami-1", full=False, problem="AccessDenied")
    shown = text(partial)
    (line,) = usage_json(UsageReport(key="images", amis=(partial,)))

    assert "? 111111111111 in us-east-1: ami-1: incomplete: AccessDenied" in shown
    assert "no use" not in shown
    assert "unused" not in shown
    assert (False, []) == (line["full"], line["uses"])


def test_uses_and_places_that_could_not_be_read_are_listed() -> None:
    shown = text(AmiUsage(place=HOME, image="ami-1", uses=USED), unknown={COPY: "AccessDenied"})

    assert "    3 ec2:Instance in account 222222222222" in shown
    assert "? 222222222222 in us-east-1: unknown: AccessDenied" in shown
