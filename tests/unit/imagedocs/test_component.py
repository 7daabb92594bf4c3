from __future__ import annotations

import textwrap
from typing import Any

import pytest

from cloudwright.imagedocs import Mistake, check_component
from cloudwright.imagedocs.actions import component_actions

GOOD = """
name: harden
description: My own example, with one of everything.
schemaVersion: 1.0
parameters:
  - Version:
      type: string
      default: "2"
constants:
  - Folder:
      type: string
      value: /opt/app
phases:
  - name: build
    steps:
      - name: Fetch
        action: S3Download
        timeoutSeconds: 60
        maxAttempts: 3
        onFailure: Abort
        inputs:
          - source: s3://my-bucket/app-{{ Version }}.rpm
            destination: "{{ Folder }}/app.rpm"
      - name: Install
        action: ExecuteBash
        if:
          and:
            - fileExists: "{{ build.Fetch.inputs[0].destination }}"
            - not:
                stringIsEmpty: "{{ Version }}"
          then: Execute
        loop:
          name: Part
          forEach: [one, two]
        inputs:
          commands:
            - rpm -i {{ build.Fetch.inputs[0].destination }}
            - echo {{ Part.index }} {{ loop.value }}
            - docker ps --format '{{.Names}}'
  - name: validate
    steps:
      - name: Check
        action: Assert
        inputs:
          stringEquals: ok
          value: "{{ build.Install.outputs.stdout }}"
      - name: Restart
        action: Reboot
"""


def mistakes(text: str, platform: str = "Linux") -> list[Mistake]:
    return list(check_component(text, platform))


def only(text: str, platform: str = "Linux") -> Mistake:
    (found,) = check_component(text, platform)
    return found


def step(body: str) -> str:
    head = "schemaVersion: 1.0\nphases:\n- name: build\n  steps:\n  - name: one\n"
    return head + textwrap.indent(textwrap.dedent(body), "    ")


def test_a_document_with_one_of_everything_is_fine() -> None:
    assert [] == mistakes(GOOD)


def test_json_is_yaml() -> None:
    assert [] == mistakes(
        '{"schemaVersion": "1.0", "phases": [{"name": "test", "steps": [{"name": "u", "action": "UpdateOS"}]}]}'
    )


