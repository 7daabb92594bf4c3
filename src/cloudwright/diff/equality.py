"""Whether two leaves mean the same, however the service spells them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from cloudwright.diff.json_strings import exactly_equal, parsed, same_json
from cloudwright.diff.masking import revealed

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from cloudwright.diff.context import ComparisonContext
    from cloudwright.diff.location import Location
    from cloudwright.target import Target

_NUMERIC = frozenset({"integer", "number", "boolean"})


def same_leaf(context: ComparisonContext, place: Location, want: Any, have: Any) -> bool | None:
    """Whether a declared leaf and the baseline's mean the same.

    Args:
        context: The type and its comparison rules.
        place: The leaf's location.
        want: The declared value, in plain text.
        have: The baseline's value.

    Returns:
        `None` if it is unknown what the service turns the declared value into (CC34).
    """
    if (
        exactly_equal(want, have)
        or _same_document(want, have)
        or _same_number(place, want, have)
        or _same_but_case(context, place, want, have)
        or _same_resource(context.target, want, have)
        or _same_network(context, place, want, have)
    ):
        return True
    return _same_transformed(context, place, want, have)


def _same_document(want: Any, have: Any) -> bool:
    return isinstance(parsed(want), (dict, list)) and isinstance(parsed(have), (dict, list)) and same_json(want, have)


def _same_number(place: Location, want: Any, have: Any) -> bool:
    # CC38: only where the schema says number: an account id is text and must stay so. Reads may break that rule and
    # answer with a text; what is declared may be one only if the schema allows both.
    if isinstance(want, str) == isinstance(have, str) or not place.shape.types & _NUMERIC:
        return False
    if isinstance(want, str) and "string" not in place.shape.types:
        return False
    if isinstance(want, bool) or isinstance(have, bool):
        return str(want).lower() == str(have).lower()
    return _number(want) is not None and _number(want) == _number(have)


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _same_but_case(context: ComparisonContext, place: Location, want: Any, have: Any) -> bool:
    if not isinstance(want, str) or not isinstance(have, str) or want.casefold() != have.casefold():
        return False
    return any(place.shape.says("enumCaseInsensitive")) or context.override.case_insensitive.covers(place.path)


def _same_resource(target: Target | None, want: Any, have: Any) -> bool:
    # CC37: a bare name stands for the ARN of that name, but only for one in the resource's own account and Region.
    if target is None or not isinstance(want, str) or not isinstance(have, str):
        return False
    fields = have.split(":", 5)
    if len(fields) < 6 or fields[0] != "arn" or not want or want.startswith("arn:"):
        return False
    _, partition, _, region, account, resource = fields
    at_home = partition == target.partition and region in {"", target.region} and account in {"", target.account}
    return at_home and (resource == want or resource.endswith((f"/{want}", f":{want}")))


def _same_network(context: ComparisonContext, place: Location, want: Any, have: Any) -> bool:
    if not context.override.canonical_cidrs.covers(place.path):
        return False
    network = _network(want)
    return network is not None and network == _network(have)


def _network(value: Any) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(str(value), strict=False)
    except ValueError:
        return None


def _same_transformed(context: ComparisonContext, place: Location, want: Any, have: Any) -> bool | None:
    # CC40 as well: recipes' versions have one that lets a number stand for the `x` of `1.0.x`.
    from cloudwright.schema.transform import expression_at, matches

    expression = expression_at(context.resource_type, context.override, place.path)
    if expression is None:
        return False
    if not any(name in expression for name in (*place.parent, place.path[-1])):
        return None  # a constant says what every value looks like, not whether this is the declared one
    return matches(expression, want, have, parent=revealed(place.parent), root=revealed(place.document))
