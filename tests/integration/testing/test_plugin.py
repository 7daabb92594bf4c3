"""The pytest plugin as users meet it: a project of their own, run by pytest."""

from __future__ import annotations

import subprocess
import sys

import pytest

import cloudwright.app.deploy
import cloudwright.app.drift

# pytester forgets what an inner run imported; what stands here is one copy for all of them.
import cloudwright.cli.program
import cloudwright.testing.runner
import cloudwright.testing.server  # noqa: F401 - see above
from cloudwright import App, outputs  # noqa: F401 - see above

pytest_plugins = ["pytester"]

SCOPE = "asyncio_default_fixture_loop_scope=function"
"""pytest-asyncio warns where this is not set."""

INFRA = """
from cloudwright import App, outputs, secret
from cloudwright.aws import SNS, SSM

app = App("shop")

@app.program
async def main():
    topic = SNS.Topic("alarms", TopicName="alarms")
    parameter = SSM.Parameter("pointer", Name="/alarms", Type="String", Value=topic.TopicArn)
    return {"arn": topic.TopicArn, "token": secret("hunter2")}
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(infra=INFRA)
    pytester.makeini(f"[pytest]\n{SCOPE}\n")
    return pytester


def run(project: pytest.Pytester, code: str, *args: str) -> pytest.RunResult:
    project.makepyfile(test_infra=code)
    return project.runpytest("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *args)


def test_five_lines_test_a_program(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        def test_the_alarm_is_named(app_runner):
            app_runner.deploy("infra.py")
            (topic,) = app_runner.live("AWS::SNS::Topic")
            assert topic["TopicName"] == "alarms"
            assert app_runner.plan("infra.py").empty
        """,
    )

    result.assert_outcomes(passed=1)


def test_each_test_begins_with_an_empty_cloud_and_leaves_no_files(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        import pytest

        @pytest.mark.parametrize("time", [1, 2])
        def test_it(app_runner, time):
            assert app_runner.live("AWS::SNS::Topic") == []
            assert len(app_runner.deploy("infra.py").outcomes) == 2
        """,
    )

    result.assert_outcomes(passed=2)
    assert not (project.path / ".cloudwright").exists()


def test_everything_that_a_command_does_can_be_tried(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        def test_it(app_runner):
            assert len(app_runner.plan("infra.py").changes) == 2
            app_runner.deploy("infra.py")
            assert app_runner.outputs("infra.py")["arn"].endswith(":alarms")
            assert app_runner.outputs("infra.py")["token"].reveal() == "hunter2"
            cloud = app_runner.cloud
            place = cloud.resources()[0].place
            cloud.modify(*place, "AWS::SSM::Parameter", "/alarms", {"Value": "changed"})
            assert app_runner.drift("infra.py").drifted
            assert len(app_runner.state("infra.py").records) == 2
            app_runner.destroy("infra.py")
            assert cloud.resources() == []
        """,
    )

    result.assert_outcomes(passed=1)


