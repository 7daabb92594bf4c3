from __future__ import annotations

from typing import Any

import pytest

from catalog_kit import CATALOG
from cloudwright.schema.validation.validate import Violation, check, validate, validate_model
from cloudwright.secret import secret

DISTRIBUTION = CATALOG.get("AWS::ImageBuilder::DistributionConfiguration")


class Unknown:
    """What the tests put where a value is not known yet."""


UNKNOWN = Unknown()


def is_unknown(value: object) -> bool:
    return isinstance(value, Unknown)


def lines(schema: dict[str, Any], value: object) -> list[str]:
    return [str(violation) for violation in check(schema, value, is_unknown=is_unknown)]


def rules(schema: dict[str, Any], value: object) -> list[tuple[str, str, bool]]:
    found = check(schema, value, is_unknown=is_unknown)
    return [("/".join(violation.path), violation.rule, violation.strict) for violation in found]


def distribution(**changes: Any) -> dict[str, Any]:
    ami = {"Name": "ami-{{ imagebuilder:buildDate }}", "TargetAccountIds": ["123456789012"]}
    return {"Name": "dist", "Distributions": [{"Region": "us-west-2", "AmiDistributionConfiguration": ami}], **changes}


def test_a_right_document_has_no_violations() -> None:
    assert validate(DISTRIBUTION, distribution(Tags={"Project": "Demo"})) == ()


def test_all_errors_of_a_document_come_at_once_with_exact_paths() -> None:
    document = {
        "Descripton": "typo",
        "Distributions": [
            {"Region": "us-west-2", "AmiDistributionConfiguration": {"LaunchPermission": {"UserIds": ["1"]}}},
            {"AmiDistributionConfiguration": {"TargetAccountIds": "123456789012"}},
        ],
        "Tags": {"Project": 5},
    }

    found = [str(violation) for violation in validate(DISTRIBUTION, document)]

    ami = "Distributions/0/AmiDistributionConfiguration"
    assert found == [
        "Descripton: unknown property; did you mean 'Description'?",
        f"{ami}/LaunchPermission: unknown property; did you mean 'LaunchPermissionConfiguration'?",
        'Distributions/1/AmiDistributionConfiguration/TargetAccountIds: expected a list, found a string "123456789012"',
        "Distributions/1: missing required property 'Region'",
        "Tags/Project: expected a string, found an integer 5; Cloud Control converts nothing: put it in quotes",
        "missing required property 'Name'",
    ]


def test_value_rules_are_not_strict_and_can_be_left_out() -> None:
    document = distribution(Name="x", Typo=1)

    assert [v.path for v in sorted(validate(DISTRIBUTION, document), key=lambda v: not v.strict)] == [
        ("Typo",),
        ("Name",),
    ]
    assert [v.path for v in validate(DISTRIBUTION, document, values=False)] == [("Typo",)]


def test_an_unknown_property_among_few_names_them() -> None:
    schema = {"properties": {"B": {}, "A": {}}, "additionalProperties": False}

    assert lines(schema, {"Zzzz": 1}) == ["Zzzz: unknown property; known here: A, B"]


UNQUOTE = "; Cloud Control converts nothing: write it without quotes"
QUOTE = "; Cloud Control converts nothing: put it in quotes"


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("integer", "300", f'expected an integer, found a string "300"{UNQUOTE}'),
        ("boolean", "true", f'expected a boolean, found a string "true"{UNQUOTE}'),
        ("string", 123456789012, f"expected a string, found an integer 123456789012{QUOTE}"),
        ("string", False, f"expected a string, found a boolean false{QUOTE}"),
        (["string", "object"], 5, f"expected a string or an object, found an integer 5{QUOTE}"),
        ("integer", True, "expected an integer, found a boolean true"),
        ("integer", 1.5, "expected an integer, found a number 1.5"),
        ("string", None, "expected a string, found null; leave the property out instead"),
        ("object", "{}", 'expected an object, found a string "{}"; give it as a mapping, not as JSON text'),
        ("array", {"a": 1}, "expected a list, found an object"),
        ("array", {1, 2}, "expected a list, found a Python set, which has no JSON form"),
        ("number", float("nan"), "expected a number, found a Python float, which has no JSON form"),
    ],
)
def test_cc19_nothing_is_coerced_and_the_message_names_the_types(kind: Any, value: object, message: str) -> None:
    assert [message] == lines({"type": kind}, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", 1.0),
        ("number", 3),
        ("number", 2.5),
        ("integer", 2**40),
        (["object", "string"], "{}"),
        ("array", (1, 2)),
    ],
)
def test_values_of_the_right_type_pass(kind: Any, value: object) -> None:
    assert lines({"type": kind}, value) == []


