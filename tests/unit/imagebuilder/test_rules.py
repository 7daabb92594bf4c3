from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.imagebuilder.property_node import PropertyNode
from cloudwright.imagebuilder.rules import RULES
from cloudwright.plan.findings import BROKEN, SEVERITIES, evaluate
from imagebuilder_plans import (
    DISTRIBUTION,
    case_plan,
    declare,
    golden,
    pipeline,
    plan_of,
    recipe,
    rule_cases,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = rule_cases()
BY_ID = {rule.id: rule for rule in RULES}
UNKNOWN = {"$unknown": "other:/Value"}

ABOUT_SHAPE = {
    "IB101": "an entry without a block",
    "IB123": "somebody gets a copy, and there is no key",
    "IB131": "the list is there, whatever it holds",
    "IB132": "both properties are there",
    "IB134": "a property is missing",
    "IB136": "a property is missing",
    "IB140": "the template is in the plan, whatever its id will be",
    "IB137": "elements are counted",
    "IB143": "the list is there",
    "IB144": "a property is missing",
    "IB148": "names of properties",
    "IB149": "names of properties",
    "IB150": "a list where a map should be",
    "IB151": "names of tags",
    "IB154": "a list with no elements",
    "IB157": "a property is missing",
    "IB201": "the kind of recipe is told by the property's name",
    "IB204": "a property is missing",
    "IB207": "both properties are there",
    "IB210": "the tenancy is missing",
    "IB214": "the list is there, whatever it holds",
    "IB215": "the list is there, and a property is missing",
    "IB218": "both properties are there",
}
"""Rules that judge what is written, not its value: unknown leaves don't hide the mistake."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_rule_fires_on_its_bad_block(case: dict[str, Any]) -> None:
    found = list(BY_ID[case["id"]](case_plan(case, "bad")))

    assert found
    for single in found:
        alias = case["id"] == "IB148"
        assert ("info" if alias else case["severity"]) == single.severity
        assert case["id"] == single.id
        assert single.text
        assert single.fix
        assert single.origin
        assert _resolves(single.path, case["bad"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_rule_is_silent_on_its_good_block(case: dict[str, Any]) -> None:
    assert [] == list(BY_ID[case["id"]](case_plan(case, "good")))


def test_the_rules_are_those_of_the_file() -> None:
    assert [(case["id"], case["severity"], case["title"]) for case in CASES] == [
        (rule.id, rule.severity, rule.title) for rule in RULES
    ]
    assert all(case["type"] in BY_ID[case["id"]].types for case in CASES)
    assert {rule.severity for rule in RULES} == set(SEVERITIES)


@pytest.mark.parametrize("case", [case for case in CASES if case["id"] not in ABOUT_SHAPE], ids=lambda case: case["id"])
def test_values_that_are_not_known_pass(case: dict[str, Any]) -> None:
    blurred = {**case, "bad": _blurred(case["bad"])}

    assert [] == list(BY_ID[case["id"]](case_plan(blurred, "bad")))


@pytest.mark.parametrize("case", [case for case in CASES if case["id"] != "IB204"], ids=lambda case: case["id"])
def test_properties_that_are_not_known_as_a_whole_pass(case: dict[str, Any]) -> None:
    blurred = {**case, "bad": dict.fromkeys(case["bad"], UNKNOWN)}

    assert [] == list(BY_ID[case["id"]](case_plan(blurred, "bad")))


@pytest.mark.parametrize("junk", [None, 5, True, "x", [], {}, [1], [None], {"a": {}}, [[{}]], UNKNOWN, [UNKNOWN]])
def test_a_rule_never_fails_on_any_input(junk: object) -> None:
    for document in _replaced(FULL, junk):
        dist = declare("dist", DISTRIBUTION, document, previous=FULL)  # type: ignore[arg-type]

        found = evaluate(plan_of(dist, recipe(encrypted=True), pipeline()), RULES)

        assert [] == [single.text for single in found if single.id == BROKEN]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("junk", [None, "x", [1], {"a": {}}])
def test_neighbours_never_fail_either(junk: object) -> None:
    for declared in golden().declared:
        others = [single for single in golden().declared if single.key != declared.key]
        for document in _replaced(declared.properties, junk):
            same = declare(declared.key, declared.type, document, references=declared.references)  # type: ignore[arg-type]

            found = evaluate(plan_of(same, *others), RULES)

            assert [] == [single.text for single in found if single.id == BROKEN]


def test_resources_that_are_only_read_are_not_judged() -> None:
    dist = declare("dist", DISTRIBUTION, {"Name": "x", "Distributions": []}, existing=True)

    assert () == evaluate(plan_of(dist), RULES)


def test_a_secret_never_appears_in_a_finding() -> None:
    case = next(case for case in CASES if case["id"] == "IB107")
    secret = {**case, "bad": _blurred(case["bad"], {"$secret": "fingerprint-of-it"})}

    found = evaluate(case_plan(secret, "bad"), RULES)

    assert "fingerprint-of-it" not in "".join(single.text + single.fix for single in found)


FULL: dict[str, object] = {
    "Name": "golden-dist",
    "Distributions": [
        {
            "Region": "us-east-1",
            "AmiDistributionConfiguration": {
                "Name": "golden-{{ imagebuilder:buildDate }}",
                "KmsKeyId": "arn:aws:kms:us-east-1:111111111111:key/1",
                "AmiTags": {"app": "golden"},
                "TargetAccountIds": ["222222222222"],
                "LaunchPermissionConfiguration": {
                    "UserIds": ["222222222222"],
                    "UserGroups": ["all"],
                    "OrganizationArns": ["arn:aws:organizations::111111111111:organization/o-a1b2c3d4e5"],
                    "OrganizationalUnitArns": ["arn:aws:organizations::111111111111:ou/o-a1b2c3d4e5/ou-ab12-11111111"],
                },
            },
            "ContainerDistributionConfiguration": {
                "TargetRepository": {"Service": "ECR", "RepositoryName": "team/app"},
                "ContainerTags": ["1.0"],
            },
            "LicenseConfigurationArns": ["arn:x"],
            "LaunchTemplateConfigurations": [
                {"LaunchTemplateId": "lt-0123456789abcdef0", "AccountId": "222222222222", "SetDefaultVersion": True}
            ],
            "FastLaunchConfigurations": [
                {"Enabled": True, "AccountId": "222222222222", "MaxParallelLaunches": 6, "LaunchTemplate": {}}
            ],
            "SsmParameterConfigurations": [{"ParameterName": "/imagebuilder/g", "AmiAccountId": "222222222222"}],
        }
    ],
    "Tags": {"app": "golden"},
}


def _resolves(path: str, document: object) -> bool:
    """Whether a pointer leads to something of the document, or to the place where something is missing."""
    node = PropertyNode(document)
    for token in path.split("/")[1:-1]:
        node = node.elements[int(token)] if isinstance(node.value, list) else node[token.replace("~1", "/")]
        if not node.present:
            return False
    return True


def _blurred(value: object, marker: object = UNKNOWN) -> Any:
    if isinstance(value, dict):
        return {name: _blurred(item, marker) for name, item in value.items()}
    if isinstance(value, list):
        return [_blurred(item, marker) for item in value]
    return marker


def _replaced(document: object, junk: object) -> Iterator[object]:
    """The document with each of its values in turn replaced."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield {**document, name: junk}
            for inner in _replaced(value, junk):
                yield {**document, name: inner}
    elif isinstance(document, list):
        for index, value in enumerate(document):
            for inner in (junk, *_replaced(value, junk)):
                yield [*document[:index], inner, *document[index + 1 :]]
