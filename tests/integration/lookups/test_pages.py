"""Answers of several pages, over HTTP from the local cloud; and what a lookup says without an answer and with many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.aws.session import Sessions
from cloudwright.clock import SystemClock
from cloudwright.control.client import CloudControl
from cloudwright.control.limiter import Limiter
from cloudwright.control.transport import HttpTransport
from cloudwright.errors import LookupFailed
from cloudwright.local.builds.amis import NewAmi, make_ami
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.rows import AccountRegion
from cloudwright.lookups.answers import Asker
from cloudwright.program.question import LookupQuestion
from cloudwright.program.source import Source
from cloudwright.schema.catalog import Catalog
from cloudwright.services import account_facts
from cloudwright.services.port import RatedPort
from cloudwright.target import Target
from cloudwright.testing import ServedCloud

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT, REGION = "000000000000", "us-east-1"
ACTION = {"ami": "DescribeImages", "vpc": "DescribeVpcs", "subnets": "DescribeSubnets"}
MANY = 12
PAGE = 5


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    """A cloud with more of everything than fits on two pages."""
    monkeypatch.setattr(account_facts, "_PAGE", PAGE)
    monkeypatch.setattr(account_facts, "_NETWORKS_PAGE", PAGE)
    made = LocalCloud(Catalog.bundled(), clock=SystemClock(), operation_time=0.0)
    for number in range(MANY):
        tags = [{"Key": "Name", "Value": "last" if number == MANY - 1 else "other"}]
        vpc = made.put(ACCOUNT, REGION, "AWS::EC2::VPC", {"CidrBlock": f"10.{number}.0.0/16", "Tags": tags})
        make_ami(made._context, AccountRegion(ACCOUNT, REGION), NewAmi(f"golden-{number:02}"), float(number), number)
    for number in range(MANY):
        subnet = {"VpcId": vpc, "CidrBlock": f"10.{MANY - 1}.{number}.0/24"}
        made.put(ACCOUNT, REGION, "AWS::EC2::Subnet", subnet)
    with ServedCloud(made) as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        yield made
    made.close()


async def ask(kind: str, **arguments: Any) -> Any:
    control = CloudControl(HttpTransport(Sessions()), Limiter({}), SystemClock())
    try:
        question = LookupQuestion(kind=kind, arguments=arguments, label="", source=Source("infra.py", 7))
        return await Asker(RatedPort(control), control, Target(ACCOUNT, REGION)).answer(question)
    finally:
        await control.close()


def pages(cloud: LocalCloud, kind: str) -> int:
    return sum(call.action == ACTION[kind] for call in cloud.calls)


async def test_the_newest_image_may_be_on_any_page(cloud: LocalCloud) -> None:
    images = {str(one.content["Name"]): one.id for one in _images(cloud)}

    assert await ask("ami", owner="self", name="golden-*", newest=True) == images[f"golden-{MANY - 1:02}"]
    assert pages(cloud, "ami") == 3


async def test_subnets_of_all_pages_are_the_answer(cloud: LocalCloud) -> None:
    vpc = await ask("vpc", tags={"Name": "last"})
    subnets = [one.identifier for one in cloud.resources() if one.type_name == "AWS::EC2::Subnet"]

    assert await ask("subnets", vpc=vpc) == sorted(subnets)
    assert pages(cloud, "subnets") == 3


async def test_vpcs_of_all_pages_are_candidates(cloud: LocalCloud) -> None:
    others = sorted(_tagged(cloud, "other"))

    with pytest.raises(LookupFailed) as many:
        await ask("vpc", tags={"Name": "other"})

    named, _, rest = many.value.message.partition(" and ")
    assert named.startswith('lookup vpc(tags={"Name": "other"}) at infra.py:7: 11 match: ')
    assert rest == "8 more"
    assert set(named.rpartition("match: ")[2].split(", ")) <= set(others)
    assert many.value.hint == "narrow the filter"
    assert pages(cloud, "vpc") == 3


async def test_a_lookup_without_an_answer_says_where_it_stands_and_what_to_check(cloud: LocalCloud) -> None:
    with pytest.raises(LookupFailed) as none:
        await ask("vpc", tags={"Name": "nobody"})

    assert str(none.value) == (
        'lookup vpc(tags={"Name": "nobody"}) at infra.py:7: nothing matches\n'
        "check the filter, the account and the Region"
    )


async def test_a_lookup_with_two_answers_names_both_and_the_way_out(cloud: LocalCloud) -> None:
    images = {str(one.content["Name"]): one.id for one in _images(cloud)}

    with pytest.raises(LookupFailed) as two:
        await ask("ami", owner="self", name="golden-1*")

    assert str(two.value) == (
        f'lookup ami(name="golden-1*", owner="self") at infra.py:7: 2 match: {images["golden-11"]} (golden-11), '
        f"{images['golden-10']} (golden-10)\nnarrow the filter; `newest=True` selects the one that was created last"
    )


def _images(cloud: LocalCloud) -> list[Any]:
    return list(cloud._context.store.documents.of_place(AccountRegion(ACCOUNT, REGION), "ami"))


def _tagged(cloud: LocalCloud, name: str) -> list[str]:
    tags = [{"Key": "Name", "Value": name}]
    return [one.identifier for one in cloud.resources() if one.properties.get("Tags") == tags]