@pytest.mark.parametrize(
    ("schema", "value", "rule"),
    [
        ({"enum": ["A", "B"]}, "C", "enum"),
        ({"enum": [1]}, True, "enum"),
        ({"const": "A"}, "B", "const"),
        ({"enumCaseInsensitive": ["aes256"]}, "AES128", "enumCaseInsensitive"),
        ({"minLength": 2}, "a", "minLength"),
        ({"maxLength": 2}, "abc", "maxLength"),
        ({"pattern": "^a$"}, "a\n", "pattern"),
        ({"format": "json"}, "{", "format"),
        ({"format": "int64"}, 2**63, "format"),
        ({"minimum": 2}, 1, "minimum"),
        ({"maximum": 2}, 3, "maximum"),
        ({"exclusiveMinimum": 2}, 2, "exclusiveMinimum"),
        ({"exclusiveMaximum": 2}, 2, "exclusiveMaximum"),
        ({"multipleOf": 0.1}, 0.35, "multipleOf"),
        ({"minItems": 1}, [], "minItems"),
        ({"maxItems": 1}, [1, 2], "maxItems"),
        ({"maxUniqueItems": 1}, [1, 2], "maxItems"),
        ({"minProperties": 1}, {}, "minProperties"),
        ({"maxProperties": 0}, {"a": 1}, "maxProperties"),
    ],
)
def test_each_value_keyword_is_checked_and_is_not_strict(schema: dict[str, Any], value: object, rule: str) -> None:
    assert [("", rule, False)] == rules(schema, value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"enum": ["A", 1.0]}, 1),
        ({"enumCaseInsensitive": ["aes256"]}, "AES256"),
        ({"minLength": 2, "maxLength": 2}, "éé"),
        ({"multipleOf": 0.1}, 0.3),
        ({"format": "json"}, "{}"),
        ({"format": "date-time"}, "no date"),
        ({"pattern": r"^[\p{L}]+$"}, "Größe"),
        ({"pattern": r"^[\uD800\uDC00-\uDBFF\uDFFF]+$"}, "not checked by any engine"),
        ({"properties": {}, "additionalProperties": True}, {"free": 1}),
        ({"$ref": "#/definitions/Missing"}, {"anything": 1}),
        ({"uniqueItems": True}, [1, True, "1"]),
    ],
)
def test_what_a_schema_allows_passes(schema: dict[str, Any], value: object) -> None:
    assert lines(schema, value) == []


def test_a_misspelt_enum_value_gets_a_suggestion() -> None:
    assert lines({"enum": ["Enabled", "Suspended"]}, "enabled") == [
        '"enabled" is not one of "Enabled", "Suspended"; did you mean \'Enabled\'?'
    ]


def test_repeated_items_are_named_by_their_index() -> None:
    schema = {"uniqueItems": True}

    assert lines(schema, [{"a": 1}, 5, {"a": 1.0}]) == ["2: is the same as item 0; each item must be different"]


def test_items_with_the_same_unique_keys_are_named() -> None:
    schema = {"uniqueKeys": ["Name"]}

    assert lines(schema, [{"Name": "a", "V": 1}, {"Name": "a", "V": 2}]) == [
        "1: is the same as item 0 by Name; each item must be different"
    ]


def test_map_keys_are_judged_by_their_pattern() -> None:
    schema = {"patternProperties": {"^[a-z]+$": {"type": "string"}}, "additionalProperties": False}

    assert lines(schema, {"ok": "v", "A b": "v", "x": None}) == [
        'A b: the key "A b" does not match ^[a-z]+$',
        "x: expected a string, found null; leave the property out instead",
    ]


def test_a_schema_for_additional_properties_judges_the_rest() -> None:
    schema = {"properties": {"A": {"type": "integer"}}, "additionalProperties": {"type": "string"}}

    assert rules(schema, {"A": 1, "B": 1, "C": "c"}) == [("B", "type", True)]


def test_an_object_without_properties_may_have_to_be_empty() -> None:
    assert lines({"type": "object", "additionalProperties": False}, {"a": 1}) == ["a: unknown property"]


