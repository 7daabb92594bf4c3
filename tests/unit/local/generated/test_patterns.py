"""Identifiers of which a schema only states a pattern: they match it, and none comes twice."""

from __future__ import annotations

from random import Random

import pytest

from cloudwright.local.generated.patterns import generate
from cloudwright.local.model.validation import matches


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(
            r"^arn:aws[A-Za-z0-9-]{0,64}:cloudformation:[A-Za-z0-9-]{1,64}:([0-9]{12})?:type/hook/.+$", id="arn"
        ),
        pytest.param(r"^arn:aws[-a-z]*:bcm-dashboards::[0-9]{12}:dashboard/(\*|[-a-z0-9]+)$", id="or a wildcard"),
        pytest.param(r"^pricingplan/(BasicPricingPlan|Passthrough|[a-zA-Z0-9]{10})$", id="or a word"),
        pytest.param(r"^[0-9]+$", id="digits"),
        pytest.param(r"^[a-z]{1,6}$", id="short by its pattern"),
    ],
)
def test_roomy_texts_match_and_differ(pattern: str) -> None:
    random = Random(1)

    made = [generate(pattern, random, roomy=10) for _ in range(200)]

    assert all(text is not None and matches(pattern, text) for text in made)
    assert len(set(made)) == len(made)


def test_a_roomy_text_is_as_long_as_the_schema_allows() -> None:
    assert {len(generate("^[a-z]+$", Random(1), longest=3, roomy=10) or "") for _ in range(20)} == {3}
