"""What people read while an image is built and delivered, and at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.imagebuilder.delivery.build_events import changes
from cloudwright.imagebuilder.delivery.result import result_of
from cloudwright.render.images.delivery import build_event_text, picture, result_lines
from cloudwright.render.terminal.style import TerminalStyle
from delivery_samples import BEGAN, COPY, HOME, build, failure, progress, step, workflow

if TYPE_CHECKING:
    from cloudwright.services.image_models import ImageBuild, WorkflowExecution

BUILT = workflow("BUILD", step("LaunchBuildInstance", "COMPLETED", 1, 61))
WAITS = (
    "test       Approve waits for a decision: `cloudwright images approve FILE` continues it, "
    "`cloudwright images reject FILE` stops it"
)
COPYING = workflow("DISTRIBUTION", step("DistributeImage", "RUNNING", 61))


def ending(image: ImageBuild, *workflows: WorkflowExecution, verb: str = "run") -> list[str]:
    result = result_of(image, progress(image, *workflows), verb=verb, key="images")
    return list(result_lines(result, TerminalStyle(width=100)))


def test_the_picture_shows_phases_with_their_times_and_the_cells_filling_up() -> None:
    image = build("DISTRIBUTING", 1, HOME)
    expected = {"build": 60.0, "distribute": 120.0, "integrate": 30.0}
    rows = picture(progress(image, BUILT, COPYING, expected=expected), TerminalStyle(), 25, BEGAN + 90)

    assert rows == [
        "image 1.0.0/1  distributing, 89 s of about 4 min",
        "",
        "  done     build      60 s                    1/1 steps",
        "  skipped  test",
        "  running  distribute 29 s of about 2 min     0/1 steps   DistributeImage",
        "  pending  integrate  about 30 s",
        "",
        "                   us-east-1",
        "111111111111       ami-11",
        "222222222222 dev   .",
        "1 of 2 cells have the image",
    ]


def test_a_declared_image_is_named_by_its_key() -> None:
    title = picture(progress(build("PENDING"), key="blue/image"), TerminalStyle(), 25, BEGAN)[0]

    assert title == "blue/image: image 1.0.0/1  pending, just started"


def test_each_change_is_one_line() -> None:
    before = progress(build("BUILDING"), workflow("BUILD", step("LaunchBuildInstance", "RUNNING", 1)))
    waits = workflow("TEST", step("Approve", "RUNNING", 62, action="WaitForAction"))
    after = progress(build("TESTING", 1, HOME), BUILT, waits)
    lines = [build_event_text(build_event, after.names) for build_event in changes(before, after)]

    assert lines == [
        "build      LaunchBuildInstance completed in 60 s",
        "build      done in 60 s",
        "test       started",
        WAITS,
        "delivered  111111111111 in us-east-1: ami-11",
    ]


def test_names_of_steps_and_words_of_the_service_can_not_move_the_cursor() -> None:
    before = progress(build("BUILDING"))
    evil = workflow("BUILD", step("\x1b[2J", "FAILED", 1, 2, message="\x1b[1A gone"))
    lines = [build_event_text(one, {}) for one in changes(before, progress(build("FAILED"), evil))]

    assert "\x1b" not in "".join(lines)


def test_a_failed_copy_names_the_cell_the_words_the_cause_and_the_way_out() -> None:
    shown = ending(build("FAILED", 1, HOME, failures=(failure(),)), BUILT)

    assert shown == [
        "partly delivered: 1 of 2 cells have image 1.0.0/1, 1 does not",
        "",
        "               us-east-1*",
        "111111111111   ami-11",
        "222222222222   missing",
        "",
        "! 222222222222 in us-east-1: copying the AMI failed",
        "    AWS says:    AMI Copy Reported Failure",
        "    most likely: the KMS key's policy does not let account 222222222222 use the key, or",
        "                 EC2ImageBuilderDistributionCrossAccountRole lacks the kms actions",
        "    fix:         allow account 222222222222 kms:Decrypt, CreateGrant, DescribeKey, ReEncrypt* and",
        "                 GenerateDataKey* in its policy",
        "",
        "fix that and continue without a rebuild: `cloudwright images retry FILE`",
    ]


def test_what_can_not_be_retried_is_built_again() -> None:
    broken = workflow("BUILD", step("ApplyBuildComponents", "FAILED", 1, 2))
    reason: Any = {"reason": "Step timed out", "failed_step": "ApplyBuildComponents"}

    assert ending(build("FAILED", **reason), broken)[-1] == "fix that and build again: `cloudwright images run FILE`"
    assert (
        ending(build("FAILED", **reason), broken, verb="deploy")[-1]
        == "fix that and deploy again, which builds another image"
    )


def test_a_deploy_says_how_to_complete_its_image_without_building_again() -> None:
    failed = build("FAILED", 1, HOME, failures=(failure(),))

    assert ending(failed, BUILT, verb="deploy")[-1] == (
        "fix that and deploy again, which builds another image, or complete this one without a rebuild: "
        f"`cloudwright images retry FILE --image {failed.arn}`"
    )


def test_a_delivery_that_went_well_ends_with_its_cells() -> None:
    assert ending(build("AVAILABLE", 2, HOME, COPY), BUILT) == [
        "delivered: 2 cells have image 1.0.0/2",
        "",
        "               us-east-1*",
        "111111111111   ami-12",
        "222222222222   ami-22",
    ]
