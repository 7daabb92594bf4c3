from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from cloudwright.imagebuilder.access import changes
from cloudwright.imagebuilder.flow import Flow, flows
from cloudwright.imagebuilder.grid import grid
from cloudwright.imagebuilder.model import account_names, distributions
from cloudwright.imagebuilder.property_node import PropertyNode
from cloudwright.imagebuilder.rules import RULES
from cloudwright.imagebuilder.schedule import schedule_words
from cloudwright.plan.findings import evaluate
from cloudwright.render.images.fanout import fanout_text
from cloudwright.render.images.fanout_svg import fanout_svg
from cloudwright.render.images.figures import figure
from cloudwright.render.images.matrix import access_text, matrix_text
from cloudwright.render.images.matrix_svg import access_svg, matrix_svg
from cloudwright.render.terminal.markup import markup, plain
from imagebuilder_plans import declare, distribution, entry, golden, pipeline, plan_of

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m[red]\x00\u202e"


def golden_flow() -> Flow:
    plan = golden()
    return flows(plan, evaluate(plan, RULES), account_names(plan))[0]


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_the_picture_has_the_cells_of_the_text() -> None:
    plan = golden()
    drawn = grid(distributions(plan)[0], evaluate(plan, RULES), account_names(plan))

    shown = texts(matrix_svg(drawn))

    assert {"us-east-1*", "eu-west-1", "111111111111 build", "O k P T", "CS k", "1+4", "key-policy"} <= set(shown)
    assert 3 * 6 == len(list(ET.fromstring(matrix_svg(drawn)).iter(f"{SVG}title")))
    assert 1 == len(list(ET.fromstring(matrix_svg(drawn)).iter(f"{SVG}polygon")))


def test_the_tooltip_names_the_key_and_whether_it_admits_the_account() -> None:
    drawn = grid(distributions(golden())[0])
    tips = [node.text or "" for node in ET.fromstring(matrix_svg(drawn)).iter(f"{SVG}title")]

    assert any("key (ImageKey:/Arn); its policy names this principal" in tip for tip in tips)
    assert any("parameter /imagebuilder/golden/al2023" in tip for tip in tips)
    assert any("(AppTemplate:/LaunchTemplateId) (new default version)" in tip for tip in tips)


def test_the_public_row_is_red() -> None:
    public = {"LaunchPermissionConfiguration": {"UserGroups": ["all"]}}
    drawn = grid(distributions(plan_of(distribution(entry(ami=public))))[0])
    rows = {node.text: node.get("class") for node in ET.fromstring(matrix_svg(drawn)).iter(f"{SVG}text")}

    assert "bad bold" == rows["PUBLIC"]


def test_every_picture_knows_the_dark() -> None:
    plan = golden()
    pictures = [matrix_svg(grid(distributions(plan)[0])), fanout_svg(golden_flow()), access_svg(changes(plan)[0])]

    assert all("prefers-color-scheme:dark" in picture for picture in pictures)


def test_untrusted_text_is_shown_and_never_interpreted() -> None:
    ami = {"TargetAccountIds": [HOSTILE], "Name": HOSTILE, "KmsKeyId": HOSTILE}
    dist = replace(distribution({**entry(ami=ami), "Region": HOSTILE}), key=HOSTILE)
    plan = plan_of(dist)
    drawn = grid(distributions(plan)[0], evaluate(plan, RULES))
    flow = flows(plan, evaluate(plan, RULES))[0]

    for picture in (matrix_svg(drawn), access_svg(changes(plan)[0]), fanout_svg(flow)):
        assert "<script>" not in picture
        assert any(
            "<script>alert(1)</script>" in text for text in [*texts(picture), str(ET.fromstring(picture).attrib)]
        )
        assert "<script>" not in figure(picture, HOSTILE)
    for text in (matrix_text(drawn), access_text(changes(plan)[0]), fanout_text(flow)):
        assert all(char == "\n" or " " <= char <= "~" for char in text)


def test_plain_text_is_ascii_and_keeps_what_it_can() -> None:
    assert r"a\x1b[31m\u202e\xe9" == plain("a\x1b[31m\u202e\u00e9")
    assert "a&lt;b&gt;&amp;&quot;\N{REPLACEMENT CHARACTER}" == markup('a<b>&"\x00')


def test_the_fan_out_of_the_golden_image() -> None:
    lines = fanout_text(golden_flow()).splitlines()

    assert "    component golden-hardening 1.0.0" in lines
    assert "    Sundays 04:00 UTC, only if dependencies changed" in lines
    assert "  us-east-1*" in lines
    assert "    ==> 222222222222 dev     copy, share" in lines
    assert "    --> ou-ab12-cdef3456     share   ! key-policy" in lines