def test_a_key_that_is_no_string_is_an_error() -> None:
    assert lines({"additionalProperties": {"type": "string"}}, {5: "v"}) == ["the key 5 is not a string"]


BOTH_NEED_N = {"oneOf": [{"required": ["N", "A"]}, {"required": ["N", "B"]}]}


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"requiredXor": ["A", "B"]}, {}, "exactly one of A, B is needed"),
        ({"requiredXor": ["A", "B"]}, {"A": 1, "B": 1}, "exactly one of A, B is needed; found A, B"),
        ({"requiredOr": ["A", "B"]}, {}, "at least one of A, B is needed"),
        ({"dependentRequired": {"A": ["B"]}}, {"A": 1}, "'A' requires 'B'"),
        ({"dependencies": {"A": ["B"]}}, {"A": 1}, "'A' requires 'B'"),
        ({"dependencies": {"A": {"required": ["C"]}}}, {"A": 1}, "missing required property 'C'"),
        ({"dependentExcluded": {"A": ["B"], "B": ["A"]}}, {"A": 1, "B": 1}, "'A' and 'B' can't be set together"),
        ({"not": {"required": ["A"]}}, {"A": 1}, "A can't be set here"),
        ({"if": {"required": ["A"]}, "then": {"required": ["B"]}}, {"A": 1}, "missing required property 'B'"),
        ({"if": {"required": ["A"]}, "else": {"required": ["B"]}}, {}, "missing required property 'B'"),
        ({"oneOf": [{"required": ["A"]}, {"required": ["B", "C"]}]}, {}, "needs exactly one of: A, B + C"),
        ({"oneOf": [{"required": ["A"]}, {"required": ["B"]}]}, {"A": 1, "B": 1}, "only one of these can be set: A, B"),
        (BOTH_NEED_N, {"N": 1, "A": 1, "B": 1}, "only one of these can be set: A, B"),
        (BOTH_NEED_N, {"N": 1}, "needs exactly one of: A, B"),
        (BOTH_NEED_N, {}, "needs N, and exactly one of: A, B"),
        ({"oneOf": [{"required": ["A"]}, {"required": ["A", "B"]}]}, {}, "needs A"),
        ({"anyOf": [{"required": ["A"]}, {"required": ["B"]}]}, {}, "needs at least one of: A, B"),
    ],
)
def test_cc106_combinations_are_constraints_over_the_whole_object(
    schema: dict[str, Any], value: object, message: str
) -> None:
    found = check({"type": "object", **schema}, value)

    assert [message] == [violation.text for violation in found]
    assert all(violation.strict for violation in found)


def test_the_closest_branch_explains_why_nothing_fits() -> None:
    zip_code = {"type": "object", "properties": {"Handler": {"type": "string"}}, "required": ["Handler"],
                "additionalProperties": False}  # fmt: skip
    schema = {"oneOf": [{"type": "string"}, zip_code]}

    (found,) = lines(schema, {"Handlr": "x"})

    assert found.startswith("fits none of the 2 allowed forms; closest: ")
    assert found.endswith("Handlr: unknown property; did you mean 'Handler'?; missing required property 'Handler'")


def test_the_closest_branch_says_everything_once() -> None:
    found = validate(CATALOG.get("AWS::DynamoDB::Table"), {"KeySchema": [{}]})

    missing = "0: missing required property 'KeyType'; 0: missing required property 'AttributeName'"
    assert [str(one) for one in found] == [f"KeySchema: fits none of the 2 allowed forms; closest: {missing}"]


def test_no_union_of_any_type_repeats_itself() -> None:
    values: tuple[Any, ...] = ({}, [{}], "x", 1, [], {"Nope": 1}, ["x"], [{"A": 1}])
    seen = 0
    for kind in map(CATALOG.get, CATALOG.names()):
        for name, node in kind.properties.items():
            if not {"oneOf", "anyOf"} & set(kind.resolve(node)):
                continue
            for violation in (one for value in values for one in validate(kind, {name: value})):
                reasons = violation.message.partition("closest: ")[2].split("; ")
                seen += len(reasons) > 1
                assert len(reasons) == len(set(reasons)), f"{kind.name} {violation}"
    assert seen


def test_what_two_keywords_say_of_one_value_is_reported_once() -> None:
    schema = {"required": ["A"], "allOf": [{"required": ["A"]}], "properties": {"B": {"type": "integer"}}}

    assert lines(schema, {"B": "1"}) == [
        "missing required property 'A'",
        f'B: expected an integer, found a string "1"{UNQUOTE}',
    ]


