"""Templates that can't be converted: one clear error, with the line and the column."""

from __future__ import annotations

import pytest

from cloudwright.convert.problem import SourceError
from converted_kit import convert

GOOD = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", (1, 1), "the file is empty"),
        ("Resources: [", (1, 13), "not YAML"),
        ("a: 1\n\tb: 2\n", (2, 1), "not YAML"),
        ('{"Resources": {"A": 1}', (1, 23), "not JSON"),
        ("- a\n- b\n", (1, 1), "not a template"),
        ("Resourcs:\n  A: {Type: AWS::SNS::Topic}\n", (1, 1), "no section Resources"),
        ("Outputz: {}\nResources: {}\n", (1, 10), "no section 'Outputz'"),
        ("Resources:\n  A: {Properties: {}}\n", (2, 6), "the resource A has no Type"),
        (f"{GOOD}      DisplayName: !Subb x\n", (5, 20), "unknown function Fn::Subb"),
        (f"{GOOD}      DisplayName: !Ref AWS::Regio\n", (5, 20), "unknown pseudo parameter AWS::Regio"),
        (f"{GOOD}      DisplayName: !Ref Nam\n", (5, 20), "the template has no 'Nam'"),
        (f"{GOOD}      DisplayName: !GetAtt Other.Arn\n", (5, 20), "the template has no 'Other'"),
        (f"{GOOD}      DisplayName: !If [Prod, a, b]\n", (5, 25), "the template has no condition 'Prod'"),
        (f"{GOOD}      DisplayName: !FindInMap [Sizes, a, b]\n", (5, 32), "the template has no mapping 'Sizes'"),
        (f"{GOOD}      DisplayName: !Join [a]\n", (5, 20), "Fn::Join takes a list of 2 values"),
        (f"{GOOD}      DisplayName: !Select [3, [a, b]]\n", (5, 20), "Fn::Select takes item 3 of 2"),
        (f"{GOOD}      DisplayName: {{A: b, Fn::Sub: x}}\n", (5, 36), "has other keys next to it"),
        (f"{GOOD}      DisplayName: !Ref Topic\n", (3, 5), "in a cycle: Topic -> Topic"),
        (
            "Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\n" + GOOD,
            (2, 6),
            "conditions refer to each other in a cycle: A -> B -> A",
        ),
        ("a: &a [*a]\nResources: {}\n", (1, 4), "an alias refers to the node that contains it"),
        (
            "Resources:\n  Fn::ForEach::Loop:\n    - Name\n    - !Ref Names\n    - X: {Type: AWS::SNS::Topic}\n",
            (4, 7),
            "Fn::ForEach iterates over the parameter Names, which has no value",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, place: tuple[int, int], words: str) -> None:
    with pytest.raises(SourceError) as caught:
        convert(text)
    assert words in caught.value.message
    assert (caught.value.position.line, caught.value.position.column) == place


def test_a_misspelt_name_is_answered_with_the_right_one() -> None:
    with pytest.raises(SourceError) as caught:
        convert(f"Parameters:\n  Name: {{Type: String}}\n{GOOD}      DisplayName: !Ref Nmae\n")
    assert caught.value.hint == "did you mean 'Name'?"