def test_the_drawn_fan_out_has_a_path_for_every_edge() -> None:
    flow = golden_flow()
    paths = [node.get("class") or "" for node in ET.fromstring(fanout_svg(flow)).iter(f"{SVG}path")]

    assert sum(edge.mode.value == "copy" for edge in flow.edges) == sum("copy" in path for path in paths)
    assert sum(edge.mode.value == "share" for edge in flow.edges) == sum("share" in path for path in paths)
    assert ["edge share broken"] == [path for path in paths if "broken" in path]


def test_boxes_do_not_overlap_and_stay_on_the_paper() -> None:
    picture = ET.fromstring(fanout_svg(golden_flow()))
    boxes = [
        tuple(int(node.get(name) or 0) for name in ("x", "y", "width", "height"))
        for node in picture.iter(f"{SVG}rect")
        if "box" in (node.get("class") or "")
    ]

    for index, (left, top, width, height) in enumerate(boxes):
        assert left + width <= int(picture.get("width") or 0)
        assert top + height <= int(picture.get("height") or 0)
        for x, y, w, h in boxes[index + 1 :]:
            assert left + width <= x or x + w <= left or top + height <= y or y + h <= top


def test_accounts_that_are_treated_alike_become_one_box_when_there_are_many() -> None:
    many = [f"{number:012}" for number in range(300, 320)]
    ami, less = {"TargetAccountIds": many}, {"TargetAccountIds": many[:5]}
    (flow,) = flows(plan_of(distribution(entry(ami=ami), entry("eu-west-1", less))))

    assert ["5 accounts", "15 accounts"] == [box.title for box in flow.targets]
    assert 3 == len(flow.edges)
    assert "15 accounts (000000000305, 000000000306, 000000000307, 000000000308, ...)" in fanout_text(flow)


def test_twelve_accounts_are_shown_one_by_one() -> None:
    few = [f"{number:012}" for number in range(300, 312)]

    assert 12 == len(flows(plan_of(distribution(entry(ami={"TargetAccountIds": few}))))[0].targets)


def test_a_copy_without_its_role_is_a_broken_edge_even_if_the_finding_is_silenced() -> None:
    dist = distribution(entry(ami={"TargetAccountIds": ["222222222222"]}), silenced={"IB125": "made by hand"})
    plan = plan_of(dist)

    (edge,) = flows(plan, evaluate(plan, RULES))[0].edges

    assert "cross-account role in 222222222222: no role" == edge.problem


def test_a_configuration_that_nobody_uses_is_drawn_all_the_same() -> None:
    (flow,) = flows(plan_of(distribution(entry())))

    assert () == flow.inputs
    assert fanout_text(flow).startswith("DISTRIBUTION")
    ET.fromstring(fanout_svg(flow))


def test_an_empty_configuration_is_drawn_all_the_same() -> None:
    plan = plan_of(declare("dist", properties={}), pipeline())

    assert "0 in all" in matrix_text(grid(distributions(plan)[0]))
    ET.fromstring(matrix_svg(grid(distributions(plan)[0])))
    ET.fromstring(fanout_svg(flows(plan)[0]))


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (None, "started by hand"),
        ({"ScheduleExpression": "cron(0 4 ? * sun *)"}, "Sundays 04:00 UTC"),
        (
            {"ScheduleExpression": "cron(30 16 ? * MON,fri *)", "Timezone": "Asia/Tokyo"},
            "Mondays, Fridays 16:30 Asia/Tokyo",
        ),
        ({"ScheduleExpression": "cron(0 0 * * ? *)"}, "daily 00:00 UTC"),
        ({"ScheduleExpression": "cron(5 1 1 * ? *)"}, "day 1 of the month 01:05 UTC"),
        ({"ScheduleExpression": "cron(0/5 * * * ? *)"}, "cron(0/5 * * * ? *)"),
        ({"ScheduleExpression": "rate(7 days)"}, "every 7 days"),
        ({"ScheduleExpression": "rate(1 day)"}, "every day"),
        ({"ScheduleExpression": {"$unknown": "x:/y"}}, "(x:/y)"),
    ],
)
def test_schedules_in_words(schedule: object, words: str) -> None:
    assert words == schedule_words(PropertyNode({"Schedule": schedule}))


def test_a_disabled_pipeline_is_marked() -> None:
    assert "daily 00:00 UTC (disabled)" == schedule_words(
        PropertyNode({"Schedule": {"ScheduleExpression": "cron(0 0 * * ? *)"}, "Status": "DISABLED"})
    )
