"""Example values for a rehearsal on the local cloud, in place of what only the user or another stack knows."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.generated.patterns import generate
from cloudwright.schema.patterns import matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.convert.cloudformation.template import TemplateParameter
    from cloudwright.diff.shape import Shape

_HEX = "0123456789abcdef0"

BY_TYPE = {
    "AWS::EC2::VPC::Id": f"vpc-{_HEX}",
    "AWS::EC2::Subnet::Id": f"subnet-{_HEX}",
    "AWS::EC2::SecurityGroup::Id": f"sg-{_HEX}",
    "AWS::EC2::SecurityGroup::GroupName": "example",
    "AWS::EC2::Image::Id": f"ami-{_HEX}",
    "AWS::EC2::Instance::Id": f"i-{_HEX}",
    "AWS::EC2::Volume::Id": f"vol-{_HEX}",
    "AWS::EC2::KeyPair::KeyName": "example",
    "AWS::EC2::AvailabilityZone::Name": "us-east-1a",
    "AWS::Route53::HostedZone::Id": "Z0123456789EXAMPLE",
    "Number": "1",
}
"""Parameter type -> an example."""

_BY_WORD = (
    (r"vpc.?cidr", "10.0.0.0/16"),
    (r"cidr.?block$", "10.0.0.0/16"),
    (r"cidr|ip.?range|location|whitelist|allowed.?ip", "10.0.0.0/24"),
    (r"subnet", f"subnet-{_HEX}"),
    (r"security.?group|\bsg", f"sg-{_HEX}"),
    (r"vpc(.?id)?$|vpc", f"vpc-{_HEX}"),
    (r"\bami|image.?id", f"ami-{_HEX}"),
    (r"certificate", "arn:aws:acm:us-east-1:000000000000:certificate/01234567-89ab-4def-8123-456789abcdef"),
    (r"kms|key.?arn", "arn:aws:kms:us-east-1:000000000000:key/01234567-89ab-4def-8123-456789abcdef"),
    (r"role", "arn:aws:iam::000000000000:role/example"),
    (r"topic", "arn:aws:sns:us-east-1:000000000000:example"),
    (r"queue", "arn:aws:sqs:us-east-1:000000000000:example"),
    (r"account", "000000000000"),
    (r"arn", "arn:aws:iam::000000000000:role/example"),
    (r"e?.?mail", "someone@example.com"),
    (r"password|secret|token", "Example-Password-1"),
    (r"url|endpoint", "https://example.com"),
    (r"zone.?id", "Z0123456789EXAMPLE"),
    (r"domain|zone|host", "example.com"),
    (r"region", "us-east-1"),
    (r"port", "443"),
    (r"bucket", "example-bucket-000000000000"),
    (r"user", "exampleuser"),
)
"""A pattern of a name -> an example; the first match is used."""

_FORMS = (
    *("example", "exampleuser", "Example1", "Example-Password-1", "ExamplePassword1", "someone@example.com"),
    *("10.0.0.0/16", "10.0.0.0/24", "10.0.0.1", "10.0.0.1/32", "0.0.0.0/0", "us-east-1", "us-east-1a"),
    *("000000000000", "1", "10", "443", "example.com", "example.com.", "/example", "/example/", "example/"),
    *("arn:aws:kms:us-east-1:000000000000:key/01234567-89ab-4def-8123-456789abcdef", "arn:aws:s3:::example-bucket"),
    *("https://example.com", "https://example.com/", "https://example.com/example.git", "s3://example-bucket/key"),
    *("arn:aws:iam::000000000000:role/example", f"vpc-{_HEX}", f"subnet-{_HEX}", f"sg-{_HEX}", f"ami-{_HEX}"),
    *("arn:aws:acm:us-east-1:000000000000:certificate/01234567-89ab-4def-8123-456789abcdef", "example@123"),
    *(
        "arn:aws:s3:::example-bucket",
        "arn:aws:sns:us-east-1:000000000000:example",
        "Mon:03:00-Mon:04:00",
        "03:00-04:00",
    ),
    *(
        "o-example1234",
        "ou-abcd-01234567",
        "r-abcd",
        "v1.0.0",
        "1.0",
        "1.0.0",
        "true",
        "cron(0 3 * * ? *)",
        "rate(1 day)",
    ),
    *(
        "Z0123456789EXAMPLE",
        "t3.micro",
        "a" * 16,
        "A1" * 16,
        "#example",
        "example_1",
        "EXAMPLE",
        "2030-01-01T00:00:00Z",
    ),
)
"""Values that match the `AllowedPattern` of most templates."""


def example_of(words: str, places: Sequence[Shape] = ()) -> str:
    """An example value for something with this name.

    Args:
        words: The name.
        places: What the schema says about the places where the value is used.
    """
    folded = words.replace("_", "-").casefold()
    preferred = next((value for pattern, value in _BY_WORD if re.search(pattern, folded)), "example")
    return _first_fitting([preferred], places, ParameterLimits())


@dataclass(frozen=True, slots=True)
class ParameterLimits:
    """The limits that a template sets for a parameter."""

    pattern: str = ""
    shortest: int = 0
    longest: int = 1024


def example_for_parameter(parameter: TemplateParameter, places: Sequence[Shape]) -> str:
    """A value that a parameter accepts.

    Args:
        parameter: One without a default.
        places: What the schema says about the places where the value is used; for a list, where its items are used.
    """
    if parameter.allowed:
        return parameter.allowed[0]
    if parameter.limits.get("MinValue"):
        return parameter.limits["MinValue"]
    inner = re.sub(r"^List<(.*)>$", r"\1", parameter.inner_type)
    preferred = BY_TYPE.get(inner) or example_of(parameter.name, places)
    if parameter.is_number:
        return preferred if preferred.isdigit() else "1"
    limits = ParameterLimits(
        parameter.pattern,
        int(parameter.limits.get("MinLength") or 0),
        int(parameter.limits.get("MaxLength") or 1024),
    )
    found = _first_fitting([preferred], places, limits)
    if not parameter.is_list:
        return found
    others = [f"{found[:-1]}{digit}" for digit in "123" if found[-1] != digit]
    return ",".join([found, *[one for one in others if _fits(one, places, limits)][:2]])


def distinct(example: str, taken: set[str]) -> str:
    """An example of an id that differs from every other parameter's: two subnets of a load balancer must not be equal.

    Args:
        example: The example.
        taken: Examples of the other parameters; the new one is added.
    """
    if re.fullmatch(r"[a-z]+-[0-9a-f]{17}", example):
        example = next(one for one in (example, *(f"{example[:-2]}{n:02x}" for n in range(1, 256))) if one not in taken)
    taken.add(example)
    return example


def _first_fitting(preferred: list[str], places: Sequence[Shape], limits: ParameterLimits) -> str:
    allowed = [str(one) for place in places for said in place.says("enum") for one in said]
    candidates = [*allowed, *preferred, *_FORMS, *_generated(places, limits)]
    return next((one for one in candidates if _fits(one, places, limits)), preferred[0])


def _generated(places: Sequence[Shape], limits: ParameterLimits) -> Iterator[str]:
    """Texts generated from the patterns; used only if no common form matches."""
    for pattern in (limits.pattern, *(said for place in places for said in place.says("pattern"))):
        shortest = max([limits.shortest, *(least for place in places for least in place.says("minLength"))])
        found = generate(pattern, random.Random(0), shortest=shortest) if pattern else None  # noqa: S311 - no secret
        if found is not None:
            yield found


def _fits(value: str, places: Sequence[Shape], limits: ParameterLimits) -> bool:
    if not limits.shortest <= len(value) <= limits.longest:
        return False
    if limits.pattern and not matches(f"^(?:{limits.pattern})$", value):
        return False
    return all(_fits_place(value, place) for place in places)


def _fits_place(value: str, place: Shape) -> bool:
    if place.types and place.types <= {"integer", "number"}:
        return value.isdigit()
    if place.types and place.types <= {"boolean"}:
        return value in {"true", "false"}
    enums = [str(one) for said in place.says("enum") for one in said]
    if enums and value not in enums:
        return False
    if any(len(value) < least for least in place.says("minLength")):
        return False
    if any(len(value) > most for most in place.says("maxLength")):
        return False
    patterns = list(place.says("pattern"))
    return not patterns or any(matches(pattern, value) for pattern in patterns)
