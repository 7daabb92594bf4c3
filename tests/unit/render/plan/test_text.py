from __future__ import annotations

import time
from dataclasses import replace
from textwrap import dedent

import pytest

from cloudwright.plan.model import Action, Change, Consent, Order, Plan, Step
from cloudwright.render.detail import Detail
from cloudwright.render.plan.markdown import plan_markdown
from cloudwright.render.plan.text import PlanText
from cloudwright.render.terminal.escaping import cells
from cloudwright.render.terminal.style import TerminalStyle
from cloudwright.target import Target
from render_samples import HERE, every_kind, partial, plan, step


def text(plan: Plan, look: TerminalStyle | None = None, *, full: bool = False) -> str:
    return "\n".join(
        PlanText(look or TerminalStyle(unicode=True, width=100), Detail.FULL if full else Detail.USUAL).lines(plan)
    )


def test_a_plan_of_every_kind_reads_like_this() -> None:
    assert dedent("""\
        Plan  payments/prod  us-east-1  111122223333  serial 42  refreshed
        1 create, 1 update, 1 replace, 1 delete, 1 run, 1 unchanged    findings: 1 warning

          + AWS::ImageBuilder::DistributionConfiguration  basic
              + Name           "Basic"
              + Distributions/0
                  Region                        "us-west-2"
                  AmiDistributionConfiguration
                    Name                           "basic-ami"
                    LaunchPermissionConfiguration  {"UserIds": ["987654321098"]}
              + Tags           {"Project": "Demo"}
          ~ AWS::Lambda::Function                         api  may turn out unchanged
              ~ MemorySize         256 → 512
              ~ Environment/TOKEN  (secret, changed)
              ~ Role               "arn:old" → (known after deploy: role:/Arn)
          ± AWS::RDS::DBInstance                          db  replace, create first: Engine is create-only
              ! Engine  "mysql" → "postgres"
                  # forces replacement: create-only: AWS can't change it in place
          - AWS::SQS::Queue                               old-jobs
          » Action                                        migrate  runs: db is replaced
              # version changed

        Access that becomes wider:
          ! basic  account 987654321098 may launch the images in us-west-2

          warning IB103  two share a name
              basic/Name  infra.py:12
              fix: rename
          1 silenced

          note: a note

        1 create, 1 update, 1 replace, 1 delete, 1 run, 1 unchanged    findings: 1 warning""") == text(every_kind())


def test_without_unicode_the_plan_is_ascii() -> None:
    shown = text(every_kind(), TerminalStyle(width=100))

    assert shown.isascii()
    assert "  +/- AWS::RDS::DBInstance" in shown
    assert "256 -> 512" in shown


def test_unchanged_resources_are_a_number_unless_asked_for() -> None:
    assert "quiet" not in text(every_kind())
    assert "= AWS::SQS::Queue" in text(every_kind(), full=True)


def test_a_plan_without_changes_is_reported_once() -> None:
    assert text(plan(step("quiet", Action.NONE))).splitlines() == [
        "Plan  payments/prod  us-east-1  111122223333  serial 42",
        "0 changes, 1 unchanged",
    ]


def test_a_partial_plan_names_its_line() -> None:
    shown = text(partial())

    assert "this plan is partial: the length of a list is not known yet at infra.py:12" in shown


@pytest.mark.parametrize("width", [40, 60, 80])
def test_narrow_lines_fold_values_but_keep_paths_and_reasons(width: int) -> None:
    long = Change("/Deep/Path", "replace", "old" * 60, "new" * 60, rule="createOnly", forces=True)
    shown = text(plan(step("x", Action.REPLACE, long, order=Order.DELETE_FIRST)), TerminalStyle(width=width))
    values = [line for line in shown.splitlines() if "oldold" in line or "newnew" in line]

    assert len(values) == 2
    assert all(cells(line) <= width and "(182 characters)" in line for line in values)
    assert "! Deep/Path" in shown
    assert "delete first: Deep/Path is create-only" in shown


def test_full_shows_long_values_whole() -> None:
    made = plan(step("x", Action.UPDATE, Change("/P", "replace", "a" * 500, "b" * 500)))

    assert "b" * 500 not in text(made)
    assert "b" * 500 in text(made, full=True)


def test_a_secret_is_hidden_on_both_sides_when_only_one_side_is_marked() -> None:
    changes = (
        Change("/A", "replace", "hunter2", {"$secret": "f00d"}),
        Change("/B", "replace", {"$secret": "f00d"}, "hunter2"),
        Change("/C", "replace", {"x": "hunter2", "y": 1}, {"x": {"$secret": "f00d"}, "y": 2}),
        Change("/D", "add", None, {"x": {"$secret": "f00d"}}),
    )
    shown = text(plan(step("x", Action.UPDATE, *changes)), full=True)

    assert "hunter2" not in shown
    assert "f00d" not in shown
    assert shown.count("(secret, changed)") == 3


