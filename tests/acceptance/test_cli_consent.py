"""What the command line says about replacements that nobody has agreed to: always the plan, and no deploy of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shell_kit import Shell

if TYPE_CHECKING:
    from pathlib import Path

PERHAPS = """
    from cloudwright import App
    from cloudwright.aws import AccessAnalyzer

    app = App("demo", stage="test")

    @app.program
    def main():
        AccessAnalyzer.Analyzer(
            "analyzer",
            AnalyzerName="a",
            Type="ACCOUNT_UNUSED_ACCESS",
            AnalyzerConfiguration={"UnusedAccessConfiguration": {"UnusedAccessAge": 90}},
        )
"""

TEARDOWN = """
    from cloudwright import App
    from cloudwright.aws import ImageBuilder

    app = App("demo", stage="test")
    parent = "arn:aws:imagebuilder:us-east-1:aws:image/amazon-linux-2023-x86/x.x.x"
    data = '''
    schemaVersion: 1.0
    phases:
      - name: build
        steps: [{name: wait, action: ExecuteBash, inputs: {commands: [sleep 90]}}]
    '''

    @app.program
    def main():
        component = ImageBuilder.Component(
            "component", Name="tools", Platform="Linux", Version="1.0.0", Data=data, delete_before_replace=True
        )
        ImageBuilder.ImageRecipe(
            "recipe", Name="recipe", Version="1.0.x", ParentImage=parent, Components=[{"ComponentArn": component.Arn}]
        )
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.mark.parametrize(("program", "key"), [(PERHAPS, "analyzer"), (TEARDOWN, "recipe")])
def test_the_plan_is_always_shown_and_only_the_deploy_is_refused(shell: Shell, program: str, key: str) -> None:
    shell.write(program)
    assert shell("deploy", "--local", "--yes").code == 0

    shell.write(program.replace("90", "60"))
    planned = shell("plan", "--local", "-o", "saved.plan", "--markdown", "plan.md")
    assert planned.code == 0
    assert "needs consent" in planned.out
    assert f"--allow-replace {key}" in planned.out
    assert "needs consent" in (shell.folder / "plan.md").read_text("utf-8")
    assert shell("plan", "--local", "--detailed-exitcode").code == 2

    machine = shell("plan", "--local", "--json")
    (plan,) = machine.of("plan")
    assert [consent["keys"] for consent in plan["consents"]] == [[key]]
    assert [step["key"] for step in machine.of("step") if step["needs_consent"]] == [key]

    for command in (("deploy", "--local", "--yes"), ("deploy", "--local", "--yes", "--plan", "saved.plan")):
        refused = shell(*command)
        assert refused.code == 1
        assert "needs consent" in refused.out
        assert f"the replacement of {key} needs consent; nothing was changed" in refused.err
    assert shell("plan", "--local", "--detailed-exitcode").code == 2

    agreed = shell("deploy", "--local", "--yes", "--allow-replace", key)
    assert agreed.code == 0, agreed.err
    assert "needs consent" not in agreed.out
    assert shell("plan", "--local", "--detailed-exitcode").code == 0


def test_a_plan_that_was_saved_with_consent_is_applied(shell: Shell) -> None:
    shell.write(PERHAPS)
    assert shell("deploy", "--local", "--yes").code == 0
    shell.write(PERHAPS.replace("90", "60"))

    assert shell("plan", "--local", "--allow-replace", "analyzer", "-o", "saved.plan").code == 0
    assert shell("deploy", "--local", "--yes", "--plan", "saved.plan").code == 0