@pytest.mark.parametrize(
    ("text", "line", "column", "why"),
    [
        ("a: [", 1, 5, "not YAML"),
        ("schemaVersion: 1.0\nphases:\n\t- name: build\n", 3, 1, "a tab where YAML requires spaces"),
        ("", 1, 1, "the document is empty"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document begins here"),
        ("a: \x07", 1, 4, "U+0007"),
        ("a: &a\n  b: *a\n", 1, 4, "an alias"),
        ("a: {{ build.one.outputs.stdout }}", 1, 5, "{{ ... }} without quotes"),
        ("just words", 1, 1, "must be a map"),
        ("- a", 1, 1, "must be a map"),
    ],
)
def test_what_is_no_document_says_where_it_breaks(text: str, line: int, column: int, why: str) -> None:
    found = only(text)

    assert (line, column) == (found.line, found.column)
    assert why in found.text
    assert found.certain


def test_aliases_of_aliases_are_cut_off() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    assert "without bound" in only("\n".join(lines)).text


@pytest.mark.parametrize(
    ("old", "new", "why", "fix"),
    [
        ("schemaVersion: 1.0\n", "", "the document has no schemaVersion", "Add schemaVersion."),
        ("schemaVersion: 1.0", "schemaVersion: 2.0", "schemaVersion '2.0' does not exist", "Write 1.0."),
        ("schemaVersion: 1.0", "schemaversion: 1.0", "the document has no schemaVersion", "Add schemaVersion."),
        ("action: S3Download", "action: S3download", "the action 'S3download' is not known", "Write S3Download."),
        ("onFailure: Abort", "onFailure: abort", "onFailure 'abort' is not known", "Write Abort."),
        ("timeoutSeconds: 60", "timeoutSeconds: 0", "timeoutSeconds is 0", "Write 1 or more (or -1, for no limit)."),
        ("maxAttempts: 3", "maxAttempts: many", "maxAttempts is a text 'many'", "Write an integer."),
        ("            destination: ", "            target: ", "inputs of S3Download has no destination", ""),
        ("name: validate", "name: build", "the document has a phase build already", "Give it another name."),
        ("name: Install", "name: Fetch", "the phase build has a step Fetch already", "Give it another name."),
        ("{{ build.Install.outputs.stdout }}", "{{ build.Instal.outputs.stdout }}", "names no step", "build.Install"),
        ("{{ build.Install.outputs.stdout }}", "{{ build.Install.outputs.sdout }}", "has no output sdout", ""),
        ('stdout }}"', 'stdout }}"\n          then: Maybe', "then of inputs of Assert 'Maybe' is not known", ""),
        ("forEach: [one, two]", "forEach: [one, two]\n          for: {start: 1, end: 2, updateBy: 1}", "both", ""),
        ("forEach: [one, two]", "for: {start: 1, end: 9, updateBy: -1}", "never ends", "Write 1."),
        ("forEach: [one, two]", "for: {start: 1, end: 9}", "for has no updateBy", ""),
        ("forEach: [one, two]", 'forEach: {list: "a|b", delimiter: "|"}', "the delimiter '|'", ""),
        ("name: Part", "name: Part\n          step: 1", "loop has no member step", ""),
        ("{{ Folder }}/", "{{ Fodler }}/", "is not a parameter or constant", "Write {{ Folder }}."),
        ("{{ Part.index }}", "{{ Other.index }}", "no loop of that name", ""),
        ("type: string\n      default", "typ: string\n      default", "Version of parameters has no type", ""),
        ("          commands:", "          comands:", "inputs of ExecuteBash has no commands", ""),
        ("name: harden", "name: harden\nname: again", "name occurs twice here, first in line 2", ""),
    ],
)
def test_a_mistake_is_named_with_its_fix(old: str, new: str, why: str, fix: str) -> None:
    assert old in GOOD
    found = mistakes(GOOD.replace(old, new, 1))

    assert [one for one in found if why in one.text and fix in one.fix], [str(one) for one in found]


def test_a_later_step_can_t_be_referred_to() -> None:
    first = step("action: ExecuteBash\ninputs: {commands: ['{{ build.two.outputs.stdout }}']}\n")
    text = f"{first}  - name: two\n    action: UpdateOS\n"

    assert "does not run before this one" in only(text).text
    assert "Move two before it." == only(text).fix


@pytest.mark.parametrize("name", sorted(component_actions()))
def test_every_action_wants_its_inputs_and_takes_them(name: str) -> None:
    action = component_actions()[name]
    values: dict[str, Any] = {
        "list": "[a]",
        "map": "{a: b}",
        "boolean": "true",
        "integer": "3",
        "text": "x",
        "any": "x",
    }
    platform = action.places[0]
    inputs = {**action.required, **({"commands": "list"} if name == "ExecutePowerShell" else action.optional)}
    lines = [f"    {one}: {values[kind]}" for one, kind in inputs.items()] or ["    fileExists: /etc/hosts"]
    given = "\n".join(["  inputs:", *lines]) if inputs or name == "Assert" else ""

    assert [] == mistakes(step(f"action: {name}\n{textwrap.dedent(given)}\n"), platform)
    if action.required:
        assert f"{name} has no inputs" in only(step(f"action: {name}\n"), platform).text


def test_an_action_of_another_platform_is_a_warning() -> None:
    found = only(step("action: ExecutePowerShell\ninputs: {commands: [dir]}\n"))

    assert "runs on Windows only, and the component is for Linux" in found.text
    assert not found.certain


def test_conditions_nest_four_levels_deep() -> None:
    def nested(levels: int) -> str:
        inner = "{not: " * levels + "{fileExists: /a}" + "}" * levels
        return step(f"action: UpdateOS\nif: {inner}\n")

    assert [] == mistakes(nested(3))
    assert "nests deeper" in only(nested(4)).text


@pytest.mark.parametrize("cut", range(0, len(GOOD), 23))
def test_half_a_document_never_breaks_the_check(cut: int) -> None:
    assert isinstance(check_component(GOOD[:cut]), tuple)
