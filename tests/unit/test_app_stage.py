"""The stage that a program sees, and the one that names its state."""

from __future__ import annotations

from cloudwright import App


def test_the_program_of_a_fleets_target_sees_the_stage_alone() -> None:
    app = App("net", stage="prod@111122223333.eu-west-1")

    assert app.stage == "prod"
    assert (app.state_stage, app.settings.stage) == ("prod@111122223333.eu-west-1",) * 2
