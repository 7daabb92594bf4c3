"""What an update or a replacement can't do, known before it is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright import Resource
from cloudwright.aws import IAM, AppSync, DataZone, DocDB, Lightsail
from cloudwright.plan.model import Action, Order

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World


async def test_cc6_a_required_property_that_no_update_may_send_makes_it_a_replacement(world: World) -> None:
    def program(description: str) -> Callable[[], None]:
        def declare() -> None:
            DataZone.Project("p", DomainIdentifier="dzd_1", Name="p", Description=description)

        return declare

    await world.deploy(program("a"))
    result = await world.deploy(program("b"))

    (step,) = result.plans[0].changes
    assert (step.action, [(c.path, c.rule) for c in step.changes if c.forces]) == (
        Action.REPLACE,
        [("/DomainIdentifier", "noUpdatePossible")],
    )
    assert result.ok, result.failed
    assert [found["Description"] for found in world.live("DataZone::Project")] == ["b"]


async def test_cc6_without_a_change_it_stays(world: World) -> None:
    def program() -> None:
        DataZone.Project("p", DomainIdentifier="dzd_1", Name="p")

    await world.deploy(program)

    assert (await world.deploy(program)).calls == 0
    assert (await world.plan(program, refresh=True)).empty


async def test_an_identifier_that_ends_in_a_kept_name_lets_the_old_one_go_first(world: World) -> None:
    def program(name: str, api: str) -> Callable[[], None]:
        def declare() -> None:
            AppSync.DataSource("source", ApiId=api, Name=name, Type="NONE")

        return declare

    await world.deploy(program("one", "api1"))
    kept = await world.deploy(program("one", "api2"))
    renamed = await world.deploy(program("two", "api2"))

    assert [(s.action, s.order) for s in kept.plans[0].changes] == [(Action.REPLACE, Order.DELETE_FIRST)]
    assert "the identifier ends in /Name, which stays the same" in str(kept.plans[0].changes[0].reasons)
    assert [(s.action, s.order) for s in renamed.plans[0].changes] == [(Action.REPLACE, Order.CREATE_FIRST)]
    assert (kept.ok, renamed.ok) == (True, True)


async def test_a_name_that_may_stay_the_same_lets_the_old_one_go_first(world: World) -> None:
    def program(role_name: str, api: str) -> Callable[[], None]:
        def declare() -> None:
            role = IAM.Role("role", RoleName=role_name, AssumeRolePolicyDocument={"Statement": []})
            AppSync.DataSource("source", ApiId=api, Name=role.RoleId, Type="NONE")

        return declare

    await world.deploy(program("a", "api1"))
    plan = await world.plan(program("b", "api2"), allow_replace=("role", "source"))
    (source,) = [step for step in plan.changes if step.key == "source"]

    assert (source.action, source.order) == (Action.REPLACE, Order.DELETE_FIRST)
    assert "the identifier ends in /Name, which is known only after deploy and may stay the same" in str(source.reasons)


async def test_a_contact_method_is_replaced_delete_first_since_a_region_has_one_of_each_protocol(world: World) -> None:
    def program(address: str) -> Callable[[], None]:
        def declare() -> None:
            Lightsail.ContactMethod("mail", Protocol="Email", ContactEndpoint=address)

        return declare

    await world.deploy(program("a@example.com"))
    result = await world.deploy(program("b@example.com"))

    assert [(s.action, s.order) for s in result.plans[0].changes] == [(Action.REPLACE, Order.DELETE_FIRST)]
    assert [found["ContactEndpoint"] for found in world.live("Lightsail::ContactMethod")] == ["b@example.com"]


async def test_a_global_cluster_made_of_another_cluster_is_updated_by_the_engine_that_reads_show(world: World) -> None:
    def program(*, protected: bool) -> Callable[[], None]:
        def declare() -> None:
            DocDB.GlobalCluster(
                "all",
                GlobalClusterIdentifier="all",
                SourceDBClusterIdentifier="first",
                DeletionProtection=protected,
            )

        return declare

    await world.deploy(program(protected=True))
    result = await world.deploy(program(protected=False))

    assert [step.action for step in result.plans[0].changes] == [Action.UPDATE]
    assert result.ok, result.failed
    assert [found["DeletionProtection"] for found in world.live("DocDB::GlobalCluster")] == [False]


async def test_hidden_tags_that_can_not_change_get_no_default_and_cause_no_replacement(world: World) -> None:
    def program() -> None:
        Resource(
            "environment",
            type="AWS::FinSpace::Environment",
            properties={"Name": "research", "Tags": [{"Key": "a", "Value": "b"}]},
        )

    app = world.app(program, tags={"team": "core"})
    await app.deploy()

    assert (await app.plan()).empty
