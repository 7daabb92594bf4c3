"""Providers at every kill point and fault: nothing is lost or made twice, and doubt is reported."""

from __future__ import annotations

import pytest

from cloudwright.testing import check_provider
from integration.provider.dns import CarelessRecords, Dns, FindingRecords, IdempotentRecords, Record


def one() -> None:
    Record("www", zone="example.com", name="www", values=["192.0.2.1"])


def two() -> None:
    www = Record("www", zone="example.com", name="www", values=["192.0.2.2"])
    Record("alias", zone="example.com", name="alias", values=[www.fqdn])


@pytest.mark.parametrize("kind", [FindingRecords, IdempotentRecords])
def test_what_can_find_or_repeat_a_create_never_leaves_a_doubt(kind: type[CarelessRecords]) -> None:
    report = check_provider(Dns, kind, one, two, live=lambda dns: dns.records)

    assert len(report.strikes) > 50
    assert not report.doubtful


def test_a_careless_provider_is_reported_as_doubtful_and_never_creates_twice() -> None:
    report = check_provider(Dns, CarelessRecords, one, two, live=lambda dns: dns.records)

    assert {"before create", "after create"} <= {strike.point for strike in report.doubtful}
    # Once the answer is in the journal there is nothing to doubt.
    assert not [strike for strike in report.doubtful if strike.point.endswith(" read")]


class LyingRecords(CarelessRecords):
    """Says that it is idempotent, and is not."""

    idempotent = True


class ForgetfulRecords(CarelessRecords):
    """Its `find` finds nothing."""

    async def find(self, token: str, context: object) -> str | None:
        return None


@pytest.mark.parametrize("kind", [LyingRecords, ForgetfulRecords])
def test_the_check_finds_a_provider_that_claims_too_much(kind: type[CarelessRecords]) -> None:
    with pytest.raises(AssertionError, match=r"strikes did harm:\n  (kill|fail) after create: exists but is not"):
        check_provider(Dns, kind, one, live=lambda dns: dns.records)