@pytest.mark.parametrize("color", [True, False])
def test_control_characters_and_markup_of_others_are_only_text(*, color: bool) -> None:
    evil = "[red]<script>\x1b[2J\u202e\r\nfake: 0 changes"
    hostile = Step(
        key=f"k{evil}",
        type=f"AWS::{evil}",
        action=Action.UPDATE,
        target=HERE,
        changes=(Change(f"/{evil}", "replace", evil, [evil], reason=evil),),
        reasons=(evil,),
    )
    shown = text(plan(hostile, notes=(evil,)), TerminalStyle(color=color, width=100))

    assert "\x1b[2J" not in shown
    assert not {"\r", "\u202e"} & set(shown)
    assert not any(line.lstrip().startswith("fake") for line in shown.splitlines())
    assert "[red]<script>" in shown


def test_several_places_are_named_at_each_step() -> None:
    far = Step(key="far", type="AWS::SQS::Queue", action=Action.CREATE, target=Target("444455556666", "eu-west-1"))
    shown = text(plan(step("near", Action.CREATE), far))

    assert "eu-west-1, us-east-1  111122223333, 444455556666" in shown
    assert "far  444455556666/eu-west-1" in shown


def conditional(*, needs_consent: bool) -> Plan:
    change = Change("/LaunchTemplate/Version", "replace", "1", "2", rule="conditionalCreateOnly", forces=True)
    consent = Consent(
        keys=("group",), text="these may turn out as replacements:\n  group: why", fix="--allow-replace group"
    )
    made = plan(step("group", Action.UPDATE, change, may_replace=True, needs_consent=needs_consent))
    return replace(made, consents=(consent,) if needs_consent else ())


def test_what_needs_consent_is_marked_and_names_its_option() -> None:
    shown = text(conditional(needs_consent=True))

    assert "group  may be replaced; needs consent" in shown
    assert "may force replacement: may be create-only" in shown
    assert (
        """
Needs consent; a deploy refuses this plan without it:
  ! these may turn out as replacements:
      group: why
    fix: --allow-replace group
"""
        in shown
    )
    assert "needs consent** | `group`" in plan_markdown(conditional(needs_consent=True))


def test_with_consent_nothing_is_an_update_and_surely_a_replacement_at_once() -> None:
    shown = text(conditional(needs_consent=False))

    assert "group  may be replaced, as allowed" in shown
    assert "forces replacement" not in shown
    assert "consent" not in shown.lower()


def test_many_lines_of_one_step_are_folded_into_a_count() -> None:
    made = plan(step("x", Action.UPDATE, *(Change(f"/P{n}", "add", None, n) for n in range(60))))

    assert "# 20 more lines; --full shows them" in text(made)
    assert "P59" in text(made, full=True)


def test_a_thousand_changes_are_written_quickly() -> None:
    steps = [step(f"r{n}", Action.UPDATE, Change("/P", "replace", n, n + 1)) for n in range(1000)]
    began = time.process_time()
    lines = list(PlanText(TerminalStyle(unicode=True, width=100)).lines(plan(*steps)))

    assert 2000 < len(lines) < 2010
    assert time.process_time() - began < 1.0


def test_a_change_of_the_whole_resource_says_why_and_no_values() -> None:
    tainted = Change("", "replace", rule="tainted", forces=True, reason="its create did not stabilize")
    moved = Change("", "replace", "1/us-east-1", "1/eu-west-1", rule="target", forces=True)
    shown = text(plan(step("x", Action.REPLACE, tainted), step("y", Action.REPLACE, moved))).splitlines()

    assert "      ! (resource)  # forces replacement: its create did not stabilize" in shown
    assert '      ! (resource)  "1/us-east-1" → "1/eu-west-1"' in shown


def test_what_both_values_say_is_not_said_again() -> None:
    change = Change("/A", "replace", 1, 2, reason="the declared value differs")

    assert "#" not in text(plan(step("x", Action.UPDATE, change)))


def test_resources_that_grant_the_same_access_are_reported_together() -> None:
    policy = {"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}}
    made = plan(*(step(key, Action.CREATE, type="AWS::IAM::Policy", desired=policy) for key in ("one", "two")))

    lines = text(made).splitlines()

    assert lines[lines.index("  ! one, two") + 1] == "      may s3:* on *"


@pytest.mark.parametrize(("width", "line"), [(120, '"id-10" and 19 more'), (60, '"id-3" and 26 more')])
def test_a_long_list_of_values_is_one_line_unless_all_is_shown(width: int, line: str) -> None:
    many = plan(step("basic", Action.CREATE, desired={"Ids": [f"id-{n}" for n in range(30)], "Name": "n"}))

    assert f"{line}\n" in text(many, TerminalStyle(width=width))
    assert text(many, full=True).count('"id-') == 30