def test_half_an_hour_of_waiting_costs_no_time(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        import time
        import pytest
        from cloudwright.aws import SNS

        def two():
            SNS.Topic("second", TopicName="b", depends_on=[SNS.Topic("first", TopicName="a")])

        @pytest.mark.local_cloud(operation_time=1800)
        def test_it(app_runner, local_cloud):
            begin, real = local_cloud.clock.now(), time.monotonic()
            app_runner.deploy(two)
            assert local_cloud.clock.now() - begin >= 3600
            assert time.monotonic() - real < 30
            app_runner.wait(60)
            assert local_cloud.clock.now() - begin >= 3660
        """,
    )

    result.assert_outcomes(passed=1)


def test_a_failure_says_what_went_wrong_and_where(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        import pytest

        @pytest.mark.local_cloud(faults=["fail:code=AccessDenied,type=AWS::SNS::Topic"])
        def test_it(app_runner):
            app_runner.deploy("infra.py")
        """,
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*create failed*AWS::SNS::Topic*alarms*infra.py:*", "*skipped*pointer*"])
    result.stdout.no_fnmatch_line("*hunter2'*")


def test_a_traceback_shows_the_lines_of_the_test_and_of_the_program_alone(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        import pytest
        from cloudwright.aws import SNS

        def misspelt():
            SNS.Topic("one", TopicNme="one")

        def computing():
            if SNS.Topic("one", TopicName="one").TopicArn == "x":
                pass

        def broken():
            raise ValueError("mine")

        @pytest.mark.parametrize("program", [misspelt, computing, broken])
        def test_it(app_runner, program):
            app_runner.deploy(program)

        async def test_async(app_runner):
            app_runner.deploy(computing)
        """,
        "--asyncio-mode=auto",
    )

    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines_random(
        ["*did you mean 'TopicName'?", "*await the resource first*", "E *ValueError: mine", ">*TopicArn == *"]
    )
    result.stdout.no_re_match_line(r".*(planning|runner|loop|runners|base_events|thread)\.py:\d+")


def test_what_breaks_inside_of_the_machinery_is_shown_whole(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        def test_it(app_runner, monkeypatch):
            monkeypatch.setattr("cloudwright.app.deploy.Deployment.run", None)
            app_runner.deploy("infra.py")
        """,
    )

    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines([r".*app\.py:\d+"])


def test_faults_are_switched_in_the_middle_of_a_test(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        import pytest
        from cloudwright.testing import DeployFailed

        def test_it(app_runner, local_cloud):
            local_cloud.faults.add("fail:code=AccessDenied,operation=CREATE")
            with pytest.raises(DeployFailed, match="AccessDenied") as failed:
                app_runner.deploy("infra.py")
            assert [one.key for one in failed.value.result.failed] == ["alarms", "pointer"]
            local_cloud.faults.clear()
            app_runner.deploy("infra.py")
            assert app_runner.plan("infra.py").empty
        """,
    )

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "arguments", [["-p", "no:asyncio"], ["-n", "1", "-o", SCOPE]], ids=["without asyncio", "on workers"]
)
def test_other_plugins_are_neither_needed_nor_in_the_way(pytester: pytest.Pytester, arguments: list[str]) -> None:
    pytester.makepyfile(infra=INFRA)

    result = run(
        pytester,
        """
        def test_it(app_runner):
            assert len(app_runner.deploy("infra.py").outcomes) == 2
        """,
        *arguments,
    )

    result.assert_outcomes(passed=1)


def test_apps_and_functions_are_programs_too(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        from cloudwright.aws import SNS
        from infra import app

        def test_an_app(app_runner):
            app_runner.deploy(app, stage="prod")
            assert app.stage != "prod"
            assert app_runner.plan(app, stage="other").changes

        def test_a_function(app_runner):
            def topic():
                SNS.Topic("one", TopicName="one")
            app_runner.deploy(topic)
            assert app_runner.plan(lambda: None).changes[0].action == "delete"
        """,
    )

    result.assert_outcomes(passed=2)


def test_one_app_reads_the_outputs_of_another(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        from cloudwright import App, outputs
        from cloudwright.aws import SSM

        user = App("user")

        @user.program
        async def main():
            SSM.Parameter("copy", Name="/copy", Type="String", Value=(await outputs("shop", stage="test"))["arn"])

        def test_it(app_runner):
            app_runner.deploy("infra.py")
            app_runner.deploy(user)
            assert app_runner.live("AWS::SSM::Parameter")[1]["Value"].endswith(":alarms")
        """,
    )

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_the_fixtures_work_in_async_tests(project: pytest.Pytester, mode: str) -> None:
    result = run(
        project,
        """
        import pytest

        @pytest.mark.asyncio
        async def test_it(app_runner):
            app_runner.deploy("infra.py")
            assert app_runner.plan("infra.py").empty
        """,
        f"--asyncio-mode={mode}",
    )

    result.assert_outcomes(passed=1)


def test_another_client_finds_the_cloud_at_an_address(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        import boto3, json

        def test_it(local_cloud_server):
            client = boto3.client("cloudcontrol", endpoint_url=local_cloud_server.url, region_name="us-east-1",
                                  aws_access_key_id="111122223333", aws_secret_access_key="any")
            client.create_resource(TypeName="AWS::SNS::Topic", DesiredState=json.dumps({"TopicName": "t"}))
            (found,) = client.list_resources(TypeName="AWS::SNS::Topic")["ResourceDescriptions"]
            assert found["Identifier"] == "arn:aws:sns:us-east-1:111122223333:t"
        """,
    )

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("speed=3", "takes faults, lenient_values, operation_time, seed, strict_services, not speed"),
        ("3", "not values without a name"),
        ("faults=['CC999']", "CC999"),
    ],
)
def test_a_wrong_marker_is_reported(project: pytest.Pytester, arguments: str, text: str) -> None:
    result = run(
        project,
        f"""
        import pytest

        @pytest.mark.local_cloud({arguments})
        def test_it(app_runner):
            pass
        """,
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{text}*"])


def test_a_missing_program_is_reported(project: pytest.Pytester) -> None:
    result = run(project, "def test_it(app_runner):\n    app_runner.deploy('nowhere.py')\n")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*there is no file*nowhere.py*", "*paths are relative to the folder of the test*"])


def test_the_marker_is_listed(project: pytest.Pytester) -> None:
    project.runpytest("--markers", "-p", "no:randomly", "-p", "no:hypothesispytest").stdout.fnmatch_lines(
        ["@pytest.mark.local_cloud(*"]
    )


def test_a_project_that_does_not_use_it_loads_nothing_of_it() -> None:
    code = (
        "import sys, cloudwright.testing.plugin;"
        "print([name for name in sys.modules if name.startswith(('cloudwright.local', 'cloudwright.app', 'aiohttp'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
