"""The members of the eight operations are those of the service model."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from cloudwright.local.api.inputs import MEMBERS, TextInput

MODEL = botocore.session.get_session().get_service_model("cloudcontrol")

FILTER = "ResourceRequestStatusFilter"
"""A structure, checked by code of its own."""

ANYTHING = "[\\s\\S]*"


def modelled(shape: Any, *, required: bool) -> tuple[Any, ...]:
    pattern = shape.metadata.get("pattern", "")
    return (shape.metadata["min"], shape.metadata["max"], "" if pattern == ANYTHING else pattern, required)


@pytest.mark.parametrize("action", MODEL.operation_names)
def test_members_are_bound_as_the_service_model_binds_them(action: str) -> None:
    shape: Any = MODEL.operation_model(action).input_shape
    wanted = {
        name: modelled(member, required=name in shape.required_members)
        for name, member in shape.members.items()
        if name != FILTER
    }

    assert wanted == {
        name: (rule.low, rule.high, rule.pattern if isinstance(rule, TextInput) else "", rule.required)
        for name, rule in MEMBERS[action].items()
    }