def test_a_branch_that_fails_by_values_alone_leaves_the_combination_unstrict() -> None:
    schema = {"anyOf": [{"type": "string", "pattern": "^a$"}, {"type": "integer"}]}

    assert rules(schema, "b") == [("", "anyOf", False)]
    assert rules(schema, []) == [("", "anyOf", True)]


def test_a_value_that_fits_two_exclusive_forms_is_refused() -> None:
    schema = {"oneOf": [{"type": "string"}, {"minLength": 1}]}

    assert lines(schema, "x") == ["fits 2 of the 2 allowed forms, exactly one is needed"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^a$", "enum": ["a"]},
        {"type": "object", "required": ["A"]},
        {"type": "array", "minItems": 3, "uniqueItems": True},
        {"oneOf": [{"type": "string"}, {"minLength": 1}]},
        {"not": {"type": "string"}},
        False,
    ],
)
def test_an_unknown_value_passes_everywhere(schema: Any) -> None:
    assert check(schema, UNKNOWN, is_unknown=is_unknown) == ()
    assert lines({"properties": {"A": schema}}, {"A": UNKNOWN}) == []


def test_an_unknown_value_counts_as_present() -> None:
    assert lines({"required": ["A"]}, {"A": UNKNOWN}) == []
    assert lines({"dependentExcluded": {"A": ["B"]}}, {"A": UNKNOWN, "B": 1}) == ["'A' and 'B' can't be set together"]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"uniqueItems": True}, [UNKNOWN, UNKNOWN]),
        ({"uniqueKeys": ["Name"]}, [{"Name": UNKNOWN}, {"Name": UNKNOWN}]),
        ({"maxItems": 1}, [UNKNOWN, 1]),
        ({"minItems": 3}, [UNKNOWN]),
        ({"oneOf": [{"properties": {"A": {"const": 1}}}, {"properties": {"A": {"const": 2}}}]}, {"A": UNKNOWN}),
        ({"not": {"properties": {"A": {"const": 1}}}}, {"A": UNKNOWN}),
        ({"if": {"properties": {"A": {"const": 1}}}, "then": {"required": ["B"]}}, {"A": UNKNOWN}),
    ],
)
def test_an_unknown_inside_is_no_ground_to_accuse(schema: dict[str, Any], value: object) -> None:
    assert lines(schema, value) == []


