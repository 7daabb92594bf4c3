from __future__ import annotations

import pytest

from cloudwright.imagedocs import Mistake, check_workflow

GOOD = """
name: build-and-ask
schemaVersion: 1.0
parameters:
  - name: ask
    type: boolean
    default: true
    description: Whether somebody has to agree.
steps:
  - name: Launch
    action: LaunchInstance
    onFailure: Abort
    inputs:
      waitFor: ssmAgent
  - name: Components
    action: ExecuteComponents
    timeoutSeconds: 3600
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
  - name: Ask
    action: WaitForAction
    if:
      booleanEquals: true
      value: $.parameters.ask
  - name: Image
    action: CreateImage
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
  - name: Stop
    action: TerminateInstance
    onFailure: Continue
    rollback: false
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
outputs:
  - name: ImageId
    value: $.stepOutputs.Image.imageId
"""


def mistakes(text: str, stage: str = "BUILD") -> list[Mistake]:
    return list(check_workflow(text, stage))


def test_a_workflow_with_one_of_everything_is_fine() -> None:
    assert [] == mistakes(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "why", "fix"),
    [
        ("action: LaunchInstance", "action: LaunchInstanc", "'LaunchInstanc' is not known", "Write LaunchInstance."),
        ("waitFor: ssmAgent", "wait: ssmAgent", "inputs of LaunchInstance have no waitFor", "Add waitFor."),
        ("$.parameters.ask", "$.parameters.aks", "names no parameter", "Write ask."),
        ("$.stepOutputs.Launch.instanceId", "$.stepOutputs.Lunch.instanceId", "is not one of the document", "Launch"),
        ("$.stepOutputs.Launch.instanceId", "$.stepOutputs.Stop.instanceId", "does not run before", "Move Stop"),
        ("$.stepOutputs.Image.imageId", "$.stepOutputs.Image.image", "CreateImage has no output image", "imageId"),
        ("name: Image\n", "name: Launch\n", "has a step Launch already", ""),
        ("onFailure: Continue", "onFailure: Ignore", "onFailure 'Ignore' is not known", ""),
        ("rollback: false", "rollback: never", "rollback is a text 'never'", ""),
        ("type: boolean", "type: bool", "the type 'bool' is not known", "Write boolean."),
        ("schemaVersion: 1.0\n", "", "no schemaVersion", ""),
        ("parameters:\n  - name: ask", "parameters:\n  - nam: ask", "a parameter has no name", ""),
    ],
)
def test_a_mistake_is_named_with_its_fix(old: str, new: str, why: str, fix: str) -> None:
    assert old in GOOD
    found = mistakes(GOOD.replace(old, new, 1))

    assert [one for one in found if why in one.text and fix in one.fix], [str(one) for one in found]


def test_an_action_of_another_stage_is_a_warning() -> None:
    found = [one for one in mistakes(GOOD, "TEST") if "CreateImage is for workflows of type BUILD" in one.text]

    assert [False] == [one.certain for one in found]


def test_a_workflow_has_at_most_fifteen_steps() -> None:
    steps = "".join(f"- {{name: s{n}, action: WaitForAction}}\n" for n in range(16))

    assert ["16 steps; a workflow has at most 15"] == [
        one.text for one in mistakes(f"schemaVersion: 1.0\nsteps:\n{steps}")
    ]
