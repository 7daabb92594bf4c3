from __future__ import annotations

import pytest

from cloudwright.plan.removals import names

ARN = "arn:aws:sns:us-east-1:111111111111:name1"


@pytest.mark.parametrize("text", [ARN, f"{ARN}:*", f"see {ARN}.", f"[{ARN}, x]", f"{ARN}/*"])
def test_a_text_names_an_arn_that_it_contains(text: str) -> None:
    assert names({"Value": [text]}, ARN)


@pytest.mark.parametrize("text", [f"{ARN}0", f"{ARN}-b", f"{ARN}_b", f"{ARN}.fifo", "name1"])
def test_a_text_does_not_name_an_arn_by_a_longer_one(text: str) -> None:
    assert not names({"Value": [text]}, ARN)
