from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import StateCorrupt

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli_fakes import Command, FakeApp, Keyboard


def test_outputs_are_shown_with_secrets_masked(command: Command, app: FakeApp) -> None:
    ran = command("outputs", app=app)

    assert ran.out == '  Arn       "arn:1"\n  Password  (secret)\n'
    assert command("outputs", "--json", app=app).lines[1]["values"] == {
        "Arn": "arn:1",
        "Password": {"$secret": "(secret)"},
    }


def test_outputs_of_a_broken_state_are_an_error(command: Command, app: FakeApp) -> None:
    app.error = StateCorrupt()
    ran = command("outputs", app=app)

    assert ran.code == 1
    assert "nothing was changed" in ran.err


def test_the_state_is_listed_with_its_odd_ones(command: Command, app: FakeApp) -> None:
    ran = command("state", "list", app=app)

    assert ran.out.splitlines() == [
        "payments/prod  serial 7  3 resources",
        "  basic  AWS::ImageBuilder::DistributionConfiguration  arn:basic  111122223333/us-east-1",
        "  bad    AWS::ImageBuilder::DistributionConfiguration  arn:bad    111122223333/us-east-1, tainted",
        "  basic  AWS::ImageBuilder::DistributionConfiguration  arn:basic  111122223333/us-east-1, old generation 1",
        "  CREATE of open has no known result  request token token-9",
    ]


def test_the_state_in_json_has_a_line_for_each(command: Command, app: FakeApp) -> None:
    ran = command("state", "list", "--json", app=app)

    assert ran.types == ["version", "state", "record", "record", "record", "operation"]
    assert not {"hunter2", "f00d"} & {word for word in ("hunter2", "f00d") if word in ran.out}


def test_a_record_is_shown_in_full(command: Command, app: FakeApp) -> None:
    ran = command("state", "show", "basic", app=app)

    assert ran.code == 0
    assert "  created       2023-11-14 22:13:20 UTC" in ran.out
    assert "Password  (secret)" in ran.out
    assert "an old generation" in ran.out


def test_a_key_that_the_state_does_not_know_is_guessed(command: Command, app: FakeApp) -> None:
    ran = command("state", "show", "basik", app=app)

    assert ran.code == 1
    assert "the state of payments/prod has no basik" in ran.err
    assert "did you mean basic" in ran.err


def test_unlock_says_who_holds_the_lock_and_breaks_it(command: Command, app: FakeApp) -> None:
    ran = command("unlock", "--yes", app=app)

    assert "held by ada on box (process 7) since 2023-11-14 22:13:20 UTC: deploy" in ran.out
    assert app.broken == ["lease-1"]
    assert command("unlock", "--yes", "--json", app=app).types == ["version", "lease", "unlocked"]


def test_unlock_asks_first(command: Command, typing: Callable[[str], Keyboard], app: FakeApp) -> None:
    assert "add --yes" in command("unlock", app=app).err
    typing("n\n")

    assert command("unlock", app=app).code == 1
    assert app.broken == []


def test_unlock_of_what_is_not_locked_is_fine(command: Command, app: FakeApp) -> None:
    app.locked = None

    assert command("unlock", app=app).out == "payments/dev is not locked\n"


def test_types_are_found_by_a_part_of_their_name(command: Command) -> None:
    assert "AWS::ImageBuilder::DistributionConfiguration" in command("types", "imagebuilder").out.splitlines()
    assert command("types", "imagebuilder", "--json").types[:2] == ["version", "resource_type"]


def test_a_word_without_types_is_an_error(command: Command) -> None:
    ran = command("types", "nosuchthing")

    assert (ran.code, "try a shorter word" in ran.err) == (1, True)


def test_a_schema_shows_what_each_property_is(command: Command) -> None:
    lines = command("schema", "AWS::ImageBuilder::DistributionConfiguration").out.splitlines()

    assert "  identifier   Arn" in lines
    assert "  Name           string                required, create-only" in lines
    assert "  Arn            string                read-only" in lines


def test_a_schema_in_json_is_the_whole(command: Command) -> None:
    ran = command("schema", "AWS::S3::Bucket", "--json")

    assert ran.lines[1]["schema"]["typeName"] == "AWS::S3::Bucket"


def test_a_misspelt_type_is_guessed(command: Command) -> None:
    ran = command("schema", "AWS::ImageBuilder::DistributionConfig")

    assert ran.code == 1
    assert "Did you mean 'AWS::ImageBuilder::DistributionConfiguration'?" in ran.err
