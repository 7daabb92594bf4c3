"""Whatever a document holds, its check ends, names places that exist, and raises nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cloudwright.imagedocs import check_component, check_workflow

COMPONENT = """schemaVersion: 1.0
parameters:
- Version: {type: string}
phases:
- name: build
  steps:
  - name: Fetch
    action: S3Download
    loop: {name: Part, forEach: [a, b]}
    inputs:
    - {source: "s3://b/{{ Version }}", destination: /opt/x}
  - name: Install
    action: ExecuteBash
    if: {fileExists: /etc/hosts, then: Execute}
    inputs:
      commands: ["rpm -i {{ build.Fetch.inputs[0].destination }}"]
"""
WORKFLOW = """schemaVersion: 1.0
parameters:
- {name: ask, type: boolean}
steps:
- name: Launch
  action: LaunchInstance
  inputs: {waitFor: ssmAgent}
- name: Stop
  action: TerminateInstance
  inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}
"""
PIECES = [
    "[]",
    "{}",
    "null",
    "- ",
    '"',
    "{{",
    "}}",
    ": ",
    "\t",
    "\n",
    "&a ",
    "*a",
    "? ",
    "<<: ",
    "!!int x",
    "!x ",
    "0x1F",
    "\x07",
]
CUTS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(PIECES) | st.text(max_size=3)), max_size=5
)


def changed(text: str, cuts: list[tuple[float, int, str]]) -> str:
    for share, length, piece in cuts:
        start = int(share * len(text))
        text = text[:start] + piece + text[start + length :]
    return text


@given(cuts=CUTS)
def test_a_changed_document_is_judged_and_never_breaks_the_check(cuts: list[tuple[float, int, str]]) -> None:
    for text, check in ((COMPONENT, check_component), (WORKFLOW, check_workflow)):
        for found in check(changed(text, cuts)):
            assert found.line >= 1
            assert found.column >= 1
            assert found.text
            assert found.fix


def test_the_documents_are_fine_as_they_are() -> None:
    assert () == check_component(COMPONENT, "Linux")
    assert () == check_workflow(WORKFLOW, "BUILD")