class Touchy(str):
    """Like a reference, which raises when Python computes with it."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    __hash__ = str.__hash__


@pytest.mark.parametrize(
    "schema", [{"enum": [["a"]]}, {"const": ["a"]}, {"uniqueItems": True}, {"not": {"enum": [["a"]]}}]
)
def test_an_unknown_is_never_compared(schema: dict[str, Any]) -> None:
    found = check(schema, [Touchy("token"), Touchy("token")], is_unknown=lambda value: isinstance(value, Touchy))

    assert found == ()


def test_an_unknown_inside_a_shown_value_is_not_shown_as_its_token() -> None:
    schema = {"not": {"required": ["A"], "type": "object"}}

    assert lines(schema, {"A": UNKNOWN}) == ["(known after deploy) is not allowed here"]


def test_known_values_next_to_an_unknown_are_still_judged() -> None:
    assert lines({"uniqueItems": True}, [UNKNOWN, "a", "a"]) == [
        "2: is the same as item 1; each item must be different"
    ]
    one_of = {"oneOf": [{"required": ["A"]}, {"required": ["B"]}]}
    assert lines(one_of, {"A": UNKNOWN, "B": UNKNOWN}) == ["only one of these can be set: A, B"]


SECRET_SCHEMAS: list[tuple[dict[str, Any], object]] = [
    ({"type": "integer"}, "hunter2"),
    ({"pattern": "^a$"}, "hunter2"),
    ({"enum": ["hunter1"]}, "hunter2"),
    ({"enumCaseInsensitive": ["hunter1"]}, "hunter2"),
    ({"const": "a"}, "hunter2"),
    ({"maxLength": 1}, "hunter2"),
    ({"minLength": 99}, "hunter2"),
    ({"format": "json"}, "hunter2"),
    ({"maximum": 1}, 77002),
    ({"multipleOf": 5}, 77002),
    ({"not": {"type": "string"}}, "hunter2"),
    ({"anyOf": [{"type": "integer"}, {"pattern": "^a$"}]}, "hunter2"),
    ({"additionalProperties": False, "properties": {"hunter1": {}}}, {"hunter2": "x"}),
    ({"patternProperties": {"^a$": {}}, "additionalProperties": False}, {"hunter2": "x"}),
    ({"additionalProperties": {"type": "integer"}}, {"hunter2": "hunter2"}),
    ({"uniqueItems": True}, ["hunter2", "hunter2"]),
]


@pytest.mark.parametrize(("schema", "value"), SECRET_SCHEMAS)
def test_cc98_a_secret_is_checked_but_never_shown(schema: dict[str, Any], value: object) -> None:
    found = check({"properties": {"Password": schema}}, {"Password": secret(value)})

    assert found
    assert all(violation.path[0] == "Password" for violation in found)
    assert not any(leak in repr(violation) for violation in found for leak in ("hunter2", "77002"))


def test_a_secret_that_fits_passes() -> None:
    assert lines({"type": "string", "pattern": "^hunter[0-9]$"}, secret("hunter2")) == []


def test_a_secret_deep_inside_a_shown_value_is_masked() -> None:
    schema = {"enum": [1]}

    found = lines(schema, {"Password": secret("hunter2")})

    assert len(found) == 1
    assert "hunter2" not in found[0]


def test_a_read_only_property_that_is_set_is_one_error() -> None:
    found = validate(DISTRIBUTION, distribution(Arn="not an arn"))

    assert [(v.path, v.rule, v.strict) for v in found] == [(("Arn",), "readOnly", True)]


def test_a_nested_read_only_property_is_reported_once_at_the_outermost() -> None:
    component = CATALOG.get("AWS::ImageBuilder::Component")
    document = {"Name": "name", "Platform": "Linux", "Version": "1.0.0", "Data": "d", "LatestVersion": {"Arn": 5}}

    assert [violation.path for violation in validate(component, document)] == [("LatestVersion",)]


def test_cc105_what_is_read_only_and_create_only_may_be_set() -> None:
    both = [
        (known, path)
        for known in map(CATALOG.get, ("AWS::CodeArtifact::Domain", "AWS::Signer::SigningProfile"))
        for path in known.read_only
        if known.create_only.matches(path)
    ]

    assert both
    for known, path in both:
        assert "readOnly" not in {violation.rule for violation in validate(known, {path[0]: "x"})}


def test_a_whole_model_may_hold_read_only_properties() -> None:
    arn = "arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/dist"

    assert validate_model(DISTRIBUTION, distribution(Arn=arn)) == ()


def test_cc103_a_recursive_type_is_followed_as_deep_as_the_document() -> None:
    statement: dict[str, Any] = {"GeoMatchStatement": {"CountryCodes": ["XX"], "Bogus": 1}}
    for _ in range(5):
        statement = {"NotStatement": {"Statement": statement}}
    rule = {"Name": "r", "Priority": 0, "Statement": statement, "VisibilityConfig": {
        "CloudWatchMetricsEnabled": True, "MetricName": "m", "SampledRequestsEnabled": True}}  # fmt: skip
    acl = {
        "DefaultAction": {"Allow": {}},
        "Scope": "REGIONAL",
        "VisibilityConfig": rule["VisibilityConfig"],
        "Rules": [rule],
    }

    paths = [violation.path for violation in validate(CATALOG.get("AWS::WAFv2::WebACL"), acl)]

    depth = ("Rules", "0", "Statement", *("NotStatement", "Statement") * 5, "GeoMatchStatement")
    assert (*depth, "Bogus") in paths


def test_a_document_that_holds_itself_is_an_error_not_a_crash() -> None:
    loop: dict[str, Any] = {}
    loop["A"] = loop
    schema = {"properties": {"A": {"$ref": "#"}}}

    assert "depth" in {violation.rule for violation in check(schema, loop)}


def test_a_reference_to_the_root_or_to_a_property_is_followed() -> None:
    schema = {"properties": {"A": {"type": "string"}, "B": {"$ref": "#/properties/A"}}}

    assert rules(schema, {"A": "a", "B": 1}) == [("B", "type", True)]


def test_violations_carry_data_for_other_renderings() -> None:
    (violation,) = check({"properties": {"A": {"type": "string"}}}, {"A": False})

    assert violation == Violation(("A",), "type", violation.message, expected="string", found="boolean")
