"""What a delivery says unless it says otherwise."""

from __future__ import annotations

from cloudwright.state.deliveries import ImageDelivery
from conformance.state import TARGET


def test_a_new_delivery_has_neither_begun_nor_ended_and_was_not_left_running() -> None:
    made = ImageDelivery(id="1", verb="run", key="images", target=TARGET, client_token="t")

    assert (made.started_at, made.ended_at, made.left, made.outcome) == (0.0, 0.0, False, "")
