"""What hypothesis sends to the local cloud: calls that are nearly right, in every way a little wrong."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st

from cloudwright.local.api.inputs import MEMBERS
from cloudwright.local.faults import CATALOGUE, Fault
from cloudwright.local.faults.catalogue import NEEDED
from local_kit import FLAGSHIP, LEDGER, PART, WIDGET

TEXTS = st.text(max_size=12) | st.sampled_from(["one", "a|b", "{}", "[]", "null", "' OR 1=1 --", "\x00", "\ud800"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
_TYPES = st.sampled_from([WIDGET, PART, LEDGER, FLAGSHIP, "AWS::S3::Bucket", "AWS::No::Type"])
_MODELS = st.fixed_dictionaries(
    {},
    optional={
        "Name": st.sampled_from(["one", "two"]) | _JSON,
        "Widget": TEXTS,
        "Domain": TEXTS,
        "Size": st.integers() | _JSON,
        "Items": st.lists(st.dictionaries(st.sampled_from(["Key", "Token", "Id"]), TEXTS, max_size=3), max_size=3),
        "Nested": st.dictionaries(st.sampled_from(["Fixed", "Free", "Hidden"]), TEXTS, max_size=3),
        "Secret": TEXTS,
    },
)
_PATHS = st.sampled_from(
    ["/Name", "/Size", "/Items/0/Key", "/Items/-", "/Nested", "/Nested/Free", "", "/", "/x~2", "Bag"]
)
_PATCHES = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "?"]), "path": _PATHS},
        optional={"value": _JSON, "from": _PATHS},
    ),
    max_size=4,
)


def _text(document: Any) -> str:
    return json.dumps(document)


_MEMBERS = {
    "TypeName": _TYPES | _JSON,
    "Identifier": st.sampled_from(["one", "two", '{"Name": "one"}', "{"]) | _JSON,
    "DesiredState": _MODELS.map(_text) | _JSON.map(_text) | TEXTS | _JSON,
    "PatchDocument": _PATCHES.map(_text) | _JSON.map(_text) | TEXTS,
    "ResourceModel": _MODELS.map(_text) | TEXTS,
    "ClientToken": st.sampled_from(["t1", "t2"]) | _JSON,
    "RequestToken": _JSON,
    "NextToken": st.sampled_from(["W10=", "WyJyZXF1ZXN0cyIsICIiLCA1XQ=="]) | _JSON,
    "MaxResults": st.integers(-1, 200) | _JSON,
    "ResourceRequestStatusFilter": _JSON,
}


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, bytes]:
    """An operation of Cloud Control and a body for it."""
    action = draw(st.sampled_from(sorted(MEMBERS)))
    chosen = {name: _MEMBERS[name] for name in MEMBERS[action] if name in _MEMBERS}
    members = draw(st.fixed_dictionaries({}, optional=chosen) | st.fixed_dictionaries(chosen))
    return action, json.dumps(members).encode()


QUERIES = {
    "sts": ("GetCallerIdentity", "AssumeRole"),
    "cloudformation": ("DescribeType", "ListTypes"),
    "s3": ("ListBuckets",),
}
_FIELDS = {
    "RoleArn": st.sampled_from(["arn:aws:iam::222222222222:role/r\x00", "arn:aws:iam::1:role/x"]) | TEXTS,
    "RoleSessionName": st.just("me") | TEXTS,
    "DurationSeconds": st.sampled_from(["0", "999999999"]) | TEXTS,
    "TypeName": _TYPES.map(str) | TEXTS,
    "Type": st.just("RESOURCE") | TEXTS,
    "MaxResults": st.sampled_from(["0", "100", "999999999"]) | TEXTS,
    "NextToken": TEXTS,
    "Filters.TypeNamePrefix": st.just("AWS::S") | TEXTS,
    "ProvisioningType": st.sampled_from(["IMMUTABLE", "FULLY_MUTABLE"]) | TEXTS,
}


@st.composite
def queries(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """A service, an action and a form for it."""
    service = draw(st.sampled_from(sorted(QUERIES)))
    action = draw(st.sampled_from(QUERIES[service]) | TEXTS)
    fields = {"Action": action, **draw(st.fixed_dictionaries({}, optional=_FIELDS))}
    body = draw(st.just(urlencode(fields, errors="replace").encode()) | st.binary(max_size=60))
    return service, action, body


_PROPERTIES = st.sampled_from(["Name", "Items", "Nested", "Policy"])
_OPTIONS = {"property": _PROPERTIES, "twin": _PROPERTIES, "value": TEXTS.filter(bool), "regions": st.just("us-west-2")}


def _switched(name: str) -> st.SearchStrategy[Fault]:
    needed = {word: _OPTIONS[word] for word in NEEDED.get(name, ())}
    more = {"property": _PROPERTIES} if "property=" in CATALOGUE[name] and not needed else {}
    options = st.fixed_dictionaries(needed, optional=more)
    return st.builds(Fault, st.just(name), probability=st.sampled_from([0.5, 1.0]), options=options)


FAULTS = st.sampled_from(sorted(CATALOGUE)).flatmap(_switched)
"""Any switch of the panel."""
